"""How does a tenant stand: what is open, for how long, over which data, and how much of it was looked at?

Numbers that lead to the queue are counted by the queue itself, so that the two can't disagree.
"""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Any
from uuid import UUID

from django.db import connection

from findings import charts, counting
from findings.charts import Chart
from findings.coverage import Coverage, coverage
from findings.facets import NOBODY
from findings.filter import NEEDS_ATTENTION, SEVERITIES, Filter
from findings.history import OPEN, open_by_severity
from findings.lifecycle import Observation, Status
from findings.models import Finding
from findings.period import Period
from tenants.models import Tenant

AGES = {"Up to 7 days": 0, "8 to 30 days": 7, "31 to 90 days": 30, "91 to 180 days": 90, "Over 180 days": 180}
DOMAINS = 8  # in the picture; the rest in one bar
BEGINNING, END = datetime(1970, 1, 1), datetime(9999, 1, 1)  # noqa: DTZ001  (as MongoDB's driver compares them)


@dataclass(frozen=True, slots=True, kw_only=True)
class Number:
    """How many findings a filter of the queue shows."""

    label: str
    count: int
    asked: Filter
    severity: str = ""
    note: str = ""


@dataclass(frozen=True, slots=True, kw_only=True)
class Posture:
    """A tenant's state now. `severities`, `standing` and `domains` are of what is open; `apart` is not."""

    open: Number
    severities: list[Number]
    standing: list[Number]
    apart: list[Number]
    domains: list[Number]
    charts: list[Chart]
    coverage: Coverage

    @property
    def accepted(self) -> Number:
        """The accepted risks, one of `apart`."""
        return next(number for number in self.apart if number.asked.status == (Status.ACCEPTED.value,))

    @property
    def anything(self) -> bool:
        """Whether there ever was a finding."""
        return any(number.count for number in (self.open, *self.apart))


def posture(*, tenant: Tenant, me: UUID, period: Period, now: datetime) -> Posture:
    """The tenant's posture as of `now`, with the course of its findings over the period. `me` is who asks."""
    counted = counting.count(tenant=tenant, asked=Filter(status=OPEN), me=me)
    by = {facet.name: {option.value: option.count for option in facet.options} for facet in counted.facets}
    domains = [
        Number(label=option.label, count=option.count, asked=Filter(status=OPEN, domain=(option.value,)))
        for facet in counted.facets
        for option in facet.options
        if facet.name == "domain" and option.count
    ]
    known = coverage(tenant)
    return Posture(
        open=Number(label="Open", count=counted.matching, asked=Filter(status=OPEN)),
        severities=_severities(by["severity"]),
        standing=_standing(by),
        apart=_apart(by["status"]),
        domains=domains,
        charts=[_course(tenant, period, now), _by_domain(domains), _ages(tenant, now), _read(known)],
        coverage=known,
    )


def _severities(counts: dict[str, int]) -> list[Number]:
    return [
        Number(
            label=severity.capitalize(),
            count=counts.get(severity, 0),
            asked=Filter(status=OPEN, severity=(severity,)),
            severity=severity,
        )
        for severity in SEVERITIES
    ]


def _standing(by: dict[str, dict[str, int]]) -> list[Number]:
    waiting = sum(by["status"].get(status, 0) for status in NEEDS_ATTENTION)
    not_rechecked = Observation.NOT_RECHECKED.value
    return [
        Number(label="Need attention", count=waiting, asked=Filter(), note="nobody has decided"),
        _with_status(by["status"], Status.ACKNOWLEDGED, "somebody is on it"),
        Number(
            label="Unassigned",
            count=by["assignee"].get(NOBODY, 0),
            asked=Filter(status=OPEN, assignee=(NOBODY,)),
            note="nobody answers for it",
        ),
        Number(
            label="Not re-checked",
            count=by["observation"].get(not_rechecked, 0),
            asked=Filter(status=OPEN, observation=(not_rechecked,)),
            note="its source was not read completely",
        ),
    ]


def _apart(counts: dict[str, int]) -> list[Number]:
    return [
        _with_status(counts, Status.ACCEPTED, "until a date, by somebody"),
        _with_status(counts, Status.FALSE_POSITIVE, "no problem, somebody says"),
        _with_status(counts, Status.CLOSED, "fixed, somebody says; the next scan checks"),
        _with_status(counts, Status.RESOLVED, "proven gone"),
    ]


def _with_status(counts: dict[str, int], status: Status, note: str) -> Number:
    label = {Status.ACCEPTED: "Accepted risk"}.get(status, status.replace("_", " ").capitalize())
    return Number(label=label, count=counts.get(status, 0), asked=Filter(status=(status.value,)), note=note)


def _course(tenant: Tenant, period: Period, now: datetime) -> Chart:
    counts = open_by_severity(tenant=tenant, moments=[min(moment, now) for moment in period.ends()])
    return charts.course(
        name="course",
        title="Open findings by severity",
        lead=f"At the end of each day, {period}; reconstructed from first sightings and the audit log.",
        days=period.days,
        figures=list(counts.items()),
    )


def _ages(tenant: Tenant, now: datetime) -> Chart:
    figures = list(zip(AGES, _by_age(tenant, now), strict=True))
    return charts.bars(
        name="ages",
        title="Age of open findings",
        lead="Open findings by the time since they were first seen.",
        columns=("Age", "Findings"),
        figures=figures,
    )


def _by_age(tenant: Tenant, now: datetime) -> list[int]:
    """How many open findings are in each of AGES."""
    # Without a zone and to the millisecond: the answer names each bucket by its bound as MongoDB keeps it.
    until = now.replace(tzinfo=None, microsecond=now.microsecond // 1000 * 1000)
    bounds = [BEGINNING, *(until - timedelta(days=days) for days in reversed(AGES.values()) if days), END]
    stages: list[dict[str, Any]] = [
        {"$match": {"tenant_id": tenant.pk, "status": {"$in": list(OPEN)}}},
        {"$bucket": {"groupBy": "$first_seen", "boundaries": bounds}},
    ]
    findings = connection.get_collection(Finding._meta.db_table)  # type: ignore[attr-defined]
    found = {row["_id"]: row["count"] for row in findings.aggregate(stages)}
    return [found.get(bound, 0) for bound in reversed(bounds[:-1])]


def _by_domain(domains: list[Number]) -> Chart:
    figures = [(number.label, number.count) for number in domains]
    shown, rest = figures[:DOMAINS], figures[DOMAINS:]
    if rest:
        shown.append((f"{len(rest)} further domains", sum(count for _, count in rest)))
    return charts.bars(
        name="domains",
        title="Open findings by data domain",
        lead="The kinds of data that open findings reach. One finding may reach several, or none.",
        columns=("Data domain", "Findings"),
        figures=shown,
    )


def _read(known: Coverage) -> Chart:
    return charts.bars(
        name="coverage",
        title="Parts of the systems by how far they were read",
        lead=f"{known.words}. What was not read can hide findings, and can't prove one gone.",
        columns=("Read", "Parts"),
        figures=list(known.parts.items()),
    )
