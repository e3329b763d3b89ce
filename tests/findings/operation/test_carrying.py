"""Is a verb done to many by the same rules as to one, told once, and who was first not overwritten?"""

from __future__ import annotations

import pytest

from accounts.models import User
from findings import log, operation, triage
from findings.lifecycle import Scope
from findings.models import Exemption, Finding, Policy
from tenants.models import AuditEvent, Tenant
from tests.factories import NOW
from tests.findings.operation.desk import (
    ALICE,
    BOB,
    LATER,
    Doc,
    begun,
    did,
    drafted,
    events,
    fresh,
    fresh_one,
    make,
    outcomes,
    stored,
)
from tests.findings.world import OWNER

EACH = [
    ("acknowledge", {}, {}, "acknowledged"),
    ("false_positive", {"reason": "A test role"}, {}, "false_positive"),
    ("accept", {"reason": "Planned", "until": LATER, "owner": OWNER}, {}, "accepted"),
    ("close", {"reason": None}, {}, "closed"),
    ("reopen", {}, {"status": "acknowledged", "decision": "acknowledged"}, "reopened"),
]


@pytest.mark.parametrize(("verb", "terms", "before", "status"), EACH, ids=[each[0] for each in EACH])
def test_each_verb_is_done_to_all_told_once_and_undone_to_what_was(
    tenant: Tenant, verb: str, terms: Doc, before: Doc, status: str
):
    found = make(tenant, 4, **before)
    were = stored(tenant)
    held = did(tenant, verb, found, **terms)
    assert (held.state, held.done, held.refused) == ("done", 4, 0)
    now = Finding.objects.of(tenant)
    assert {(each.status, each.decided_by, each.reason) for each in now} == {(status, "Alice", terms.get("reason"))}
    assert (events(tenant), events(tenant, "finding")) == (["operation:carried_out"], [])
    operation.undo(operation=held, actor=BOB)
    assert (fresh(held).state, fresh(held).restored) == ("undone", 4)
    assert stored(tenant) == were
    assert events(tenant) == ["operation:carried_out", "operation:undone"]


def test_assigning_is_undone_too(tenant: Tenant, bob: User, alice: User):
    found = make(tenant, 2) + make(tenant, 1, assignee_id=bob.pk, assignee="Bob", assignee_initials="B")
    were = stored(tenant)
    held = did(tenant, "assign", found, bob)
    assert (held.done, held.refused) == (2, 1)
    assert {each.assignee for each in Finding.objects.of(tenant)} == {"Bob"}
    assert AuditEvent.objects.of(tenant).get().detail["to"] == "Bob"
    assert ("refused", "It is assigned to Bob already.") in outcomes(held).values()
    operation.undo(operation=held, actor=ALICE)
    assert stored(tenant) == were


def test_one_that_was_decided_before_gets_that_decision_back(tenant: Tenant):
    (one,) = make(tenant, 1)
    triage.accept(finding=one, version=1, actor=BOB, reason="Planned", until=LATER, owner=OWNER)
    were = stored(tenant)
    held = did(tenant, "close", [one])
    assert Finding.objects.of(tenant).get().status == "closed"
    operation.undo(operation=held, actor=ALICE)
    assert stored(tenant) == were
    assert Finding.objects.of(tenant).get().accepted_until == LATER


def test_where_four_eyes_are_wanted_acceptances_are_only_proposed(tenant: Tenant):
    Policy.objects.create(tenant=tenant, approval_from="high", changed_by="Alice", changed_at=NOW)
    found = make(tenant, 2) + make(tenant, 1, severity="low", severity_rank=1)
    were, draft = stored(tenant), drafted(tenant, "accept", found)
    assert operation.preview(draft).proposed == 2
    held = begun(draft, reason="Planned", until=LATER, owner=OWNER)
    assert held.done == 3
    assert sorted(each.status for each in Finding.objects.of(tenant)) == ["accepted", "open", "open"]
    assert Finding.objects.of(tenant).filter(acceptance="awaiting_approval").count() == 2
    assert [told.did for told in log.about(found[0])] == ["finding:acceptance:proposed"]
    again = did(tenant, "accept", [fresh_one(found[0])], reason="Planned", until=LATER, owner=OWNER)
    assert again.refused == 1
    operation.undo(operation=held, actor=ALICE)
    assert stored(tenant) == were


def test_a_decision_overtakes_a_proposal_and_undoing_it_gives_that_back(tenant: Tenant):
    Policy.objects.create(tenant=tenant, approval_from="high", changed_by="Alice", changed_at=NOW)
    (one,) = make(tenant, 1)
    triage.accept(finding=one, version=1, actor=BOB, reason="Planned", until=LATER, owner=OWNER)
    were = stored(tenant)
    held = did(tenant, "close", [one])
    assert events(tenant, "finding") == ["finding:acceptance:proposed", "finding:acceptance:voided"]
    operation.undo(operation=held, actor=ALICE)
    assert stored(tenant) == were


def test_what_falls_under_a_subjects_false_positive_is_reopened_by_itself(tenant: Tenant):
    (one,) = make(tenant, 1)
    triage.false_positive(finding=one, version=1, actor=BOB, reason="Ours", scope=Scope.SUBJECT)
    held = did(tenant, "reopen", [one])
    assert held.refused == 1
    assert "by itself" in str(outcomes(held)["role-0"][1])
    assert Exemption.objects.of(tenant).get().ended_at is None


def test_who_was_first_is_told_and_not_overwritten(tenant: Tenant):
    first, second, third = make(tenant, 3)
    draft = drafted(tenant, "close", [first, second, third])
    triage.acknowledge(finding=first, version=1, actor=BOB)
    did(tenant, "false_positive", [second], reason="Ours")
    held = begun(draft)
    assert (held.done, held.overtaken) == (1, 2)
    assert outcomes(held)["role-0"] == ("overtaken", "Bob acknowledged it first.")
    assert outcomes(held)["role-1"] == ("overtaken", "Alice marked it a false positive first.")
    assert fresh_one(first).status == "acknowledged"


def test_who_undid_is_told_too(tenant: Tenant):
    (one,) = make(tenant, 1)
    held = did(tenant, "acknowledge", [one])
    draft = drafted(tenant, "close", [one])
    operation.undo(operation=held, actor=BOB)
    assert outcomes(begun(draft))["role-0"] == ("overtaken", "Bob undid the last decision on it first.")


def test_starting_twice_does_it_once(tenant: Tenant):
    draft = drafted(tenant, "close", make(tenant, 1))
    begun(draft)
    begun(draft)
    assert events(tenant) == ["operation:carried_out"]
