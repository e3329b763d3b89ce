"""Do two people accept a risk where the tenant wants two, and is what the second didn't see never approved?"""

from __future__ import annotations

from datetime import timedelta
from typing import Any

import pytest
from django.test import Client
from django.utils import timezone

from accounts.models import User
from accounts.roles import Role
from connectors.inventory.records import Access
from findings import evidence, ruling, tasks, triage
from findings.models import Finding
from findings.proposal import RiskOwner
from findings.report import html
from findings.reports.finding import report
from findings.triage import Conflict, Illegal, Invalid
from tenants import audit
from tenants.audit import Actor
from tenants.models import AuditEvent, Tenant
from tests.conftest import signed_in
from tests.factories import make_finding, make_member
from tests.findings.estate import may, resource, role
from tests.findings.world import World, watch

QUEUE = "/t/acme/findings/"
OWNER = RiskOwner("Carol", "carol@insurer.example")
ALICE, BOB = Actor(id="a", name="Alice", via="web"), Actor(id="b", name="Bob", via="web")
STAFF_AS_BOB = Actor(id="s", name="Staff", via="web", acting_as_id="b", acting_as="Bob")
STAFF_AS_ALICE = Actor(id="s", name="Staff", via="web", acting_as_id="a", acting_as="Alice")
TERMS = {"reason": "Until the migration.", "until": "2099-12-31", "owner": "outside"} | {
    "owner_name": OWNER.name,
    "owner_email": OWNER.email,
}


@pytest.fixture
def strict(tenant: Tenant) -> Tenant:
    """Acme, which wants two people from high on."""
    ruling.set_acceptance(tenant=tenant, approval_from="high", warn_days=14, actor=ALICE)
    return tenant


def fresh(finding: Finding) -> Finding:
    found: Finding = Finding.objects.of(finding.tenant).get(pk=finding.pk)
    return found


def how_it_ended(finding: Finding) -> Any:
    return (finding.proposal or {})["ended"]


def actions(finding: Finding) -> list[str]:
    events = AuditEvent.objects.of(finding.tenant).filter(subject_id=str(finding.pk)).order_by("number")
    return [event.action for event in events]


def propose(finding: Finding, actor: Actor = BOB, days: int = 30) -> Finding:
    until = timezone.now() + timedelta(days=days)
    given: dict[str, Any] = {"reason": "Until the migration.", "until": until, "owner": OWNER}
    return triage.accept(finding=finding, version=finding.version, actor=actor, **given)


def post(client: Client, finding: Finding, verb: str, **data: Any) -> Any:
    return client.post(f"{QUEUE}{finding.pk}/{verb}/", {"version": fresh(finding).version, **data})


# ── through the door ────────────────────────────────────────────────────────────────────────────────────────────────


def test_an_analyst_proposes_and_a_manager_approves(strict: Tenant, as_bob: Client, as_alice: Client):
    finding = make_finding(strict)
    assert post(as_bob, finding, "accept", **TERMS).status_code == 302
    proposed = fresh(finding)
    assert (proposed.decision, proposed.status, proposed.acceptance) == ("none", "open", "awaiting_approval")
    page = as_alice.get(f"{QUEUE}{finding.pk}/").content.decode()
    assert "Acceptance proposed" in page
    assert f"{QUEUE}{finding.pk}/approve/" in page
    assert f"{QUEUE}{finding.pk}/accept/" not in page
    assert post(as_alice, finding, "approve").status_code == 302
    after = fresh(finding)
    assert (after.decision, after.decided_by, after.approved_by, after.proposal) == ("accepted", "Bob", "Alice", None)
    assert (after.risk_owner, after.risk_owner_email, after.acceptance) == (*OWNER, "none")
    assert actions(finding) == ["finding:acceptance:proposed", "finding:accepted"]
    event = AuditEvent.objects.of(strict).get(action="finding:accepted")
    assert (event.actor, event.detail["was"], event.detail["now"]) == ("Alice", "none", "accepted")
    assert (event.detail["proposed_by"], event.detail["owner"]) == ("Bob", str(OWNER))
    page = as_bob.get(f"{QUEUE}{finding.pk}/").content.decode()
    assert "approved by Alice" in page
    assert OWNER.email in page


def test_nobody_approves_their_own_not_even_a_manager(strict: Tenant, as_alice: Client):
    finding = make_finding(strict)
    post(as_alice, finding, "accept", **TERMS)
    page = as_alice.get(f"{QUEUE}{finding.pk}/").content.decode()
    assert f"{QUEUE}{finding.pk}/approve/" not in page
    assert f"{QUEUE}{finding.pk}/withdraw/" in page
    for verb in ("approve", "refuse"):
        answer = post(as_alice, finding, verb, reason="Mine.")
        assert answer.status_code == 409
        assert "You proposed this acceptance yourself" in answer.content.decode()
    assert fresh(finding).decision == "none"


@pytest.mark.parametrize("verb", ["approve", "refuse"])
def test_only_managers_of_the_tenant_answer(
    strict: Tenant, as_alice: Client, as_bob: Client, as_victor: Client, as_mallory: Client, verb: str
):
    finding = make_finding(strict)
    post(as_alice, finding, "accept", **TERMS)
    assert post(as_bob, finding, verb, reason="No.").status_code == 403
    assert post(as_victor, finding, verb, reason="No.").status_code == 403
    assert post(as_mallory, finding, verb, reason="No.").status_code == 404
    assert fresh(finding).acceptance == "awaiting_approval"


def test_a_refusal_says_why_and_leaves_the_finding_as_it_was(strict: Tenant, as_bob: Client, as_alice: Client):
    finding = make_finding(strict)
    post(as_bob, finding, "accept", **TERMS)
    assert post(as_alice, finding, "refuse", reason=" ").status_code == 422
    assert post(as_alice, finding, "refuse", reason="The vendor is gone.").status_code == 302
    after = fresh(finding)
    assert (after.decision, after.status, after.acceptance) == ("none", "open", "none")
    page = as_bob.get(f"{QUEUE}{finding.pk}/").content.decode()
    assert "Acceptance not approved" in page
    assert "The vendor is gone." in page
    assert post(as_bob, finding, "accept", **TERMS).status_code == 302
    assert fresh(finding).acceptance == "awaiting_approval"


def test_undo_takes_a_proposal_back(strict: Tenant, as_bob: Client):
    finding = make_finding(strict)
    url = f"{QUEUE}{finding.pk}/accept/?place=finding"
    answer = as_bob.post(url, {"version": 1, **TERMS}, headers={"HX-Request": "true", "HX-Target": "decision"})
    assert "it waits for approval" in answer.context["said"]
    as_bob.post(answer.context["undo_url"], headers={"HX-Request": "true"})
    assert actions(finding) == ["finding:acceptance:proposed", "finding:undone"]
    assert (fresh(finding).acceptance, fresh(finding).proposal) == ("none", None)


def test_the_queue_leads_managers_to_what_awaits_them(strict: Tenant, as_alice: Client, as_bob: Client):
    waiting, _other = make_finding(strict), make_finding(strict)
    post(as_bob, waiting, "accept", **TERMS)
    shown = as_alice.get(QUEUE)
    assert shown.context["awaiting"] == 1
    answer = as_alice.get(shown.context["awaiting_url"])
    assert [row["id"] for row in answer.context["rows"]] == [waiting.pk]
    assert "awaiting approval" in answer.content.decode()
    assert "awaiting" not in as_bob.get(QUEUE).context


def test_below_the_severity_one_person_is_enough(strict: Tenant, as_bob: Client):
    finding = make_finding(strict, severity="medium", severity_rank=2)
    post(as_bob, finding, "accept", **TERMS)
    assert (fresh(finding).decision, fresh(finding).approved_by) == ("accepted", None)


def test_a_member_can_carry_the_risk_and_a_stranger_cannot(tenant: Tenant, as_bob: Client, victor: User, mallory: User):
    finding = make_finding(tenant)
    assert post(as_bob, finding, "accept", **TERMS | {"owner": str(mallory.pk)}).status_code == 422
    assert post(as_bob, finding, "accept", **TERMS | {"owner": str(victor.pk)}).status_code == 302
    assert (fresh(finding).risk_owner, fresh(finding).risk_owner_email) == ("Victor", victor.email)


# ── who is who ──────────────────────────────────────────────────────────────────────────────────────────────────────


@pytest.mark.parametrize(
    ("proposer", "second"),
    [(BOB, BOB), (BOB, STAFF_AS_BOB), (STAFF_AS_BOB, BOB), (STAFF_AS_BOB, STAFF_AS_ALICE)],
    ids=["themselves", "acted as", "acting as", "acting as two"],
)
def test_behind_both_is_never_one_person(strict: Tenant, proposer: Actor, second: Actor):
    finding = propose(make_finding(strict), proposer)
    with pytest.raises(Illegal, match="yourself"):
        triage.approve(finding=finding, version=finding.version, actor=second)
    with pytest.raises(Illegal, match="yourself"):
        triage.refuse(finding=finding, version=finding.version, actor=second, reason="No.")
    assert fresh(finding).acceptance == "awaiting_approval"


def test_only_the_proposer_withdraws(strict: Tenant):
    finding = propose(make_finding(strict))
    with pytest.raises(Illegal, match="Bob proposed"):
        triage.withdraw(finding=finding, version=2, actor=ALICE)
    assert triage.withdraw(finding=finding, version=2, actor=BOB).acceptance == "none"


def test_one_proposal_at_a_time(strict: Tenant):
    finding = propose(make_finding(strict))
    with pytest.raises(Illegal, match="Bob has proposed"):
        propose(finding, ALICE)


def test_the_second_to_answer_is_told_what_the_first_did(strict: Tenant, as_alice: Client):
    anna = signed_in(make_member(strict, "anna", role=Role.MANAGER))
    finding = propose(make_finding(strict))
    data = {"version": 2, "reason": "No."}
    assert as_alice.post(f"{QUEUE}{finding.pk}/refuse/", data).status_code == 302
    answer = anna.post(f"{QUEUE}{finding.pk}/approve/", {"version": 2})
    assert answer.status_code == 409
    assert "Alice refused to accept its risk" in answer.content.decode()
    with pytest.raises(Conflict):
        triage.approve(finding=finding, version=2, actor=ALICE)


def test_nobody_carries_no_risk(tenant: Tenant):
    finding, until = make_finding(tenant), timezone.now() + timedelta(days=1)
    with pytest.raises(Invalid) as invalid:
        triage.accept(finding=finding, version=1, actor=BOB, reason="Why.", until=until, owner=None)
    assert invalid.value.field == "owner"


# ── what overtakes it ───────────────────────────────────────────────────────────────────────────────────────────────


@pytest.mark.parametrize("verb", ["acknowledge", "close", "false_positive"])
def test_another_decision_voids_it_and_says_so(strict: Tenant, verb: str):
    finding = propose(make_finding(strict))
    reason = {} if verb == "acknowledge" else {"reason": "A test."}
    after = getattr(triage, verb)(finding=finding, version=2, actor=ALICE, **reason)
    assert (after.proposal, after.acceptance) == (None, "none")
    assert actions(finding)[1] == "finding:acceptance:voided"
    event = AuditEvent.objects.of(strict).get(action="finding:acceptance:voided")
    assert (event.detail["because"], event.detail["proposed_by"]) == ("decided", "Bob")
    with pytest.raises(Illegal):
        triage.approve(finding=after, version=after.version, actor=ALICE)


def test_its_date_ends_it_unapproved(strict: Tenant):
    finding = propose(make_finding(strict))
    late = (finding.proposal or {}) | {"until": (timezone.now() - timedelta(seconds=1)).isoformat()}
    Finding.objects.of(strict).filter(pk=finding.pk).update(proposal=late)
    with pytest.raises(Illegal):
        triage.approve(finding=finding, version=2, actor=ALICE)
    assert tasks.lapse() == 1
    assert fresh(finding).acceptance == "none"
    assert how_it_ended(fresh(finding))["how"] == "late"
    assert tasks.lapse() == 0


def strict_world(world: World) -> None:
    ruling.set_acceptance(tenant=world.tenant, approval_from="medium", warn_days=14, actor=ALICE)
    admin = watch()
    world.put(admin)
    world.estate.path(may(admin, resource(), "s3:GetObject"))
    world.run()


def test_wider_evidence_makes_it_void_and_says_what_grew(world: World):
    strict_world(world)
    proposed = propose(world.finding)
    assert world.run() == {}
    assert world.finding.acceptance == "awaiting_approval"
    world.estate.path(may(watch(), resource("payroll"), "s3:GetObject", access=Access.ADMIN))
    world.run()
    after = world.finding
    assert (after.decision, after.status, after.acceptance) == ("none", "open", "none")
    assert how_it_ended(after)["how"] == "widened"
    assert "admin on payroll" in how_it_ended(after)["since"]["permissions"]
    assert world.events[-1].action == "finding:acceptance:voided"
    with pytest.raises(Conflict, match="sv0 made the proposal to accept its risk void"):
        triage.approve(finding=proposed, version=proposed.version, actor=ALICE)
    with pytest.raises(Illegal):
        triage.approve(finding=after, version=after.version, actor=ALICE)
    assert world.run() == {}


def test_a_finding_that_is_gone_takes_it_along(world: World):
    strict_world(world)
    propose(world.finding)
    world.put(role())
    assert world.run() == {"resolved": 1}
    assert how_it_ended(world.finding)["how"] == "gone"
    assert world.actions[-2:] == ["acceptance:voided", "resolved"]
    world.put(watch())
    assert world.run() == {"regressed": 1}
    assert world.finding.acceptance == "none"


def test_an_acceptance_stands_while_another_date_is_proposed(world: World):
    strict_world(world)
    propose(world.finding)
    triage.approve(finding=world.finding, version=world.finding.version, actor=ALICE)
    again = propose(world.finding, days=90)
    assert (again.decision, again.acceptance) == ("accepted", "awaiting_approval")
    assert triage.withdraw(finding=again, version=again.version, actor=BOB).decision == "accepted"


# ── its end is told before ──────────────────────────────────────────────────────────────────────────────────────────


def test_acceptances_that_end_soon_are_marked_once(tenant: Tenant, as_bob: Client):
    soon, later = (propose(make_finding(tenant), days=days) for days in (13, 15))
    gone = make_finding(
        tenant, observation="absent", status="resolved", decision="accepted", accepted_until=soon.accepted_until
    )
    assert tasks.warn() == 1
    assert tasks.warn() == 0
    assert [fresh(each).acceptance for each in (soon, later, gone)] == ["ends_soon", "none", "none"]
    assert actions(soon) == ["finding:accepted", "finding:acceptance:expiring"]
    event = AuditEvent.objects.of(tenant).get(action="finding:acceptance:expiring")
    assert (event.detail["owner"], event.detail["decided_by"]) == (str(OWNER), "Bob")
    listed = as_bob.get(f"{QUEUE}?status=all&acceptance=ends_soon")
    assert [row["id"] for row in listed.context["rows"]] == [soon.pk]
    assert "ends soon" in listed.content.decode()
    renewed = propose(fresh(soon), days=60)
    assert (renewed.acceptance, renewed.warned_at) == ("none", None)


def test_the_tenant_says_how_long_before(tenant: Tenant, other_tenant: Tenant):
    ruling.set_acceptance(tenant=tenant, approval_from=None, warn_days=30, actor=ALICE)
    ours, theirs = (propose(make_finding(each), days=20) for each in (tenant, other_tenant))
    assert tasks.warn() == 1
    assert [fresh(each).acceptance for each in (ours, theirs)] == ["ends_soon", "none"]
    assert audit.verify(tenant).why is None


def test_the_evidence_and_the_report_name_who_carries_the_risk_and_who_approved(strict: Tenant):
    finding = propose(make_finding(strict))
    waiting = html(report(finding=finding, made_by="Alice", now=timezone.now()), acting=None)
    assert "awaiting approval" in waiting
    after = triage.approve(finding=finding, version=2, actor=ALICE)
    pack = evidence.pack(after)
    assert (pack["decision"]["risk_owner"], pack["decision"]["approved_by"]) == ("Carol", "Alice")
    assert ("Risk carried by", str(OWNER)) in evidence.key_facts(pack)
    printed = html(report(finding=after, made_by="Alice", now=timezone.now()), acting=None)
    assert "approved by <bdi>Alice</bdi>" in printed
    assert OWNER.email in printed
