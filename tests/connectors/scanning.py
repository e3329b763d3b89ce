"""How does a test run scans of a scripted source, and what do they leave in the inventory?"""

from __future__ import annotations

from datetime import timedelta
from typing import Any

from django.utils import timezone

from connectors import tasks
from connectors.inventory.models import Change, Coverage, Edge, Node, ReportedAlert, Telling
from connectors.models import Connection, Scan
from tenants.audit import WORKER
from tests.connectors import scripted

COVERED = ("label", "group", "group_label", "kind", "within", "state", "missing", "error", "error_kind", "objects_read")


def run(connection: Connection, *scopes: Any) -> Scan:
    """Request and run a scan of these scopes; what became of it."""
    scripted.source.script = scripted.play(*scopes)
    return run_script(connection)


def run_script(connection: Connection) -> Scan:
    """Request and run a scan of the script as it is."""
    queued = tasks.request_scan(connection=connection, actor=WORKER, trigger="person")
    tasks.run(str(queued.pk))
    return fresh(queued)


def fresh(scan: Scan) -> Scan:
    found: Scan = Scan.objects.of(scan.tenant).get(pk=scan.pk)
    return found


def lose_worker(scan: Scan) -> None:
    """The scan's lease ends, as it does when nobody renews it."""
    Scan.objects.of(scan.tenant).filter(pk=scan.pk).update(lease_until=timezone.now() - timedelta(seconds=1))


def changes(connection: Connection) -> list[tuple[str, str, Any, Any]]:
    rows = Change.objects.of(connection.tenant).filter(connection=connection)
    return sorted(((row.subject_name, row.field, row.before, row.after) for row in rows), key=repr)


def live(connection: Connection) -> set[str]:
    """Names of objects, and edges in words, that are there."""
    there = {"connection": connection, "gone_at": None}
    nodes = Node.objects.of(connection.tenant).filter(**there).values_list("name", flat=True)
    edges = (str(edge) for edge in Edge.objects.of(connection.tenant).filter(**there))
    return {*nodes, *edges}


def coverage(scan: Scan) -> dict[str, str]:
    rows = Coverage.objects.of(scan.tenant).filter(scan=scan.pk)
    return dict(rows.values_list("scope", "state"))


def snapshot(connection: Connection) -> dict[str, Any]:
    """All that the inventory says of a connection, without ids and the times of its scans."""
    scans = Scan.objects.of(connection.tenant).filter(connection=connection).order_by("queued_at")
    times = {scan.started_at: f"scan {number}" for number, scan in enumerate(scans)}
    numbers = {scan.pk: f"scan {number}" for number, scan in enumerate(scans)}
    moments = ("first_seen", "last_seen", "gone_at")
    kept: dict[str, Any] = {"changes": changes(connection)}
    for number, scan in enumerate(scans):
        for row in Coverage.objects.of(connection.tenant).filter(scan=scan.pk).values():
            told = {name: value for name, value in row.items() if name in COVERED}
            kept[f"coverage of scan {number}: {row['scope']}"] = told | {"over": row["ended_at"] is not None}
    for row in Telling.objects.of(connection.tenant).filter(connection=connection):
        kept[f"telling {row.key} {row.scope}"] = numbers[row.scan]
    for model in (Node, Edge, ReportedAlert):
        for row in model.objects.of(connection.tenant).filter(connection=connection).values():
            said = {name: value for name, value in row.items() if name not in {"id", "tenant_id", "connection_id"}}
            said |= {name: times.get(row[name]) for name in moments} | {"seen_scan": numbers[row["seen_scan"]]}
            said["changed_at"] = max(name for time, name in times.items() if time <= row["changed_at"])
            kept[f"{model.__name__} {row['key']}"] = said
    return kept
