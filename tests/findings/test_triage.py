"""One verb, one change, one event; whoever comes second is told, and nothing is overwritten."""

from __future__ import annotations

from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor
from datetime import UTC, datetime, timedelta
from threading import Barrier
from typing import Any

import pytest
from django.db import connection
from django.utils import timezone

from accounts.models import User
from findings import tasks, triage
from findings.lifecycle import LEADS_TO, LEGAL, Decision, Observation, Verb
from findings.models import Finding
from findings.proposal import RiskOwner
from findings.triage import Conflict, Illegal, Invalid
from tenants.audit import Actor
from tenants.models import AuditEvent, Tenant
from tests.factories import make_finding

ALICE = Actor(id="a", name="Alice", via="web")
BOB = Actor(id="b", name="Bob", via="web")
FINGERPRINT = {"permissions": [["admin on x", "admin on billing-prod"]], "domains": []}
OWNER = RiskOwner("Carol", "carol@acme-media.example")


def tomorrow() -> datetime:
    return timezone.now() + timedelta(days=1)


def act(verb: Verb, finding: Finding, *, actor: Actor = ALICE, version: int | None = None) -> Finding:
    given: dict[str, Any] = {"finding": finding, "version": version or finding.version, "actor": actor}
    verbs: dict[Verb, Callable[[], Finding]] = {
        Verb.ACKNOWLEDGE: lambda: triage.acknowledge(**given),
        Verb.FALSE_POSITIVE: lambda: triage.false_positive(**given, reason="A test account."),
        Verb.ACCEPT: lambda: triage.accept(**given, reason="Until the migration.", until=tomorrow(), owner=OWNER),
        Verb.CLOSE: lambda: triage.close(**given),
        Verb.REOPEN: lambda: triage.reopen(**given),
        Verb.APPROVE: lambda: triage.approve(**given),
        Verb.REFUSE: lambda: triage.refuse(**given, reason="Too long."),
        Verb.WITHDRAW: lambda: triage.withdraw(**given),
    }
    return verbs[verb]()


def events(finding: Finding) -> list[AuditEvent]:
    found = AuditEvent.objects.of(finding.tenant).filter(subject_id=str(finding.pk))
    return list(found.order_by("number"))


def stored(finding: Finding) -> dict[str, Any]:
    found: dict[str, Any] = Finding.objects.of(finding.tenant).filter(pk=finding.pk).values().get()
    return found


@pytest.mark.parametrize("observation", Observation)
@pytest.mark.parametrize("decision", Decision)
def test_verbs_are_carried_out_where_legal_and_change_nothing_elsewhere(
    tenant: Tenant, observation: Observation, decision: Decision
):
    until = tomorrow() if decision is Decision.ACCEPTED else None
    for verb in Verb:
        finding = make_finding(tenant, observation=observation, decision=decision, accepted_until=until)
        before = stored(finding)
        if verb in LEGAL[observation][decision]:
            after = act(verb, finding)
            assert after.version == finding.version + 1
            (event,) = events(finding)
            assert (event.actor, event.detail["version"]) == ("Alice", after.version)
        else:
            with pytest.raises(Illegal):
                act(verb, finding)
            assert (stored(finding), events(finding)) == (before, [])


def test_accepting_keeps_the_date_the_reason_and_the_evidence(tenant: Tenant):
    finding = make_finding(tenant, fingerprint=FINGERPRINT, returned="reopened", returned_diff={"domains": ["hr"]})
    until = datetime(2031, 5, 4, 21, 59, 59, 999000, tzinfo=UTC)
    after = triage.accept(
        finding=finding, version=1, actor=ALICE, reason="  Until the migration. ", until=until, owner=OWNER
    )
    assert (after.decision, after.status, after.accepted_until) == ("accepted", "accepted", until)
    assert (after.decided_by, after.reason, after.decided_on) == ("Alice", "Until the migration.", FINGERPRINT)
    assert (after.returned, after.returned_diff) == (None, None)
    (event,) = events(finding)
    assert event.action == "finding:accepted"
    assert event.detail == {
        "was": "none",
        "now": "accepted",
        "owner": "Carol <carol@acme-media.example>",
        "reason": "Until the migration.",
        "until": "2031-05-04T21:59:59.999000+00:00",
        "version": 2,
    }


def test_reopening_takes_the_decision_back(tenant: Tenant):
    finding = act(Verb.FALSE_POSITIVE, make_finding(tenant, fingerprint=FINGERPRINT))
    after = triage.reopen(finding=finding, version=2, actor=BOB, reason="It is real.")
    assert (after.decision, after.status, after.returned) == ("none", "reopened", "reopened")
    assert (after.decided_by, after.reason, after.decided_on, after.accepted_until) == (
        "Bob",
        "It is real.",
        None,
        None,
    )


@pytest.mark.parametrize("reason", [None, "", "  \n"])
def test_a_missing_reason_is_asked_for(tenant: Tenant, reason: str | None):
    finding = make_finding(tenant)
    for call in (
        lambda: triage.false_positive(finding=finding, version=1, actor=ALICE, reason=reason),
        lambda: triage.accept(finding=finding, version=1, actor=ALICE, reason=reason, until=tomorrow(), owner=OWNER),
    ):
        with pytest.raises(Invalid) as invalid:
            call()
        assert invalid.value.field == "reason"
    assert events(finding) == []


def test_a_date_must_lie_ahead(tenant: Tenant):
    finding = make_finding(tenant)
    for until in (None, timezone.now()):
        with pytest.raises(Invalid) as invalid:
            triage.accept(finding=finding, version=1, actor=ALICE, reason="Why.", until=until, owner=OWNER)
        assert invalid.value.field == "until"


def test_a_text_has_an_end(tenant: Tenant):
    finding = make_finding(tenant)
    with pytest.raises(Invalid, match="10,000"):
        triage.close(finding=finding, version=1, actor=ALICE, reason="x" * 10_001)


def test_the_second_is_told_who_was_first_and_what_they_did(tenant: Tenant):
    finding = make_finding(tenant)
    first = act(Verb.ACCEPT, finding)
    act(Verb.CLOSE, first)
    before = stored(finding)
    with pytest.raises(Conflict) as conflict:
        act(Verb.ACKNOWLEDGE, finding, actor=BOB, version=1)
    assert (conflict.value.by, conflict.value.what) == ("Alice", "accepted its risk")
    assert conflict.value.at == events(finding)[0].at
    assert str(conflict.value).startswith("Alice accepted its risk at ")
    assert stored(finding) == before
    assert len(events(finding)) == 2


def test_evidence_that_changed_under_the_reader_is_a_conflict_with_the_engine(tenant: Tenant):
    finding = make_finding(tenant)
    Finding.objects.of(tenant).filter(pk=finding.pk).update(version=2)
    with pytest.raises(Conflict, match="sv0 found other evidence at"):
        act(Verb.ACKNOWLEDGE, finding, version=1)


def at_once(*works: Callable[[], Any]) -> list[Any]:
    """What each returned or raised, all started together, each on its own connection."""
    gate = Barrier(len(works))

    def run(work: Callable[[], Any]) -> Any:
        gate.wait()
        try:
            return work()
        except (Conflict, Illegal) as refused:
            return refused
        finally:
            connection.close()

    with ThreadPoolExecutor(len(works)) as pool:
        return list(pool.map(run, works))


@pytest.mark.parametrize("_round", range(5))
def test_two_people_at_once(tenant: Tenant, _round: int):
    finding = make_finding(tenant)
    results = at_once(
        lambda: act(Verb.ACCEPT, finding, actor=ALICE),
        lambda: act(Verb.FALSE_POSITIVE, finding, actor=BOB),
    )
    (lost,) = [result for result in results if isinstance(result, Conflict)]
    (won,) = [result for result in results if isinstance(result, Finding)]
    (event,) = events(finding)
    assert lost.by == won.decided_by == event.actor
    assert (won.version, stored(finding)["decision"]) == (2, won.decision)


@pytest.mark.parametrize("verb", sorted(LEADS_TO.keys() - {Verb.APPROVE}))
def test_a_failing_audit_leaves_the_finding_as_it_was(tenant: Tenant, monkeypatch: pytest.MonkeyPatch, verb: Verb):
    decision = Decision.CLOSED if verb is Verb.REOPEN else Decision.NONE
    finding = make_finding(tenant, decision=decision)
    before = stored(finding)

    def fail(*_args: object, **_kwargs: object) -> None:
        raise RuntimeError("no space left")

    monkeypatch.setattr(AuditEvent.objects, "bulk_create", fail)
    with pytest.raises(RuntimeError, match="no space left"):
        act(verb, finding)
    assert stored(finding) == before


def test_assigning(tenant: Tenant, bob: User):
    finding = make_finding(tenant)
    mine = triage.assign(finding=finding, version=1, actor=ALICE, assignee=bob)
    assert (mine.assignee_id, mine.assignee, mine.assignee_initials, mine.version) == (bob.pk, "Bob", "B", 2)
    again = triage.assign(finding=mine, version=2, actor=ALICE, assignee=bob)
    assert again.version == 2
    nobody = triage.assign(finding=mine, version=2, actor=ALICE, assignee=None)
    assert (nobody.assignee_id, nobody.assignee, nobody.assignee_initials) == (None, None, None)
    assert [event.action for event in events(finding)] == ["finding:assigned", "finding:unassigned"]
    with pytest.raises(Conflict, match="took its assignee away"):
        triage.assign(finding=finding, version=2, actor=ALICE, assignee=bob)


def test_only_members_who_may_triage_can_be_assigned(tenant: Tenant, bob: User, victor: User, mallory: User):
    finding = make_finding(tenant)
    bob.is_active = False
    for stranger in (victor, mallory, bob):
        with pytest.raises(Invalid) as invalid:
            triage.assign(finding=finding, version=1, actor=ALICE, assignee=stranger)
        assert invalid.value.field == "assignee"
    assert events(finding) == []


def test_acceptances_lapse_on_their_date_in_every_tenant(tenant: Tenant, other_tenant: Tenant):
    past = timezone.now() - timedelta(seconds=1)
    accepted = {"decision": "accepted", "status": "accepted", "decided_by": "Alice", "reason": "Why."}
    due = [make_finding(each, accepted_until=past, **accepted) for each in (tenant, other_tenant)]
    held = make_finding(tenant, accepted_until=tomorrow(), **accepted)
    assert tasks.lapse() == 2
    for finding in due:
        after = stored(finding)
        assert (after["decision"], after["status"], after["returned"]) == ("none", "reopened", "lapsed")
        assert (after["decided_by"], after["reason"], after["accepted_until"]) == ("Alice", "Why.", None)
        assert [event.action for event in events(finding)] == ["finding:lapsed"]
    assert stored(held)["decision"] == "accepted"
    assert tasks.lapse() == 0


def test_an_acceptance_that_cannot_be_ended_holds_up_no_other(tenant: Tenant, monkeypatch: pytest.MonkeyPatch):
    past = timezone.now() - timedelta(seconds=1)
    accepted = {"decision": "accepted", "status": "accepted", "decided_by": "Alice", "reason": "Why."}
    stuck, due = (make_finding(tenant, accepted_until=past, **accepted) for _ in range(2))
    ends = triage.lapse

    def lapse(*, finding: Finding, now: datetime) -> None:
        if finding.pk == stuck.pk:
            raise RuntimeError("its event can't be written")
        ends(finding=finding, now=now)

    monkeypatch.setattr(triage, "lapse", lapse)
    assert tasks.lapse() == 2
    assert (stored(stuck)["decision"], stored(due)["decision"]) == ("accepted", "none")


def test_an_acceptance_renewed_meanwhile_does_not_lapse(tenant: Tenant):
    past = timezone.now() - timedelta(seconds=1)
    finding = make_finding(tenant, decision="accepted", status="accepted", accepted_until=past)
    act(Verb.ACCEPT, make_finding(tenant))
    triage.accept(finding=finding, version=1, actor=ALICE, reason="Longer.", until=tomorrow(), owner=OWNER)
    triage.lapse(finding=finding, now=timezone.now())
    assert stored(finding)["decision"] == "accepted"
