"""What does the job queue run for findings?"""

from __future__ import annotations

from datetime import timedelta

import structlog
from bson import ObjectId
from django.utils import timezone

from findings import following, proposal, ruling, triage
from findings import operation as operations
from findings.exemption import THERE
from findings.lifecycle import Acceptance, Decision
from findings.models import Finding, Operation
from tenants.models import Tenant

log = structlog.get_logger(__name__)


def lapse() -> int:
    """End every acceptance whose date has come, proposed ones too, each with its event. Returns how many were due.
    Safe to run twice.

    One that can't be ended holds up none of the others.
    """
    now, due = timezone.now(), 0
    for tenant in Tenant.objects.filter(deactivated_at=None):
        accepted = Finding.objects.of(tenant).filter(decision=Decision.ACCEPTED, accepted_until__lte=now)
        found = list(accepted.order_by("accepted_until").only("pk", "tenant_id"))
        for finding in [*found, *_late(tenant)]:
            due += 1
            try:
                triage.lapse(finding=finding, now=now)
            except Exception:
                log.exception("acceptance not ended", tenant=tenant.slug, finding=str(finding.pk))
    return due


def _late(tenant: Tenant) -> list[Finding]:
    """Where a proposal waited for approval until its own date came."""
    waiting = Finding.objects.of(tenant).filter(acceptance=Acceptance.AWAITING)
    return [each for each in waiting if (until := proposal.until(each.proposal)) and until <= timezone.now()]


def warn() -> int:
    """Mark every acceptance that ends within the tenant's days, once, each with its event. Returns how many were due.

    Whoever notifies goes by that event, `finding:acceptance:expiring`.
    """
    now, due = timezone.now(), 0
    for tenant in Tenant.objects.filter(deactivated_at=None):
        before = now + timedelta(days=ruling.policy(tenant).warn_days)
        accepted = Finding.objects.of(tenant).filter(decision=Decision.ACCEPTED, observation__in=THERE, warned_at=None)
        there = accepted.filter(accepted_until__gt=now, accepted_until__lte=before)
        for finding in list(there.order_by("accepted_until").only("pk", "tenant_id")):
            due += 1
            try:
                triage.warn(finding=finding, now=now, before=before)
            except Exception:
                log.exception("end of acceptance not told", tenant=tenant.slug, finding=str(finding.pk))
    return due


def carry_out(tenant_key: str, operation_key: str) -> None:
    """Go on with an operation, or with undoing it, from where it is. Safe to run twice, and twice at a time."""
    tenant = Tenant.objects.filter(pk=ObjectId(tenant_key)).first()
    found = tenant and Operation.objects.of(tenant).filter(pk=ObjectId(operation_key)).first()
    if not tenant or not found:
        return
    found.tenant = tenant
    operations.carry_out(found)
    operations.carry_back(found)


def resume_operations() -> None:
    """Go on with what a worker left, or what never got one. One that fails holds up none of the others."""
    for tenant in Tenant.objects.filter(deactivated_at=None):
        for left in operations.left_alone(tenant=tenant, now=timezone.now()):
            try:
                carry_out(str(tenant.pk), str(left.pk))
            except Exception:
                log.exception("operation not resumed", tenant=tenant.slug, operation=str(left.pk))


def drop_drafts() -> None:
    """Forget the operations that nobody confirmed."""
    for tenant in Tenant.objects.filter(deactivated_at=None):
        operations.drop_drafts(tenant=tenant, now=timezone.now())


def follow_tickets() -> int:
    """Deliver and read every tenant's tickets that are due. Safe to run twice. Returns how many there were."""
    attended = 0
    for tenant in Tenant.objects.filter(deactivated_at=None):
        try:
            attended += following.follow(tenant)
        except Exception:
            log.exception("tickets not followed", tenant=tenant.slug)
    return attended


def follow_tickets_of(tenant: str) -> int:
    """The same of one tenant, by its id: somebody waits for it."""
    found = Tenant.objects.filter(pk=tenant, deactivated_at=None).first()
    return following.follow(found) if found else 0
