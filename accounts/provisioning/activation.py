"""How does a tenant rest, and wake?

While it rests nobody enters, nobody signs in to it, and nothing is scanned; its records stay as they are.
"""

from __future__ import annotations

from django.db.models import Q
from django.utils import timezone

from accounts.models import Membership, Session
from accounts.provisioning.work import work
from accounts.workos.models import Grant
from tenants import audit
from tenants.audit import Actor
from tenants.models import Tenant


def deactivate(*, tenant: Tenant, reason: str, actor: Actor) -> bool:
    """Close the tenant to everybody at once; whether it was open."""
    now = timezone.now()

    def close() -> bool:
        open_ = Tenant.objects.filter(pk=tenant.pk, deactivated_at=None)
        return bool(open_.update(deactivated_at=now, deactivation_reason=reason)) and _told(
            tenant, actor, "tenant:deactivated", reason
        )

    closed = audit.atomically(close)
    if closed:
        tenant.deactivated_at, tenant.deactivation_reason = now, reason
        _end_sessions(tenant)
        work().stop(tenant=tenant, actor=actor)
    return closed


def reactivate(*, tenant: Tenant, reason: str, actor: Actor) -> bool:
    """Open it again; whether it was closed, and isn't being erased. Schedules go on from where they are due."""

    def open_() -> bool:
        resting = Tenant.objects.filter(pk=tenant.pk, deactivated_at__isnull=False, erasing_at=None)
        return bool(resting.update(deactivated_at=None, deactivation_reason=None)) and _told(
            tenant, actor, "tenant:reactivated", reason
        )

    opened = audit.atomically(open_)
    if opened:
        tenant.deactivated_at = tenant.deactivation_reason = None
    return opened


def _told(tenant: Tenant, actor: Actor, action: str, reason: str) -> bool:
    audit.record(
        tenant,
        actor=actor,
        action=action,
        subject_kind="tenant",
        subject_id=str(tenant.pk),
        subject=tenant.name,
        detail={"reason": reason},
    )
    return True


def _end_sessions(tenant: Tenant) -> None:
    """Of everybody who may enter: those bound to its organization, and those of members that are bound to none."""
    members = list(Membership.objects.of(tenant).values_list("user_id", flat=True))
    enters = Q(organization_id=None, user_id__in=members)
    if organization := tenant.workos_organization_id:
        enters |= Q(organization_id=organization)
        Grant.objects.filter(organization_id=organization).delete()
    Session.objects.filter(enters).delete()
