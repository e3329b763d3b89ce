"""Members and invitations where WorkOS has a say: it is told, and when it doesn't answer nobody removed stays in."""

from __future__ import annotations

import pytest
from django.core import mail
from django.core.cache import cache

from accounts import invitation, managing
from accounts.invitation import CannotInvite
from accounts.managing import CannotChange
from accounts.models import Invitation, Membership, User
from accounts.roles import Role
from accounts.tasks import end_removed_memberships, poll_workos_events
from accounts.workos.models import Removal
from tenants.audit import Actor
from tenants.models import AuditEvent, Tenant
from tests.accounts.workos.conftest import Browser
from tests.emulators.workos import WorkOSEmulator
from tests.emulators.workos.world import Thing
from tests.factories import make_member

BY_ALICE = Actor(id="1", name="Alice", via="web")
EVE = "eve@acme.example"


@pytest.fixture(autouse=True)
def nobody_else_is_changing_members(db: None) -> None:
    """No lock is left from another test."""
    cache.clear()


@pytest.fixture
def at_workos(annas: Browser) -> Thing:
    """Anna's membership at WorkOS."""
    return next(iter(annas.workos.world.memberships.values()))


def annas_membership(tenant: Tenant) -> Membership:
    found: Membership = Membership.objects.of(tenant).get(user__email="anna@acme.example")
    return found


def remove(tenant: Tenant) -> str:
    return managing.remove(tenant=tenant, pk=annas_membership(tenant).pk, actor=BY_ALICE)


def change(tenant: Tenant, role: Role) -> Membership:
    member = annas_membership(tenant)
    return managing.change_role(tenant=tenant, pk=member.pk, seen=member.role, role=role, actor=BY_ALICE)


def invited(tenant: Tenant, role: Role = Role.VIEWER) -> Invitation:
    return invitation.invite(tenant=tenant, email=EVE, role=role, actor=BY_ALICE)


def test_workos_invites_and_the_invited_comes_in_by_workos(browser: Browser, acme: Thing, tenant: Tenant):
    world = browser.workos.world
    made = invited(tenant)
    (there,) = world.invitations.values()
    assert (there["id"], there["email"], there["role_slug"]) == (made.workos_invitation_id, EVE, "viewer")
    assert there["organization_id"] == acme["id"]
    assert mail.outbox == []
    eve = world.add_user(EVE)
    world.accept(there, eve)
    browser.sign_in(eve)
    assert browser.is_in
    assert Membership.objects.of(tenant).get().role == Role.VIEWER
    assert Invitation.objects.of(tenant).get().accepted_at is not None


def test_an_invitation_is_sent_again_and_revoked_at_workos(workos: WorkOSEmulator, acme: Thing, tenant: Tenant):
    made = invited(tenant)
    invitation.resend(invitation=made, actor=BY_ALICE)
    assert workos.world.mails == [EVE, EVE]
    invitation.revoke(invitation=made, actor=BY_ALICE)
    assert [one["state"] for one in workos.world.invitations.values()] == ["revoked"]


def test_while_workos_is_down_the_invitation_stands_and_is_sent_later(
    workos: WorkOSEmulator, acme: Thing, tenant: Tenant
):
    workos.faults.answers = 503
    made = invited(tenant)
    assert (made.sent_at, made.workos_invitation_id) == (None, None)
    for act in (invitation.resend, invitation.revoke):
        with pytest.raises(CannotInvite):
            act(invitation=made, actor=BY_ALICE)
    assert Invitation.objects.of(tenant).open_().exists()
    workos.faults.answers = None
    invitation.resend(invitation=made, actor=BY_ALICE)
    assert [one["email"] for one in workos.world.invitations.values()] == [EVE]


def test_a_lost_answer_invites_nobody_twice(workos: WorkOSEmulator, acme: Thing, tenant: Tenant):
    made = invited(tenant)
    Invitation.objects.of(tenant).update(workos_invitation_id=None, sent_at=None)
    made.refresh_from_db()
    invitation.resend(invitation=made, actor=BY_ALICE)
    (there,) = workos.world.invitations.values()
    assert made.workos_invitation_id == there["id"]
    Invitation.objects.of(tenant).update(workos_invitation_id=None)
    made.refresh_from_db()
    invitation.revoke(invitation=made, actor=BY_ALICE)
    assert there["state"] == "revoked"


def test_what_was_accepted_meanwhile_is_not_revoked(workos: WorkOSEmulator, acme: Thing, tenant: Tenant):
    made = invited(tenant)
    workos.world.accept(next(iter(workos.world.invitations.values())), workos.world.add_user(EVE))
    with pytest.raises(CannotInvite, match="has accepted already"):
        invitation.revoke(invitation=made, actor=BY_ALICE)


def test_what_workos_declines_is_no_invitation(workos: WorkOSEmulator, acme: Thing, tenant: Tenant):
    workos.world.add_membership(acme, workos.world.add_user(EVE))
    with pytest.raises(CannotInvite, match="lists this person as a member already"):
        invited(tenant)
    assert not Invitation.objects.of(tenant).filter(live=True).exists()


def test_a_tenant_that_workos_does_not_know_invites_nobody(workos: WorkOSEmulator, tenant: Tenant):
    with pytest.raises(CannotInvite, match="isn't known to WorkOS"):
        invited(tenant)


def test_a_role_is_changed_at_workos_first(annas: Browser, at_workos: Thing, tenant: Tenant):
    change(tenant, Role.AUDITOR)
    assert at_workos["role"]["slug"] == "auditor"
    assert annas_membership(tenant).role == Role.AUDITOR
    poll_workos_events()
    assert annas_membership(tenant).role == Role.AUDITOR


@pytest.mark.parametrize("why", ["down", "the directory decides", "not a member there"])
def test_a_role_that_workos_does_not_take_stays(annas: Browser, at_workos: Thing, tenant: Tenant, why: str):
    if why == "down":
        annas.workos.faults.answers = 503
    at_workos["directory_managed"] = why == "the directory decides"
    if why == "not a member there":
        annas.workos.world.delete_membership(at_workos)
    words = {"down": "isn't answering", "the directory decides": "Your directory", "not a member there": "declined"}
    with pytest.raises(CannotChange, match=words[why]):
        change(tenant, Role.AUDITOR)
    assert annas_membership(tenant).role == Role.ANALYST
    assert annas_membership(tenant).directory_managed == (why == "the directory decides")


def test_a_removed_member_is_out_at_once_here_and_there(annas: Browser, anna: Thing, at_workos: Thing, tenant: Tenant):
    assert remove(tenant) == "Anna is removed and signed out."
    assert annas.get().status_code == 302
    assert at_workos["status"] == "inactive"
    assert Removal.objects.of(tenant).get().done_at is not None
    poll_workos_events()
    assert not Membership.objects.of(tenant).exists()
    actions = AuditEvent.objects.of(tenant).values_list("action", flat=True)
    assert {"membership:deleted", "membership:deactivated"} <= set(actions)


def test_while_workos_is_down_the_removed_is_out_all_the_same_and_stays_out(
    annas: Browser, anna: Thing, at_workos: Thing, tenant: Tenant
):
    annas.workos.faults.answers = 503
    assert "WorkOS has yet to follow" in remove(tenant)
    assert annas.get().status_code == 302
    end_removed_memberships()
    assert Removal.objects.of(tenant).get().done_at is None
    annas.workos.faults.answers = None
    annas.workos.world.change_membership(at_workos, role="manager")
    poll_workos_events()
    assert not Membership.objects.of(tenant).exists(), "what WorkOS says of the membership is older than its end"
    answer = annas.sign_in(anna)
    assert answer.status_code == 403
    assert "You were removed from this organization." in answer.content.decode()
    end_removed_memberships()
    assert at_workos["status"] == "inactive"
    poll_workos_events()
    assert not Membership.objects.of(tenant).exists()


def test_who_is_taken_back_at_workos_is_let_in_again(annas: Browser, anna: Thing, at_workos: Thing, tenant: Tenant):
    remove(tenant)
    annas.workos.world.change_membership(at_workos, status="active")
    poll_workos_events()
    annas.sign_in(anna)
    assert annas.is_in


def test_a_member_of_the_directory_is_not_removed_here(annas: Browser, at_workos: Thing, tenant: Tenant):
    at_workos["directory_managed"] = True
    with pytest.raises(CannotChange, match="Your directory"):
        remove(tenant)
    assert annas.is_in
    with pytest.raises(CannotChange, match="Your directory"):
        remove(tenant)


def test_a_member_without_an_identity_is_found_by_address(workos: WorkOSEmulator, acme: Thing, tenant: Tenant):
    user = make_member(tenant, "bob", role=Role.ANALYST)
    there = workos.world.add_membership(acme, workos.world.add_user(user.email))
    managing.remove(tenant=tenant, pk=Membership.objects.of(tenant).get().pk, actor=BY_ALICE)
    assert there["status"] == "inactive"


def test_who_was_removed_is_invited_once_workos_has_followed(annas: Browser, anna: Thing, tenant: Tenant):
    annas.workos.faults.answers = 503
    remove(tenant)
    again = {"tenant": tenant, "email": anna["email"], "role": Role.AUDITOR, "actor": BY_ALICE}
    with pytest.raises(CannotInvite, match="still being ended"):
        invitation.invite(**again)
    annas.workos.faults.answers = None
    end_removed_memberships()
    invitation.invite(**again)
    assert mail.outbox[-1].to == [anna["email"]], "WorkOS has no invitation for whom it knows; sv0 writes"
    annas.sign_in(anna)
    assert annas.is_in
    assert annas_membership(tenant).role == Role.AUDITOR
    assert Invitation.objects.of(tenant).get().accepted_at is not None


def test_a_session_ended_in_the_list_ends_at_workos_too(annas: Browser, anna: Thing):
    second = Browser(annas.workos)
    second.sign_in(anna)
    second.get("/accounts/sessions/")
    page = annas.get("/accounts/sessions/").content.decode()
    assert "Acme Media" in page
    annas.client.post("/accounts/sessions/end-others/")
    assert not second.is_in
    assert annas.is_in
    states = [one["status"] for one in annas.workos.world.sessions.values()]
    assert states == ["active", "revoked"]


def test_while_workos_is_down_it_ends_here_and_that_is_told(annas: Browser, anna: Thing):
    second = Browser(annas.workos)
    second.sign_in(anna)
    annas.workos.faults.answers = 503
    answer = annas.client.post("/accounts/sessions/end-others/", follow=True)
    assert "WorkOS didn&#x27;t confirm it" in answer.content.decode()
    assert not second.is_in
    assert User.objects.count() == 1
