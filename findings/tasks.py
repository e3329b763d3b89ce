"""What does the job queue run for findings?"""

from __future__ import annotations

from django.utils import timezone

from findings import triage
from findings.lifecycle import Decision
from findings.models import Finding
from tenants.models import Tenant


def lapse() -> int:
    """End every acceptance whose date has come, each with its event. Returns how many were due. Safe to run twice."""
    now, due = timezone.now(), 0
    for tenant in Tenant.objects.all():
        accepted = Finding.objects.of(tenant).filter(decision=Decision.ACCEPTED, accepted_until__lte=now)
        for finding in list(accepted.order_by("accepted_until").only("pk", "tenant_id")):
            triage.lapse(finding=finding, now=now)
            due += 1
    return due
