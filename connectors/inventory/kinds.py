"""Which kinds of coverage does each of a tenant's systems have, and how was each read last?"""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from datetime import datetime

from connectors.coverage import latest, matrix
from connectors.inventory.models import PROOF
from connectors.models import Connection, Scan
from connectors.registry import SOURCES, source
from tenants.models import Tenant


@dataclass(frozen=True, slots=True, kw_only=True)
class KindRead:
    """One kind in a system's last reading: of how many parts (accounts …) how many completely, and what was refused."""

    parts: int
    complete: int
    missing: tuple[str, ...] = ()


@dataclass(frozen=True, slots=True, kw_only=True)
class System:
    """A system that sv0 knows how to read. `connections` are the tenant's names for it, `read_at` when the oldest of
    their last readings ended. `kinds` are those that it has; `read` those of the last readings."""

    kind: str
    label: str
    kinds: frozenset[str]
    connections: tuple[str, ...]
    read_at: datetime | None
    read: dict[str, KindRead]


def systems(tenant: Tenant) -> list[System]:
    """Every system that sv0 can read, connected or not."""
    connections = list(Connection.objects.of(tenant).order_by("name"))
    return [_system(kind, [each for each in connections if each.kind == kind]) for kind in SOURCES]


def _system(kind: str, connections: list[Connection]) -> System:
    of = source(kind)
    scans = [scan for connection in connections if (scan := latest(connection))]
    return System(
        kind=kind,
        label=of.label,
        kinds=frozenset(each for permission in of.permissions for each in permission.scope_kinds),
        connections=tuple(connection.name for connection in connections),
        read_at=min((scan.finished_at or scan.queued_at for scan in scans), default=None),
        read={name: read for scan in scans for name, read in _kinds(scan)},
    )


def _kinds(scan: Scan) -> Iterator[tuple[str, KindRead]]:
    found = matrix(scan)
    for place, name in enumerate(found.kinds):
        cells = [cell for _group, row in found.rows if (cell := row[place]).state]
        missing = sorted({each for cell in cells for each in cell.missing})
        proven = sum(cell.state in PROOF for cell in cells)
        yield name, KindRead(parts=len(cells), complete=proven, missing=tuple(missing))
