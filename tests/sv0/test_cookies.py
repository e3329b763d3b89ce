"""Every cookie that sv0 sets: from this host, over TLS, hidden from scripts, kept from other sites' requests."""

from __future__ import annotations

from django.test import Client

from accounts.models import User
from tests.accounts.test_sign_in import CONFIRM, LOGIN, request_code


def test_every_cookie_is_this_hosts_own(client: Client, alice: User):
    answers = [client.get(LOGIN), client.post(LOGIN, {"email": alice.email})]
    answers.append(client.post(CONFIRM, {"code": request_code(client, alice.email)}))
    answers += [client.get("/t/acme/findings/"), client.post("/accounts/logout/")]
    set_ = [cookie for answer in answers for cookie in answer.cookies.values() if cookie.value]  # others are taken back
    assert {cookie.key for cookie in set_} == {"__Host-sv0", "__Host-sv0-csrf", "__Host-sv0-notices"}
    for cookie in set_:
        assert (cookie["secure"], cookie["httponly"]) == (True, True), cookie.key
        assert (cookie["samesite"], cookie["path"], cookie["domain"]) == ("Lax", "/", ""), cookie.key
