"""What does the worker do by itself, and how often?"""

from __future__ import annotations

from typing import Any

from django.core.management.base import BaseCommand
from django_q.models import Schedule

EVERY_MINUTES = {
    "accounts.tasks.clear_expired_sessions": 24 * 60,
    "accounts.tasks.poll_workos_events": 1,
    "accounts.tasks.end_removed_memberships": 1,
    "connectors.inventory.prune.prune": 24 * 60,
    "accounts.tasks.resume_erasures": 5,
    "connectors.tasks.start_due": 1,
    "connectors.tasks.reap": 1,
    "findings.tasks.lapse": 5,
    "findings.tasks.resume_operations": 1,
    "findings.tasks.drop_drafts": 24 * 60,
    "findings.tasks.warn": 24 * 60,
    "findings.tasks.follow_tickets": 1,
}


class Command(BaseCommand):
    """Brings django-q2's schedules to what this version needs; safe to run at every deploy."""

    help = "Install the worker's schedules, and remove those of former versions."

    def handle(self, *_args: Any, **_options: Any) -> None:
        """One schedule per job, named after it."""
        for job, minutes in EVERY_MINUTES.items():
            wanted = {"func": job, "schedule_type": Schedule.MINUTES, "minutes": minutes, "repeats": -1}
            # Not update_or_create: it relies on a row lock that MongoDB's backend doesn't have.
            if not Schedule.objects.filter(name=job).update(**wanted):
                Schedule.objects.create(name=job, **wanted)
        Schedule.objects.exclude(name__in=EVERY_MINUTES).delete()
