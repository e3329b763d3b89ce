"""Everybody sees who they are here and where their powers come from, staff also that of others, and nobody a secret."""

from __future__ import annotations

from allauth.account.internal.flows.login import AUTHENTICATION_METHODS_SESSION_KEY
from django.test import Client

from accounts.models import User
from tenants.models import Tenant
from tests.accounts.acting import begin
from tests.conftest import signed_in

PAGE = "/diagnostics/"


def part(client: Client, name: str, query: str = "") -> str:
    """One section of the page."""
    page = client.get(f"{PAGE}{query}").content.decode()
    return page.partition(f'id="{name}"')[2].partition("</section>")[0]


def test_a_member_sees_their_own(as_bob: Client, bob: User, tenant: Tenant):
    page = as_bob.get(PAGE).content.decode()
    assert bob.email in page
    assert "a code sent by e-mail" in page
    memberships = part(as_bob, "membership-powers")
    assert tenant.name in memberships
    assert "report, scan, triage, view" in memberships
    assert "connect" not in memberships
    assert "internal" not in memberships
    assert "no internal staff" in part(as_bob, "staff-powers")


def test_staff_powers_are_told_apart_from_membership_powers(support: User, staff: User, tenant: Tenant):
    as_support = signed_in(support)
    assert "no membership" in part(as_support, "membership-powers")
    powers = part(as_support, "staff-powers")
    assert "internal.impersonate, internal.provision, internal.read" in powers
    assert "internal.erase" not in powers
    assert "internal.erase" in part(signed_in(staff), "staff-powers")


def test_powers_that_cannot_be_used_say_what_is_missing(support: User):
    client = signed_in(support)
    session = client.session
    session[AUTHENTICATION_METHODS_SESSION_KEY] = session[AUTHENTICATION_METHODS_SESSION_KEY][:1]
    session.save()
    assert "missing: a second factor" in part(client, "staff-powers")
    assert 'id="other"' not in client.get(PAGE).content.decode()


def test_only_staff_looks_up_others(support: User, as_alice: Client, bob: User, tenant: Tenant):
    query = f"?person={bob.email.upper()}"
    other = part(signed_in(support), "other", query)
    assert bob.email in other
    assert "analyst" in other
    assert bob.email not in as_alice.get(f"{PAGE}{query}").content.decode()
    assert "Nobody here" in part(signed_in(support), "other", "?person=nobody@acme.example")


def test_who_acts_as_somebody_sees_that_and_has_no_power_of_staff(support: User, bob: User, tenant: Tenant):
    client = signed_in(support)
    begin(client, tenant, bob)
    page = client.get(f"{PAGE}?person={support.email}").content.decode()
    assert f"yes: Support as Bob at {tenant.name}" in page
    assert "a second factor" not in part(client, "staff-powers")
    assert "while you act as somebody else" in part(client, "staff-powers")
    assert 'id="other"' not in page


def test_it_shows_no_session_key_and_is_kept_nowhere(as_alice: Client, support: User):
    for client in (as_alice, signed_in(support)):
        answer = client.get(PAGE)
        assert str(client.session.session_key) not in answer.content.decode()
        assert "no-store" in answer["Cache-Control"]


def test_it_needs_a_sign_in(client: Client, db: None):
    assert client.get(PAGE)["Location"].startswith("/accounts/login/")
