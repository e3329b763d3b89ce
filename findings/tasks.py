"""What does the job queue run for findings?"""

from __future__ import annotations

import structlog
from django.utils import timezone

from findings import following, triage
from findings.lifecycle import Decision
from findings.models import Finding
from tenants.models import Tenant

log = structlog.get_logger(__name__)


def lapse() -> int:
    """End every acceptance whose date has come, each with its event. Returns how many were due. Safe to run twice.

    One that can't be ended holds up none of the others.
    """
    now, due = timezone.now(), 0
    for tenant in Tenant.objects.filter(deactivated_at=None):
        accepted = Finding.objects.of(tenant).filter(decision=Decision.ACCEPTED, accepted_until__lte=now)
        for finding in list(accepted.order_by("accepted_until").only("pk", "tenant_id")):
            due += 1
            try:
                triage.lapse(finding=finding, now=now)
            except Exception:
                log.exception("acceptance not ended", tenant=tenant.slug, finding=str(finding.pk))
    return due


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
