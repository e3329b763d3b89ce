"""Inviting without WorkOS: a mail, a sign-in by code, a membership; revocable, and over after a week."""

from __future__ import annotations

from datetime import timedelta
from smtplib import SMTPServerDisconnected

import pytest
from django.core import mail
from django.core.cache import cache
from django.test import Client
from django.utils import timezone
from pytest_django.fixtures import Settings

from accounts import invitation
from accounts.invitation import CannotInvite
from accounts.models import Invitation, Membership, User
from accounts.roles import Role
from accounts.workos.models import Departure
from tenants.audit import Actor
from tenants.models import AuditEvent, Tenant
from tests.accounts.test_sign_in import CONFIRM, request_code
from tests.factories import make_user

BY_ALICE = Actor(id="1", name="Alice", via="web")
EVE = "eve@acme.example"


@pytest.fixture(autouse=True)
def nothing_counted(db: None) -> None:
    """No attempt to sign in has been made yet."""
    cache.clear()


def invited(tenant: Tenant, email: str = EVE, role: Role = Role.ANALYST) -> Invitation:
    return invitation.invite(tenant=tenant, email=email, role=role, actor=BY_ALICE)


def sign_in(email: str = EVE) -> Client:
    client = Client()
    client.post(CONFIRM, {"code": request_code(client, email)})
    return client


def test_the_invited_signs_in_by_code_and_is_a_member(tenant: Tenant):
    made = invited(tenant, "Eve@ACME.example")
    assert (made.email, made.sent_at is not None) == (EVE, True)
    sent = mail.outbox[-1]
    assert sent.to == [EVE]
    assert "Alice invites you to Acme Media on sv0, as analyst." in sent.body
    assert "/accounts/login/" in sent.body
    assert not User.objects.filter(email=EVE).exists()
    assert sign_in().get("/t/acme/findings/").status_code == 200
    assert Membership.objects.of(tenant).get().role == Role.ANALYST
    assert Membership.objects.of(tenant).get().last_sign_in_at is not None
    made.refresh_from_db()
    assert made.accepted_at is not None
    actions = AuditEvent.objects.of(tenant).order_by("number").values_list("action", flat=True)
    assert list(actions) == [
        "invitation:created",
        "invitation:accepted",
        "membership:created",
        "account:signed_in",
    ]


def test_a_revoked_invitation_lets_nobody_in(tenant: Tenant, client: Client):
    invitation.revoke(invitation=invited(tenant), actor=BY_ALICE)
    client.post("/accounts/login/", {"email": EVE})
    assert not User.objects.exists()
    with pytest.raises(CannotInvite, match="revoked already"):
        invitation.revoke(invitation=Invitation.objects.of(tenant).get(), actor=BY_ALICE)


def test_one_revoked_after_the_code_was_asked_for_lets_nobody_in(tenant: Tenant):
    made, client = invited(tenant), Client()
    code = request_code(client, EVE)
    invitation.revoke(invitation=made, actor=BY_ALICE)
    client.post(CONFIRM, {"code": code})
    assert client.get("/t/acme/findings/").status_code == 404
    assert not Membership.objects.of(tenant).exists()


def test_an_expired_invitation_lets_nobody_in_and_can_be_made_again(tenant: Tenant, client: Client):
    made = invited(tenant)
    Invitation.objects.of(tenant).update(expires_at=timezone.now() - timedelta(seconds=1))
    client.post("/accounts/login/", {"email": EVE})
    assert not User.objects.exists()
    again = invited(tenant)
    assert again.pk != made.pk
    assert sign_in().get("/t/acme/findings/").status_code == 200


def test_sending_again_gives_another_week(tenant: Tenant):
    made = invited(tenant)
    Invitation.objects.of(tenant).update(expires_at=timezone.now() - timedelta(seconds=1))
    made.refresh_from_db()
    invitation.resend(invitation=made, actor=BY_ALICE)
    assert len(mail.outbox) == 2
    made.refresh_from_db()
    assert made.expires_at > timezone.now() + timedelta(days=6)
    assert AuditEvent.objects.of(tenant).filter(action="invitation:resent").exists()


def test_who_has_an_account_elsewhere_is_invited_like_anybody(tenant: Tenant, other_tenant: Tenant, mallory: User):
    elsewhere, nobody = invited(tenant, mallory.email), invited(tenant, "nobody@globex.example")
    bodies = [sent.body.replace(mallory.email, "nobody@globex.example") for sent in mail.outbox]
    assert bodies[0] == bodies[1]
    assert (elsewhere.sent_at is None) == (nobody.sent_at is None)
    sign_in(mallory.email)
    assert {one.tenant.slug for one in Membership.objects.of_user(mallory)} == {"acme", "globex"}


@pytest.mark.parametrize("who", ["a member", "invited already", "internal staff", "let go by the directory"])
def test_who_cannot_be_invited(tenant: Tenant, bob: User, staff: User, who: str):
    invited(tenant, "twice@acme.example")
    Departure.objects.create(tenant=tenant, email="gone@acme.example", directory_id="d", at=timezone.now())
    email, said = {
        "a member": (bob.email, "a member already"),
        "invited already": ("Twice@acme.example", "invited already"),
        "internal staff": (staff.email, "This address can't be invited."),
        "let go by the directory": ("gone@acme.example", "Your directory"),
    }[who]
    with pytest.raises(CannotInvite, match=said):
        invited(tenant, email)
    assert len(mail.outbox) == 1


def test_who_became_staff_or_was_let_go_meanwhile_does_not_join(tenant: Tenant):
    invited(tenant)
    user = make_user("eve", domain="acme.example")
    Departure.objects.create(tenant=tenant, email=EVE, directory_id="d", at=timezone.now())
    invitation.accept(user=user, organization_id=None, actor=BY_ALICE)
    Departure.objects.of(tenant).delete()
    user.is_staff = True
    invitation.accept(user=user, organization_id=None, actor=BY_ALICE)
    assert not Membership.objects.of(tenant).exists()


def test_a_mail_that_nobody_takes_loses_nothing(tenant: Tenant, monkeypatch: pytest.MonkeyPatch):
    def refuse(*_: object, **__: object) -> None:
        raise SMTPServerDisconnected("gone")

    with monkeypatch.context() as patch:
        patch.setattr(invitation, "send_mail", refuse)
        made = invited(tenant)
        assert made.sent_at is None
        with pytest.raises(CannotInvite, match="could not be handed over"):
            invitation.resend(invitation=made, actor=BY_ALICE)
    invitation.resend(invitation=made, actor=BY_ALICE)
    assert mail.outbox[-1].to == [EVE]
    assert Invitation.objects.of(tenant).get().sent_at is not None


def test_an_invitation_opens_one_tenant(tenant: Tenant, other_tenant: Tenant, settings: Settings):
    invited(tenant)
    eve = sign_in()
    assert eve.get("/t/globex/findings/").status_code == 404
