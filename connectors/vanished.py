"""Which scopes are not there to be read any more: an account that left, a region that was taken out?

A scope may name another one that lists it. When that one was read completely and the scope was not even begun, there is
nothing left in it. Where the list itself was not read completely, nothing is known, and nothing ends.
"""

from __future__ import annotations

from django.utils import timezone

from connectors.inventory.documents import collection
from connectors.inventory.models import PROOF, Coverage, Edge, Node, ReportedAlert
from connectors.models import Scan


def end_vanished(scan: Scan) -> None:
    """Give each scope that holds something, and is no longer listed, its coverage in this scan."""
    rows = Coverage.objects.of(scan.tenant).filter(connection_id=scan.connection_id, scan=scan.pk)
    here = {row.scope: row for row in rows}
    before = _last_read(scan, here)
    listing = {scope: row.label for scope, row in here.items() if row.state in PROOF}
    found: dict[str, Coverage] = {}
    while more := {key: row for key, row in before.items() if key not in found and row.within in listing}:
        for row in more.values():
            _end(row, scan, listed_by=listing[row.within])
        found |= more
        listing |= {scope: row.label for scope, row in more.items()}


def _last_read(scan: Scan, here: dict[str, Coverage]) -> dict[str, Coverage]:
    """What was said last of each scope that holds something but isn't part of this scan, and of those that list it."""
    whose = {"tenant_id": scan.tenant_id, "connection_id": scan.connection_id}
    asked = {scope for model in (Node, Edge, ReportedAlert) for scope in collection(model).distinct("scope", whose)}
    found: dict[str, Coverage] = {}
    while asked := asked - here.keys() - found.keys():
        rows = [row for scope in asked if (row := _last(scan, scope))]
        found |= {row.scope: row for row in rows if row.state != Coverage.GONE}
        asked = {row.within for row in rows if row.within and row.within not in found}
    return found


def _last(scan: Scan, scope: str) -> Coverage | None:
    rows = Coverage.objects.of(scan.tenant).filter(connection_id=scan.connection_id, scope=scope)
    last: Coverage | None = rows.order_by("-started_at").first()
    return last


def _end(row: Coverage, scan: Scan, *, listed_by: str) -> None:
    now = timezone.now()
    Coverage.objects.create(
        tenant=scan.tenant,
        connection_id=scan.connection_id,
        scan=scan.pk,
        scope=row.scope,
        label=row.label,
        group=row.group,
        group_label=row.group_label,
        kind=row.kind,
        within=row.within,
        state=Coverage.GONE,
        error=f"Not there any more: {listed_by} no longer lists it.",
        started_at=now,
        ended_at=now,
    )
