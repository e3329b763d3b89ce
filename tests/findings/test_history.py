"""How many findings were open then: does the reconstruction agree with what happened?"""

from __future__ import annotations

from datetime import datetime, timedelta
from typing import Any

import pytest
from django.utils import timezone

from findings.history import Life, happened, open_by_severity
from findings.models import Finding
from tenants import audit
from tenants.models import Tenant
from tests.factories import NOW, make_finding

MOMENTS = [NOW - timedelta(days=days) for days in (4, 3, 2, 1, 0)]


def day(number: float) -> datetime:
    return NOW - timedelta(days=number)


def tell(monkeypatch: Any, finding: Finding, action: str, *, at: datetime, **detail: Any) -> None:
    monkeypatch.setattr(timezone, "now", lambda: at)
    audit.record(
        finding.tenant,
        actor=audit.WORKER,
        action=action,
        subject_kind="finding",
        subject_id=str(finding.pk),
        detail=detail,
    )


@pytest.mark.parametrize(
    ("moves", "expected"),
    [
        ((), [False, True, True, True, True]),
        (((day(1.5), "resolved"),), [False, True, True, False, False]),
        (((day(2.5), "accepted"), (day(0.5), "reopened")), [False, True, False, False, True]),
        (((day(2.5), "acknowledged"),), [False, True, True, True, True]),
        (((day(2), "closed"),), [False, True, False, False, False]),
    ],
)
def test_a_finding_is_open_from_first_sight_until_somebody_or_a_scan_says_otherwise(moves: Any, expected: list[bool]):
    life = Life("high", day(3.5), "open", moves)
    assert [life.open_at(moment) for moment in MOMENTS] == expected


def test_what_changed_is_counted_as_it_was_then(tenant: Tenant, monkeypatch: Any):
    make_finding(tenant, severity="high", first_seen=day(30))
    make_finding(tenant, severity="high", first_seen=day(1.5))
    gone = make_finding(tenant, severity="low", status="resolved", observation="absent", first_seen=day(30))
    tell(monkeypatch, gone, "finding:resolved", at=day(2.5), status="resolved")
    back = make_finding(tenant, severity="critical", status="reopened", first_seen=day(30))
    tell(monkeypatch, back, "finding:accepted", at=day(10))
    tell(monkeypatch, back, "finding:lapsed", at=day(0.5))
    counts = open_by_severity(tenant=tenant, moments=MOMENTS)
    assert counts == {
        "critical": [0, 0, 0, 0, 1],
        "high": [1, 1, 1, 2, 2],
        "medium": [0] * 5,
        "low": [1, 1, 0, 0, 0],
        "info": [0] * 5,
    }


def test_taking_back_a_decision_on_what_is_gone_opens_nothing(tenant: Tenant, monkeypatch: Any):
    gone = make_finding(tenant, status="resolved", observation="absent", first_seen=day(30))
    tell(monkeypatch, gone, "finding:resolved", at=day(3.5), status="resolved")
    tell(monkeypatch, gone, "finding:reopened", at=day(1.5))
    assert open_by_severity(tenant=tenant, moments=MOMENTS)["high"] == [1, 0, 0, 0, 0]


def test_what_happened_counts_findings_not_events_and_only_within(
    tenant: Tenant, other_tenant: Tenant, monkeypatch: Any
):
    finding = make_finding(tenant, first_seen=day(2))
    make_finding(tenant, first_seen=day(20))
    for at in (day(9), day(1.5), day(1)):
        tell(monkeypatch, finding, "finding:accepted", at=at)
    tell(monkeypatch, finding, "finding:lapsed", at=day(0.5))
    tell(monkeypatch, make_finding(other_tenant), "finding:closed", at=day(1))
    counted = happened(tenant=tenant, start=day(5), end=NOW)
    assert counted == {
        "new": 1,
        "came_back": 1,
        "resolved": 0,
        "acknowledged": 0,
        "accepted": 1,
        "false_positive": 0,
        "closed": 0,
    }
