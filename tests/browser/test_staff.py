"""Internal staff on the way in, in a real browser: mailed code, authenticator app or passkey, the staff pages."""

from __future__ import annotations

import re
from collections.abc import Callable

import pytest
from django.core import mail
from playwright.sync_api import Page, ViewportSize

from accounts.models import User
from tests.accounts.authenticator import SECURITY, App, Clock, clock  # noqa: F401  (a fixture)

ADMIN = re.compile(r"/admin/$")
PHONE: ViewportSize = {"width": 390, "height": 844}


def mailed_code(page: Page, user: User) -> None:
    """From the staff pages to the sign-in, and through it."""
    mail.outbox.clear()
    page.goto("/admin/")
    page.get_by_label(re.compile("e-?mail", re.IGNORECASE)).fill(user.email)
    page.get_by_role("button", name="Send me a code").click()
    page.get_by_label("Code").wait_for()
    code = re.search(r"^\s*([A-Z0-9]{4}-?[A-Z0-9]{2,4})\s*$", str(mail.outbox[-1].body), re.MULTILINE)
    assert code
    page.get_by_label("Code").fill(code[1])
    page.get_by_label("Code").press("Enter")


def scanned(page: Page, clock: Clock) -> App:  # noqa: F811
    """The app that has taken the key from the page."""
    secret = page.locator("#authenticator_secret").text_content()
    assert secret
    return App(secret, clock)


@pytest.fixture
def support(transactional_db: None) -> User:
    return User.objects.create_user("support@sv0.example", name="Support", is_staff=True)


def test_setting_up_an_app_and_signing_in_with_it(
    visit: Callable[..., Page],
    support: User,
    clock: Clock,  # noqa: F811
    shots: Callable[[Page, str], None],
):
    page = visit()
    mailed_code(page, support)
    page.get_by_text("The staff pages need a second factor.").wait_for()
    shots(page, "security-empty")
    page.get_by_role("link", name="Set up an authenticator app").click()
    app = scanned(page, clock)
    assert page.locator("img.qr").evaluate("image => image.naturalWidth") > 100
    shots(page, "factor-app")
    page.set_viewport_size(PHONE)
    shots(page, "factor-app-phone")
    page.get_by_label("Code").fill(app.code())
    page.get_by_role("button", name="Activate").click()
    page.get_by_role("heading", name="Recovery codes").wait_for()
    shots(page, "recovery-codes-phone")
    page.get_by_role("link", name="Go to the staff pages").click()
    page.wait_for_url(ADMIN)
    clock.next_code()

    later = visit(color_scheme="dark")
    mailed_code(later, support)
    later.get_by_role("heading", name="Second factor").wait_for()
    shots(later, "factor-asked")
    later.get_by_label("Code").fill("000000")
    later.get_by_role("button", name="Sign in").click()
    later.get_by_text("Incorrect code").wait_for()
    shots(later, "factor-wrong")
    later.goto("/admin/")
    later.get_by_role("heading", name="Second factor").wait_for()
    later.get_by_label("Code").fill(app.code())
    later.get_by_role("button", name="Sign in").click()
    later.wait_for_url(ADMIN)
    shots(later, "staff-pages")
    later.goto("/diagnostics/")
    shots(later, "diagnostics")
    later.set_viewport_size(PHONE)
    shots(later, "diagnostics-phone")


def test_a_passkey_is_as_good(visit: Callable[..., Page], support: User, shots: Callable[[Page, str], None]):
    page = visit()
    device = page.context.new_cdp_session(page)
    device.send("WebAuthn.enable")
    options = {"protocol": "ctap2", "transport": "internal", "hasUserVerification": True, "isUserVerified": True}
    device.send("WebAuthn.addVirtualAuthenticator", {"options": options})
    mailed_code(page, support)
    page.get_by_role("link", name="Add a passkey").click()
    page.get_by_label("Name").fill("Desk")
    shots(page, "passkey-new")
    page.get_by_role("button", name="Continue").click()
    page.get_by_role("heading", name="Recovery codes").wait_for()
    page.goto("/admin/")
    page.wait_for_url(ADMIN)
    page.goto(SECURITY)
    shots(page, "security")
    page.get_by_role("link", name="Manage passkeys").click()
    shots(page, "passkeys")
    page.get_by_role("link", name="Rename Desk").click()
    page.get_by_label("Name").fill("Desk at home")
    page.get_by_role("button", name="Save").click()
    page.get_by_text("Desk at home").first.wait_for()

    page.context.clear_cookies()
    mailed_code(page, support)
    page.get_by_role("button", name="Use a passkey").click()
    page.wait_for_url(ADMIN)
