"""Who may act as whom, what goes on and off with it, and when is it over?"""

from __future__ import annotations

from collections.abc import Callable
from datetime import timedelta
from typing import Any

import pytest
from django.conf import settings as configured
from django.contrib.auth import SESSION_KEY
from django.contrib.messages import get_messages
from django.db import DatabaseError
from django.test import Client
from django.utils import timezone
from pytest_django.fixtures import Settings

from accounts.impersonation import KEY
from accounts.models import Membership, Session, User
from accounts.roles import Role, StaffCapability
from accounts.staff import may
from accounts.workos.models import Grant
from tenants import audit
from tenants.models import AuditEvent, Tenant
from tests.accounts.acting import QUEUE, REASON, WHY_WRITE, answered_as, begin, confirm, events, frame, run_out
from tests.conftest import signed_in
from tests.factories import make_member


@pytest.fixture
def desk(support: User) -> Client:
    """The browser of a staff member who may act as others."""
    return signed_in(support)


@pytest.fixture
def as_bob(desk: Client, tenant: Tenant, bob: User) -> Client:
    """The same, acting as bob."""
    assert begin(desk, tenant, bob).status_code == 302
    return desk


def test_staff_sees_what_the_person_sees_and_both_are_on_record(desk: Client, tenant: Tenant, support: User, bob: User):
    before, csrf = desk.session.session_key, desk.get("/acting/").wsgi_request.META.get("CSRF_COOKIE")
    answer = begin(desk, tenant, bob)
    assert answer["Location"] == QUEUE
    page = desk.get(QUEUE)
    assert (str(page.wsgi_request.user), page.context["request"].tenant) == ("Bob", tenant)
    assert page["Cache-Control"] == "no-store"
    (started,) = events(tenant, "started")
    assert (started.actor_id, started.actor) == (str(support.pk), "Support")
    assert (started.acting_as_id, started.acting_as) == (str(bob.pk), "Bob")
    assert started.detail["reason"] == REASON
    assert started.subject_id == (frame(desk) or {})["id"]
    assert desk.session.session_key != before
    assert answer.cookies[configured.CSRF_COOKIE_NAME].value != csrf


def test_the_staff_members_session_stays_whole_and_nothing_happens_to_the_person(
    desk: Client, tenant: Tenant, support: User, bob: User, settings: Settings
):
    session = at_workos(desk, settings)
    granted = {"session_id": "session_1", "organization_id": "org_internal", "claims": {"role": "support"}}
    Grant.objects.create(user=support, expires_at=timezone.now() + timedelta(minutes=5), refresh_token="", **granted)
    records = session["account_authentication_methods"]
    begin(desk, tenant, bob)
    desk.get(QUEUE)
    kept = desk.session
    assert (kept[SESSION_KEY], kept["workos"]["sid"]) == (str(support.pk), "session_1")
    assert kept["account_authentication_methods"] == records
    assert not Session.objects.filter(user=bob).exists()
    bob.refresh_from_db()
    assert bob.last_login is None
    before = kept.session_key
    answer = desk.post("/acting/end/")
    assert answer["Location"] == "/acting/"
    assert desk.session.session_key != before
    assert configured.CSRF_COOKIE_NAME in answer.cookies
    assert (frame(desk), desk.session["workos"]["sid"]) == (None, "session_1")
    assert answered_as(desk, "/acting/") == "Support"
    assert [event.detail["why"] for event in events(tenant, "ended")] == ["Support stopped."]
    assert events(tenant, "ended")[0].acting_as == "Bob"


def at_workos(desk: Client, settings: Settings) -> Any:
    """The session is one that began at WorkOS, in the internal organization."""
    settings.WORKOS_API_KEY, settings.INTERNAL_ORG_ID = "sk_test", "org_internal"
    session = desk.session
    session["workos"] = {"sid": "session_1", "org_id": "org_internal"}
    session.save()
    return session


@pytest.mark.parametrize("reason", ["", "   ", "too short", " " * 20])
def test_without_a_reason_nothing_begins(desk: Client, tenant: Tenant, bob: User, reason: str):
    answer = begin(desk, tenant, bob, reason)
    assert answer.status_code == 422
    assert "field__error" in answer.content.decode()
    assert (frame(desk), events(tenant, "started")) == (None, [])


def test_a_link_or_another_sites_form_begins_nothing(desk: Client, tenant: Tenant, bob: User):
    desk.get(f"/acting/acme/{bob.pk}/", {"reason": REASON})
    strict = Client(enforce_csrf_checks=True)
    strict.cookies = desk.cookies
    assert begin(strict, tenant, bob).status_code == 403
    assert frame(desk) is None


def test_who_has_no_right_begins_nothing(client: Client, tenant: Tenant, alice: User, support: User, bob: User):
    assert begin(client, tenant, bob)["Location"].startswith("/accounts/login/")
    without_factor = Client()
    without_factor.force_login(support)
    for browser in (signed_in(alice), without_factor):
        assert browser.get("/acting/").status_code == 403
        assert begin(browser, tenant, bob).status_code == 403
        assert frame(browser) is None
    assert events(tenant, "started") == []


@pytest.mark.parametrize(
    ("changes", "word"),
    [
        ({"is_staff": True}, "internal staff"),
        ({"is_superuser": True}, "internal staff"),
        ({"is_active": False}, "disabled"),
    ],
)
def test_nobody_acts_as_staff_or_as_a_disabled_person(
    desk: Client, tenant: Tenant, bob: User, changes: dict[str, bool], word: str
):
    User.objects.filter(pk=bob.pk).update(**changes)
    assert word in desk.get(f"/acting/acme/{bob.pk}/").content.decode()
    answer = begin(desk, tenant, bob)
    assert (answer.status_code, frame(desk)) == (403, None)
    assert word in answer.content.decode()


def test_nobody_acts_where_the_person_does_not_belong(desk: Client, tenant: Tenant, other_tenant: Tenant, bob: User):
    assert begin(desk, other_tenant, bob).status_code == 404
    Tenant.objects.filter(pk=tenant.pk).update(deactivated_at=timezone.now())
    assert begin(desk, tenant, bob).status_code == 403
    assert frame(desk) is None


def test_one_at_a_time(as_bob: Client, tenant: Tenant, alice: User):
    assert begin(as_bob, tenant, alice).status_code == 403
    assert answered_as(as_bob) == "Bob"
    assert [event.detail["page"] for event in events(tenant, "refused")] == ["acting_start"]


def test_nothing_begins_that_cannot_be_recorded(
    desk: Client, tenant: Tenant, bob: User, monkeypatch: pytest.MonkeyPatch
):
    def full(*_: Any, **__: Any) -> None:
        raise DatabaseError("no space left")

    monkeypatch.setattr(audit, "record", full)
    desk.raise_request_exception = False
    assert begin(desk, tenant, bob).status_code == 500
    assert frame(desk) is None


Cause = Callable[[Client, Tenant, User, User, Settings], Any]
CAUSES: dict[str, tuple[Cause, str]] = {
    "time": (lambda desk, tenant, support, bob, settings: run_out(desk), "The time was up."),
    "right": (lambda desk, tenant, support, bob, settings: of(support, is_staff=False), "Only internal staff"),
    "factor": (lambda desk, tenant, support, bob, settings: forget_factor(desk), "second factor"),
    "staff": (lambda desk, tenant, support, bob, settings: of(support, is_active=False), "signed out or disabled"),
    "person": (lambda desk, tenant, support, bob, settings: of(bob, is_active=False), "Bob is disabled"),
    "promoted": (lambda desk, tenant, support, bob, settings: of(bob, is_staff=True), "internal staff"),
    "member": (lambda desk, tenant, support, bob, settings: Membership.objects.of(tenant).delete(), "belong to Acme"),
    "tenant": (lambda desk, tenant, support, bob, settings: deactivate(tenant), "Acme Media is deactivated"),
    "switch": (lambda desk, tenant, support, bob, settings: turn_off(settings), "turned off"),
}


def of(user: User, **changes: bool) -> None:
    User.objects.filter(pk=user.pk).update(**changes)


def forget_factor(desk: Client) -> None:
    session = desk.session
    session["account_authentication_methods"] = session["account_authentication_methods"][:1]
    session.save()


def deactivate(tenant: Tenant) -> None:
    Tenant.objects.filter(pk=tenant.pk).update(deactivated_at=timezone.now())


def turn_off(settings: Settings) -> None:
    settings.IMPERSONATION_ENABLED = False


@pytest.mark.parametrize("cause", CAUSES)
def test_what_no_longer_holds_ends_at_the_next_request(
    as_bob: Client, tenant: Tenant, support: User, bob: User, settings: Settings, cause: str
):
    happens, words = CAUSES[cause]
    happens(as_bob, tenant, support, bob, settings)
    answer = as_bob.get(QUEUE)
    assert answer.status_code == 302
    assert str(answer.wsgi_request.user) in {"Support", "AnonymousUser"}
    (said,) = [str(message) for message in get_messages(answer.wsgi_request)]
    assert "You are yourself again, no longer Bob." in said
    assert words in said
    assert frame(as_bob) is None
    (ended,) = events(tenant, "ended")
    assert words in ended.detail["why"]
    assert (ended.actor, ended.acting_as) == ("Support", "Bob")
    assert "no longer Bob" in as_bob.get(answer["Location"], follow=True).content.decode()
    assert as_bob.get(QUEUE).status_code in {302, 404}
    assert len(events(tenant, "ended")) == 1


def test_a_fragment_leads_the_whole_page_back(as_bob: Client):
    run_out(as_bob)
    answer = as_bob.get(QUEUE, headers={"HX-Request": "true"})
    assert (answer.status_code, answer["HX-Redirect"], answer.content) == (200, "/acting/", b"")
    assert "The time was up." in as_bob.get("/acting/").content.decode()


def test_of_two_requests_that_find_it_over_one_says_so(as_bob: Client, tenant: Tenant):
    run_out(as_bob)
    other = Client()
    other.cookies[configured.SESSION_COOKIE_NAME] = as_bob.cookies[configured.SESSION_COOKIE_NAME].value
    stale = {KEY: frame(as_bob)}
    as_bob.get(QUEUE)
    session = as_bob.session
    session.update(stale)
    session.save()
    as_bob.get(QUEUE)
    assert len(events(tenant, "ended")) == 1


def test_it_lasts_an_hour_and_never_longer_than_the_staff_session(
    desk: Client, tenant: Tenant, bob: User, settings: Settings
):
    begin(desk, tenant, bob)
    granted = frame(desk) or {}
    assert granted["exp"] - granted["started"] == pytest.approx(3600)
    desk.post("/acting/end/")
    begun = desk.session["account_authentication_methods"][0]["at"]
    settings.STAFF_SESSION_SECONDS = int(timezone.now().timestamp() - begun) + 600
    begin(desk, tenant, bob)
    assert (frame(desk) or {})["exp"] == pytest.approx(begun + settings.STAFF_SESSION_SECONDS, abs=0.01)


def test_the_end_of_the_session_at_workos_ends_it_too(as_bob: Client, tenant: Tenant, settings: Settings):
    at_workos(as_bob, settings)
    assert as_bob.get(QUEUE)["Location"].startswith("/accounts/login/")
    assert [event.detail["why"][:6] for event in events(tenant, "ended")] == ["WorkOS"]


def test_no_other_tenant_opens(desk: Client, tenant: Tenant, other_tenant: Tenant, support: User, bob: User):
    for person in (bob, support):
        Membership.objects.create(tenant=other_tenant, user=person, role=Role.MANAGER)
    assert desk.get("/t/globex/findings/").status_code == 200
    begin(desk, tenant, bob)
    assert desk.get("/t/globex/findings/").status_code == 404
    assert "Globex" not in desk.get(QUEUE).content.decode()
    assert desk.get("/")["Location"] == QUEUE


def test_powers_are_the_persons_and_never_both(desk: Client, tenant: Tenant, support: User, victor: User):
    Membership.objects.create(tenant=tenant, user=support, role=Role.MANAGER)
    begin(desk, tenant, victor)
    assert desk.get("/t/acme/audit/").status_code == 403
    assert desk.get("/admin/").status_code == 403
    assert not may(desk.get(QUEUE).wsgi_request, StaffCapability.READ)


def test_changing_is_confirmed_with_a_reason_of_its_own(as_bob: Client, tenant: Tenant):
    assert confirm(as_bob, "because").status_code == 422
    assert (frame(as_bob) or {})["write"] is None
    before = as_bob.session.session_key
    assert confirm(as_bob).status_code == 302
    assert as_bob.session.session_key != before
    (granted,) = events(tenant, "write_granted")
    assert (granted.acting_as, granted.detail) == ("Bob", {"reason": WHY_WRITE})
    assert "You may change things" in as_bob.get("/acting/changes/").content.decode()
    as_bob.post("/acting/end/")
    assert confirm(as_bob).status_code == 404


def test_every_event_of_the_time_names_both(as_bob: Client, tenant: Tenant):
    confirm(as_bob)
    as_bob.post("/t/acme/domains/decide/", {})
    as_bob.get("/acting/")
    as_bob.post("/acting/end/")
    names = {(event.actor, event.acting_as) for event in AuditEvent.objects.of(tenant)}
    assert names == {("Support", "Bob")}


def test_staff_finds_people_by_address_name_and_organization(desk: Client, tenant: Tenant, mallory: User):
    make_member(tenant, "maria", role=Role.VIEWER)
    of(make_member(tenant, "martha", role=Role.VIEWER), is_staff=True)
    for asked, found in [
        ("mar", {"Maria"}),
        ("MALLORY@", {"Mallory"}),
        ("acme med", {"Maria"}),
        ("globex", {"Mallory"}),
    ]:
        page = desk.get("/acting/", {"q": asked}).content.decode()
        assert {name for name in ("Maria", "Mallory", "Martha") if f"<bdi>{name}</bdi>" in page} == found
    assert "begins with" in desk.get("/acting/", {"q": "zoe"}).content.decode()
