"""How many findings were open at a past moment, and what happened to them between two?

Nothing is stored for this: a finding is open from `first_seen` on, and the audit log says when that changed. Findings
without a change in the asked time stand as they stand now. Severities are today's.
"""

from __future__ import annotations

from bisect import bisect_right, insort
from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from typing import Any

from bson import ObjectId
from django.db import connection

from findings.filter import NEEDS_ATTENTION, SEVERITIES
from findings.lifecycle import Status
from findings.models import Finding, OperationMember
from tenants.models import AuditEvent, Tenant

OPEN = (*NEEDS_ATTENTION, Status.ACKNOWLEDGED.value)  # there as far as anyone knows, and nobody bears the risk
# What an event that names no status leads to; that of the engine names one.
LEADS_TO = {
    "finding:acknowledged": Status.ACKNOWLEDGED,
    "finding:accepted": Status.ACCEPTED,
    "finding:false_positive": Status.FALSE_POSITIVE,
    "finding:closed": Status.CLOSED,
    "finding:reopened": Status.REOPENED,
    "finding:lapsed": Status.REOPENED,
    "finding:regressed": Status.REGRESSED,
    "finding:resolved": Status.RESOLVED,
    "finding:retired": Status.RETIRED,
    "finding:undone": Status.OPEN,
}
LONGEST_UNDOING = timedelta(days=1)  # from a verb on many until the last of them is undone
HAPPENED = {
    "came_back": ("finding:regressed", "finding:reopened", "finding:lapsed"),
    "resolved": ("finding:resolved",),
    "acknowledged": ("finding:acknowledged",),
    "accepted": ("finding:accepted",),
    "false_positive": ("finding:false_positive",),
    "closed": ("finding:closed",),
}


@dataclass(frozen=True, slots=True)
class Life:
    """One finding whose status changed: when it was first seen, and from when on it had which status, in order."""

    severity: str
    first_seen: datetime
    status: str  # now
    moves: tuple[tuple[datetime, str], ...]

    def open_at(self, moment: datetime) -> bool:
        """Whether it was there and nobody had decided it away."""
        if self.first_seen > moment:
            return False
        before = bisect_right(self.moves, moment, key=lambda move: move[0])
        return before == 0 or self.moves[before - 1][1] in OPEN

    def assumed_at(self, moment: datetime) -> bool:
        """What the status of now would make of it."""
        return self.first_seen <= moment and self.status in OPEN


def open_by_severity(*, tenant: Tenant, moments: Sequence[datetime]) -> dict[str, list[int]]:
    """For every severity the number of open findings at each moment. `moments` in order, not empty."""
    counts = _as_of_now(tenant, moments)
    for life in _lives(tenant, _changed_since(tenant, moments[0])):
        for place, moment in enumerate(moments):
            counts[life.severity][place] += life.open_at(moment) - life.assumed_at(moment)
    return counts


def happened(*, tenant: Tenant, start: datetime, end: datetime) -> dict[str, int]:
    """How many findings were new between the two moments, and to how many each of HAPPENED happened."""
    findings = Finding.objects.of(tenant)
    within = {"tenant_id": tenant.pk, "action": {"$in": list(LEADS_TO)}, "at": {"$gte": start, "$lt": end}}
    stages = [{"$match": within}, {"$group": {"_id": "$action", "subjects": {"$addToSet": "$subject_id"}}}]
    subjects = {row["_id"]: set(row["subjects"]) for row in _collection(AuditEvent).aggregate(stages)}
    for row in _collection(OperationMember).find(within | {"restored_at": None}, {"action": 1, "finding": 1}):
        subjects.setdefault(row["action"], set()).add(str(row["finding"]))
    new = findings.filter(first_seen__gte=start, first_seen__lt=end).count()
    counted = {
        name: len(set[str]().union(*(subjects.get(action, set()) for action in actions)))
        for name, actions in HAPPENED.items()
    }
    return {"new": new} | counted


def _as_of_now(tenant: Tenant, moments: Sequence[datetime]) -> dict[str, list[int]]:
    names = [f"m{place}" for place in range(len(moments))]
    there = {
        name: {"$sum": {"$cond": [{"$lte": ["$first_seen", moment]}, 1, 0]}}
        for name, moment in zip(names, moments, strict=True)
    }
    stages = [
        {"$match": {"tenant_id": tenant.pk, "status": {"$in": list(OPEN)}}},
        {"$group": {"_id": "$severity", **there}},
    ]
    found = {row["_id"]: [row[name] for name in names] for row in _collection(Finding).aggregate(stages)}
    return {severity: found.get(severity, [0] * len(moments)) for severity in SEVERITIES}


def _changed_since(tenant: Tenant, moment: datetime) -> list[str]:
    since = {"tenant_id": tenant.pk, "action": {"$in": list(LEADS_TO)}, "at": {"$gt": moment}}
    stages = [{"$match": since}, {"$group": {"_id": "$subject_id"}}]
    found = {row["_id"] for row in _collection(AuditEvent).aggregate(stages)}
    # What is undone later than the moment was done at most so long before it.
    among = since | {"at": {"$gt": moment - LONGEST_UNDOING}}
    return [*found.union(str(key) for key in _collection(OperationMember).distinct("finding", among))]


def _lives(tenant: Tenant, ids: list[str]) -> Iterable[Life]:
    moves: dict[str, list[tuple[datetime, str]]] = {}
    about = {"tenant_id": tenant.pk, "subject_kind": "finding", "subject_id": {"$in": ids}}
    wanted = {"subject_id": 1, "action": 1, "at": 1, "detail.status": 1}
    for event in _collection(AuditEvent).find(about | {"action": {"$in": list(LEADS_TO)}}, wanted).sort("number", 1):
        own = moves.setdefault(event["subject_id"], [])
        own.append((event["at"].replace(tzinfo=UTC), _status(event, before=own[-1][1] if own else None)))
    for key, at, status in _among_others(tenant, ids):
        insort(moves.setdefault(key, []), (at, status), key=lambda move: move[0])
    of_these = {"tenant_id": tenant.pk, "_id": {"$in": [ObjectId(key) for key in ids]}}
    for row in _collection(Finding).find(of_these, {"severity": 1, "first_seen": 1, "status": 1}):
        yield Life(row["severity"], row["first_seen"].replace(tzinfo=UTC), row["status"], tuple(moves[str(row["_id"])]))


def _among_others(tenant: Tenant, ids: list[str]) -> Iterator[tuple[str, datetime, str]]:
    """What operations made of these findings, and made of them when they were undone."""
    where = {"tenant_id": tenant.pk, "finding": {"$in": [ObjectId(key) for key in ids]}, "action": {"$in": [*LEADS_TO]}}
    shown = {"finding": 1, "at": 1, "status": 1, "restored_at": 1, "restored_status": 1}
    for row in _collection(OperationMember).find(where, shown):
        yield str(row["finding"]), row["at"].replace(tzinfo=UTC), row["status"]
        if row.get("restored_at"):
            yield str(row["finding"]), row["restored_at"].replace(tzinfo=UTC), row["restored_status"]


def _status(event: dict[str, Any], *, before: str | None) -> str:
    said = event.get("detail", {}).get("status")
    if said is None and before == Status.RESOLVED:
        return Status.RESOLVED.value  # somebody took back a decision on what is gone: it stays gone
    return str(said or LEADS_TO[event["action"]].value)


def _collection(model: Any) -> Any:
    return connection.get_collection(model._meta.db_table)  # type: ignore[attr-defined]
