"""Signing in by an e-mailed code, through the real pages."""

from __future__ import annotations

import re

import pytest
from django.core import mail
from django.test import Client

from accounts.models import Session, User
from tenants.models import AuditEvent, Tenant
from tests.factories import make_user

LOGIN = "/accounts/login/"
CONFIRM = "/accounts/login/code/confirm/"


def request_code(client: Client, email: str, *, to: str = "") -> str:
    """Ask for a code, on the way to a page, and read it from the mail."""
    assert client.post(LOGIN, {"email": email, **({"next": to} if to else {})}).status_code == 302
    match = re.search(r"^\s*([A-Z0-9]{4}-?[A-Z0-9]{2,4})\s*$", str(mail.outbox[-1].body), re.MULTILINE)
    assert match, mail.outbox[-1].body
    return match[1]


def test_a_code_by_mail_opens_the_queue_and_leaves_an_event(client: Client, alice: User, tenant: Tenant):
    code = request_code(client, alice.email)
    answer = client.post(CONFIRM, {"code": code}, follow=True)
    assert answer.redirect_chain[-1][0] == "/t/acme/findings/"
    event = AuditEvent.objects.of(tenant).get(action="account:signed_in")
    assert (event.actor, event.via, event.ip) == ("Alice", "web", "127.0.0.1")


def test_a_session_ends_when_it_was_to_end_however_often_it_is_saved(client: Client, alice: User):
    client.post(CONFIRM, {"code": request_code(client, alice.email)})
    ends = Session.objects.get(user=alice).expire_date
    session = client.session
    session["anything"] = 1
    session.save()
    assert Session.objects.get(user=alice).expire_date == ends


def test_a_wrong_code_is_told_and_three_end_the_attempt(client: Client, alice: User):
    request_code(client, alice.email)
    for _ in range(3):
        answer = client.post(CONFIRM, {"code": "WRONG-CODE"}, follow=True)
    assert not answer.wsgi_request.user.is_authenticated
    assert client.get(CONFIRM).status_code == 302, "the attempt is over: a new code must be asked for"


def test_an_unknown_address_gets_the_same_answer(client: Client, alice: User):
    known = client.post(LOGIN, {"email": alice.email})
    unknown = Client().post(LOGIN, {"email": "nobody@acme.example"})
    assert (known.status_code, known["Location"]) == (unknown.status_code, unknown["Location"])


@pytest.mark.parametrize("path", ["signup/", "password/reset/", "password/set/", "email/", "reauthenticate/"])
def test_what_is_not_offered_is_not_there(client: Client, alice: User, path: str):
    client.force_login(alice)
    assert client.get(f"/accounts/{path}").status_code == 404


def test_the_admin_sends_to_the_same_sign_in(client: Client, db: None):
    answer = client.get("/admin/", follow=True)
    assert answer.redirect_chain[-1][0].startswith(LOGIN)


def test_a_person_without_organization_is_told_so(client: Client, db: None):
    client.force_login(make_user("nobody"))
    assert "You belong to no organization yet" in client.get("/").content.decode()


def test_the_session_cookie_is_host_only_secure_and_hidden_from_scripts(client: Client, alice: User):
    client.post(CONFIRM, {"code": request_code(client, alice.email)})
    cookie = client.cookies["__Host-sv0"]
    assert cookie["secure"]
    assert cookie["httponly"]
    assert cookie["samesite"] == "Lax"
    assert not cookie["domain"]
