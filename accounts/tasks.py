"""What does django-q2 run for accounts?"""

from __future__ import annotations

from datetime import timedelta
from typing import Any

import structlog
from bson import ObjectId
from django.conf import settings
from django.core.cache import cache
from django.utils import timezone

from accounts.provisioning import erasure
from accounts.session import SessionStore
from accounts.workos import client, events, grants, memberships
from accounts.workos.client import Declined, Unavailable
from accounts.workos.models import Event, Position, Removal
from tenants.models import DeletionCertificate

POSITION = "workos"
LOCK_SECONDS = 55
KEPT = timedelta(days=90)  # as long as WorkOS itself keeps events
log = structlog.get_logger(__name__)


def clear_expired_sessions() -> None:
    """Drop the sessions that are over: each one is refused at its next request anyway."""
    SessionStore.clear_expired()


def poll_workos_events() -> None:
    """Read what happened at WorkOS since the last poll, and act on it. Needs no way in from outside."""
    if not settings.WORKOS_API_KEY or not cache.add("workos:polling", 1, LOCK_SECONDS):
        return
    try:
        _read()
    except Unavailable as error:
        log.warning("events not read", why=str(error))
    finally:
        events.apply_pending()
        Event.objects.filter(received_at__lt=timezone.now() - KEPT).delete()
        grants.sweep()
        cache.delete("workos:polling")


def end_removed_memberships() -> None:
    """Have WorkOS end the memberships of whom managers have removed here, where it hasn't yet."""
    if not settings.WORKOS_API_KEY:
        return
    for removal in Removal.objects.across_tenants().filter(done_at=None).select_related("tenant", "user"):
        if not memberships.follow(removal) and removal.trouble == memberships.UNANSWERED:
            return


def apply_workos_event(event_id: str) -> None:
    """Act on one event that came by webhook."""
    if event := Event.objects.filter(event_id=event_id).first():
        events.apply(event)


def erase(certificate_id: str) -> None:
    """Erase a tenant, or go on with it, and sign the certificate."""
    if certificate := DeletionCertificate.objects.filter(pk=ObjectId(certificate_id)).first():
        erasure.run(certificate)


def resume_erasures() -> None:
    """Go on with erasures whose worker died, or that wait for WorkOS."""
    for certificate in DeletionCertificate.objects.filter(completed_at=None):
        try:
            erasure.run(certificate)
        except Exception:
            log.exception("erasure left for the next run", certificate=str(certificate.pk))


def _read() -> None:
    """Page by page until nothing is left. The position moves once a page is stored, so that none is missed."""
    while page := _page():
        for told in page:
            events.store(told)
        last = page[-1]["id"]
        if not Position.objects.filter(name=POSITION).update(last_event_id=last):
            Position.objects.create(name=POSITION, last_event_id=last)


def _page() -> list[dict[str, Any]]:
    position = Position.objects.filter(name=POSITION).first()
    after = position.last_event_id if position else None
    # No session can be older; and memberships are confirmed by every sign-in and renewal.
    start = timezone.now() - timedelta(seconds=settings.SESSION_COOKIE_AGE)
    since = f"{start:%Y-%m-%dT%H:%M:%S}.000Z"
    try:
        return client.events(names=list(events.HANDLERS), after=after, since=since)
    except Declined:
        if position is None:
            raise Unavailable("WorkOS declined to list events") from None
        log.error("WorkOS doesn't know the last event read; starting again", last_event=after)
        position.delete()
        return client.events(names=list(events.HANDLERS), after=None, since=since)
