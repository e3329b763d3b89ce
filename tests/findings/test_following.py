"""Do a finding and its ticket follow each other, once each way, and is nothing lost or made twice on the way?"""

from __future__ import annotations

from datetime import timedelta
from typing import Any

import pytest
from django.utils import timezone

from accounts.models import User
from findings import following, tasks, ticket, triage
from findings.models import Finding, Ticket
from tenants import audit
from tenants.models import AuditEvent, Tenant
from tests.emulators.jira.faults import Fault
from tests.emulators.jira.issues import Issues
from tests.emulators.jira.server import JiraEmulator
from tests.emulators.servicenow import small_estate
from tests.emulators.servicenow.server import ServiceNowEmulator
from tests.factories import make_finding
from tests.findings.world import OWNER
from tests.ticketing.desk import make_system
from ticketing.jira import Jira
from ticketing.models import TicketSystem
from ticketing.system import Category, Unreached

ALICE = audit.Actor(id=None, name="Alice", via="web")


@pytest.fixture
def system(tenant: Tenant) -> TicketSystem:
    return make_system(tenant)


@pytest.fixture
def finding(tenant: Tenant) -> Finding:
    return make_finding(tenant)


@pytest.fixture
def wished(site: JiraEmulator, system: TicketSystem, finding: Finding) -> Ticket:
    ticket.create(finding=finding, system=system, actor=ALICE)
    found: Ticket = Ticket.objects.of(finding.tenant).get()
    return found


def later(tenant: Tenant) -> int:
    """A round, with all that is live being due."""
    Ticket.objects.of(tenant).filter(live=True).update(due_at=timezone.now())
    return following.follow(tenant)


def actions(finding: Finding) -> list[str]:
    events = AuditEvent.objects.of(finding.tenant).filter(subject_id=str(finding.pk)).order_by("number")
    return [event.action for event in events]


def fresh(thing: Any) -> Any:
    thing.refresh_from_db()
    return thing


def decide(finding: Finding, verb: Any, **given: Any) -> Finding:
    now = fresh(finding)
    decided: Finding = verb(finding=now, version=now.version, actor=ALICE, **given)
    return decided


# ── creating ────────────────────────────────────────────────────────────────────────────────────────────────────────


def test_a_wish_becomes_a_ticket_with_its_events(tenant: Tenant, wished: Ticket, finding: Finding, issues: Issues):
    assert following.follow(tenant) == 1
    held = fresh(wished)
    assert (held.number, held.status, held.category, held.wish) == ("SEC-1", "To Do", "new", None)
    (row,) = issues.rows.values()
    assert row["summary"] == "Workload with administrative authority: Billing-Admin"
    assert f"/t/acme/findings/{finding.pk}/" in str(row["description"])
    assert actions(finding) == ["ticket:requested", "ticket:created"]
    assert following.follow(tenant) == 0  # not due
    assert later(tenant) == 1
    assert (len(issues.rows), actions(finding)) == (1, ["ticket:requested", "ticket:created"])


def test_wishing_twice_makes_one(tenant: Tenant, wished: Ticket, system: TicketSystem, finding: Finding):
    ticket.create(finding=finding, system=system, actor=ALICE)
    assert Ticket.objects.of(tenant).count() == 1
    assert actions(finding) == ["ticket:requested"]


def test_a_crash_after_the_creation_makes_no_second_one(
    tenant: Tenant,
    wished: Ticket,
    issues: Issues,
    monkeypatch: pytest.MonkeyPatch,
):
    with monkeypatch.context() as crashing:
        crashing.setattr(following, "_granted", lambda one, desk: desk.create(following._draft(one)) and 1 / 0)
        following.follow(tenant)
    assert len(issues.rows) == 1
    assert fresh(wished).wish == "create"
    later(tenant)
    assert len(issues.rows) == 1
    assert fresh(wished).number == "SEC-1"


def test_an_answer_that_is_lost_makes_no_second_one(
    tenant: Tenant,
    wished: Ticket,
    site: JiraEmulator,
    issues: Issues,
):
    site.faults.add(Fault(do="cut", path="POST *rest/api/3/issue", times=1))
    following.follow(tenant)
    assert fresh(wished).trouble == "Jira's answer was cut short or unreadable."
    later(tenant)
    assert len(issues.rows) == 1
    assert (fresh(wished).number, wished.trouble, wished.attempts) == ("SEC-1", None, 0)


def test_two_workers_at_once_claim_it_once(tenant: Tenant, wished: Ticket):
    now = timezone.now()
    assert [following._claimed(wished, now) for _ in range(2)] == [True, False]


# ── a dead system ───────────────────────────────────────────────────────────────────────────────────────────────────


def test_a_dead_system_loses_nothing_and_is_asked_ever_less_often(
    tenant: Tenant,
    wished: Ticket,
    finding: Finding,
    system: TicketSystem,
    site: JiraEmulator,
    issues: Issues,
):
    dead = Fault(do="unavailable")
    site.faults.add(dead)
    waits = []
    for _ in range(9):
        later(tenant)
        waits.append(round((fresh(wished).due_at - timezone.now()).total_seconds() / 60))
    assert waits == [1, 2, 4, 8, 16, 32, 60, 60, 60]
    assert "couldn't be reached" in str(wished.trouble)
    assert [entry["ok"] for entry in wished.log] == [False] * 9
    assert "couldn't be reached" in str(fresh(system).trouble)
    decide(finding, triage.acknowledge)
    site.faults.clear()
    later(tenant)
    assert (fresh(wished).number, wished.status, wished.trouble) == ("SEC-1", "In Progress", None)
    assert fresh(system).trouble is None
    assert len(issues.rows) == 1


def test_one_ticket_in_trouble_holds_up_none_of_the_others(
    tenant: Tenant,
    system: TicketSystem,
    site: JiraEmulator,
    issues: Issues,
):
    for name in ("a", "b"):
        ticket.create(finding=make_finding(tenant, subject_name=name), system=system, actor=ALICE)
    later(tenant)
    del issues.rows["10001"]
    later(tenant)
    gone, there = Ticket.objects.of(tenant).order_by("remote_id")
    assert gone.trouble == "SEC-1 isn't there any more, or may not be seen."
    assert (there.trouble, there.attempts) == (None, 0)


# ── both ways ───────────────────────────────────────────────────────────────────────────────────────────────────────


def test_the_ticket_follows_the_finding(tenant: Tenant, wished: Ticket, finding: Finding, issues: Issues):
    following.follow(tenant)
    for verb, status in ((triage.acknowledge, "3"), (triage.close, "5"), (triage.reopen, "1")):
        decide(finding, verb)
        later(tenant)
        assert issues.rows["10001"]["status"] == status
        later(tenant)
    assert actions(finding).count("ticket:moved") == 3
    assert fresh(finding).version == 4  # only the three decisions: no echo


def test_the_finding_follows_the_ticket(tenant: Tenant, wished: Ticket, finding: Finding, issues: Issues):
    following.follow(tenant)
    for status, came in (("3", "acknowledged"), ("5", "closed"), ("1", "reopened")):
        issues.rows["10001"]["status"] = status
        later(tenant)
        assert fresh(finding).status == came
        later(tenant)
        assert issues.rows["10001"]["status"] == status  # no echo
    assert actions(finding)[2:] == ["finding:acknowledged", "finding:closed", "finding:reopened"]
    assert finding.decided_by == "Jira SEC-1"
    assert finding.reason == "SEC-1 is To Do."


def test_what_people_accepted_no_ticket_takes_back(
    tenant: Tenant,
    wished: Ticket,
    finding: Finding,
    issues: Issues,
):
    following.follow(tenant)
    until = timezone.now() + timedelta(days=9)
    decide(finding, triage.accept, reason="Known.", until=until, owner=OWNER)
    later(tenant)
    assert issues.rows["10001"]["status"] == "5"
    for status in ("3", "1"):
        issues.rows["10001"]["status"] = status
        later(tenant)
    assert fresh(finding).status == "accepted"


def test_where_both_moved_the_findings_word_holds(
    tenant: Tenant,
    wished: Ticket,
    finding: Finding,
    issues: Issues,
):
    following.follow(tenant)
    decide(finding, triage.acknowledge)
    issues.rows["10001"]["status"] = "5"
    later(tenant)
    assert (issues.rows["10001"]["status"], fresh(finding).status) == ("3", "acknowledged")


def test_a_crash_after_a_move_is_no_move_of_theirs(
    tenant: Tenant,
    wished: Ticket,
    finding: Finding,
    issues: Issues,
    monkeypatch: pytest.MonkeyPatch,
):
    following.follow(tenant)
    decide(finding, triage.close)
    decided = fresh(finding).version
    with monkeypatch.context() as crashing:
        crashing.setattr(following, "_write", lambda *_args, **_given: 1 / 0)
        later(tenant)
    assert issues.rows["10001"]["status"] == "5"
    later(tenant)
    assert (fresh(finding).version, fresh(wished).category, wished.told) == (decided, "done", "done")


def test_where_no_way_leads_the_page_can_say_so(tenant: Tenant, wished: Ticket, finding: Finding, issues: Issues):
    following.follow(tenant)
    issues.ways.clear()
    decide(finding, triage.acknowledge)
    later(tenant)
    assert fresh(wished).trouble == "The workflow of SEC-1 has no way from To Do to doing."


def test_an_incident_follows_and_is_followed(tenant: Tenant, finding: Finding, instance: ServiceNowEmulator):
    ticket.create(finding=finding, system=make_system(tenant, "servicenow", "ServiceNow"), actor=ALICE)
    later(tenant)
    held = Ticket.objects.of(tenant).get()
    world = instance.worlds[small_estate.HOST]
    assert (held.number, held.status) == ("INC0010001", "New")
    world.change("incident", str(held.remote_id), state="7")
    later(tenant)
    assert fresh(finding).status == "closed"
    decide(finding, triage.reopen)
    later(tenant)  # what is closed there can't be opened again
    assert "doesn't allow" in fresh(held).trouble
    assert fresh(finding).status == "reopened"


# ── linking and ending ──────────────────────────────────────────────────────────────────────────────────────────────


def test_a_linked_ticket_is_followed_from_then_on(
    tenant: Tenant,
    system: TicketSystem,
    finding: Finding,
    issues: Issues,
):
    issues.add("Clean up")
    issues.rows["10001"]["status"] = "5"
    address = "https://acme-media.atlassian.net/browse/SEC-1?focused=1"
    ticket.link(finding=finding, system=system, reference=address, actor=ALICE)
    later(tenant)
    held = Ticket.objects.of(tenant).get()
    assert (held.number, held.title, held.status) == ("SEC-1", "Clean up", "Done")
    assert (fresh(finding).status, issues.rows["10001"]["status"]) == ("open", "5")
    issues.rows["10001"]["status"] = "3"
    later(tenant)
    assert fresh(finding).status == "acknowledged"


def test_a_link_to_nothing_is_told(tenant: Tenant, system: TicketSystem, finding: Finding, site: JiraEmulator):
    site.issues = Issues("acme-media.atlassian.net")
    ticket.link(finding=finding, system=system, reference="sec-404", actor=ALICE)
    later(tenant)
    held = Ticket.objects.of(tenant).get()
    assert (held.wish, held.number) == ("link", "SEC-404")
    assert held.trouble == "Jira has no such issue or project, or the account may not see it."


@pytest.mark.parametrize(
    "reference",
    ["", "nothing", "SEC", "https://evil.example/browse/SEC-1", "http://acme-media.atlassian.net/browse/SEC-1", "X-1"],
)
def test_only_a_number_or_an_address_of_that_system_is_a_reference(system: TicketSystem, reference: str):
    with pytest.raises(triage.Invalid):
        ticket.number(system, reference)


def test_what_nobody_follows_any_more_moves_nothing(
    tenant: Tenant,
    wished: Ticket,
    finding: Finding,
    system: TicketSystem,
    issues: Issues,
):
    following.follow(tenant)
    ticket.end(ticket=fresh(wished), actor=ALICE)
    ticket.end(ticket=wished, actor=ALICE)
    decide(finding, triage.acknowledge)
    assert later(tenant) == 0
    assert issues.rows["10001"]["status"] == "1"
    assert actions(finding).count("ticket:unlinked") == 1
    ticket.create(finding=finding, system=system, actor=ALICE)  # another one may be wished for
    assert Ticket.objects.of(tenant).count() == 2


def test_the_jobs_follow_every_tenant_and_one_failure_stops_no_other(
    tenant: Tenant,
    other_tenant: Tenant,
    mallory: User,
    wished: Ticket,
    monkeypatch: pytest.MonkeyPatch,
):
    ticket.create(finding=make_finding(other_tenant), system=make_system(other_tenant), actor=ALICE)
    assert tasks.follow_tickets_of(str(tenant.pk)) == 1
    assert tasks.follow_tickets_of("0" * 24) == 0

    def refuse(_self: Jira, _key: str) -> None:
        raise Unreached("No.")

    monkeypatch.setattr(Jira, "find", refuse)
    assert tasks.follow_tickets() == 1
    assert Ticket.objects.of(other_tenant).get().trouble == "No."


@pytest.mark.parametrize(
    ("status", "category"),
    [("open", "new"), ("regressed", "new"), ("acknowledged", "doing"), ("resolved", "done"), ("retired", "done")],
)
def test_each_status_asks_for_a_category(status: str, category: str):
    assert following.wanted(Finding(status=status)) is Category(category)
