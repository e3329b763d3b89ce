"""How does a tenant stand, on paper: numbers, their course, every open finding, every accepted risk, every gap?"""

from __future__ import annotations

from collections.abc import Sequence
from datetime import UTC, datetime
from typing import Any
from uuid import UUID

from findings import evidence
from findings.coverage import Coverage
from findings.history import OPEN, happened
from findings.lifecycle import Status, label
from findings.models import Finding
from findings.period import Period
from findings.posture import Number, Posture, posture
from findings.report import Report, fitting
from tenants.models import Tenant

MOST_ROWS = 500  # of a table: WeasyPrint takes 7 ms and 0.15 MiB for each, while somebody waits
HAPPENED = {
    "new": "New",
    "came_back": "Came back",
    "resolved": "Resolved",
    "acknowledged": "Acknowledged",
    "accepted": "Risk accepted",
    "false_positive": "False positive",
    "closed": "Closed as fixed",
}
_FIELDS = (
    "pk", "severity", "title", "subject_name", "subject_type", "account_name", "account_id", "first_seen", "status",
    "observation", "observed_at", "assignee", "accepted_until", "decided_by", "decided_at", "reason",
)  # fmt: skip
_PRINTED = ("severity", "title", "subject_name", "subject_type", "account_name", "account_id", "status", "observation")


def report(*, tenant: Tenant, period: Period, made_by: str, me: UUID, now: datetime) -> Report:
    """The tenant's posture as of now, with what happened in the period. `me` is who asks."""
    stands = posture(tenant=tenant, me=me, period=period, now=now)
    open_rows = _rows(tenant, OPEN, now, "-severity_rank", "first_seen", "pk")
    accepted = _rows(tenant, (Status.ACCEPTED.value,), now, "accepted_until", "-severity_rank", "pk")
    happening = happened(tenant=tenant, start=period.start, end=period.end)
    figures = {
        "format": "sv0 posture figures 1",
        "tenant": {"id": str(tenant.pk), "name": tenant.name},
        "period": {"from": str(period.since), "to": str(period.until), "time_zone": str(period.zone)},
        "coverage": _coverage(stands.coverage),
        "numbers": _numbers(stands),
        "happened": happening,
        "charts": {chart.name: {"columns": chart.columns, "rows": chart.rows} for chart in stands.charts},
        "open": [_figures(row) for row in open_rows],
        "accepted": [_figures(row) for row in accepted],
    }
    return Report(
        name="posture",
        title="Security posture",
        tenant=tenant,
        period=str(period),
        made_by=made_by,
        made_at=now,
        coverage=stands.coverage,
        proof=evidence.canonical(figures),
        content={
            "posture": stands,
            "happened": [(said, happening[name]) for name, said in HAPPENED.items()],
            "open_rows": open_rows,
            "accepted_rows": accepted,
            "accepted_total": stands.accepted.count,
            "most_rows": MOST_ROWS,
            "pairs": list(zip(stands.standing, stands.apart, strict=True)),
        },
    )


def _rows(tenant: Tenant, statuses: Sequence[str], now: datetime, *order: str) -> list[dict[str, Any]]:
    found = Finding.objects.of(tenant).filter(status__in=statuses).order_by(*order).values(*_FIELDS)[:MOST_ROWS]
    return [_row(row, now) for row in found]


def _row(row: dict[str, Any], now: datetime) -> dict[str, Any]:
    shortened = {name: fitting(row[name]) for name in ("subject_name", "account_name", "reason")}
    return row | {
        "shown": shortened,
        "age": max((now - row["first_seen"]).days, 0),
        "status_label": label(row["status"]),
        "not_rechecked": row["observation"] == "not_rechecked",
    }


def _figures(row: dict[str, Any]) -> dict[str, Any]:
    moments = ("first_seen", "observed_at", "accepted_until", "decided_at")
    plain = {name: row[name] for name in (*_PRINTED, "assignee", "decided_by", "reason")}
    return plain | {"id": str(row["pk"])} | {name: _iso(row[name]) for name in moments}


def _numbers(stands: Posture) -> dict[str, Any]:
    def counts(numbers: list[Number]) -> dict[str, int]:
        return {number.label: number.count for number in numbers}

    return {
        "open": stands.open.count,
        "by severity": counts(stands.severities),
        "of these": counts(stands.standing),
        "apart": counts(stands.apart),
        "by domain": counts(stands.domains),
    }


def _coverage(known: Coverage) -> dict[str, Any]:
    return {
        "parts": known.parts,
        "sources": [
            {
                "name": source.name,
                "began_at": _iso(source.began_at),
                "finished_at": _iso(source.finished_at),
                "complete": source.complete,
                "parts": source.parts,
            }
            for source in known.sources
        ],
        "gaps": [
            {"source": gap.source, "part": gap.part, "read": gap.how_much, "why": gap.why, "missing": gap.missing}
            for gap in known.gaps
        ],
    }


def _iso(moment: datetime | None) -> str | None:
    return moment.astimezone(UTC).isoformat(timespec="milliseconds") if moment else None
