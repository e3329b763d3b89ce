"""The key that a browser holds: new with each sign-in, worth nothing after the sign-out."""

from __future__ import annotations

from http.cookies import SimpleCookie

from django.conf import settings
from django.test import Client

from accounts.models import Session, User
from tests.accounts.authenticator import SECURITY
from tests.accounts.test_sign_in import CONFIRM, request_code

PAGE = "/accounts/sessions/"


def with_key(key: str) -> Client:
    """Another browser that got hold of a key."""
    client = Client()
    client.cookies = SimpleCookie({settings.SESSION_COOKIE_NAME: key})
    return client


def test_signing_in_gives_a_new_key_and_ends_the_one_before(client: Client, alice: User):
    code = request_code(client, alice.email)
    before = client.session.session_key
    client.post(CONFIRM, {"code": code})
    assert client.get(PAGE).status_code == 200
    assert client.session.session_key != before
    assert not Session.objects.filter(pk=before).exists()
    assert with_key(str(before)).get(PAGE).status_code == 302


def test_a_key_is_worth_nothing_after_the_sign_out(as_alice: Client):
    key = str(as_alice.session.session_key)
    assert with_key(key).get(PAGE).status_code == 200
    as_alice.post("/accounts/logout/")
    assert with_key(key).get(PAGE).status_code == 302
    assert not Session.objects.filter(pk=key).exists()


def test_whoever_changes_a_factor_finds_the_way_to_their_other_sessions(as_alice: Client):
    assert f'href="{PAGE}"' in as_alice.get(SECURITY).content.decode()
