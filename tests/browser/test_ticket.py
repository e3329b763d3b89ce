"""Can a ticket be asked for and linked by keyboard, with scripts and without, the focus staying where the news is?"""

from __future__ import annotations

from collections.abc import Callable

from playwright.sync_api import Page, expect

from accounts.models import User
from findings.models import Ticket
from tenants.models import Tenant
from tests.browser.conftest import PHONE, sign_in
from tests.factories import make_finding
from tests.ticketing.desk import make_system


def test_with_scripts(visit: Callable[..., Page], shots: Callable[[Page, str], None], tenant: Tenant, bob: User):
    finding, _system = make_finding(tenant), make_system(tenant)
    page = visit()
    sign_in(page, bob)
    page.goto(f"/t/acme/findings/{finding.pk}/")
    page.get_by_text("Add a ticket").press("Enter")
    page.get_by_label("Or link one that exists").fill("nothing")
    page.get_by_role("button", name="Link it").press("Enter")
    expect(page.get_by_role("alert")).to_contain_text("Enter the number of a Jira ticket")
    number = page.get_by_label("Or link one that exists")
    expect(number).to_be_focused()
    expect(number).to_have_value("nothing")
    number.fill("SEC-12")
    page.get_by_role("button", name="Link it").press("Enter")
    expect(page.locator("#tickets")).to_contain_text("SEC-12, being looked up")
    expect(page.locator("#timeline")).to_contain_text("asked for a ticket")
    expect(page.get_by_role("article", name="Ticket SEC-12")).to_be_focused()
    shots(page, "ticket-asked")
    assert Ticket.objects.of(tenant).get().wish == "link"


def test_without_scripts(visit: Callable[..., Page], tenant: Tenant, bob: User):
    finding, _system = make_finding(tenant), make_system(tenant)
    page = visit(java_script_enabled=False, viewport=PHONE)
    sign_in(page, bob)
    page.goto(f"/t/acme/findings/{finding.pk}/")
    page.get_by_text("Add a ticket").click()
    page.get_by_role("button", name="Create a ticket").click()
    expect(page.locator("#tickets")).to_contain_text("Being created")
    page.get_by_role("button", name="Stop following").click()
    expect(page.locator("#tickets")).to_contain_text("Followed no more")
