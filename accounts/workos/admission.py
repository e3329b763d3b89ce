"""Who is let in, to which tenant, in which role?

The organization and the role come from the verified token; a person is known by WorkOS' user id, never by an address
alone. An address leads to an account that exists already only where no other organization has a say in it: an
organization's identity provider may assert any address it likes.
"""

from __future__ import annotations

from allauth.socialaccount.models import SocialAccount
from django.conf import settings

from accounts.models import Membership, User
from accounts.roles import Role
from accounts.workos.models import Departure
from accounts.workos.token import Claims
from tenants.models import Tenant

PROVIDER = "workos"


class NotAdmitted(Exception):
    """Why somebody isn't let in, in words for them. `tenant` is whose audit log should know."""

    def __init__(self, message: str, tenant: Tenant | None = None) -> None:
        super().__init__(message)
        self.tenant = tenant


def place(claims: Claims) -> tuple[Tenant, Role]:
    """The tenant and the role that a verified token stands for."""
    if claims.org_id is None:
        raise NotAdmitted("You signed in without an organization. Sign in again and choose yours.")
    tenant = Tenant.objects.filter(workos_organization_id=claims.org_id).first()
    if tenant is None or settings.SINGLE_TENANT_SLUG not in {"", tenant.slug}:
        raise NotAdmitted("Your organization isn't set up here. Ask whoever runs sv0 for you to add it.")
    if claims.act is not None:
        raise NotAdmitted("Acting as a person starts in sv0, not at WorkOS.", tenant)
    if claims.role not in set(Role):
        known = ", ".join(Role)
        given = claims.role or "none"
        raise NotAdmitted(f"Your role in the organization, {given}, means nothing here. It can be: {known}.", tenant)
    return tenant, Role(claims.role)


def person(*, tenant: Tenant, known: User | None, email: str, email_verified: bool, name: str) -> User:
    """The account of who signs in: `known` by WorkOS' user id, the one of that address, or a new one."""
    if Departure.objects.of(tenant).filter(email=email).exists():
        raise NotAdmitted("Your organization's directory no longer lists you as active.", tenant)
    if known is not None:
        if not known.is_active:
            raise NotAdmitted("Your account is disabled.", tenant)
        return known
    if not email_verified:
        raise NotAdmitted("Your e-mail address isn't verified. Verify it, then sign in again.", tenant)
    found = User.objects.filter(email=email).first()
    if found is None:
        return User.objects.create_user(email, name=name)
    if not _free_for(tenant, found):
        raise NotAdmitted(
            "This address already has an account here that your organization can't sign in. "
            "Ask whoever runs sv0 for you to sort it out.",
            tenant,
        )
    return found


def _free_for(tenant: Tenant, user: User) -> bool:
    """Whether an account without a WorkOS identity may get one from the tenant's organization."""
    others = Membership.objects.of_user(user).exclude(tenant=tenant).exists()
    identities = SocialAccount.objects.filter(user=user, provider=PROVIDER).exists()
    return user.is_active and not (others or identities or user.is_staff or user.is_superuser)
