"""Which data domains does a resource hold, and how can one tell?

Pure. The built-in rules are data (domains.toml); a tenant's own come first and may also say that a domain is not held.
A set of resources that a policy names by a pattern holds nothing itself: what it contains does.
"""

from __future__ import annotations

import re
import tomllib
from collections.abc import Iterable, Iterator
from dataclasses import dataclass, replace
from fnmatch import translate
from functools import cache
from pathlib import Path
from typing import Any

from connectors.inventory.records import Domain, Resource

NAME_LENGTH = 32  # of a domain
# Types of resources that stand for what an API permits: to an application itself, and on behalf of its user.
API_PERMISSIONS = frozenset({"app role", "delegated permission"})
_WORD = r"(?:^|[^a-z0-9])(?:{})(?:$|[^a-z0-9])"


@dataclass(frozen=True, slots=True, kw_only=True)
class Rule:
    """One way to recognise a domain. `domain` is None where a tag's own value names it."""

    evidence: str  # tag, type, service, app role, name
    domain: str | None
    pattern: re.Pattern[str]
    told: str  # the rule's own words, for the page that lists them

    def recognise(self, resource: Resource) -> Iterator[Domain]:
        """The domain, with what showed it."""
        if self.evidence == "tag":
            yield from self._by_tag(resource)
        elif self.domain and (hit := self.pattern.search(_looked_at(self.evidence, resource).casefold())):
            yield Domain(name=self.domain, because=_because(self.evidence, hit, resource))

    def _by_tag(self, resource: Resource) -> Iterator[Domain]:
        for key, value in resource.tags:
            said = value.strip().casefold()
            if said and said not in _tags()["harmless"] and self.pattern.fullmatch(key.casefold()):
                name = _tags()["spoken"].get(said, self.domain or said)
                yield Domain(name=name[:NAME_LENGTH], because=f"tag {key} = {value}")


@dataclass(frozen=True, slots=True, kw_only=True)
class Verdict:
    """What a person of the tenant decided: that `domain` is held or isn't, by one object or by all that match."""

    domain: str
    holds: bool
    key: str | None  # the object's address; None: every resource whose name matches
    pattern: str | None  # with * and ?, whatever the case
    said: str  # "Alice: it is a copy of the payroll export"

    def concerns(self, resource: Resource) -> bool:
        """Whether it is about this resource."""
        if self.key is not None:
            return resource.id == self.key
        return _glob(self.pattern or "").match(resource.name.casefold()) is not None


def classify(resource: Resource, verdicts: Iterable[Verdict] = ()) -> Resource:
    """The resource with its domains, best evidence first, each once; none where nothing tells.

    Of a tenant's verdicts, one on the object itself outweighs one on a pattern, and the later of two equal ones wins.
    """
    found: dict[str, Domain] = {}
    for rule in () if resource.pattern else rules():
        for domain in rule.recognise(resource):
            found.setdefault(domain.name, domain)
    for verdict in verdicts_on(resource, verdicts):
        found.pop(verdict.domain, None)
        if verdict.holds:
            found = {verdict.domain: Domain(name=verdict.domain, because=verdict.said), **found}
    domains = tuple(found.values())
    return resource if domains == resource.domains else replace(resource, domains=domains)


def verdicts_on(resource: Resource, verdicts: Iterable[Verdict]) -> list[Verdict]:
    """Those that concern it, the weightiest last."""
    concerning = [verdict for verdict in verdicts if verdict.concerns(resource)]
    return sorted(concerning, key=lambda verdict: verdict.key is not None)


@cache
def rules() -> tuple[Rule, ...]:
    """The built-in ones, in the order of their weight."""
    return tuple(_rule(row) for row in _read()["rule"])


def known_domains() -> list[str]:
    """What the built-in rules may name, by name."""
    return sorted({rule.domain for rule in rules() if rule.domain} | {*_tags()["spoken"].values()})


def _rule(row: dict[str, Any]) -> Rule:
    evidence, words = row["evidence"], row.get("words") or row.get("values") or row["keys"]
    if evidence == "name":
        pattern = _WORD.format("|".join(words))
    else:
        pattern = rf"\A(?:{'|'.join(translate(word) for word in words)})"
    told = ", ".join(re.sub(r"\(\?:(.*?)\)", r"(\1)", word) for word in words)
    return Rule(evidence=evidence, domain=row.get("domain"), pattern=re.compile(pattern), told=told)


def _looked_at(evidence: str, resource: Resource) -> str:
    if evidence == "app role":
        return resource.name if resource.type in API_PERMISSIONS else ""
    if evidence == "service":
        parts = resource.id.split(":", 3)
        return parts[2] if parts[0] == "arn" and len(parts) > 3 else ""
    return resource.type if evidence == "type" else resource.name


def _because(evidence: str, hit: re.Match[str], resource: Resource) -> str:
    match evidence:
        case "name":
            return f"name contains “{hit[0].strip(' -_./:')}”"
        case "type":
            return f"it is a {resource.type}"
        case "app role":
            return f"{resource.type} {resource.name}"
        case _:
            return f"service {hit[0]}"


@cache
def _read() -> dict[str, Any]:
    return tomllib.loads(Path(__file__).with_name("domains.toml").read_text())


@cache
def _tags() -> dict[str, Any]:
    tags: dict[str, Any] = _read()["tags"]
    return tags


@cache
def _glob(pattern: str) -> re.Pattern[str]:
    return re.compile(translate(pattern.casefold()))
