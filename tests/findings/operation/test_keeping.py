"""Is a verb on one finding undone like one on many?"""

from __future__ import annotations

from django.utils import timezone

from findings import history, log, operation, triage
from tenants.models import Tenant
from tests.findings.operation.desk import (
    ALICE,
    BOB,
    LATER,
    events,
    fresh_one,
    make,
    stored,
)
from tests.findings.world import OWNER


def test_a_verb_on_one_is_undone_likewise(tenant: Tenant):
    (one,) = make(tenant, 1)
    start = timezone.now()
    triage.acknowledge(finding=one, version=1, actor=BOB)
    were, before = stored(tenant), fresh_one(one)
    after = triage.accept(finding=before, version=2, actor=ALICE, reason="Planned", until=LATER, owner=OWNER)
    held = operation.keep(before=before, after=after, verb="accept", actor=ALICE)
    assert held
    operation.undo(operation=held, actor=ALICE)
    assert stored(tenant) == were
    assert events(tenant, "finding") == ["finding:acknowledged", "finding:accepted", "finding:undone"]
    assert events(tenant) == []
    assert [told.did for told in log.about(one)] == events(tenant, "finding")
    assert history.open_by_severity(tenant=tenant, moments=[start, timezone.now()])["high"] == [1, 1]


def test_what_changed_nothing_is_not_kept(tenant: Tenant):
    (one,) = make(tenant, 1)
    assert operation.keep(before=one, after=fresh_one(one), verb="assign", actor=ALICE) is None
