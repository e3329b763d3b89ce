"""How old is what sv0 knows of a tenant, and what did it not get to read?"""

from __future__ import annotations

from collections import Counter
from dataclasses import dataclass
from datetime import datetime

from connectors.inventory.read import Reading, readings
from tenants.models import Tenant

COMPLETE, IN_PART, NOT_AT_ALL, ON_PURPOSE = "Completely", "In part", "Not at all", "Left out on purpose"
HOW_MUCH = (COMPLETE, IN_PART, NOT_AT_ALL, ON_PURPOSE)


@dataclass(frozen=True, slots=True)
class Source:
    """One connection: when its last scan read it, and of how many parts (accounts …) how many completely."""

    name: str
    began_at: datetime | None
    finished_at: datetime | None
    complete: int
    parts: int


@dataclass(frozen=True, slots=True)
class Gap:
    """A part that was not read completely: how much of it, why, and which permissions were refused."""

    source: str
    part: str
    how_much: str
    why: tuple[str, ...]
    missing: tuple[str, ...]


@dataclass(frozen=True, slots=True)
class Coverage:
    """All of a tenant's connections. `parts` counts theirs by how much of them was read, in the order of HOW_MUCH."""

    sources: list[Source]
    gaps: list[Gap]
    parts: dict[str, int]

    @property
    def as_of(self) -> datetime | None:
        """When the oldest of the last readings ended: nothing shown is older. None where nothing was ever read."""
        return min((source.finished_at for source in self.sources if source.finished_at), default=None)

    @property
    def unread(self) -> list[str]:
        """The connections that were never read."""
        return [source.name for source in self.sources if source.finished_at is None]

    @property
    def words(self) -> str:
        """In one line: "12 of 14 parts read completely"; a part is an account, a subscription, an environment …"""
        total = sum(self.parts.values())
        if not total:
            return "Nothing has been read yet"
        return f"{self.parts[COMPLETE]:,} of {total:,} {'part' if total == 1 else 'parts'} read completely"


def coverage(tenant: Tenant) -> Coverage:
    """As the last scan of each connection left it."""
    found = readings(tenant)
    how_much = Counter(_how_much(group.complete, group.state) for reading in found for group in reading.groups)
    return Coverage(
        sources=[_source(reading) for reading in found],
        gaps=[gap for reading in found for gap in _gaps(reading)],
        parts={name: how_much[name] for name in HOW_MUCH},
    )


def _source(reading: Reading) -> Source:
    complete = sum(group.state == "complete" for group in reading.groups)
    return Source(reading.connection, reading.began_at, reading.finished_at, complete, len(reading.groups))


def _gaps(reading: Reading) -> list[Gap]:
    return [
        Gap(reading.connection, group.label, how_much, group.errors, group.missing)
        for group in reading.groups
        if (how_much := _how_much(group.complete, group.state)) != COMPLETE
    ]


def _how_much(complete_scopes: int, state: str) -> str:
    if state == "complete":
        return COMPLETE
    if state == "skipped":
        return ON_PURPOSE
    return IN_PART if complete_scopes else NOT_AT_ALL
