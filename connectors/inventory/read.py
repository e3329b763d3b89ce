"""What does the inventory of one tenant say?"""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from datetime import datetime
from typing import Any

from connectors.coverage import Group, groups, latest
from connectors.inventory.graph import Hop, Path
from connectors.inventory.records import Identity, ObjectRecord, Owner, Resource, Workload
from connectors.models import Connection, Scan
from tenants.models import Tenant


class Inventory:
    """One tenant's live inventory, for a whole evaluation: streams objects, keeps the edges as compact adjacency."""

    def __init__(self, tenant: Tenant, *, now: datetime) -> None:
        self.tenant = tenant
        self.now = now

    def workloads(self) -> Iterator[Workload]:
        """Every live workload, streamed."""
        raise NotImplementedError

    def identities(self) -> Iterator[Identity]:
        """Every live identity, streamed."""
        raise NotImplementedError

    def resources(self) -> Iterator[Resource]:
        """Every live resource, streamed."""
        raise NotImplementedError

    def get(self, key: str) -> ObjectRecord | None:
        """The live object at this address, or None."""
        raise NotImplementedError

    def edges_from(self, key: str, *relations: str) -> list[Hop]:
        """The live edges that leave this object, of the given relations or of all."""
        raise NotImplementedError

    def edges_to(self, key: str, *relations: str) -> list[Hop]:
        """The live edges that arrive at this object, of the given relations or of all."""
        raise NotImplementedError

    def owners(self, key: str) -> list[Owner]:
        """Who owns the object, as far as sources say."""
        raise NotImplementedError

    def paths_from(self, key: str) -> list[Path]:
        """The shortest path to each thing worth reaching: administrative authority, a resource with a data domain, an
        egress. Walks runs_as, can_assume (both halves needed across accounts), permission, contains; at most 8 hops."""
        raise NotImplementedError

    def complete(self, scopes: tuple[str, ...]) -> bool:
        """Whether the latest scan of each scope's connection read all these scopes completely."""
        raise NotImplementedError

    def gaps(self, account_id: str | None, kinds: tuple[str, ...]) -> list[str]:
        """Labels of the latest scans' scopes of these kinds (in that account, or anywhere) that weren't complete."""
        raise NotImplementedError


def coverage_chip(tenant: Tenant) -> dict[str, Any] | None:
    """{label, state} for the top bar: "AWS 2 h ago · 12 of 14 accounts"; None before the first scan."""
    return None


@dataclass(frozen=True, slots=True)
class Scanned:
    """How far the reading of a tenant's systems has come: how many there are, is one being read, when was one last."""

    connections: int
    live: bool
    finished_at: datetime | None


def scanned(tenant: Tenant) -> Scanned:
    """Whether there is anything to have findings about yet."""
    scans = Scan.objects.of(tenant)
    last = scans.filter(state__in=(Scan.State.COMPLETE, Scan.State.PARTIAL)).order_by("-queued_at").first()
    return Scanned(
        connections=Connection.objects.of(tenant).count(),
        live=scans.filter(state__in=Scan.LIVE).exists(),
        finished_at=last.finished_at if last else None,
    )


@dataclass(frozen=True, slots=True, kw_only=True)
class Reading:
    """How a connection was last read: when, and how much of each account. None and empty where it never was."""

    connection: str
    began_at: datetime | None = None
    finished_at: datetime | None = None
    groups: tuple[Group, ...] = ()


def readings(tenant: Tenant) -> list[Reading]:
    """Every connection by name, as the last scan that read anything left it."""
    return [_reading(connection) for connection in Connection.objects.of(tenant).order_by("name")]


def _reading(connection: Connection) -> Reading:
    scan = latest(connection)
    if scan is None:
        return Reading(connection=connection.name)
    found = tuple(groups(scan))
    return Reading(connection=connection.name, began_at=scan.started_at, finished_at=scan.finished_at, groups=found)
