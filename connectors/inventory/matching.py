"""Which records of different systems tell of one actor, by what evidence, and how sure is that?

Pure. A name that two records of one system share identifies neither: what it joins is told as ambiguous, and not acted
upon until a person confirms it.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterable, Iterator
from dataclasses import dataclass, field
from enum import StrEnum
from itertools import combinations

from connectors.inventory.records import AliasKind


class Confidence(StrEnum):
    """How sure the metadata makes us that two records are one actor."""

    CERTAIN = "certain"
    PROBABLE = "probable"  # an e-mail address: people can give the same one to two accounts of different use
    AMBIGUOUS = "ambiguous"  # the same name fits several records of one system


ORDER = (Confidence.CERTAIN, Confidence.PROBABLE, Confidence.AMBIGUOUS)
PROVES = dict.fromkeys(AliasKind, Confidence.CERTAIN) | {AliasKind.EMAIL: Confidence.PROBABLE}


@dataclass(frozen=True, slots=True, order=True)
class Actor:
    """A record that claims to be known by a name. Ordered by key."""

    key: str
    name: str
    system: str
    kind: str  # identity, owner


@dataclass(frozen=True, slots=True)
class Claim:
    """One name and the records that go by it, each with the metadata that shows it."""

    kind: AliasKind
    value: str
    actors: tuple[tuple[Actor, str], ...]


@dataclass(slots=True)
class Match:
    """Two records that seem to be one actor."""

    left: Actor
    right: Actor
    confidence: Confidence
    evidence: list[dict[str, str]] = field(default_factory=list)


def matches(claims: Iterable[Claim]) -> list[Match]:
    """One for each pair, with all that speaks for it; the surest evidence says how sure it is."""
    found: dict[tuple[str, str], Match] = {}
    for claim in claims:
        for left, right, confidence, told in _pairs(claim):
            match = found.setdefault((left.key, right.key), Match(left, right, confidence))
            match.confidence = min(match.confidence, confidence, key=ORDER.index)
            match.evidence.append({"kind": claim.kind.value, "value": claim.value, "told": told})
    for match in found.values():
        match.evidence.sort(key=lambda each: (each["kind"], each["value"]))
    return list(found.values())


def _pairs(claim: Claim) -> Iterator[tuple[Actor, Actor, Confidence, str]]:
    told = dict(claim.actors)
    sharing = Counter((actor.system, actor.kind) for actor in told)
    for left, right in combinations(sorted(told), 2):
        if left.system == right.system or left.kind != right.kind:
            continue
        alone = sharing[left.system, left.kind] == sharing[right.system, right.kind] == 1
        confidence = PROVES[claim.kind] if alone else Confidence.AMBIGUOUS
        reasons = dict.fromkeys(each for each in (told[left], told[right]) if each)
        yield left, right, confidence, "; ".join(reasons)
