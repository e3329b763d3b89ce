"""Which records of different systems tell of one actor, by what evidence, and how sure is that?

A name that two records of one system share identifies neither: what it joins is told as ambiguous, and not acted upon
until a person confirms it. What speaks for the pairs is brought together in a temporary file, whatever their number.
"""

from __future__ import annotations

import sqlite3
from collections import Counter
from collections.abc import Iterable, Iterator
from contextlib import closing
from dataclasses import dataclass
from enum import StrEnum
from itertools import combinations, groupby

import orjson

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
    evidence: list[dict[str, str]]


def matches(claims: Iterable[Claim]) -> Iterator[Match]:
    """One for each pair, by their keys, with all that speaks for it; the surest evidence says how sure it is."""
    with closing(sqlite3.connect("", isolation_level=None)) as file:  # "": a temporary one
        file.execute("PRAGMA journal_mode = OFF")
        file.execute("CREATE TABLE said (left_key, right_key, kind, value, said)")
        file.execute("BEGIN")
        file.executemany("INSERT INTO said VALUES (?, ?, ?, ?, ?)", _said(claims))
        together = file.execute("SELECT * FROM said ORDER BY left_key, right_key, kind, value, rowid")
        for _, rows in groupby(together, key=lambda row: row[:2]):
            yield _match([orjson.loads(row[-1]) for row in rows])


def _said(claims: Iterable[Claim]) -> Iterator[tuple[str, str, str, str, bytes]]:
    for claim in claims:
        for left, right, confidence, told in _pairs(claim):
            evidence = {"kind": claim.kind.value, "value": claim.value, "told": told}
            sides = [(actor.key, actor.name, actor.system, actor.kind) for actor in (left, right)]
            said = orjson.dumps((*sides, confidence.value, evidence))
            yield left.key, right.key, claim.kind.value, claim.value, said


def _match(said: list[tuple[list[str], list[str], str, dict[str, str]]]) -> Match:
    left, right, _, _ = said[0]
    surest = min((Confidence(confidence) for _, _, confidence, _ in said), key=ORDER.index)
    return Match(Actor(*left), Actor(*right), surest, [evidence for *_, evidence in said])


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
