"""Can a manager, and only a manager, make a ticket system known, and does its secret stay one?"""

from __future__ import annotations

import re
from typing import Any

import pytest
from django.test import Client

from connectors import secrets
from tenants.models import AuditEvent, Tenant
from tests.emulators.jira.server import JiraEmulator
from tests.factories import make_finding
from tests.ticketing.desk import JIRA, JIRA_TOKEN, SERVICENOW, make_system
from ticketing import tasks
from ticketing.models import TicketSystem

PAGES = "/t/acme/ticket-systems/"
GIVEN = {"name": "Our Jira", **JIRA, "api_token": JIRA_TOKEN}


def shown(answer: Any) -> str:
    return " ".join(re.sub(r"<[^>]+>", " ", answer.content.decode()).split())


def events(tenant: Tenant) -> list[str]:
    found = AuditEvent.objects.of(tenant).filter(subject_kind="ticket_system").order_by("number")
    return [event.action for event in found]


def test_a_new_one_is_kept_sealed_and_told(tenant: Tenant, as_alice: Client):
    answer = as_alice.post(f"{PAGES}new/?kind=jira", GIVEN)
    system = TicketSystem.objects.of(tenant).get()
    assert answer["Location"] == f"{PAGES}{system.pk}/"
    assert system.settings == JIRA
    assert JIRA_TOKEN not in str(system.sealed)
    assert secrets.opened(system)["api_token"] == JIRA_TOKEN
    event = AuditEvent.objects.of(tenant).get(action="ticket_system:created")
    assert event.detail == {"settings": ["address", "api_token", "email", "issue_type", "project"]}
    page = as_alice.get(f"{PAGES}{system.pk}/")
    assert JIRA_TOKEN not in page.content.decode()
    assert "Our Jira" in shown(as_alice.get(PAGES))


@pytest.mark.parametrize(
    ("kind", "wrong"),
    [
        ("jira", {"address": "https://evil.example"}),
        ("jira", {"address": "http://acme.atlassian.net"}),
        ("jira", {"project": "SEC OR 1=1"}),
        ("jira", {"api_token": ""}),
        ("servicenow", {**SERVICENOW, "password": "x", "assignment_group": "^ORnumber=1"}),
    ],
)
def test_what_makes_no_sense_stands_by_its_field(tenant: Tenant, as_alice: Client, kind: str, wrong: dict[str, str]):
    answer = as_alice.post(f"{PAGES}new/?kind={kind}", GIVEN | wrong)
    assert answer.status_code == 422
    assert set(answer.context["form"].errors) <= set(wrong)
    assert "CANARY" not in answer.content.decode()
    assert not TicketSystem.objects.of(tenant).exists()


def test_a_name_is_given_once(tenant: Tenant, as_alice: Client):
    make_system(tenant, name="Our Jira")
    assert "Another ticket system has this name." in shown(as_alice.post(f"{PAGES}new/?kind=jira", GIVEN))


def test_a_change_keeps_the_secret_but_never_for_another_address(tenant: Tenant, as_alice: Client):
    system = make_system(tenant)
    page = f"{PAGES}{system.pk}/"
    assert as_alice.post(page, GIVEN | {"api_token": "", "project": "OPS"}).status_code == 302
    system.refresh_from_db()
    assert (system.settings["project"], secrets.opened(system)["api_token"]) == ("OPS", JIRA_TOKEN)
    moved = GIVEN | {"api_token": "", "address": "https://other.atlassian.net"}
    answer = as_alice.post(page, moved)
    assert answer.status_code == 422
    assert "The address is another one" in shown(answer)
    assert as_alice.post(page, moved | {"api_token": "new"}).status_code == 302
    system.refresh_from_db()
    assert secrets.opened(system)["api_token"] == "new"
    assert events(tenant) == ["ticket_system:changed"] * 2 + ["ticket_system:credential:rotated"]


def test_whether_it_lets_us_in_is_kept(tenant: Tenant, as_alice: Client, site: JiraEmulator):
    system = make_system(tenant)
    assert "project SEC" in tasks.check(str(system.pk))
    system.refresh_from_db()
    assert system.reached_at
    TicketSystem.objects.of(tenant).filter(pk=system.pk).update(settings=JIRA | {"project": "NONE"})
    tasks.check(str(system.pk))
    assert "no such issue or project" in shown(as_alice.get(f"{PAGES}{system.pk}/"))
    assert as_alice.post(f"{PAGES}{system.pk}/check/").status_code == 302
    assert tasks.check("0" * 24) == "gone"


def test_deleting_asks_for_the_name(tenant: Tenant, as_alice: Client):
    system = make_system(tenant)
    as_alice.post(f"{PAGES}{system.pk}/delete/", {"name": "Jir"})
    assert TicketSystem.objects.of(tenant).exists()
    as_alice.post(f"{PAGES}{system.pk}/delete/", {"name": "Jira"})
    assert not TicketSystem.objects.of(tenant).exists()
    assert events(tenant) == ["ticket_system:deleted"]


def test_only_who_may_connect_sees_them(tenant: Tenant, as_bob: Client, as_mallory: Client):
    system = make_system(tenant)
    for page in (PAGES, f"{PAGES}new/", f"{PAGES}{system.pk}/"):
        assert as_bob.get(page).status_code == 403
        assert as_mallory.get(page).status_code == 404


def test_an_export_of_the_tenant_holds_no_credential():
    assert TicketSystem.not_exported == ("sealed",)


def test_a_finding_leads_a_manager_to_them(tenant: Tenant, as_alice: Client, as_bob: Client):
    page = f"/t/acme/findings/{make_finding(tenant).pk}/"
    assert "Set up a ticket system" in shown(as_alice.get(page))
    assert "Set up a ticket system" not in shown(as_bob.get(page))
