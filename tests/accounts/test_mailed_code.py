"""A mailed code opens one session, in the browser that asked for it, within minutes."""

from __future__ import annotations

from django.test import Client

from accounts.models import Session, User
from tests.accounts.test_sign_in import CONFIRM, request_code

PAGE = "/accounts/sessions/"
TEN_MINUTES = 10 * 60  # the longest that OWASP ASVS 5.0 (6.5.5) allows


def test_it_opens_the_browser_that_asked_and_no_other(client: Client, alice: User):
    code, other = request_code(client, alice.email), Client()
    request_code(other, alice.email)
    other.post(CONFIRM, {"code": code})
    assert other.get(PAGE).status_code == 302
    client.post(CONFIRM, {"code": code})
    assert client.get(PAGE).status_code == 200


def test_it_works_once(client: Client, alice: User):
    code = request_code(client, alice.email)
    client.post(CONFIRM, {"code": code})
    client.post("/accounts/logout/")
    client.post(CONFIRM, {"code": code})
    assert client.get(PAGE).status_code == 302
    assert not Session.objects.filter(user=alice).exists()


def test_it_is_over_within_ten_minutes(client: Client, alice: User):
    code = request_code(client, alice.email)
    session = client.session
    session["account_login"]["state"]["stages"]["login_by_code"]["data"]["at"] -= TEN_MINUTES
    session.save()
    client.post(CONFIRM, {"code": code})
    assert client.get(PAGE).status_code == 302
