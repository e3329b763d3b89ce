"""How does somebody who isn't a member yet become one?

With WorkOS the invitation is WorkOS' own, which writes to the invited and says at their sign-in who they are. Without,
sv0 writes to them; whoever then signs in with a code sent to that address has accepted.
"""

from __future__ import annotations

from datetime import datetime, timedelta
from urllib.parse import urlencode

import structlog
from django.conf import settings
from django.core.mail import send_mail
from django.db import IntegrityError
from django.template.loader import render_to_string
from django.urls import reverse
from django.utils import timezone

from accounts.http import tenant_url
from accounts.membership import join
from accounts.models import Invitation, Membership, User
from accounts.roles import Role
from accounts.workos import invitations as workos
from accounts.workos import memberships
from accounts.workos.client import Declined, Unavailable
from accounts.workos.models import Departure, Removal
from tenants import audit
from tenants.audit import Actor
from tenants.models import Tenant

DAYS = 7
UNANSWERED = "WorkOS isn't answering. Nothing has changed; try again in a while."
ALREADY_INVITED = "This address is invited already. Send that invitation again, or revoke it."
# What WorkOS declines with, and what it means here. What else it knows of an address is nobody's business here.
MEMBER = "user_already_organization_member"
DECLINED = {
    MEMBER: "WorkOS lists this person as a member already.",
    "email_already_invited_to_organization": "WorkOS has an invitation of this address already, in another role.",
    "invalid_role": "WorkOS doesn't know this role. Ask whoever runs sv0 for you to add it there.",
}
log = structlog.get_logger(__name__)


class CannotInvite(Exception):
    """Why not, in words for whoever invites."""


def invite(*, tenant: Tenant, email: str, role: Role, actor: Actor) -> Invitation:
    """Invite an address. CannotInvite says why not.

    `sent_at` of the result is None where no mail could be handed over: the invitation stands, `resend` tries again.
    """
    email = email.strip().lower()

    def work() -> Invitation:
        _refuse(tenant, email)
        # What ran out isn't live any more.
        Invitation.objects.of(tenant).filter(email=email, live=True).update(live=None)
        made = Invitation.objects.create(
            tenant=tenant, email=email, role=role, invited_by=actor.name, expires_at=_in_days()
        )
        _record(made, actor, "invitation:created", role=role)
        return made

    try:
        invitation = audit.atomically(work)
    except IntegrityError as error:
        raise CannotInvite(ALREADY_INVITED) from error
    _deliver(invitation, actor)
    return invitation


def resend(*, invitation: Invitation, actor: Actor) -> None:
    """Write to the invited again; the time to accept begins anew. CannotInvite where it can't be sent."""
    _refuse_closed(invitation)
    _refuse_departed(invitation.tenant, invitation.email)
    before, invitation.sent_at = invitation.sent_at, None
    invitation.expires_at = _in_days()
    _deliver(invitation, actor)
    if invitation.sent_at is None:
        invitation.sent_at = before
        raise CannotInvite("The mail could not be handed over. The invitation stands; try again in a while.")
    _record(invitation, actor, "invitation:resent")


def revoke(*, invitation: Invitation, actor: Actor) -> None:
    """Nobody can accept it any more. CannotInvite where somebody has, or where WorkOS doesn't answer."""
    _refuse_closed(invitation)
    if settings.WORKOS_API_KEY and not _revoked_at_workos(invitation):
        raise CannotInvite(f"{invitation.email} has accepted already. Remove them once they have signed in here.")
    _revoke(invitation, actor)


def account_for(email: str) -> User | None:
    """The account that a sign-in by code needs, made for an address that is invited; None for any other."""
    email = email.strip().lower()
    if settings.WORKOS_API_KEY or not Invitation.objects.to(email).open_().exists():
        return None
    return User.objects.filter(email=email).first() or User.objects.create_user(email)


def accept(*, user: User, organization_id: str | None, actor: Actor) -> None:
    """The invited has signed in: what is open becomes a membership.

    With WorkOS `organization_id` is what the session is bound to: it has said already who is a member, in which role.
    """
    if user.is_staff or user.is_superuser:
        return
    for invitation in Invitation.objects.to(user.email).open_().select_related("tenant"):
        tenant = invitation.tenant
        if settings.WORKOS_API_KEY and tenant.workos_organization_id != organization_id:
            continue
        if tenant.deactivated_at or Departure.objects.of(tenant).filter(email=user.email).exists():
            continue
        audit.atomically(lambda invitation=invitation: _accept(invitation, user, actor))  # type: ignore[misc]


def _accept(invitation: Invitation, user: User, actor: Actor) -> None:
    tenant, now = invitation.tenant, timezone.now()
    still = Invitation.objects.of(tenant).filter(pk=invitation.pk, live=True)
    if not still.update(live=None, accepted_at=now):
        return
    _record(invitation, actor, "invitation:accepted", invited_by=invitation.invited_by)
    if not Membership.objects.of(tenant).filter(user=user).exists():
        join(tenant=tenant, user=user, role=Role(invitation.role), actor=actor)


def _refuse(tenant: Tenant, email: str) -> None:
    """Says only what the tenant's own records say: whether the address has an account elsewhere isn't told."""
    user = User.objects.filter(email=email).first()
    if user is not None and (user.is_staff or user.is_superuser):
        raise CannotInvite("This address can't be invited.")
    if user is not None and Membership.objects.of(tenant).filter(user=user).exists():
        raise CannotInvite("This person is a member already.")
    if Invitation.objects.of(tenant).filter(email=email).open_().exists():
        raise CannotInvite(ALREADY_INVITED)
    _refuse_departed(tenant, email)
    if user is not None and Removal.objects.of(tenant).filter(user=user, done_at=None).exists():
        raise CannotInvite("This person's former membership is still being ended at WorkOS. Invite them after that.")
    if settings.WORKOS_API_KEY and not tenant.workos_organization_id:
        raise CannotInvite("This organization isn't known to WorkOS yet. Ask whoever runs sv0 for you to link it.")


def _refuse_departed(tenant: Tenant, email: str) -> None:
    if Departure.objects.of(tenant).filter(email=email).exists():
        raise CannotInvite("Your directory doesn't list this person as active. They can be invited once it does.")


def _refuse_closed(invitation: Invitation) -> None:
    if invitation.accepted_at:
        raise CannotInvite(f"{invitation.email} has accepted already.")
    if invitation.revoked_at or not invitation.live:
        raise CannotInvite(f"The invitation of {invitation.email} was revoked already.")


def _deliver(invitation: Invitation, actor: Actor) -> None:
    """Have the invited written to. Where nobody takes the mail, `sent_at` stays None; where WorkOS says no, it ends."""
    try:
        if not settings.WORKOS_API_KEY or not _sent_by_workos(invitation):
            _mail(invitation)
    except Declined as refusal:
        _revoke(invitation, actor)
        raise CannotInvite(DECLINED.get(str(refusal), "WorkOS declined to invite this address.")) from refusal
    except (Unavailable, OSError) as error:  # smtplib's exceptions are OSErrors
        log.warning("invitation not sent", invitation=str(invitation.pk), why=type(error).__name__)
        return
    invitation.sent_at = timezone.now()
    Invitation.objects.of(invitation.tenant).filter(pk=invitation.pk).update(
        sent_at=invitation.sent_at,
        expires_at=invitation.expires_at,
        workos_invitation_id=invitation.workos_invitation_id,
    )


def _sent_by_workos(invitation: Invitation) -> bool:
    """Not where it knows the person as a former member: then they are one again, and sv0 writes to them."""
    try:
        workos.send(invitation, days=DAYS)
    except Declined as refusal:
        tenant, role = invitation.tenant, Role(invitation.role)
        if str(refusal) == MEMBER and memberships.take_back(tenant=tenant, email=invitation.email, role=role):
            return False
        raise
    return True


def _mail(invitation: Invitation) -> None:
    tenant = invitation.tenant
    query = urlencode({"next": tenant_url(tenant, "queue")})
    address = f"{settings.BASE_URL.rstrip('/')}{reverse('account_login')}?{query}"
    body = render_to_string("accounts/email/invitation.txt", {"invitation": invitation, "address": address})
    subject = " ".join(f"[sv0] {invitation.invited_by} invites you to {tenant.name}".split())
    send_mail(subject, body, None, [invitation.email])


def _revoked_at_workos(invitation: Invitation) -> bool:
    try:
        return workos.revoke(invitation)
    except Unavailable as error:
        raise CannotInvite(UNANSWERED) from error
    except Declined:
        return True  # WorkOS knows no such invitation


def _revoke(invitation: Invitation, actor: Actor) -> None:
    def work() -> None:
        now = timezone.now()
        live = Invitation.objects.of(invitation.tenant).filter(pk=invitation.pk, live=True)
        if live.update(live=None, revoked_at=now):
            _record(invitation, actor, "invitation:revoked")

    audit.atomically(work)


def _in_days() -> datetime:
    return timezone.now() + timedelta(days=DAYS)


def _record(invitation: Invitation, actor: Actor, action: str, **detail: str) -> None:
    audit.record(
        invitation.tenant,
        actor=actor,
        action=action,
        subject_kind="invitation",
        subject_id=str(invitation.pk),
        subject=invitation.email,
        detail=detail,
    )
