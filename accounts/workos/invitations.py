"""How is somebody invited at WorkOS, which writes to them itself?

https://workos.com/docs/reference/authkit/invitation
"""

from __future__ import annotations

from workos.user_management.models import UserInvite

from accounts.models import Invitation
from accounts.workos.client import Declined, Unavailable, asked, client

PENDING, ACCEPTED = "pending", "accepted"


def send(invitation: Invitation, *, days: int) -> None:
    """Have WorkOS invite, unless it has and only its answer was lost. Unavailable or Declined."""
    found = waiting(invitation)
    if found is None:
        _told(
            invitation,
            asked(
                lambda: client().user_management.send_invitation(
                    email=invitation.email,
                    organization_id=invitation.tenant.workos_organization_id,
                    role_slug=invitation.role,
                    expires_in_days=days,
                )
            ),
        )
    else:
        _told(invitation, asked(lambda: client().user_management.resend_invitation(found.id)))


def waiting(invitation: Invitation) -> UserInvite | None:
    """WorkOS' own pending invitation of the address to the organization. Unavailable or Declined."""
    organization_id = invitation.tenant.workos_organization_id
    page = asked(
        lambda: client().user_management.list_invitations(
            email=invitation.email, organization_id=organization_id, limit=100
        )
    )
    if page is None:
        raise Unavailable("not JSON")
    pending = (one for one in page.data if one.state == PENDING and one.organization_id == organization_id)
    return next((one for one in pending if one.role_slug == invitation.role), None)


def revoke(invitation: Invitation) -> bool:
    """End it there; False where it was accepted already. Unavailable or Declined."""
    if invitation.workos_invitation_id is None:
        found = waiting(invitation)
        if found is None:
            return True
        invitation.workos_invitation_id = found.id
    id_ = invitation.workos_invitation_id
    try:
        answer = asked(lambda: client().user_management.revoke_invitation(id_))
    except Declined:
        answer = asked(lambda: client().user_management.get_invitation(id_))
    if answer is None:
        raise Unavailable("not JSON")
    return bool(answer.state != ACCEPTED)


def _told(invitation: Invitation, answer: UserInvite | None) -> None:
    if answer is None:
        raise Unavailable("not JSON")
    invitation.workos_invitation_id = answer.id
    invitation.expires_at = answer.expires_at
