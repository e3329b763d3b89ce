"""What is a rule, what does it answer, which rules are there, and which words do they share?"""

from __future__ import annotations

import csv
import pkgutil
import re
from collections.abc import Callable, Iterable, Mapping
from dataclasses import dataclass, field
from datetime import datetime, timedelta
from enum import StrEnum
from functools import cache, lru_cache
from importlib import import_module
from pathlib import Path
from typing import Any

from connectors.inventory import graph
from connectors.inventory.read import Inventory
from connectors.inventory.records import Access, Grade, Identity, Resource, Usage, Workload

Hop = graph.Hop  # so that an evaluator imports what it needs from here
AccessPath = graph.Path
EVALUATORS = "findings.evaluators"
QUIET = timedelta(days=90)  # this long without use, nobody would notice somebody else's
# What administrative authority is held over, and which roles let their holder take any other right in a directory.
ACCOUNTS = frozenset({"AWS account", "Azure tenant", "Azure management group", "Azure subscription"})
DIRECTORY = frozenset({"directory role", "app role"})
KINDS: dict[type, str] = {Workload: "workload", Identity: "identity", Resource: "resource"}
# Domains whose loss hurts people or the company; the others (logs, backups …) are told but raise nothing.
SENSITIVE = frozenset(
    {"customer", "hr", "finance", "health", "legal", "source code", "secrets", "mail", "directory", "confidential"}
)
MAPPINGS = {
    "OWASP-NHI1:2025": "Improper offboarding",
    "OWASP-NHI3:2025": "Vulnerable third-party NHI",
    "OWASP-NHI4:2025": "Insecure authentication",
    "OWASP-NHI5:2025": "Overprivileged NHI",
    "OWASP-NHI7:2025": "Long-lived secrets",
    "OWASP-NHI10:2025": "Human use of NHI",
    "OWASP-ASI02": "Agentic Top 10: Tool misuse and exploitation",
    "OWASP-ASI03": "Agentic Top 10: Identity and privilege abuse",
    "OWASP-ASI10": "Agentic Top 10: Rogue agents",
    "CIS-AWS-1.12:3.0": "Credentials unused for 45 days or more are disabled",
    "CIS-AWS-1.14:3.0": "Access keys are rotated every 90 days or less",
    "CIS-AWS-1.16:3.0": "Policies that allow full administrative privileges are not attached",
}
_SURENESS = (Grade.GRANTED, Grade.CONDITIONAL, Grade.UNKNOWN)


class Severity(StrEnum):
    """How bad it is. `rank` sorts: 4 critical … 0 info."""

    CRITICAL = "critical"
    HIGH = "high"
    MEDIUM = "medium"
    LOW = "low"
    INFO = "info"

    @property
    def rank(self) -> int:
        return len(Severity) - 1 - list(Severity).index(self)


@dataclass(frozen=True, slots=True, kw_only=True)
class Hit:
    """A problem of one subject. `because` is one sentence with names, ending in a full stop.

    `facts` is label → value, what the rule looked at; labels are the rule's own words. `scopes` are coverage scopes
    that the evidence needs beyond those of the subject and of the path. `discriminator` tells two problems of one
    subject under one rule apart, by a provider's id.
    """

    because: str
    path: tuple[Hop, ...] = ()
    severity: Severity | None = None  # None: the rule's own
    facts: Mapping[str, str] = field(default_factory=dict)
    domains: tuple[str, ...] = ()
    scopes: tuple[str, ...] = ()
    discriminator: str | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class Rule:
    """One evaluator with what it says of itself. `version` grows with its logic; `identity_version` only when what it
    calls one finding changes, which makes new findings of all of them. `needs` are the kinds of coverage without which
    not hitting proves nothing."""

    id: str
    module: str
    subject: type
    title: str
    severity: Severity
    why: str
    fix: str  # one step a line; commands in backticks
    maps_to: tuple[str, ...]
    needs: tuple[str, ...]
    version: int
    identity_version: int
    judge: Callable[[Any, Inventory], Hit | None]

    def __call__(self, subject: Any, inventory: Inventory) -> Hit | None:
        """The hit, or None: no problem, or unknown."""
        return self.judge(subject, inventory)

    @property
    def steps(self) -> list[str]:
        """What to do, step by step."""
        return self.fix.strip().splitlines()

    @property
    def mappings(self) -> list[tuple[str, str]]:
        """(code, what the code stands for) in public catalogues."""
        return [(code, MAPPINGS[code]) for code in self.maps_to]


def evaluator(
    subject: type,
    *,
    title: str,
    severity: Severity,
    why: str,
    fix: str,
    maps_to: tuple[str, ...] = (),
    needs: tuple[str, ...] = (),
    version: int = 1,
    identity_version: int = 1,
) -> Callable[[Callable[[Any, Inventory], Hit | None]], Rule]:
    """Make a function over one kind of subject the rule of its file. ValueError for a mapping nobody explained."""
    unknown = set(maps_to) - MAPPINGS.keys()
    if unknown:
        raise ValueError(f"Not in MAPPINGS: {', '.join(sorted(unknown))}")

    def decorate(judge: Callable[[Any, Inventory], Hit | None]) -> Rule:
        return Rule(
            id=judge.__name__,
            module=judge.__module__,
            subject=subject,
            title=title,
            severity=severity,
            why=why,
            fix=fix,
            maps_to=maps_to,
            needs=needs,
            version=version,
            identity_version=identity_version,
            judge=judge,
        )

    return decorate


def discover(package: str = EVALUATORS) -> dict[str, Rule]:
    """Every rule by its id, which is its file's name. ImportError or TypeError for a broken file: better no start than
    a rule that silently doesn't run."""
    names = sorted(module.name for module in pkgutil.iter_modules(import_module(package).__path__))
    return {name: _rule(package, name) for name in names}


def _rule(package: str, name: str) -> Rule:
    rule = getattr(import_module(f"{package}.{name}"), name, None)
    if not isinstance(rule, Rule):
        raise TypeError(f"{package}/{name}.py has no evaluator called {name}.")
    return rule


@cache
def rules() -> Mapping[str, Rule]:
    """The rules of this installation, read once."""
    return discover()


def needing(kinds: Iterable[str]) -> list[str]:
    """The titles of the rules that can't be evaluated where one of these kinds of coverage is missing."""
    return sorted(rule.title for rule in rules().values() if set(rule.needs) & set(kinds))


def silence(identity: Identity, now: datetime) -> timedelta | None:
    """How long the identity has certainly not been used: since its last use, or since it was made. None: unknown."""
    since = {Usage.USED: identity.last_used_at, Usage.NEVER: identity.created_at}.get(identity.usage)
    return now - since if since else None


def administers(hop: Hop) -> bool:
    """Whether the hop is authority over a whole account or directory, as far as the metadata is sure."""
    sure = hop.access is Access.ADMIN and hop.grade is not Grade.UNKNOWN
    return sure and hop.relation == "permission" and hop.target_type in ACCOUNTS | DIRECTORY


def authority(hop: Hop) -> str:
    """What a hop that administers gives, in words: "administers billing-prod"."""
    if hop.target_type in ACCOUNTS:
        return f"administers {hop.target.name}"
    return f"holds {hop.target.name} in {hop.target_account or 'its directory'}, and with it any right there"


def surest(paths: Iterable[AccessPath]) -> AccessPath | None:
    """The path with the best evidence, the shorter of two; None of none."""
    return min(paths, key=lambda path: (_SURENESS.index(path.grade), len(path.hops), path.line), default=None)


def listed(names: Iterable[str]) -> str:
    """Names in a sentence: "customer, finance and hr"."""
    *first, last = sorted(set(names))
    return f"{', '.join(first)} and {last}" if first else last


@lru_cache(maxsize=16_384)
def meant(pattern: str, actions: tuple[str, ...]) -> tuple[str, ...]:
    """Which of the actions a policy's spelling means: * and ?, letter case ignored."""
    spelled = re.compile(re.escape(pattern).replace(r"\*", ".*").replace(r"\?", "."), re.IGNORECASE)
    return tuple(action for action in actions if spelled.fullmatch(action))


def table(file: str) -> list[dict[str, str]]:
    """The rows of the CSV beside an evaluator's file, under the same name. Lines with # say where it is from."""
    lines = Path(file).with_suffix(".csv").read_text(encoding="utf-8").splitlines()
    return list(csv.DictReader(line for line in lines if not line.startswith("#")))


def granting(path: AccessPath) -> Hop | None:
    """The hop that grants what the path ends at: after it come only members of the set that it names."""
    return next((hop for hop in reversed(path.hops) if hop.relation == "permission"), None)
