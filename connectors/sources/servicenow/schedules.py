"""Which jobs without a script of their own run on a schedule, and as whom: imports, reports, exports?"""

from __future__ import annotations

from collections.abc import Iterator

from connectors.inventory.records import Record, Workload
from connectors.sources.servicenow.automation import runs_as
from connectors.sources.servicenow.permissions import JOBS, SCHEDULES
from connectors.sources.servicenow.place import Place, workload_ref
from connectors.sources.servicenow.values import Row, flag, moment, text

TYPES = {
    "scheduled_import_set": "Scheduled import",
    "scheduled_data_export": "Scheduled export",
    "sysauto_report": "Scheduled report",
    "sysauto_template": "Scheduled record",
}


def schedules(place: Place) -> Iterator[Record]:
    """The scripted ones are told in a scope of their own; one that may be either is left to the gap that hides it."""
    for page in place.tables.pages(SCHEDULES, f"sys_class_name!={JOBS.name}"):
        rows = [row for row in page if row.get("sys_class_name") not in {None, JOBS.name}]
        place.people.meet(ids=[row.get("run_as") for row in rows], names=[row.get("sys_created_by") for row in rows])
        for row in rows:
            yield from _schedule(place, row)


def _schedule(place: Place, row: Row) -> Iterator[Record]:
    kind = row.get("sys_class_name", "")
    found = Workload(
        id=place.instance.address(SCHEDULES.name, row["sys_id"]),
        provider_id=row["sys_id"],
        name=text(row, "name") or "job without a name",
        type=TYPES.get(kind, "Scheduled job"),
        role="automation",
        enabled=flag(row, "active"),
        created_at=moment(row, "sys_created_on"),
        modified_at=moment(row, "sys_updated_on"),
        facts=(("Kind", kind),) if kind and kind not in TYPES else (),
        **place.of(),
    )
    yield found
    ref = workload_ref(found)
    yield from runs_as(place, row, ref)
    yield from place.people.made(row.get("sys_created_by"), ref, place.scope.key)
