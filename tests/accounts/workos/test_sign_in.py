"""Signing in through WorkOS: who gets in, where to, as what; and everybody who doesn't."""

from __future__ import annotations

from typing import Any
from urllib.parse import parse_qs, urlsplit

import pytest
from allauth.socialaccount.models import SocialAccount
from django.contrib.sessions.backends.base import SessionBase
from django.core import mail
from django.test import Client
from pytest_django.fixtures import Settings

from accounts.models import Membership, Session, User
from accounts.roles import Role
from accounts.workos import client as workos_client
from accounts.workos.models import Grant
from tenants.models import AuditEvent, Tenant
from tests.accounts.workos.conftest import QUEUE, Browser
from tests.emulators.workos.world import Thing
from tests.factories import make_member, make_user


def asked_for(url: str) -> dict[str, str]:
    return {name: values[0] for name, values in parse_qs(urlsplit(url).query).items()}


def refused(answer: Any, tenant: Tenant | None) -> str:
    """Why a sign-in was refused, after checking that the log says the same."""
    assert answer.status_code == 403
    assert not answer.wsgi_request.user.is_authenticated
    event = AuditEvent.objects.filter(tenant=tenant).get(action="account:sign_in_refused")
    why: str = event.detail["why"]
    assert why in answer.content.decode().replace("&#x27;", "'")
    return why


def test_a_member_lands_where_they_wanted_in_the_role_of_the_token(browser: Browser, anna: Thing, tenant: Tenant):
    answer = browser.sign_in(anna, next="/t/acme/posture/")
    assert answer["Location"] == "/t/acme/posture/"
    user = User.objects.get(email="anna@acme.example")
    assert Membership.objects.of(tenant).get(user=user).role == Role.ANALYST
    events = AuditEvent.objects.of(tenant).order_by("number")
    assert [event.action for event in events] == ["membership:created", "account:signed_in"]
    assert {event.actor for event in events} == {"Anna"}


def test_the_browser_keeps_no_token_and_the_database_none_in_clear(annas: Browser):
    grant, session = Grant.objects.get(), Session.objects.get()
    store: SessionBase = annas.client.session
    assert dict(store)["workos"] == {"sid": grant.session_id, "org_id": grant.organization_id}
    assert (session.workos_session_id, session.organization_id) == (grant.session_id, grant.organization_id)
    kept = f"{grant.claims} {grant.refresh_token} {dict(store)} {annas.client.cookies.output()}"
    assert all(token not in kept for token in annas.workos._refresh_tokens)


@pytest.mark.parametrize("form", [{"t": "acme"}, {"next": QUEUE}])
def test_the_organization_is_chosen_here_by_the_slug(browser: Browser, acme: Thing, form: dict[str, str]):
    asked = asked_for(browser.to_workos(**form))
    assert asked["organization_id"] == acme["id"]
    assert asked["provider"] == "authkit"
    assert asked["code_challenge_method"] == "S256"
    assert asked["redirect_uri"] == "http://testserver/accounts/workos/callback/"
    assert len(asked["code_challenge"]) == 43
    assert len(asked["state"]) >= 16


def test_nobody_chooses_an_organization_by_its_id(browser: Browser, acme: Thing, globex: Thing):
    form = {"organization_id": globex["id"], "auth_params": f"organization_id={globex['id']}", "process": "connect"}
    assert "organization_id" not in asked_for(browser.to_workos(**form))


def test_the_single_tenant_is_always_asked_for(browser: Browser, acme: Thing, settings: Settings):
    settings.SINGLE_TENANT_SLUG = "acme"
    assert asked_for(browser.to_workos(t="globex"))["organization_id"] == acme["id"]


def test_the_way_in_needs_a_click_and_shows_no_code_form(browser: Browser):
    page = browser.get("/accounts/login/?next=/t/acme/findings/").content.decode()
    assert "Continue with WorkOS" in page
    assert 'name="t" value="acme"' in page
    assert 'type="email"' not in page


def test_another_site_is_no_place_to_go_on_to(browser: Browser, anna: Thing):
    assert browser.sign_in(anna, next="https://evil.example/")["Location"] == "/"


def test_a_state_works_once_and_in_its_own_browser(browser: Browser, anna: Thing):
    browser.workos.browser = anna
    back = browser.at_workos(browser.to_workos())
    assert Client().get(back).status_code == 401
    assert browser.get(back).status_code == 302
    assert browser.get(back).status_code == 401
    assert browser.get("/accounts/workos/callback/?code=x").status_code == 401


def test_a_code_works_once(browser: Browser, anna: Thing):
    browser.workos.browser = anna
    code = asked_for(browser.at_workos(browser.to_workos()))["code"]
    state = asked_for(browser.to_workos())["state"]
    other = f"/accounts/workos/callback/?code={code}&state={state}"
    assert browser.get(other).status_code == 401, "the code was asked for with another verifier"
    assert not browser.is_in
    assert browser.workos.asked.count("authenticate") == 1


def test_cancelling_is_told(browser: Browser, acme: Thing):
    browser.workos.browser = browser.workos.world.add_user("stranger@elsewhere.example")
    answer = browser.get(browser.at_workos(browser.to_workos(t="acme")))
    assert answer.status_code == 401
    assert "a member of that organization" in answer.content.decode()


@pytest.mark.parametrize(
    "fault", ["hs256", "unsigned", "forged", "expired", "issuer", "agent", "widget", "person", "session"]
)
def test_a_token_that_is_not_what_it_should_be_lets_nobody_in(browser: Browser, anna: Thing, fault: str):
    browser.workos.faults.token = fault
    answer = browser.sign_in(anna)
    assert answer.status_code == 401
    assert not browser.is_in
    assert not User.objects.exists()


def test_new_keys_are_found_when_they_are_needed(annas: Browser, anna: Thing):
    annas.workos.rotate_keys()
    second = Browser(annas.workos)
    second.sign_in(anna)
    assert second.is_in
    annas.workos.faults.token = "forged"
    assert Browser(annas.workos).sign_in(anna).status_code == 401


def test_an_organization_that_is_no_tenant_is_refused(browser: Browser, anna: Thing, tenant: Tenant):
    tenant.workos_organization_id = None
    tenant.save()
    assert "isn't set up here" in refused(browser.sign_in(anna), None)


def test_no_organization_is_refused(browser: Browser):
    assert "without an organization" in refused(
        browser.sign_in(browser.workos.world.add_user("solo@acme.example")), None
    )


def test_another_organization_than_the_one_asked_for_is_refused(browser: Browser, anna: Thing, globex: Thing):
    browser.workos.faults.claims = {"org_id": globex["id"]}
    other = Tenant.objects.get(slug="globex")
    assert "another organization" in refused(browser.sign_in(anna, t="acme"), other)


@pytest.mark.parametrize("role", ["member", "support", "owner", "Manager"])
def test_a_role_that_means_nothing_here_is_refused(browser: Browser, acme: Thing, tenant: Tenant, role: str):
    max_ = browser.workos.world.add_user("max@acme.example")
    browser.workos.world.add_membership(acme, max_, role=role)
    assert f"organization, {role}," in refused(browser.sign_in(max_), tenant)


def test_who_acts_as_somebody_at_workos_does_not_here(browser: Browser, anna: Thing, tenant: Tenant):
    browser.workos.faults.claims = {"act": {"sub": "support@workos.example"}}
    assert "Acting as a person starts in sv0" in refused(browser.sign_in(anna), tenant)


def test_an_account_without_identity_is_linked_within_its_own_organization(
    browser: Browser, anna: Thing, tenant: Tenant
):
    user = make_member(tenant, "anna", role=Role.VIEWER)
    browser.sign_in(anna)
    assert browser.is_in
    assert SocialAccount.objects.get(provider="workos", uid=anna["id"]).user == user
    assert Membership.objects.of(tenant).get(user=user).role == Role.ANALYST
    assert User.objects.count() == 1


def test_an_account_that_belongs_nowhere_is_linked(browser: Browser, anna: Thing):
    user = make_user("anna", domain="acme.example")
    browser.sign_in(anna)
    assert browser.is_in
    assert SocialAccount.objects.get().user == user


@pytest.mark.parametrize("whose", ["another tenant's", "both tenants'", "staff's", "disabled", "another identity's"])
def test_an_address_alone_opens_no_account(
    browser: Browser, anna: Thing, tenant: Tenant, other_tenant: Tenant, whose: str
):
    user = make_user("anna", domain="acme.example", is_staff=whose == "staff's", is_active=whose != "disabled")
    if whose in {"another tenant's", "both tenants'"}:
        Membership.objects.create(tenant=other_tenant, user=user, role=Role.MANAGER)
    if whose == "both tenants'":
        Membership.objects.create(tenant=tenant, user=user, role=Role.MANAGER)
    if whose == "another identity's":
        SocialAccount.objects.create(user=user, provider="workos", uid="user_other")
    assert "already has an account" in refused(browser.sign_in(anna), tenant)
    assert not SocialAccount.objects.filter(uid=anna["id"]).exists()


def test_an_unverified_address_makes_and_opens_no_account(browser: Browser, acme: Thing, tenant: Tenant):
    eve = browser.workos.world.add_user("eve@acme.example", email_verified=False)
    browser.workos.world.add_membership(acme, eve)
    assert "isn't verified" in refused(browser.sign_in(eve), tenant)
    assert not User.objects.exists()


def test_who_is_disabled_here_stays_out(annas: Browser, anna: Thing, tenant: Tenant):
    User.objects.update(is_active=False)
    assert "disabled" in refused(Browser(annas.workos).sign_in(anna), tenant)


def test_the_identity_outlives_a_change_of_address(annas: Browser, anna: Thing):
    annas.workos.world.change_user(anna, email="anna.new@acme.example")
    second = Browser(annas.workos)
    second.sign_in(anna)
    assert second.is_in
    assert User.objects.count() == 1


@pytest.mark.parametrize("answers", [503, 429, "html"])
def test_when_workos_is_down_a_page_says_so(browser: Browser, anna: Thing, answers: int | str):
    browser.workos.browser = anna
    back = browser.at_workos(browser.to_workos())
    browser.workos.faults.answers = answers
    answer = browser.get(back)
    assert answer.status_code == 503
    assert "answering" in answer.content.decode()
    assert browser.workos.asked.count("authenticate") == 1, "a code is not tried twice"


def test_a_slow_workos_is_not_waited_for(browser: Browser, anna: Thing, monkeypatch: pytest.MonkeyPatch):
    monkeypatch.setattr(workos_client, "TIMEOUT_SECONDS", 0.2)
    browser.workos.browser = anna
    back = browser.at_workos(browser.to_workos())
    browser.workos.faults.seconds = 1
    assert browser.get(back).status_code == 503
    assert browser.workos.asked.count("authenticate") == 1


def test_no_code_is_sent_where_workos_signs_people_in(annas: Browser):
    answers = [Client().post("/accounts/login/code/", {"email": f"{name}@acme.example"}) for name in ("anna", "nobody")]
    assert answers[0].status_code == answers[1].status_code == 302
    assert answers[0]["Location"] == answers[1]["Location"]
    known, unknown = (str(message.body).replace("anna@", "nobody@") for message in mail.outbox)
    assert known == unknown


def test_a_code_asked_for_before_there_was_a_key_opens_nothing(browser: Browser, settings: Settings, tenant: Tenant):
    make_member(tenant, "anna", role=Role.ANALYST)
    key, settings.WORKOS_API_KEY = settings.WORKOS_API_KEY, ""
    browser.client.post("/accounts/login/code/", {"email": "anna@acme.example"})
    code = next(line for line in str(mail.outbox[-1].body).splitlines() if "-" in line and line.isupper())
    settings.WORKOS_API_KEY = key
    answer = browser.client.post("/accounts/login/code/confirm/", {"code": code.strip()})
    assert answer.status_code == 403
    assert not browser.is_in


@pytest.mark.parametrize("path", ["3rdparty/", "3rdparty/signup/", "signup/", "social/connections/", "workos/login/"])
def test_what_is_not_offered_is_not_there(annas: Browser, path: str):
    assert annas.get(f"/accounts/{path}").status_code == 404


def test_another_tenant_of_the_same_person_asks_for_its_own_sign_in(annas: Browser, anna: Thing, globex: Thing):
    annas.workos.world.add_membership(globex, anna, role="manager")
    user = User.objects.get()
    Membership.objects.create(tenant=Tenant.objects.get(slug="globex"), user=user, role=Role.MANAGER)
    assert annas.get("/t/globex/findings/").status_code == 404
    assert "/accounts/login/?t=globex" in annas.get().content.decode()
    annas.sign_in(anna, t="globex")
    assert annas.get("/t/globex/findings/").status_code == 200
    assert annas.get("/").headers["Location"] == "/t/globex/findings/"
    assert not annas.is_in


def test_a_session_without_an_organization_enters_no_tenant(browser: Browser, acme: Thing, tenant: Tenant):
    browser.client.force_login(make_member(tenant, "alice", role=Role.MANAGER))
    assert browser.get().status_code == 404
