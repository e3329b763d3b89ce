"""Sessions that began at WorkOS: renewed, ended from either end, and left in peace while WorkOS is down."""

from __future__ import annotations

import html
import re
from concurrent.futures import ThreadPoolExecutor
from datetime import timedelta

import pytest
import urllib3
from django.contrib.sessions.backends.base import UpdateError
from django.core.cache import cache
from django.db import connection
from django.test import Client
from django.utils import timezone
from pytest_django.fixtures import Settings

from accounts import session
from accounts.membership import leave
from accounts.models import Membership, Session, User
from accounts.roles import Role
from accounts.workos.models import Grant
from tenants.audit import WORKER
from tenants.models import AuditEvent, Tenant
from tests.accounts.workos.conftest import QUEUE, Browser
from tests.emulators.workos.world import Thing


def run_out(ago: timedelta = timedelta(seconds=1)) -> None:
    """The access token's time is over."""
    Grant.objects.update(expires_at=timezone.now() - ago)


def renewals(browser: Browser) -> int:
    return browser.workos.asked.count("authenticate") - 1


def test_a_token_that_ran_out_is_renewed_and_the_role_followed(annas: Browser, tenant: Tenant):
    membership = next(iter(annas.workos.world.memberships.values()))
    annas.workos.world.change_membership(membership, role="viewer")
    assert annas.is_in
    assert renewals(annas) == 0
    run_out()
    assert annas.is_in
    assert annas.is_in
    assert renewals(annas) == 1
    assert Membership.objects.of(tenant).get().role == Role.VIEWER
    assert AuditEvent.objects.of(tenant).filter(action="membership:changed").count() == 1


def test_requests_at_once_renew_once_and_all_go_on(annas: Browser):
    run_out()
    annas.workos.faults.seconds = 0.3
    cookie = annas.client.cookies["__Host-sv0"].value

    def ask(_number: int) -> int:
        client = Client()
        client.cookies["__Host-sv0"] = cookie
        try:
            return client.get(QUEUE).status_code
        finally:
            connection.close()

    with ThreadPoolExecutor(3) as pool:
        assert list(pool.map(ask, range(3))) == [200, 200, 200]
    assert renewals(annas) == 1
    annas.workos.faults.seconds = 0
    run_out()
    assert annas.is_in, "the refresh token that is kept is the one that still works"


@pytest.mark.parametrize("why", ["revoked", "no longer a member", "another organization", "role", "forged"])
def test_a_session_that_workos_no_longer_vouches_for_ends(annas: Browser, tenant: Tenant, globex: Thing, why: str):
    world = annas.workos.world
    membership = next(iter(world.memberships.values()))
    match why:
        case "revoked":
            world.revoke_session(next(iter(world.sessions.values())))
        case "no longer a member":
            world.change_membership(membership, status="inactive")
        case "another organization":
            annas.workos.faults.claims = {"org_id": globex["id"]}
        case "role":
            world.change_membership(membership, role="member")
        case "forged":
            annas.workos.faults.token = "forged"
    run_out()
    answer = annas.get()
    assert answer.status_code == 302
    assert answer["Location"].startswith("/accounts/login/")
    assert not Grant.objects.exists()
    assert AuditEvent.objects.of(tenant).get(action="session:ended").actor == "Anna"


def test_open_sessions_go_on_while_workos_is_down(annas: Browser):
    run_out()
    annas.workos.faults.answers = 503
    assert [annas.is_in for _ in range(5)] == [True] * 5
    assert renewals(annas) == 1, "it is left alone for a while"
    annas.workos.faults.answers = None
    cache.clear()
    assert annas.is_in
    assert renewals(annas) == 2


def test_they_do_not_go_on_for_ever(annas: Browser, settings: Settings):
    annas.workos.faults.answers = 503
    run_out(timedelta(seconds=settings.SESSION_COOKIE_AGE))
    assert not annas.is_in


def test_a_session_outlives_a_rotated_key_but_not_a_lost_one(annas: Browser, settings: Settings):
    cookie = annas.client.cookies["__Host-sv0"].value
    settings.SECRET_KEY, settings.SECRET_KEY_FALLBACKS = "another-" * 8, [settings.SECRET_KEY]
    run_out()
    annas.client.cookies["__Host-sv0"] = cookie
    assert annas.is_in
    settings.SECRET_KEY, settings.SECRET_KEY_FALLBACKS = "a third one-" * 5, []
    assert not annas.is_in


def test_signing_out_ends_both_sessions(annas: Browser, tenant: Tenant):
    page = annas.client.post("/accounts/logout/").content.decode()
    assert not annas.is_in
    assert not Grant.objects.exists()
    match = re.search(r'content="0; url=([^"]+)"', page)
    assert match, page
    assert [thing["status"] for thing in annas.workos.world.sessions.values()] == ["active"]
    sent = urllib3.request("GET", html.unescape(match[1]), redirect=False)
    assert sent.headers["Location"] == "http://testserver/accounts/login/"
    assert [thing["status"] for thing in annas.workos.world.sessions.values()] == ["revoked"]
    assert AuditEvent.objects.of(tenant).filter(action="account:signed_out").exists()


def test_signing_out_works_while_workos_is_down(annas: Browser):
    annas.workos.faults.answers = 503
    assert annas.client.post("/accounts/logout/").status_code == 200
    assert not annas.is_in


def test_looking_at_the_sign_out_page_changes_nothing(annas: Browser):
    assert "Sign out?" in annas.get("/accounts/logout/").content.decode()
    assert annas.is_in


def test_a_removed_members_sessions_end_at_once_and_nobody_elses(annas: Browser, tenant: Tenant, acme: Thing):
    ben = annas.workos.world.add_user("ben@acme.example")
    annas.workos.world.add_membership(acme, ben)
    bens = Browser(annas.workos)
    bens.sign_in(ben)
    assert leave(tenant=tenant, user=User.objects.get(email="anna@acme.example"), actor=WORKER, reason="left")
    assert annas.get().status_code == 302
    assert bens.is_in


def test_a_session_in_another_organization_stays(annas: Browser, other_tenant: Tenant, globex: Thing):
    assert session.end(user=User.objects.get(), tenant=other_tenant) == 0
    assert annas.is_in


def test_a_request_under_way_cannot_bring_an_ended_session_back(annas: Browser):
    store = annas.client.session
    store["late"] = "write"
    session.end_everywhere(user=User.objects.get())
    with pytest.raises(UpdateError):
        store.save()
    assert not Session.objects.exists()


def test_without_the_key_its_sessions_are_over(annas: Browser, settings: Settings):
    settings.WORKOS_API_KEY = ""
    assert not annas.is_in
