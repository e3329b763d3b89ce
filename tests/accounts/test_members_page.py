"""The members page without WorkOS: invite, change roles, remove; nobody is left without a manager."""

from __future__ import annotations

from concurrent.futures import ThreadPoolExecutor
from typing import Any

import pytest
from django.core import mail
from django.core.cache import cache
from django.db import connection
from django.test import Client

from accounts import managing
from accounts.managing import CannotChange, Meanwhile
from accounts.models import Invitation, Membership, User
from accounts.roles import Role
from tenants.audit import Actor
from tenants.models import AuditEvent, Tenant
from tests.conftest import signed_in
from tests.factories import make_member

PAGE = "/t/acme/members/"
HTMX = {"HX-Request": "true"}


@pytest.fixture(autouse=True)
def nobody_else_is_changing_members(db: None) -> None:
    """No lock is left from another test."""
    cache.clear()


def of(user: User, tenant: Tenant) -> Membership:
    found: Membership = Membership.objects.of(tenant).get(user=user)
    return found


def change(client: Client, membership: Membership, role: str, **options: Any) -> Any:
    form = {"role": role, "seen": membership.role}
    return client.post(f"{PAGE}{membership.pk}/role/", form, **options)


def test_the_page_shows_members_and_who_is_invited(as_alice: Client, bob: User, tenant: Tenant):
    as_alice.post(f"{PAGE}invite/", {"email": "eve@acme.example", "role": "viewer"})
    text = as_alice.get(PAGE).content.decode()
    assert "Bob" in text
    assert "bob@acme.example" in text
    assert "code by e-mail" in text
    assert "eve@acme.example" in text
    assert "none on record" in text
    assert 'aria-current="page"' in text
    assert "is invited." in text


def test_inviting_answers_the_page_or_its_body(as_alice: Client, tenant: Tenant):
    form = {"email": "eve@acme.example", "role": "viewer"}
    answer = as_alice.post(f"{PAGE}invite/", form, headers=HTMX)
    assert answer.status_code == 200
    assert "<html" not in answer.content.decode()
    assert "eve@acme.example is invited." in answer.content.decode()
    again = as_alice.post(f"{PAGE}invite/", form)
    assert again.status_code == 422
    assert "invited already" in again.content.decode()
    assert 'value="eve@acme.example"' in again.content.decode()
    assert as_alice.post(f"{PAGE}invite/", {"email": "nonsense", "role": "owner"}).status_code == 422
    assert len(mail.outbox) == 1


def test_an_invitation_is_sent_again_and_revoked(as_alice: Client, tenant: Tenant):
    as_alice.post(f"{PAGE}invite/", {"email": "eve@acme.example", "role": "viewer"})
    pk = Invitation.objects.of(tenant).get().pk
    assert as_alice.post(f"{PAGE}invitations/{pk}/resend/").status_code == 302
    assert len(mail.outbox) == 2
    assert "is revoked" in as_alice.post(f"{PAGE}invitations/{pk}/revoke/", headers=HTMX).content.decode()
    late = as_alice.post(f"{PAGE}invitations/{pk}/revoke/")
    assert late.status_code == 409
    assert "revoked already" in late.content.decode()


def test_a_role_is_changed_and_holds_at_the_next_request(as_alice: Client, as_bob: Client, bob: User, tenant: Tenant):
    assert as_bob.get(PAGE).status_code == 403
    assert change(as_alice, of(bob, tenant), "manager").status_code == 302
    assert as_bob.get(PAGE).status_code == 200
    event = AuditEvent.objects.of(tenant).get(action="membership:changed")
    assert (event.actor, event.subject, event.detail) == ("Alice", "Bob", {"before": "analyst", "after": "manager"})


def test_removing_asks_by_name_and_ends_the_sessions_at_once(
    as_alice: Client, as_bob: Client, as_victor: Client, bob: User, tenant: Tenant
):
    assert as_bob.get("/t/acme/findings/").status_code == 200
    address = f"{PAGE}{of(bob, tenant).pk}/remove/"
    asked = as_alice.get(address).content.decode()
    assert "Remove <bdi>Bob</bdi>?" in asked
    assert Membership.objects.of(tenant).filter(user=bob).exists()
    assert as_alice.post(address).status_code == 302
    assert "Bob is removed and signed out." in as_alice.get(PAGE).content.decode()
    assert as_bob.get("/t/acme/findings/")["Location"].startswith("/accounts/login/")
    assert as_victor.get("/t/acme/findings/").status_code == 200
    assert AuditEvent.objects.of(tenant).get(action="membership:deleted").detail["reason"] == "removed by a manager"


def test_the_last_manager_stays(as_alice: Client, alice: User, bob: User, tenant: Tenant):
    for answer in (
        change(as_alice, of(alice, tenant), "viewer"),
        as_alice.post(f"{PAGE}{of(alice, tenant).pk}/remove/"),
    ):
        assert answer.status_code == 409
        assert "is the last manager" in answer.content.decode()
    disabled = make_member(tenant, "carol", role=Role.MANAGER)
    User.objects.filter(pk=disabled.pk).update(is_active=False)
    assert change(as_alice, of(alice, tenant), "viewer").status_code == 409
    assert of(alice, tenant).role == Role.MANAGER


def test_a_manager_may_leave_once_there_is_another(as_alice: Client, alice: User, bob: User, tenant: Tenant):
    change(as_alice, of(bob, tenant), "manager")
    answer = as_alice.post(f"{PAGE}{of(alice, tenant).pk}/remove/", follow=True)
    assert answer.redirect_chain[-1][0].startswith("/accounts/login/")
    assert not Membership.objects.of(tenant).filter(user=alice).exists()


def test_a_manager_may_demote_themself_once_there_is_another(as_alice: Client, alice: User, bob: User, tenant: Tenant):
    change(as_alice, of(bob, tenant), "manager")
    answer = as_alice.post(f"{PAGE}{of(alice, tenant).pk}/role/", {"role": "viewer", "seen": "manager"}, headers=HTMX)
    assert answer["HX-Redirect"] == "/"
    assert as_alice.get(PAGE).status_code == 403


def test_the_second_of_two_managers_is_told_what_the_first_did(as_alice: Client, bob: User, tenant: Tenant):
    as_carol = signed_in(make_member(tenant, "carol", role=Role.MANAGER))
    seen = of(bob, tenant)
    change(as_alice, seen, "viewer")
    second = change(as_carol, seen, "auditor")
    assert second.status_code == 409
    assert "Alice has changed Bob&#x27;s role to viewer meanwhile." in second.content.decode()
    as_alice.post(f"{PAGE}{seen.pk}/remove/")
    third = change(as_carol, seen, "auditor", headers=HTMX)
    assert third.status_code == 409
    assert "Alice has removed Bob meanwhile." in third.content.decode()


def test_two_managers_who_demote_each_other_at_once_leave_one(alice: User, tenant: Tenant):
    carol = make_member(tenant, "carol", role=Role.MANAGER)
    pairs = [(alice, of(carol, tenant)), (carol, of(alice, tenant))]

    def demote(pair: tuple[User, Membership]) -> bool:
        who, whom = pair
        actor = Actor(id=str(who.pk), name=who.name, via="web")
        try:
            managing.change_role(tenant=tenant, pk=whom.pk, seen="manager", role=Role.VIEWER, actor=actor)
        except (CannotChange, Meanwhile):
            return False
        finally:
            connection.close()
        return True

    with ThreadPoolExecutor(2) as pool:
        done = list(pool.map(demote, pairs))
    assert sorted(done) == [False, True]
    assert Membership.objects.of(tenant).filter(role=Role.MANAGER).count() == 1


def test_what_a_directory_decides_is_not_changed_here(as_alice: Client, bob: User, tenant: Tenant):
    Membership.objects.of(tenant).filter(user=bob).update(directory_managed=True)
    assert "set by your directory" in as_alice.get(PAGE).content.decode()
    for answer in (
        change(as_alice, of(bob, tenant), "viewer"),
        as_alice.post(f"{PAGE}{of(bob, tenant).pk}/remove/"),
    ):
        assert answer.status_code == 409
        assert "Your directory decides" in answer.content.decode()
    assert of(bob, tenant).role == Role.ANALYST


def test_another_tenants_member_is_not_there(as_alice: Client, mallory: User, other_tenant: Tenant):
    theirs = of(mallory, other_tenant)
    assert change(as_alice, theirs, "viewer").status_code == 404
    assert as_alice.post(f"{PAGE}{theirs.pk}/remove/").status_code == 404
    assert of(mallory, other_tenant).role == Role.MANAGER


def test_long_lists_come_in_pages(as_alice: Client, tenant: Tenant):
    people = User.objects.bulk_create(User(email=f"p{number:03}@acme.example") for number in range(60))
    Membership.objects.bulk_create(Membership(tenant=tenant, user=user, role=Role.VIEWER) for user in people)
    text = as_alice.get(PAGE).content.decode()
    assert "1–50 of 61" in text
    assert "p055@acme.example" not in text
    assert "p055@acme.example" in as_alice.get(f"{PAGE}?page=2").content.decode()
