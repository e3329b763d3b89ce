"""Can an analyst ask for a ticket, link, hurry and end one, with scripts and without, and read how it went?"""

from __future__ import annotations

import re
from datetime import datetime, timedelta
from typing import Any

import pytest
from django.test import Client
from django.utils import timezone

from findings import ticket
from findings.models import Finding, Ticket
from tenants import audit
from tenants.models import Tenant
from tests.factories import make_finding
from tests.ticketing.desk import make_system
from ticketing.models import TicketSystem

HTMX = {"HX-Request": "true", "HX-Target": "tickets"}
ALICE = audit.Actor(id=None, name="Alice", via="web")
EVIL = "<script>alert(1)</script>"


@pytest.fixture
def system(tenant: Tenant) -> TicketSystem:
    return make_system(tenant)


@pytest.fixture
def finding(tenant: Tenant) -> Finding:
    return make_finding(tenant)


def page_of(finding: Finding) -> str:
    return f"/t/acme/findings/{finding.pk}/"


def shown(answer: Any) -> str:
    return " ".join(re.sub(r"<[^>]+>", " ", answer.content.decode()).split())


@pytest.mark.parametrize("headers", [{}, HTMX], ids=["plain", "htmx"])
def test_asking_for_one_keeps_the_wish_and_says_so(
    tenant: Tenant, as_bob: Client, finding: Finding, system: TicketSystem, headers: dict[str, str]
):
    answer = as_bob.post(f"{page_of(finding)}ticket/?severity=high", {"system": str(system.pk)}, headers=headers)
    if headers:
        assert "Being created" in shown(answer)
        assert "A ticket in Jira is on its way" in shown(answer)
        assert "asked for a ticket" in shown(answer)
    else:
        assert answer["Location"] == f"{page_of(finding)}?severity=high"
    held = Ticket.objects.of(tenant).get()
    assert (held.wish, held.requested_by, held.live) == ("create", "Bob", True)


@pytest.mark.parametrize("headers", [{}, HTMX], ids=["plain", "htmx"])
def test_a_wrong_number_is_given_back(as_bob: Client, finding: Finding, system: TicketSystem, headers: dict[str, str]):
    data = {"system": str(system.pk), "number": "what <b>"}
    answer = as_bob.post(f"{page_of(finding)}ticket/link/", data, headers=headers)
    assert answer.status_code == 422
    assert 'value="what &lt;b&gt;"' in answer.content.decode()
    assert "Enter the number of a Jira ticket" in shown(answer)


def test_linking_one_that_exists(tenant: Tenant, as_bob: Client, finding: Finding, system: TicketSystem):
    as_bob.post(f"{page_of(finding)}ticket/link/", {"system": str(system.pk), "number": " sec-12 "})
    held = Ticket.objects.of(tenant).get()
    assert (held.wish, held.number) == ("link", "SEC-12")
    assert "SEC-12, being looked up" in shown(as_bob.get(page_of(finding)))


def trouble(finding: Finding, system: TicketSystem) -> Ticket:
    ticket.create(finding=finding, system=system, actor=ALICE)
    now = timezone.now().replace(microsecond=0)
    log = [{"at": now.isoformat(), "what": f"Jira couldn't be reached. {EVIL}", "ok": False}]
    Ticket.objects.of(finding.tenant).update(trouble="Jira couldn't be reached.", attempts=3, due_at=now, log=log)
    found: Ticket = Ticket.objects.of(finding.tenant).get()
    return found


def test_trouble_and_the_deliveries_are_told_and_can_be_hurried(
    tenant: Tenant, as_bob: Client, as_victor: Client, finding: Finding, system: TicketSystem
):
    held = trouble(finding, system)
    Ticket.objects.of(tenant).update(due_at=timezone.now() + timedelta(hours=1))
    page = as_bob.get(page_of(finding))
    assert "Jira couldn&#x27;t be reached. Nothing is lost: tried 3 times" in shown(page)
    assert EVIL not in page.content.decode()
    assert as_bob.post(f"/t/acme/tickets/{held.pk}/hurry/", headers=HTMX).status_code == 200
    held.refresh_from_db()
    # Before, a search might not find what a creation, whose answer was lost, made.
    assert held.due_at == datetime.fromisoformat(held.log[0]["at"]) + timedelta(minutes=1)
    Ticket.objects.of(tenant).update(wish=None)
    as_bob.post(f"/t/acme/tickets/{held.pk}/hurry/", headers=HTMX)
    hurried = Ticket.objects.of(tenant).get(pk=held.pk)
    assert hurried.due_at is not None
    assert hurried.due_at <= timezone.now()
    assert "Try again" not in shown(as_victor.get(page_of(finding)))


def test_ending_it_keeps_it_to_be_read(tenant: Tenant, as_bob: Client, finding: Finding, system: TicketSystem):
    held = trouble(finding, system)
    answer = as_bob.post(f"/t/acme/tickets/{held.pk}/end/", headers=HTMX)
    assert "Followed no more." in shown(answer)
    held.refresh_from_db()
    assert (held.live, held.due_at) == (None, None)


def test_a_ticket_of_a_deleted_system_says_so(as_bob: Client, finding: Finding, system: TicketSystem):
    trouble(finding, system)
    system.delete()
    assert "Its system was deleted: followed no more." in shown(as_bob.get(page_of(finding)))


def test_the_ticket_leads_to_the_system_safely(as_bob: Client, finding: Finding, system: TicketSystem):
    trouble(finding, system)
    Ticket.objects.of(finding.tenant).update(url="https://acme.atlassian.net/browse/S-1", number="S-1", title=EVIL)
    body = as_bob.get(page_of(finding)).content.decode()
    assert '<a href="https://acme.atlassian.net/browse/S-1" rel="noopener noreferrer" target="_blank">S-1</a>' in body
    assert EVIL not in body


def test_who_only_looks_asks_for_none(as_victor: Client, finding: Finding, system: TicketSystem):
    held = trouble(finding, system)
    data = {"system": str(system.pk), "number": "S-1"}
    for address in (f"{page_of(finding)}ticket/", f"{page_of(finding)}ticket/link/"):
        assert as_victor.post(address, data).status_code == 403
    for verb in ("hurry", "end"):
        assert as_victor.post(f"/t/acme/tickets/{held.pk}/{verb}/").status_code == 403


def test_another_tenants_system_finding_and_ticket_are_not_there(
    tenant: Tenant, other_tenant: Tenant, as_bob: Client, finding: Finding, system: TicketSystem
):
    theirs, their_system = make_finding(other_tenant), make_system(other_tenant)
    held = trouble(theirs, their_system)
    for chosen in (str(their_system.pk), "", "x", "0" * 24):
        assert as_bob.post(f"{page_of(finding)}ticket/", {"system": chosen}).status_code == 404
    assert as_bob.post(f"{page_of(theirs)}ticket/", {"system": str(system.pk)}).status_code == 404
    for verb in ("hurry", "end"):
        assert as_bob.post(f"/t/acme/tickets/{held.pk}/{verb}/").status_code == 404
    assert not Ticket.objects.of(tenant).exists()
