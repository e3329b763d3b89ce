"""Which tenants may a session enter, and how do people join and leave one?"""

from __future__ import annotations

from typing import TYPE_CHECKING, cast
from urllib.parse import urlencode

from django.conf import settings
from django.http import HttpRequest
from django.urls import reverse
from django.utils import timezone

from accounts import session
from accounts.http import tenant_url
from accounts.models import Membership, User
from accounts.roles import Role
from tenants import audit
from tenants.audit import Actor
from tenants.models import Tenant

if TYPE_CHECKING:
    from accounts.impersonation import Impersonation


def membership_in(request: HttpRequest, tenant: Tenant) -> Membership | None:
    """The asking person's membership in the tenant, None where there is none or this session may not use it."""
    if not _opens(request, tenant):
        return None
    return cast("Membership | None", Membership.objects.of(tenant).filter(user=request.user).first())


def shut_out(user: User) -> bool:
    """Whether every tenant that the person belongs to is deactivated, and there is one."""
    memberships = list(Membership.objects.of_user(user).select_related("tenant"))
    return bool(memberships) and all(membership.tenant.deactivated_at for membership in memberships)


def tenants_of(request: HttpRequest) -> list[Tenant]:
    """The tenants that this session may enter, by name."""
    return [tenant for tenant in _belongs_to(request) if _opens(request, tenant)]


def note_sign_in(request: HttpRequest) -> None:
    """Write down that the person has signed in, in the tenants that the session may enter."""
    memberships = Membership.objects.of_user(cast(User, request.user))
    memberships.filter(tenant__in=tenants_of(request)).update(last_sign_in_at=timezone.now())


def entrances(request: HttpRequest, *, besides: Tenant) -> list[dict[str, str]]:
    """Name and address of the person's other tenants; one that this session may not enter asks to sign in to it."""
    return [
        {"name": tenant.name, "url": tenant_url(tenant, "queue") if _opens(request, tenant) else _sign_in_to(tenant)}
        for tenant in _belongs_to(request)
        if tenant != besides
    ]


def _sign_in_to(tenant: Tenant) -> str:
    return f"{reverse('account_login')}?{urlencode({'t': tenant.slug, 'next': tenant_url(tenant, 'queue')})}"


def _belongs_to(request: HttpRequest) -> list[Tenant]:
    if acting := _acting(request):
        return [acting.tenant]
    memberships = Membership.objects.of_user(cast(User, request.user)).select_related("tenant")
    tenants = sorted((membership.tenant for membership in memberships), key=lambda tenant: tenant.name)
    tenants = [tenant for tenant in tenants if tenant.deactivated_at is None]
    if settings.SINGLE_TENANT_SLUG:
        return [tenant for tenant in tenants if tenant.slug == settings.SINGLE_TENANT_SLUG]
    return tenants


def _acting(request: HttpRequest) -> Impersonation | None:
    acting: Impersonation | None = getattr(request, "impersonation", None)
    return acting


def _opens(request: HttpRequest, tenant: Tenant) -> bool:
    # Who acts as somebody acts in one tenant, wherever else that person or they themselves belong.
    if acting := _acting(request):
        return tenant == acting.tenant
    # With WorkOS a session is one organization's, whatever else its person belongs to: each has rules of its own.
    if not settings.WORKOS_API_KEY:
        return True
    organization = session.organization_of(request)
    return organization not in {None, settings.INTERNAL_ORG_ID} and tenant.workos_organization_id == organization


def join(*, tenant: Tenant, user: User, role: Role, actor: Actor) -> Membership:
    """Make a person a member, or give a member another role. Only what changes leaves an event."""

    def work() -> Membership:
        found: Membership | None = Membership.objects.of(tenant).filter(user=user).first()
        if found is None:
            found = Membership.objects.create(tenant=tenant, user=user, role=role)
            _record(found, user, actor, "membership:created", role=role)
        elif found.role != role:
            before, found.role = found.role, role
            found.save(update_fields=["role"])
            _record(found, user, actor, "membership:changed", before=before, after=role)
        return found

    return audit.atomically(work)


def leave(*, tenant: Tenant, user: User, actor: Actor, reason: str) -> bool:
    """Remove a person from a tenant and end their sessions there; whether they were a member."""

    def work() -> bool:
        found: Membership | None = Membership.objects.of(tenant).filter(user=user).first()
        if found is not None:
            _record(found, user, actor, "membership:deleted", role=found.role, reason=reason)
            found.delete()
        return found is not None

    was_member = audit.atomically(work)
    session.end(user=user, tenant=tenant)
    return was_member


def _record(membership: Membership, user: User, actor: Actor, action: str, **detail: str) -> None:
    audit.record(
        membership.tenant,
        actor=actor,
        action=action,
        subject_kind="membership",
        subject_id=str(membership.pk),
        subject=user.display_name,
        detail=detail,
    )
