"""Who is let in, to which tenant, in which role?

The organization and the role come from the verified token; a person is known by WorkOS' user id, never by an address
alone. An address leads to an account that exists already only where no other organization has a say in it: an
organization's identity provider may assert any address it likes. Internal staff comes through the internal organization
alone, which opens no tenant; no other organization has a say in a staff member's account.
"""

from __future__ import annotations

from collections.abc import Collection

from allauth.socialaccount.models import SocialAccount
from django.conf import settings

from accounts import session
from accounts.factors import forget
from accounts.models import Membership, User
from accounts.roles import Role, StaffRole
from accounts.workos import memberships
from accounts.workos.models import Departure
from accounts.workos.token import Claims
from tenants.models import Tenant

PROVIDER = "workos"
ACTING = "Acting as a person starts in sv0, not at WorkOS."
ASK = "Ask whoever runs sv0 for your organization."
UNVERIFIED = "Your e-mail address isn't verified. Verify it, then sign in again."


class NotAdmitted(Exception):
    """Why somebody isn't let in, in words for them. `tenant` is whose audit log should know."""

    def __init__(self, message: str, tenant: Tenant | None = None) -> None:
        super().__init__(message)
        self.tenant = tenant


def is_internal(organization_id: str | None) -> bool:
    """Whether it's the organization of sv0's own staff."""
    return bool(settings.INTERNAL_ORG_ID) and organization_id == settings.INTERNAL_ORG_ID


def staff_role(claims: Claims) -> StaffRole:
    """The internal role that a verified token of the internal organization stands for."""
    if claims.act is not None:
        raise NotAdmitted(ACTING)
    return StaffRole(_known(claims, set(StaffRole), None))


def place(claims: Claims) -> tuple[Tenant, Role]:
    """The tenant and the role that a verified token stands for."""
    if claims.org_id is None:
        raise NotAdmitted("You signed in without an organization. Sign in again and choose yours.")
    tenant = Tenant.objects.filter(workos_organization_id=claims.org_id).first()
    if tenant is None or settings.SINGLE_TENANT_SLUG not in {"", tenant.slug}:
        raise NotAdmitted("Your organization isn't set up here. Ask whoever runs sv0 for you to add it.")
    if tenant.deactivated_at:
        raise NotAdmitted(f"{tenant.name} is deactivated here: nobody can enter it. {ASK}")
    if claims.act is not None:
        raise NotAdmitted(ACTING, tenant)
    return tenant, Role(_known(claims, set(Role), tenant))


def _known(claims: Claims, roles: Collection[str], tenant: Tenant | None) -> str:
    if claims.role is not None and claims.role in roles:
        return claims.role
    given, known = claims.role or "none", ", ".join(sorted(roles))
    raise NotAdmitted(f"Your role in the organization, {given}, means nothing here. It can be: {known}.", tenant)


def person(*, tenant: Tenant, known: User | None, email: str, email_verified: bool, name: str) -> User:
    """The account of who signs in: `known` by WorkOS' user id, the one of that address, or a new one."""
    if Departure.objects.of(tenant).filter(email=email).exists():
        raise NotAdmitted("Your organization's directory no longer lists you as active.", tenant)
    if known is not None:
        if not known.is_active:
            raise NotAdmitted("Your account is disabled.", tenant)
        if known.is_staff:
            raise NotAdmitted("This account is internal staff's, which belongs to no other organization.", tenant)
        _refuse_removed(tenant, known)
        return known
    if not email_verified:
        raise NotAdmitted(UNVERIFIED, tenant)
    found = User.objects.filter(email=email).first()
    if found is None:
        return User.objects.create_user(email, name=name)
    if not _free_for(tenant, found):
        raise NotAdmitted(
            "This address already has an account here that your organization can't sign in. "
            "Ask whoever runs sv0 for you to sort it out.",
            tenant,
        )
    _refuse_removed(tenant, found)
    return found


def _refuse_removed(tenant: Tenant, user: User) -> None:
    if memberships.removed(tenant=tenant, user=user):
        raise NotAdmitted("You were removed from this organization.", tenant)


def staff_person(*, known: User | None, email: str, email_verified: bool, name: str) -> User:
    """The account of internal staff who signs in. `is_staff` says whose account it is, and gives no power.

    What else an account has before it becomes staff's, another organization may have put there: it ends.
    """
    if known is None and not email_verified:
        raise NotAdmitted(UNVERIFIED)
    user = known or User.objects.filter(email=email).first()
    if user is None:
        return User.objects.create_user(email, name=name, is_staff=True)
    if not user.is_active or (known is None and SocialAccount.objects.filter(user=user, provider=PROVIDER).exists()):
        raise NotAdmitted("The account of this address is disabled, or somebody else's. Ask an owner of sv0.")
    if not user.is_staff:
        forget(user=user)
        session.end_everywhere(user=user)
        user.is_staff = True
        user.save(update_fields=["is_staff"])
    return user


def _free_for(tenant: Tenant, user: User) -> bool:
    """Whether an account without a WorkOS identity may get one from the tenant's organization."""
    others = Membership.objects.of_user(user).exclude(tenant=tenant).exists()
    identities = SocialAccount.objects.filter(user=user, provider=PROVIDER).exists()
    return user.is_active and not (others or identities or user.is_staff or user.is_superuser)
