"""Which data domains does a resource belong to, and how can one tell?

Order of evidence: a tag that says so, then the kind of resource, then its name. Each domain explains itself.
"""

from __future__ import annotations

import re
from collections.abc import Iterable

from connectors.inventory.records import Domain

DOMAIN_TAGS = {"data-domain", "datadomain", "domain", "data_domain"}
CLASS_TAGS = {"data-classification", "dataclassification", "data_classification", "dataclass", "confidentiality"}
HARMLESS = {"public", "internal", "none", "low", "unrestricted", "open"}
SPOKEN = {
    "pii": "customer",
    "customers": "customer",
    "phi": "health",
    "pci": "finance",
    "payroll": "hr",
    "human-resources": "hr",
    "accounting": "finance",
    "source-code": "source code",
    "credentials": "secrets",
}
BY_TYPE = {"Secrets Manager secret": "secrets", "SSM parameter": "secrets"}
BY_NAME: tuple[tuple[str, str], ...] = (
    ("customer", r"customers?|clients?|crm|pii|subscribers?|members?"),
    ("hr", r"hr|payroll|salar(?:y|ies)|employees?|personnel|people|workday"),
    ("finance", r"finance|financial|invoices?|billing|ledger|accounting|payments?|cards?|tax|treasury"),
    ("health", r"patients?|health|medical|phi|clinical"),
    ("legal", r"legal|contracts?|litigation|compliance"),
    ("source code", r"source|git|repos?|artifacts?|codebase"),
    ("secrets", r"secrets?|credentials?|keystore|vault|tfstate"),
    ("mail", r"mail|mailbox(?:es)?|inbox"),
    ("backup", r"backups?|snapshots?|dumps?|archive"),
)
WORD = r"(?:^|[^a-z0-9])(?:{})(?:$|[^a-z0-9])"
NAMES = tuple((domain, re.compile(WORD.format(words))) for domain, words in BY_NAME)


def domains(*, name: str, type: str, tags: Iterable[tuple[str, str]]) -> tuple[Domain, ...]:  # noqa: A002 - records' word
    """What the resource holds, best evidence first, each domain once; nothing when nothing tells."""
    found: dict[str, Domain] = {}
    for domain in (*_by_tag(tags), *_by_type(type), *_by_name(name)):
        found.setdefault(domain.name, domain)
    return tuple(found.values())


def _by_tag(tags: Iterable[tuple[str, str]]) -> Iterable[Domain]:
    for key, value in tags:
        said = value.strip().lower()
        if not said or said in HARMLESS:
            continue
        if key.lower() in DOMAIN_TAGS:
            yield Domain(name=SPOKEN.get(said, said)[:32], because=f"tag {key} = {value}")
        elif key.lower() in CLASS_TAGS:
            yield Domain(name=SPOKEN.get(said, "confidential"), because=f"tag {key} = {value}")


def _by_type(type: str) -> Iterable[Domain]:  # noqa: A002 - records' word
    if type in BY_TYPE:
        yield Domain(name=BY_TYPE[type], because=f"it is a {type}")


def _by_name(name: str) -> Iterable[Domain]:
    for domain, words in NAMES:
        hit = words.search(name.lower())
        if hit:
            yield Domain(name=domain, because=f"name contains “{hit[0].strip(' -_./:')}”")
