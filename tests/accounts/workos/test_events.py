"""What happens at WorkOS happens here at the next poll, once, in whatever order it is told."""

from __future__ import annotations

from datetime import timedelta

import pytest
from allauth.socialaccount.models import SocialAccount
from django.utils import timezone

from accounts.models import Membership, User
from accounts.roles import Role
from accounts.tasks import apply_workos_event, poll_workos_events
from accounts.workos import events
from accounts.workos.models import Departure, Event, Grant, Position
from tenants.models import AuditEvent, Tenant
from tests.accounts.workos.conftest import Browser
from tests.emulators.workos.world import Thing
from tests.factories import make_member


@pytest.fixture
def membership(annas: Browser) -> Thing:
    """Anna's membership at WorkOS."""
    return next(iter(annas.workos.world.memberships.values()))


def actions(tenant: Tenant) -> list[str]:
    """What the worker left in the tenant's log."""
    return [event.action for event in AuditEvent.objects.of(tenant).filter(via="worker").order_by("number")]


def test_a_session_revoked_at_workos_ends_here(annas: Browser, tenant: Tenant):
    annas.workos.world.revoke_session(next(iter(annas.workos.world.sessions.values())))
    assert annas.is_in
    poll_workos_events()
    assert annas.get().status_code == 302
    assert not Grant.objects.exists()
    assert actions(tenant) == ["session:ended"]


@pytest.mark.parametrize("how", ["inactive", "deleted"])
def test_a_membership_that_ends_takes_the_sessions_with_it(annas: Browser, membership: Thing, tenant: Tenant, how: str):
    if how == "inactive":
        annas.workos.world.change_membership(membership, status="inactive")
    else:
        annas.workos.world.delete_membership(membership)
    poll_workos_events()
    assert not Membership.objects.of(tenant).exists()
    assert annas.get().status_code == 302
    assert actions(tenant) == ["membership:deleted"]


def test_a_role_changes_in_open_sessions(annas: Browser, membership: Thing, tenant: Tenant):
    annas.workos.world.change_membership(membership, role="manager")
    poll_workos_events()
    assert Membership.objects.of(tenant).get().role == Role.MANAGER
    assert annas.is_in


def test_a_role_that_means_nothing_here_ends_the_membership(annas: Browser, membership: Thing, tenant: Tenant):
    annas.workos.world.change_membership(membership, role="member")
    poll_workos_events()
    assert not Membership.objects.of(tenant).exists()


def test_who_is_deleted_at_workos_is_gone_everywhere_and_may_come_back_as_somebody_else(
    annas: Browser, anna: Thing, acme: Thing, tenant: Tenant
):
    annas.workos.world.delete_user(anna)
    poll_workos_events()
    assert annas.get().status_code == 302
    assert not SocialAccount.objects.exists()
    assert not Membership.objects.of(tenant).exists()
    again = annas.workos.world.add_user(anna["email"])
    annas.workos.world.add_membership(acme, again, role="viewer")
    annas.sign_in(again)
    assert annas.is_in
    assert User.objects.count() == 1


def test_a_changed_name_and_address_follow(annas: Browser, anna: Thing, tenant: Tenant):
    make_member(tenant, "taken", role=Role.VIEWER)
    annas.workos.world.change_user(anna, first_name="Anna", last_name="Lind", email="Anna.Lind@acme.example")
    poll_workos_events()
    user = SocialAccount.objects.get().user
    assert (user.name, user.email) == ("Anna Lind", "anna.lind@acme.example")
    annas.workos.world.change_user(anna, email="taken@acme.example")
    poll_workos_events()
    user.refresh_from_db()
    assert user.email == "anna.lind@acme.example"


@pytest.mark.parametrize("name", ["dsync.user.updated", "dsync.user.deleted"])
def test_who_the_directory_lets_go_is_out_and_stays_out(
    annas: Browser, anna: Thing, acme: Thing, tenant: Tenant, name: str
):
    state = "inactive" if name == "dsync.user.updated" else "active"
    person = annas.workos.world.directory_user(acme, "Anna@acme.example", state=state)
    annas.workos.world.happen(name, person)
    poll_workos_events()
    assert annas.get().status_code == 302
    assert actions(tenant) == ["membership:deleted"]
    answer = annas.sign_in(anna)
    assert answer.status_code == 403
    assert "no longer lists you" in answer.content.decode()
    back = annas.workos.world.directory_user(acme, "anna@acme.example")
    annas.workos.world.happen("dsync.user.created", back)
    poll_workos_events()
    annas.sign_in(anna)
    assert annas.is_in


def test_a_deleted_directory_ends_every_session_of_its_tenant_alone(
    annas: Browser, acme: Thing, globex: Thing, tenant: Tenant
):
    gus = annas.workos.world.add_user("gus@globex.example")
    annas.workos.world.add_membership(globex, gus)
    guss = Browser(annas.workos)
    guss.sign_in(gus)
    annas.workos.world.happen("dsync.user.deleted", annas.workos.world.directory_user(acme, "old@acme.example"))
    poll_workos_events()
    annas.workos.world.happen("dsync.deleted", annas.workos.world.directory(acme))
    poll_workos_events()
    assert annas.get().status_code == 302
    assert guss.get("/t/globex/findings/").status_code == 200
    assert actions(tenant) == ["session:ended"]
    assert not Departure.objects.of(tenant).exists()


@pytest.mark.parametrize("name", ["dsync.group.user_removed", "dsync.group.deleted"])
def test_a_group_that_is_lost_has_the_session_ask_for_its_role(
    annas: Browser, acme: Thing, membership: Thing, tenant: Tenant, name: str
):
    world = annas.workos.world
    membership.update(role={"slug": "viewer"}, roles=[{"slug": "viewer"}])
    group = world.directory_group(acme, "analysts")
    person = world.directory_user(acme, "anna@acme.example")
    pair = {"directory_id": group["directory_id"], "user": person, "group": group}
    world.happen(name, group if name == "dsync.group.deleted" else pair)
    poll_workos_events()
    assert annas.is_in
    assert Membership.objects.of(tenant).get().role == Role.VIEWER


def test_events_of_organizations_and_people_that_nobody_here_knows_do_nothing(annas: Browser, tenant: Tenant):
    world = annas.workos.world
    elsewhere, eve = world.add_organization("Elsewhere"), world.add_user("anna@acme.example")
    membership = world.add_membership(elsewhere, eve)
    world.delete_membership(membership)
    world.happen("dsync.user.deleted", world.directory_user(elsewhere, "anna@acme.example"))
    world.happen("dsync.deleted", world.directory(elsewhere))
    world.happen("dsync.group.deleted", world.directory_group(elsewhere, "all"))
    world.delete_user(eve)
    poll_workos_events()
    assert annas.is_in
    assert actions(tenant) == []
    assert not Event.objects.filter(applied_at=None).exists()


def test_what_is_told_twice_happens_once(annas: Browser, membership: Thing, tenant: Tenant):
    told = annas.workos.world.change_membership(membership, status="inactive")
    assert events.store(told) is not None
    assert events.store(told) is None
    apply_workos_event(told["id"])
    apply_workos_event(told["id"])
    Position.objects.all().delete()
    poll_workos_events()
    poll_workos_events()
    assert actions(tenant) == ["membership:deleted"]


def test_older_news_of_the_same_thing_changes_nothing(annas: Browser, membership: Thing, tenant: Tenant):
    world = annas.workos.world
    older = world.change_membership(membership, role="manager")
    newer = world.change_membership(membership, role="viewer")
    for told in (newer, older):
        events.store(told)
        apply_workos_event(told["id"])
    assert Membership.objects.of(tenant).get().role == Role.VIEWER


def test_nothing_follows_a_deletion(annas: Browser, membership: Thing, tenant: Tenant):
    world = annas.workos.world
    changed = world.change_membership(membership, role="manager")
    deleted = world.delete_membership(membership)
    assert deleted["data"]["updated_at"] == changed["data"]["updated_at"]
    for told in (deleted, changed):
        events.store(told)
        apply_workos_event(told["id"])
    assert not Membership.objects.of(tenant).exists()


def test_one_event_that_cannot_be_read_does_not_hold_up_the_others(annas: Browser, membership: Thing, tenant: Tenant):
    broken = {"id": "event_0", "event": "user.updated", "created_at": "2026-01-01T00:00:00.000Z"}
    uid = membership["user_id"]
    events.store({**broken, "data": {"id": uid, "updated_at": "2026-01-01T00:00:00.000Z"}})
    annas.workos.world.change_membership(membership, role="manager")
    poll_workos_events()
    assert Membership.objects.of(tenant).get().role == Role.MANAGER
    assert [event.event_id for event in Event.objects.filter(applied_at=None)] == ["event_0"]


def test_every_page_is_read_and_none_twice(annas: Browser, anna: Thing):
    for number in range(230):
        annas.workos.world.change_user(anna, last_name=str(number))
    poll_workos_events()
    assert User.objects.get().name == "Anna 229"
    assert annas.workos.asked.count("events") == 4
    annas.workos.world.change_user(anna, last_name="Lind")
    poll_workos_events()
    assert annas.workos.asked.count("events") == 6
    assert User.objects.get().name == "Anna Lind"


def test_a_forgotten_position_starts_again(annas: Browser, anna: Thing):
    Position.objects.create(name="workos", last_event_id="event_long_gone")
    annas.workos.world.change_user(anna, last_name="Lind")
    poll_workos_events()
    assert User.objects.get().name == "Anna Lind"


@pytest.mark.parametrize("answers", [503, 401, "html"])
def test_a_poll_that_gets_no_answer_is_made_up_for_by_the_next(
    annas: Browser, membership: Thing, tenant: Tenant, monkeypatch: pytest.MonkeyPatch, answers: int | str
):
    monkeypatch.setattr("workos._base_client._BaseWorkOSClient._calculate_retry_delay", lambda *_, **__: 0)
    annas.workos.world.change_membership(membership, status="inactive")
    annas.workos.faults.answers = answers
    poll_workos_events()
    assert Membership.objects.of(tenant).exists()
    annas.workos.faults.answers = None
    poll_workos_events()
    assert not Membership.objects.of(tenant).exists()


def test_without_a_key_nothing_is_polled(annas: Browser, settings: object):
    settings.WORKOS_API_KEY = ""  # type: ignore[attr-defined]
    poll_workos_events()
    assert "events" not in annas.workos.asked


def test_what_nobody_needs_any_more_is_forgotten(annas: Browser):
    old = timezone.now() - timedelta(days=91)
    poll_workos_events()
    assert Event.objects.exists()
    Event.objects.update(received_at=old)
    Grant.objects.update(expires_at=old)
    poll_workos_events()
    assert not Event.objects.exists()
    assert not Grant.objects.exists()
