"""Second factors: set up, asked for, used once, kept sealed, and demanded of internal staff."""

from __future__ import annotations

import re
from typing import Any

import pytest
from allauth.account.authentication import AUTHENTICATION_METHODS_SESSION_KEY
from allauth.mfa.models import Authenticator
from django.core import mail
from django.core.management import CommandError, call_command
from django.db import connection
from django.test import Client
from pytest_django.fixtures import Settings

from accounts.models import Session, User
from tenants.models import AuditEvent, Tenant
from tests.accounts.authenticator import SECURITY, App, Clock, clock, come_in, set_up  # noqa: F401  (a fixture)

QUEUE = "/t/acme/findings/"
AUTHENTICATE = f"{SECURITY}authenticate/"


@pytest.fixture
def browser(client: Client, staff: User) -> Client:
    """A browser where staff has signed in by a mailed code, and no more."""
    come_in(client, staff.email)
    return client


@pytest.fixture
def app(browser: Client, clock: Clock) -> App:  # noqa: F811
    """Staff's authenticator app, set up and used a moment ago."""
    made = set_up(browser, clock)
    clock.next_code()
    return made


def age(client: Client, seconds: float) -> None:
    """Everything in the session happened so much earlier."""
    session = client.session
    for record in session[AUTHENTICATION_METHODS_SESSION_KEY]:
        record["at"] -= seconds
    session.save()


def stored() -> str:
    """All that the database keeps of factors and sessions, as text."""
    collections = (Authenticator._meta.db_table, Session._meta.db_table)
    plain = [document for name in collections for document in connection.get_collection(name).find()]  # type: ignore[attr-defined]
    return f"{plain} {[session.get_decoded() for session in Session.objects.all()]}"


def test_staff_is_led_to_setting_one_up_and_then_let_in(browser: Client, clock: Clock):  # noqa: F811
    answer = browser.get("/admin/", follow=True)
    assert answer.redirect_chain[-1][0] == SECURITY
    assert "The staff pages need a second factor." in answer.content.decode()
    set_up(browser, clock)
    codes = browser.get(f"{SECURITY}recovery-codes/").content.decode()
    assert len(re.findall(r"<li>\d{8}</li>", codes)) == 10
    assert 'href="/admin/"' in codes
    assert browser.get("/admin/").status_code == 200


def test_the_picture_is_drawn_in_the_page(browser: Client):
    page = browser.get(f"{SECURITY}app/")
    assert 'src="data:image/svg+xml;base64,' in page.content.decode()
    assert "img-src 'self' data:" in page["Content-Security-Policy"]


def test_the_next_sign_in_asks_for_it_and_opens_nothing_before(app: App, staff: User):
    client = Client()
    assert come_in(client, staff.email, to="/admin/tenants/tenant/")["Location"] == AUTHENTICATE
    assert client.get("/admin/")["Location"].startswith("/admin/login/")
    assert client.get("/diagnostics/")["Location"].startswith("/accounts/login/")
    answer = client.post(AUTHENTICATE, {"code": app.code()})
    assert answer["Location"] == "/admin/tenants/tenant/"
    assert client.get("/admin/tenants/tenant/").status_code == 200


@pytest.mark.parametrize("steps", [-1, 1])
def test_only_the_code_of_now_is_right(app: App, staff: User, steps: int):
    client = Client()
    come_in(client, staff.email)
    assert "Incorrect code" in client.post(AUTHENTICATE, {"code": app.code(steps=steps)}).content.decode()
    assert client.get("/admin/").status_code == 302


def test_a_code_works_once(app: App, staff: User):
    for expected in (302, 200):
        client = Client()
        come_in(client, staff.email)
        assert client.post(AUTHENTICATE, {"code": app.code()}).status_code == expected
    assert client.get("/admin/").status_code == 302


def test_the_code_that_set_it_up_is_used_up(browser: Client, clock: Clock, staff: User):  # noqa: F811
    app = set_up(browser, clock)
    client = Client()
    come_in(client, staff.email)
    assert "Incorrect code" in client.post(AUTHENTICATE, {"code": app.code()}).content.decode()


def test_guessing_ends(app: App, staff: User):
    client = Client()
    come_in(client, staff.email)
    for number in range(6):
        answer = client.post(AUTHENTICATE, {"code": f"{number:06}"})
    assert "Too many failed" in answer.content.decode()
    assert client.post(AUTHENTICATE, {"code": app.code()}).status_code == 200, "not even with the right one"


def test_the_page_that_sets_one_up_is_no_place_to_guess(app: App, staff: User, browser: Client):
    session = browser.session
    session[AUTHENTICATION_METHODS_SESSION_KEY] = session[AUTHENTICATION_METHODS_SESSION_KEY][:1]
    session.save()
    browser.post(f"{SECURITY}app/", {"code": app.code()})
    assert browser.get("/admin/").status_code == 302


def test_a_recovery_code_stands_in_once(app: App, browser: Client, staff: User):
    code = re.findall(r"<li>(\d{8})</li>", browser.get(f"{SECURITY}recovery-codes/").content.decode())[0]
    for expected in (302, 200):
        client = Client()
        come_in(client, staff.email)
        assert client.post(AUTHENTICATE, {"code": code}).status_code == expected


def test_the_operator_takes_all_away_from_who_lost_them(app: App, browser: Client, staff: User):
    call_command("forget_factors", staff.email.upper())
    assert browser.get("/admin/")["Location"] == "/admin/login/?next=/admin/"
    assert AuditEvent.objects.filter(tenant=None, action="account:factor_removed").get().subject == "Staff"
    client = Client()
    assert come_in(client, staff.email)["Location"] == "/admin/"
    with pytest.raises(CommandError):
        call_command("forget_factors", "nobody@sv0.example")


def test_seeds_are_sealed(app: App, browser: Client, settings: Settings, staff: User):
    kept = stored()
    assert app.secret not in kept
    assert {each.type for each in Authenticator.objects.filter(user=staff)} == {"totp", "recovery_codes"}
    client = Client()
    settings.SECRET_KEY, settings.SECRET_KEY_FALLBACKS = "another-" * 8, [settings.SECRET_KEY]
    come_in(client, staff.email)
    settings.SECRET_KEY_FALLBACKS, former = [], settings.SECRET_KEY_FALLBACKS
    assert client.post(AUTHENTICATE, {"code": app.code()}).status_code == 200, "nobody can open the seed"
    settings.SECRET_KEY_FALLBACKS = former
    assert client.post(AUTHENTICATE, {"code": app.code()}).status_code == 302


def test_who_signed_in_before_it_was_there_is_asked_and_sent_on(app: App, staff: User):
    client = Client()
    Authenticator.objects.update(user=User.objects.create_user("elsewhere@sv0.example"))
    come_in(client, staff.email)
    Authenticator.objects.update(user=staff)
    asked = client.get("/admin/tenants/tenant/", follow=True)
    assert asked.redirect_chain[-1][0].startswith(f"{SECURITY}reauthenticate/")
    answer = client.post(asked.redirect_chain[-1][0], {"code": app.code()}, follow=True)
    assert answer.redirect_chain[-1][0] == "/admin/tenants/tenant/"
    assert answer.status_code == 200


def test_a_working_day_later_staff_signs_in_again(app: App, browser: Client, settings: Settings):
    assert browser.session.get_expiry_age() <= settings.STAFF_SESSION_SECONDS
    age(browser, settings.STAFF_SESSION_SECONDS - 60)
    assert browser.get("/admin/").status_code == 200
    age(browser, 120)
    answer = browser.get("/admin/", follow=True)
    assert answer.redirect_chain[-1][0] == "/accounts/login/?next=%2Fadmin%2F"
    assert not answer.wsgi_request.user.is_authenticated


def test_using_a_factor_again_does_not_lengthen_the_day(app: App, browser: Client, settings: Settings):
    age(browser, settings.STAFF_SESSION_SECONDS + 60)
    browser.post(f"{SECURITY}reauthenticate/", {"code": app.code()})
    assert browser.get("/admin/").status_code == 302


def test_the_first_one_needs_a_sign_in_of_just_now(browser: Client):
    age(browser, 16 * 60)
    for path in ("app/", "passkeys/new/"):
        assert "Sign in again first" in browser.get(f"{SECURITY}{path}").content.decode()
        assert "Sign in again first" in browser.post(f"{SECURITY}{path}", {"code": "1"}).content.decode()
    assert not Authenticator.objects.exists()


def test_what_is_there_is_shown_and_changed_only_after_confirming(app: App, browser: Client):
    age(browser, 6 * 60)
    for path in ("recovery-codes/", "recovery-codes/new/", "recovery-codes/download/", "app/remove/", "passkeys/new/"):
        assert browser.get(f"{SECURITY}{path}")["Location"].startswith(f"{SECURITY}reauthenticate/"), path
    confirm = f"{SECURITY}reauthenticate/?next={SECURITY}app/remove/"
    assert browser.post(confirm, {"code": app.code()})["Location"] == f"{SECURITY}app/remove/"
    browser.post(f"{SECURITY}app/remove/")
    assert not Authenticator.objects.exists(), "recovery codes alone are no factor"
    assert AuditEvent.objects.filter(tenant=None, action="account:factor_removed").count() == 2
    assert browser.get("/admin/").status_code == 200, "it was used in this session"


def test_a_member_may_set_one_up_and_hears_of_it(client: Client, alice: User, tenant: Tenant, clock: Clock):  # noqa: F811
    come_in(client, alice.email, to=QUEUE)
    assert f'href="{SECURITY}"' in client.get(QUEUE).content.decode()
    set_up(client, clock)
    assert client.get(QUEUE).status_code == 200
    assert mail.outbox[-1].to == [alice.email]
    assert "Authenticator app activated" in str(mail.outbox[-1].body)
    events = AuditEvent.objects.of(tenant).filter(action="account:factor_added")
    assert {(event.actor, event.detail["factor"]) for event in events} == {
        ("Alice", "totp"),
        ("Alice", "recovery_codes"),
    }
    assert client.get("/admin/", follow=True).status_code == 403


@pytest.mark.parametrize("path", ["", "app/", "app/remove/", "recovery-codes/", "passkeys/", "passkeys/new/"])
def test_nobody_else_gets_there(client: Client, db: None, path: str):
    assert client.get(f"{SECURITY}{path}")["Location"].startswith("/accounts/login/")


def test_a_strangers_passkey_is_not_there(as_alice: Client, bob: User):
    data: dict[str, Any] = {"name": "Bob's", "credential": {}}
    key = Authenticator.objects.create(user=bob, type=Authenticator.Type.WEBAUTHN, data=data)
    for path in ("", "remove/"):
        assert as_alice.post(f"{SECURITY}passkeys/{key.pk}/{path}", {"name": "mine"}).status_code == 404
    assert Authenticator.objects.get().data["name"] == "Bob's"
