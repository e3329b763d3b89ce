"""Acting as a person, from the staff member's sign-in with a second factor to the end that comes by itself."""

from __future__ import annotations

import re
from collections.abc import Callable

from allauth.mfa.totp.internal.auth import TOTP, generate_totp_secret
from django.core import mail
from playwright.sync_api import Locator, Page, expect

from accounts.impersonation import KEY
from accounts.models import Session, User
from accounts.session import SessionStore
from findings.models import Finding
from tenants.models import AuditEvent, Tenant
from tests.accounts.authenticator import App, Clock, clock  # noqa: F401  (a fixture)
from tests.browser.conftest import PHONE, WIDE, sign_in
from tests.factories import make_finding

REASON = "Ticket 4711: the queue looks empty to Bob"
Shots = Callable[[Page, str], None]


def sign_in_as_staff(page: Page, person: User, clock: Clock) -> None:  # noqa: F811
    """By a mailed code and the code of an authenticator app."""
    secret = generate_totp_secret()
    TOTP.activate(person, secret)
    mail.outbox.clear()
    page.goto("/accounts/login/")
    page.get_by_label(re.compile("e-?mail", re.IGNORECASE)).fill(person.email)
    page.get_by_role("button", name="Send me a code").click()
    page.get_by_label("Code").wait_for()
    code = re.search(r"^\s*([A-Z0-9]{4}-?[A-Z0-9]{2,4})\s*$", str(mail.outbox[-1].body), re.MULTILINE)
    assert code
    page.get_by_label("Code").fill(code[1])
    page.get_by_label("Code").press("Enter")
    page.wait_for_url("**/authenticate/**")
    page.get_by_label("Code").fill(App(secret, clock).code())
    page.get_by_role("button", name="Sign in").click()
    page.wait_for_url("**/admin/")


def begin(page: Page) -> None:
    """On the page where the reason is asked for."""
    page.get_by_label("Reason").fill(REASON)
    page.get_by_role("button", name="Act as Bob").click()
    page.wait_for_url("**/t/acme/findings/**")


def run_out() -> None:
    """The hour has passed."""
    for record in Session.objects.all():
        session = SessionStore(record.session_key)
        if frame := session.get(KEY):
            session[KEY] = {**frame, "exp": frame["started"]}
            session.save()


def everywhere(page: Page, shots: Shots, name: str) -> None:
    """Wide and on a phone, light and dark; nothing may stand out of the page."""
    for width, size in (("1440", WIDE), ("390", PHONE)):
        page.set_viewport_size(size)  # type: ignore[arg-type]
        for scheme in ("light", "dark"):
            page.emulate_media(color_scheme=scheme)
            shots(page, f"acting-{name}-{width}-{scheme}")
        assert page.evaluate("document.documentElement.scrollWidth <= window.innerWidth"), f"{name} at {width}"
    page.set_viewport_size(WIDE)  # type: ignore[arg-type]
    page.emulate_media(color_scheme="light")


def test_from_the_reason_to_the_end_of_the_hour(
    visit: Callable[..., Page],
    tenant: Tenant,
    support: User,
    bob: User,
    alice: User,
    clock: Clock,  # noqa: F811
    shots: Shots,
):
    finding = make_finding(tenant)
    make_finding(tenant, title="Dormant identity")
    page = visit()
    sign_in_as_staff(page, support, clock)
    shots(page, "acting-admin")
    page.goto(f"/admin/accounts/user/{bob.pk}/change/")
    shots(page, "acting-admin-person")
    page.get_by_role("link", name="Act as Bob").click()
    everywhere(page, shots, "find")
    page.get_by_role("link", name=re.compile("Bob")).click()
    everywhere(page, shots, "reason")
    begin(page)

    look_around(page, finding, shots)
    change(page, finding, shots)
    assert Finding.objects.of(tenant).get(pk=finding.pk).decided_by == "Support acting as Bob"

    page.goto("/t/acme/findings/")
    run_out()
    page.locator("[data-row]").first.click()  # asks for a fragment, the preview
    page.wait_for_url("**/acting/")
    expect(page.get_by_text("You are yourself again, no longer Bob. The time was up.")).to_be_visible()
    expect(banner(page)).to_have_count(0)
    everywhere(page, shots, "over")
    ended = AuditEvent.objects.of(tenant).get(action="session:impersonation:ended")
    assert (ended.actor, ended.acting_as, ended.detail) == ("Support", "Bob", {"why": "The time was up."})

    manager = visit()
    sign_in(manager, alice)
    manager.goto("/t/acme/audit/")
    expect(manager.get_by_text(REASON)).to_be_visible()
    everywhere(manager, shots, "audit")


def banner(page: Page) -> Locator:
    """What says who acts as whom."""
    return page.get_by_role("region", name="Acting as somebody else")


def look_around(page: Page, finding: Finding, shots: Shots) -> None:
    """The banner is on every kind of page, and looking is all there is."""
    expect(banner(page)).to_contain_text("Support acting as Bob at Acme Media")
    expect(banner(page)).to_contain_text(REASON)
    expect(banner(page)).to_contain_text("60 min left, only looking")
    everywhere(page, shots, "queue")
    page.goto(f"/t/acme/findings/{finding.pk}/")
    everywhere(page, shots, "finding")
    page.get_by_role("button", name="Acknowledge").first.click()
    expect(page.locator("#toasts")).to_contain_text("You may only look while you act as somebody else")
    shots(page, "acting-refused-fragment")
    page.goto("/t/acme/nothing/")
    everywhere(page, shots, "404")
    page.goto("/admin/")
    expect(page.get_by_role("heading", name="Not as somebody else")).to_be_visible()
    everywhere(page, shots, "403")
    page.goto("/t/acme/posture/report/?from=2026-11-01&to=2026-11-24")
    expect(banner(page)).to_be_visible()
    everywhere(page, shots, "report")


def change(page: Page, finding: Finding, shots: Shots) -> None:
    """Confirm that things are to be changed, and decide."""
    page.goto("/")
    banner(page).get_by_role("link", name="Change things").click()
    everywhere(page, shots, "changes")
    page.get_by_label("Reason").fill("Ticket 4711: Bob asked for it by phone")
    page.get_by_role("button", name="Allow changes").click()
    expect(banner(page)).to_contain_text("may change")
    page.goto(f"/t/acme/findings/{finding.pk}/")
    page.get_by_role("button", name="Acknowledge").first.click()
    expect(page.locator("#toasts")).to_contain_text("cknowledged")


def test_stopping_needs_no_script(
    visit: Callable[..., Page],
    tenant: Tenant,
    support: User,
    bob: User,
    clock: Clock,  # noqa: F811
):
    page = visit()
    sign_in_as_staff(page, support, clock)
    plain = visit(java_script_enabled=False, storage_state=page.context.storage_state())
    plain.goto("/nothing/")
    plain.get_by_role("searchbox").fill("acme")
    plain.get_by_role("button", name="Find").click()
    plain.get_by_role("link", name=re.compile("Bob")).click()
    begin(plain)
    plain.get_by_role("button", name="Stop").click()
    plain.wait_for_url("**/acting/")
    expect(plain.get_by_text("You are yourself again, no longer Bob.")).to_be_visible()
    assert AuditEvent.objects.of(tenant).filter(action="session:impersonation:ended").count() == 1
