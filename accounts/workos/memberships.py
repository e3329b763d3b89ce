"""How does WorkOS learn that a member's role has changed, or that a member was removed?

A removal counts here at once. WorkOS is asked until it has followed; meanwhile nobody removed is admitted, whatever its
tokens say. https://workos.com/docs/reference/authkit/organization-membership
"""

from __future__ import annotations

from datetime import datetime

from allauth.socialaccount.models import SocialAccount
from django.conf import settings
from django.utils import timezone
from workos.organization_membership import RoleSingle, UserOrganizationMembership

from accounts.models import User
from accounts.roles import Role
from accounts.workos.client import Declined, Unavailable, asked, client
from accounts.workos.models import Removal
from tenants import audit
from tenants.audit import WORKER
from tenants.models import Tenant

ACTIVE, INACTIVE = "active", "inactive"
PROVIDER = "workos"
UNANSWERED = "it isn't answering"


class DirectoryManaged(Exception):
    """The organization's directory decides about this membership, and nobody else."""


def kept_at_workos(tenant: Tenant) -> bool:
    """Whether WorkOS has a say in who is a member of the tenant."""
    return bool(settings.WORKOS_API_KEY and tenant.workos_organization_id)


def change_role(*, tenant: Tenant, user: User, role: Role) -> None:
    """Unavailable, Declined or DirectoryManaged where it can't be changed."""
    found = _active(tenant, user)
    if found is None:
        raise Declined("no active membership")
    if found.directory_managed:
        raise DirectoryManaged
    id_ = found.id
    asked(lambda: client().organization_membership.update_organization_membership(id_, role=RoleSingle(role)))


def directory_managed(*, tenant: Tenant, user: User) -> bool:
    """Whether the directory decides about the membership. Unavailable or Declined."""
    found = _active(tenant, user)
    return found is not None and bool(found.directory_managed)


def request_removal(*, tenant: Tenant, user: User) -> None:
    """Write down that WorkOS must end the membership. From now on the person isn't admitted."""
    fields = {"removed_at": timezone.now(), "done_at": None, "trouble": None}
    if not Removal.objects.of(tenant).filter(user=user).update(**fields):
        Removal.objects.create(tenant=tenant, user=user, **fields)


def removal_of(*, tenant: Tenant, user: User) -> Removal:
    """The removal that was requested."""
    found: Removal = Removal.objects.of(tenant).select_related("tenant", "user").get(user=user)
    return found


def take_back(*, tenant: Tenant, email: str, role: Role) -> bool:
    """Make the membership that a manager ended active again, in that role; whether there is one. Unavailable, Declined.

    WorkOS invites nobody whom it knows as a member, not even an inactive one.
    """
    removal = Removal.objects.of(tenant).filter(user__email=email).exclude(done_at=None).first()
    uid = _uid(tenant, removal.user) if removal else None
    found = _membership(tenant, uid, status=INACTIVE) if uid else None
    if found is None:
        return False
    id_ = found.id
    asked(lambda: client().organization_membership.reactivate_organization_membership(id_))
    asked(lambda: client().organization_membership.update_organization_membership(id_, role=RoleSingle(role)))
    return True


def removed(*, tenant: Tenant, user: User) -> bool:
    """Whether a removal still waits for WorkOS."""
    return bool(Removal.objects.of(tenant).filter(user=user, done_at=None).exists())


def outdated(*, tenant: Tenant, user: User, updated_at: datetime) -> bool:
    """Whether news of the membership, of that time by WorkOS, are older than its end."""
    removal = Removal.objects.of(tenant).filter(user=user).first()
    return removal is not None and (removal.done_at is None or updated_at <= removal.done_at)


def follow(removal: Removal) -> bool:
    """Have WorkOS end the membership; whether it has. What it waits for is written down otherwise."""
    try:
        found = _active(removal.tenant, removal.user)
        done_at = timezone.now() if found is None else _deactivated_at(found.id)
    except (Unavailable, Declined) as error:
        removal.trouble = UNANSWERED if isinstance(error, Unavailable) else f"it declined: {error}"
        removal.save(update_fields=["trouble"])
        return False
    removal.done_at, removal.trouble = done_at, None
    removal.save(update_fields=["done_at", "trouble"])
    audit.record(
        removal.tenant,
        actor=WORKER,
        action="membership:deactivated",
        subject_kind="user",
        subject_id=str(removal.user_id),
        subject=removal.user.display_name,
    )
    return True


def _deactivated_at(id_: str) -> datetime:
    answer = asked(lambda: client().organization_membership.deactivate_organization_membership(id_))
    if answer is None:
        raise Unavailable("not JSON")
    at: datetime = answer.updated_at
    return at


def _active(tenant: Tenant, user: User) -> UserOrganizationMembership | None:
    """The person's active membership at WorkOS; None where there is none."""
    uid = _uid(tenant, user)
    return _membership(tenant, uid, status=ACTIVE) if uid else None


def _membership(tenant: Tenant, uid: str, *, status: str) -> UserOrganizationMembership | None:
    page = asked(
        lambda: client().organization_membership.list_organization_memberships(
            user_id=uid, organization_id=tenant.workos_organization_id, statuses=[status], limit=100
        )
    )
    if page is None:
        raise Unavailable("not JSON")
    return next((one for one in page.data if one.status == status), None)


def _uid(tenant: Tenant, user: User) -> str | None:
    """WorkOS' id of the person: known since their sign-in, else by their address within the organization."""
    identity = SocialAccount.objects.filter(user=user, provider=PROVIDER).first()
    if identity is not None:
        return str(identity.uid)
    page = asked(
        lambda: client().user_management.list_users(
            email=user.email, organization_id=tenant.workos_organization_id, limit=1
        )
    )
    if page is None:
        raise Unavailable("not JSON")
    return page.data[0].id if page.data else None
