"""From an invitation to a removal, as two people do it: the removed one's session ends at once."""

from __future__ import annotations

import re
from collections.abc import Callable

import pytest
from django.core import mail
from django.core.cache import cache
from playwright.sync_api import Page, expect

from accounts.models import Membership, User
from tenants.models import AuditEvent, Tenant
from tests.browser.conftest import PHONE, sign_in

EVE = "eve@acme.example"


@pytest.fixture(autouse=True)
def nothing_counted(transactional_db: None) -> None:
    """No attempt to sign in has been made, and nobody is changing members."""
    cache.clear()


def invite(page: Page, email: str, role: str) -> None:
    page.get_by_role("link", name="Members").first.click()
    page.get_by_label("E-mail address").fill(email)
    page.get_by_label("Role", exact=True).select_option(role)
    page.get_by_role("button", name="Invite", exact=True).click()
    expect(page.get_by_role("status").get_by_text(f"{email} is invited.")).to_be_visible()


def code_for(page: Page, email: str) -> None:
    """Follow the invitation's link, and sign in with the code that comes."""
    address = re.search(r"https?://[^/]+(/\S+)", str(mail.outbox[-1].body))
    assert address
    page.goto(address[1])
    page.get_by_label(re.compile("e-?mail", re.IGNORECASE)).fill(email)
    page.get_by_role("button", name="Send me a code").click()
    page.get_by_label("Code").wait_for()
    code = re.search(r"^\s*([A-Z0-9]{4}-?[A-Z0-9]{2,4})\s*$", str(mail.outbox[-1].body), re.MULTILINE)
    assert code
    page.get_by_label("Code").fill(code[1])
    page.get_by_label("Code").press("Enter")
    page.wait_for_url("**/t/acme/findings/")


@pytest.mark.parametrize("scripts", [True, False], ids=["with scripts", "without"])
def test_invited_promoted_and_removed(
    visit: Callable[..., Page],
    alice: User,
    tenant: Tenant,
    shots: Callable[[Page, str], None],
    scripts: bool,  # noqa: FBT001
):
    managers, eves = visit(java_script_enabled=scripts), visit(java_script_enabled=scripts)
    sign_in(managers, alice)
    invite(managers, EVE, "viewer")
    shots(managers, "members-invited")
    code_for(eves, EVE)
    expect(eves.get_by_role("link", name="Members")).to_have_count(0)

    managers.goto("/t/acme/members/")
    managers.get_by_label(f"Role of {EVE}").select_option("manager")
    managers.get_by_role("button", name=f"Change the role of {EVE}").click()
    expect(managers.get_by_role("status").get_by_text(f"{EVE} is manager now.")).to_be_visible()
    eves.reload()
    expect(eves.get_by_role("link", name="Members").first).to_be_visible()

    managers.get_by_role("link", name=f"Remove… {EVE}").click()
    shots(managers, "member-remove")
    managers.get_by_role("button", name=f"Remove {EVE}").click()
    expect(managers.get_by_text(f"{EVE} is removed and signed out.").first).to_be_visible()
    eves.reload()
    expect(eves).to_have_url(re.compile("/accounts/login/"))
    assert not Membership.objects.of(tenant).filter(user__email=EVE).exists()
    actions = set(AuditEvent.objects.of(tenant).values_list("action", flat=True))
    assert actions >= {"invitation:created", "invitation:accepted", "membership:changed", "membership:deleted"}


def test_a_forgotten_browser_is_signed_out_from_afar(
    visit: Callable[..., Page], alice: User, tenant: Tenant, shots: Callable[[Page, str], None]
):
    here, there = visit(), visit(viewport=PHONE)
    for page in (there, here):
        sign_in(page, alice)
    here.get_by_label(f"Account: {alice.email}").click()
    here.get_by_role("link", name="Your sessions").click()
    shots(here, "sessions")
    here.get_by_role("button", name="End all others").click()
    expect(here.get_by_text("Every other browser is signed out.").first).to_be_visible()
    there.reload()
    expect(there).to_have_url(re.compile("/accounts/login/"))
