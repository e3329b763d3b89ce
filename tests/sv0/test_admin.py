"""Who gets into the admin, what each internal role may do there, and what isn't there for anybody."""

from __future__ import annotations

import pytest
from allauth.account.internal.flows.login import AUTHENTICATION_METHODS_SESSION_KEY
from django.contrib import admin
from django.test import Client, RequestFactory
from django.urls import reverse

from accounts import staff as powers
from accounts.models import Membership, User
from accounts.roles import Role, StaffRole
from tenants.admin import AuditedAdmin
from tenants.models import Tenant
from tests.conftest import signed_in
from tests.factories import make_member, make_user


@pytest.fixture
def as_owner(staff: User) -> Client:
    """An owner's browser."""
    return signed_in(staff)


@pytest.fixture
def as_support(support: User) -> Client:
    """Support's browser."""
    return signed_in(support)


def without_factor(client: Client) -> Client:
    """The same session, had no second factor been used in it."""
    session = client.session
    session[AUTHENTICATION_METHODS_SESSION_KEY] = session[AUTHENTICATION_METHODS_SESSION_KEY][:1]
    session.save()
    return client


def test_every_page_asks_our_roles():
    assert [name for name, page in admin.site._registry.items() if not isinstance(page, AuditedAdmin)] == []


@pytest.mark.parametrize("page", ["", "accounts/user/", "tenants/auditevent/", "autocomplete/", "jsi18n/"])
def test_no_page_opens_without_a_factor(as_owner: Client, page: str):
    assert without_factor(as_owner).get(f"/admin/{page}").status_code == 302


def test_members_are_sent_away(as_alice: Client):
    assert as_alice.get("/admin/", follow=True).status_code == 403


def test_support_reads_and_provisions(as_support: Client, tenant: Tenant):
    for page in ("", "tenants/auditevent/", "accounts/user/", "connectors/connection/"):
        assert as_support.get(f"/admin/{page}").status_code == 200, page
    answer = as_support.post(
        "/admin/accounts/user/add/", {"email": "new@acme.example", "name": "New", "is_active": "on"}
    )
    assert answer.status_code == 302
    assert User.objects.get(email="new@acme.example").name == "New"


def test_support_hands_out_no_staff_rights(as_support: Client, db: None):
    filled = {"email": "new@acme.example", "is_active": "on", "is_staff": "on", "is_superuser": "on"}
    as_support.post("/admin/accounts/user/add/", filled)
    made = User.objects.get(email="new@acme.example")
    assert (made.is_staff, made.is_superuser) == (False, False)
    as_support.post(f"/admin/accounts/user/{made.pk}/change/", filled)
    made.refresh_from_db()
    assert (made.is_staff, made.is_superuser) == (False, False)


def test_support_changes_no_account_of_staff(as_support: Client, staff: User, support: User):
    for user in (staff, support):
        address = f"/admin/accounts/user/{user.pk}/change/"
        assert as_support.post(address, {"email": "mine@evil.example", "is_active": "on"}).status_code == 403
        assert as_support.get(address).status_code == 200


def test_an_owner_does_both(as_owner: Client, support: User):
    filled = {"email": support.email, "name": "Sue", "is_active": "on", "is_staff": "on", "is_superuser": "on"}
    assert as_owner.post(f"/admin/accounts/user/{support.pk}/change/", filled).status_code == 302
    support.refresh_from_db()
    assert (support.name, support.is_superuser) == ("Sue", True)


def test_support_removes_a_member(as_support: Client, tenant: Tenant, alice: User):
    make_member(tenant, "amy", role=Role.MANAGER)
    membership = Membership.objects.of(tenant).get(user=alice)
    delete = reverse("admin:accounts_membership_delete", args=[membership.pk])
    assert as_support.post(delete, {"post": "yes"}).status_code == 302
    assert not Membership.objects.of(tenant).filter(user=alice).exists()


def test_no_role_is_left_of_who_is_disabled_or_acts_as_somebody(as_support: Client, support: User):
    request = RequestFactory().get("/")
    request.session, request.user = as_support.session, support
    assert powers.role_of(request) == StaffRole.SUPPORT
    request.impersonation = object()  # type: ignore[attr-defined]
    assert powers.standing(request) is None
    request.impersonation = None  # type: ignore[attr-defined]
    support.is_active = False
    assert powers.role_of(request) is None
    request.user = make_user("bob")
    assert powers.role_of(request) is None


@pytest.mark.parametrize(
    "page",
    [
        "django_q/schedule/add/",
        "django_q/schedule/",
        "django_q/success/",
        "django_q/ormq/",
        "account/emailaddress/",
        "mfa/authenticator/",
    ],
)
def test_the_libraries_pages_are_not_there(staff: User, page: str):
    client = signed_in(staff)
    assert client.get("/admin/").status_code == 200
    assert client.get(f"/admin/{page}").status_code == 404
