"""Does undoing leave what somebody, or the engine, has changed since?"""

from __future__ import annotations

import pytest
from django.utils import timezone

from findings import operation, tally, triage
from findings.models import Finding, Operation
from tenants.models import AuditEvent, Tenant
from tests.findings.operation.desk import (
    ALICE,
    BOB,
    did,
    events,
    fresh,
    fresh_one,
    make,
    outcomes,
)


def test_undoing_leaves_what_somebody_changed_since(tenant: Tenant):
    first, second, third = make(tenant, 3)
    held = did(tenant, "close", [first, second, third])
    triage.reopen(finding=first, version=2, actor=BOB)
    did(tenant, "false_positive", [second], reason="Ours")
    operation.undo(operation=held, actor=ALICE)
    assert (fresh(held).restored, fresh(held).kept) == (1, 2)
    assert outcomes(held)["role-0"] == ("kept", "Bob reopened it since.")
    assert outcomes(held)["role-1"] == ("kept", "Alice marked it a false positive since.")
    assert [each.status for each in Finding.objects.of(tenant).order_by("subject_name")] == [
        "reopened",
        "false_positive",
        "open",
    ]
    told = AuditEvent.objects.of(tenant).get(action="operation:undone").detail
    assert (told["members"], told["member_ids"], told["kept"]) == (1, [str(third.pk)], 2)


def test_what_the_engine_saw_meanwhile_stays_and_the_decision_goes(tenant: Tenant):
    (one,) = make(tenant, 1)
    held = did(tenant, "acknowledge", [one])
    seen = fresh_one(one)
    gone = {"observation": "absent", "status": "resolved"}
    before = tally.fields(seen)
    triage_free = {**gone, "traits": triage.following(seen, gone)["traits"]}
    Finding.objects.of(tenant).filter(pk=one.pk).update(version=3, **triage_free)
    tally.update(tenant, [(before, before | gone)])
    operation.undo(operation=held, actor=ALICE)
    now = fresh_one(one)
    assert (now.decision, now.decided_by, now.status, now.observation) == ("none", None, "resolved", "absent")


def test_undoing_twice_is_told(tenant: Tenant):
    held = did(tenant, "close", make(tenant, 1))
    operation.undo(operation=held, actor=BOB)
    with pytest.raises(operation.TooLate, match="Bob has undone this already"):
        operation.undo(operation=held, actor=ALICE)
    assert events(tenant).count("operation:undone") == 1


def test_after_ten_minutes_it_stays(tenant: Tenant):
    held = did(tenant, "close", make(tenant, 1))
    late = timezone.now() - operation.UNDOABLE_FOR
    Operation.objects.of(tenant).update(finished_at=late)
    with pytest.raises(operation.TooLate, match="10 minutes"):
        operation.undo(operation=fresh(held), actor=ALICE)
    assert Finding.objects.of(tenant).get().status == "closed"
