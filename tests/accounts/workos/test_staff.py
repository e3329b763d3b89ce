"""Internal staff through WorkOS: by its own organization alone, in the role of its token, with a second factor here."""

from __future__ import annotations

from datetime import timedelta

import pytest
from allauth.mfa.models import Authenticator
from allauth.mfa.totp.internal.auth import TOTP, generate_totp_secret
from allauth.socialaccount.models import SocialAccount
from django.test import Client
from django.utils import timezone
from pytest_django.fixtures import Settings

from accounts import tasks
from accounts.models import Membership, Session, User
from accounts.roles import Role
from accounts.workos.models import Grant
from sv0.checks import internal_organization_is_no_tenants
from tenants.models import AuditEvent, Tenant
from tests.accounts.authenticator import SECURITY, App, Clock, clock, set_up  # noqa: F401  (a fixture)
from tests.accounts.workos.conftest import Browser
from tests.accounts.workos.test_sign_in import asked_for, refused
from tests.emulators.workos.world import Thing
from tests.factories import make_member

ADMIN = "/admin/"
AUTHENTICATE = f"{SECURITY}authenticate/"


@pytest.fixture
def internal(browser: Browser, settings: Settings) -> Thing:
    """The organization of sv0's own staff."""
    organization = browser.workos.world.add_organization("sv0")
    settings.INTERNAL_ORG_ID = organization["id"]
    return organization


@pytest.fixture
def sam(browser: Browser, internal: Thing) -> Thing:
    """Support."""
    sam = browser.workos.world.add_user("sam@sv0.example")
    browser.workos.world.add_membership(internal, sam, role="support")
    return sam


@pytest.fixture
def sams(browser: Browser, sam: Thing, clock: Clock) -> Browser:  # noqa: F811
    """A browser where Sam has signed in and set up a factor."""
    assert browser.sign_in(sam, next=ADMIN)["Location"] == ADMIN
    set_up(browser.client, clock)
    clock.next_code()
    assert browser.get(ADMIN).status_code == 200
    return browser


def membership_of(browser: Browser, person: Thing) -> Thing:
    return next(each for each in browser.workos.world.memberships.values() if each["user_id"] == person["id"])


def test_staff_is_sent_to_its_own_organization_and_gets_in_with_a_factor(browser: Browser, sam: Thing, internal: Thing):
    assert asked_for(browser.to_workos(next=ADMIN))["organization_id"] == internal["id"]
    assert browser.sign_in(sam, next=ADMIN)["Location"] == ADMIN
    assert browser.client.get(ADMIN, follow=True).redirect_chain[-1][0] == SECURITY
    user = User.objects.get()
    assert (user.email, user.is_staff, user.is_superuser) == ("sam@sv0.example", True, False)
    assert not Membership.objects.across_tenants().exists()
    assert AuditEvent.objects.filter(tenant=None, action="account:signed_in").count() == 1


def test_signing_out_in_the_admin_ends_it_at_workos_and_is_recorded(sams: Browser):
    page = sams.client.post("/admin/logout/").content.decode()
    assert "/user_management/sessions/logout" in page
    assert not Grant.objects.exists()
    assert not Session.objects.exclude(user=None).exists()
    assert AuditEvent.objects.filter(tenant=None, action="account:signed_out").count() == 1


def test_the_factor_is_asked_for_at_the_next_sign_in(sams: Browser, sam: Thing, clock: Clock):  # noqa: F811
    secret = Authenticator.objects.get(type="totp").wrap()
    app = App(_seed(secret), clock)
    second = Browser(sams.workos)
    assert second.sign_in(sam, next=ADMIN)["Location"] == AUTHENTICATE
    assert second.get(ADMIN).status_code == 302
    assert second.client.post(AUTHENTICATE, {"code": app.code()})["Location"] == ADMIN
    assert second.get(ADMIN).status_code == 200
    assert Session.objects.get(session_key=second.client.session.session_key).workos_session_id


def _seed(totp: object) -> str:
    from accounts.factors import MFAAdapter

    return MFAAdapter().decrypt(totp.instance.data["secret"])  # type: ignore[attr-defined]


def test_the_role_is_the_tokens_and_followed(sams: Browser, sam: Thing):
    assert "internal.erase" not in sams.get("/diagnostics/").content.decode()
    sams.workos.world.change_membership(membership_of(sams, sam), role="owner")
    Grant.objects.update(expires_at=timezone.now() - timedelta(seconds=1))
    assert "internal.erase" in sams.get("/diagnostics/").content.decode()


@pytest.mark.parametrize("role", ["manager", "admin", "Owner", "member"])
def test_a_role_that_means_nothing_to_staff_is_refused(browser: Browser, internal: Thing, role: str):
    max_ = browser.workos.world.add_user("max@sv0.example")
    browser.workos.world.add_membership(internal, max_, role=role)
    why = refused(browser.sign_in(max_, next=ADMIN), None)
    assert f"{role}, means nothing here. It can be: owner, support." in why
    assert not User.objects.exists()


@pytest.mark.parametrize("role", ["owner", "support"])
def test_no_tenants_organization_makes_staff(browser: Browser, acme: Thing, internal: Thing, tenant: Tenant, role: str):
    eve = browser.workos.world.add_user("eve@acme.example")
    browser.workos.world.add_membership(acme, eve, role=role)
    assert "means nothing here" in refused(browser.sign_in(eve, next="/"), tenant)


def test_members_set_up_factors_where_they_sign_in(annas: Browser, internal: Thing):
    assert annas.get(f"{SECURITY}app/").status_code == 403
    assert f'href="{SECURITY}"' not in annas.get().content.decode()


def test_flags_give_a_tenants_session_nothing(annas: Browser, internal: Thing):
    User.objects.update(is_staff=True, is_superuser=True)
    assert annas.is_in
    assert annas.client.get(ADMIN, follow=True).status_code == 403
    assert "Administration" not in annas.get().content.decode()


def test_a_member_is_sent_away_in_words(annas: Browser, internal: Thing):
    answer = annas.client.get(ADMIN, follow=True)
    assert answer.status_code == 403
    assert "internal staff" in answer.content.decode()


def test_no_tenants_organization_has_a_say_in_staffs_account(sams: Browser, sam: Thing, acme: Thing, tenant: Tenant):
    sams.workos.world.add_membership(acme, sam, role="manager")
    second = Browser(sams.workos)
    assert "internal staff's" in refused(second.sign_in(sam, t="acme"), tenant)
    tasks.poll_workos_events()
    assert not Membership.objects.of(tenant).exists()
    assert not second.is_in


def test_what_an_organization_put_into_the_account_before_ends(annas: Browser, anna: Thing, internal: Thing):
    TOTP.activate(User.objects.get(), generate_totp_secret())
    annas.workos.world.add_membership(internal, anna, role="support")
    second = Browser(annas.workos)
    assert second.sign_in(anna, next=ADMIN)["Location"] == ADMIN, "the factor isn't asked for"
    assert not Authenticator.objects.exists()
    assert not annas.is_in


def test_staffs_session_opens_no_tenant(sams: Browser, sam: Thing, tenant: Tenant, acme: Thing, settings: Settings):
    Membership.objects.create(tenant=tenant, user=User.objects.get(), role=Role.MANAGER)
    assert not sams.is_in
    tenant.workos_organization_id = settings.INTERNAL_ORG_ID
    tenant.save()
    assert not sams.is_in, "not even where somebody mixed up the organizations"
    problem = internal_organization_is_no_tenants(databases=["default"])
    assert [message.id for message in problem] == ["sv0.E010"]


@pytest.mark.parametrize("who", ["unverified", "disabled", "somebody else's"])
def test_an_address_alone_is_no_staff(browser: Browser, internal: Thing, tenant: Tenant, who: str):
    pat = browser.workos.world.add_user("pat@acme.example", email_verified=who != "unverified")
    browser.workos.world.add_membership(internal, pat, role="owner")
    user = make_member(tenant, "pat", role=Role.MANAGER)
    if who == "disabled":
        User.objects.update(is_active=False)
    if who == "somebody else's":
        SocialAccount.objects.create(user=user, provider="workos", uid="user_other")
    refused(browser.sign_in(pat, next=ADMIN), None)
    assert not User.objects.filter(is_staff=True).exists()


@pytest.mark.parametrize("how", ["membership", "role", "deleted", "user", "directory", "directory gone", "session"])
def test_what_ends_at_workos_ends_here(sams: Browser, sam: Thing, internal: Thing, how: str):
    world, membership = sams.workos.world, membership_of(sams, sam)
    match how:
        case "membership":
            world.change_membership(membership, status="inactive")
        case "role":
            world.change_membership(membership, role="member")
        case "deleted":
            world.delete_membership(membership)
        case "user":
            world.delete_user(sam)
        case "directory":
            world.happen("dsync.user.updated", world.directory_user(internal, sam["email"], state="inactive"))
        case "directory gone":
            world.happen("dsync.deleted", world.directory(internal))
        case "session":
            world.revoke_session(next(iter(world.sessions.values())))
    tasks.poll_workos_events()
    assert sams.get(ADMIN).status_code == 302
    assert not sams.get(ADMIN).wsgi_request.user.is_authenticated
    assert AuditEvent.objects.filter(tenant=None, action="session:ended").count() == 1


def test_a_renewal_that_names_no_staff_role_ends_it(sams: Browser, sam: Thing):
    sams.workos.world.change_membership(membership_of(sams, sam), role="member")
    Grant.objects.update(expires_at=timezone.now() - timedelta(seconds=1))
    assert sams.get(ADMIN).status_code == 302
    assert not Grant.objects.exists()


def test_without_the_setting_nobody_is_staff(sams: Browser, settings: Settings):
    settings.INTERNAL_ORG_ID = ""
    assert sams.client.get(ADMIN, follow=True).status_code == 403


def test_codes_open_nothing_for_staff_either(browser: Browser, internal: Thing, staff: User):
    client = Client()
    client.force_login(staff)
    assert client.get(ADMIN, follow=True).status_code == 403
