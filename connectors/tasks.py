"""What does django-q2 run for connectors, and how does a scan get into its queue, out of it, and back?

A task is delivered at least once, and two schedulers may fire one schedule: each of these may run twice at a time.
"""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager
from datetime import datetime, timedelta
from typing import cast

import structlog
from bson import ObjectId
from django.conf import settings
from django.db import IntegrityError
from django.utils import timezone
from django_q.tasks import async_task

from connectors import scan as scanning
from connectors.models import Connection, Scan
from connectors.source import ErrorKind
from tenants import audit
from tenants.audit import WORKER, Actor
from tenants.models import TenantQuerySet

ATTEMPTS = 3
PICKED_UP_WITHIN = timedelta(minutes=15)  # a scan still queued then is put into the queue again
LEFT_ALONE = "The scan's worker stopped without a word, three times. sv0's logs know more."
TIMED_OUT = "The scan took longer than it may, and its worker no longer answers."
log = structlog.get_logger(__name__)


class ScanAlreadyLive(Exception):
    """The connection has a scan that is queued, running or evaluating."""


def request_scan(*, connection: Connection, actor: Actor, trigger: str) -> Scan:
    """Queue a scan. ScanAlreadyLive when there is one. `trigger` is "person" or "schedule"."""

    def work() -> Scan:
        queued: Scan = Scan.objects.create(
            tenant=connection.tenant,
            connection=connection,
            connection_name=connection.name,
            trigger=trigger,
            requested_by=actor.signature,
            lease_until=timezone.now() + PICKED_UP_WITHIN,
        )
        _record(queued, actor, "scan:requested", trigger=trigger)
        return queued

    try:
        queued = audit.atomically(work)
    except IntegrityError as error:
        raise ScanAlreadyLive(connection.name) from error
    _enqueue(queued)
    return queued


def cancel_scan(*, scan: Scan, actor: Actor) -> None:
    """Cancel at once what is only queued; ask what is running to stop, which it does with the source's next answer.

    Nothing happens to a scan that is over, or that evaluates what it has read.
    """

    def work() -> None:
        of_scan = Scan.objects.of(scan.tenant).filter(pk=scan.pk)
        over = {"state": Scan.State.CANCELLED, "live": None, "finished_at": timezone.now(), "lease_until": None}
        asked = {"cancel_requested_by": actor.signature}
        if of_scan.filter(state=Scan.State.QUEUED).update(**over, **asked) or of_scan.filter(
            state=Scan.State.RUNNING, cancel_requested_by=None
        ).update(**asked):
            _record(scan, actor, "scan:cancelled")

    audit.atomically(work)


def run(scan_id: str) -> None:
    """Run the scan, unless somebody else does, did, or it was cancelled."""
    found: Scan | None = Scan.objects.across_tenants().select_related("tenant").filter(pk=ObjectId(scan_id)).first()
    if found is not None and found.tenant.deactivated_at:
        cancel_scan(scan=found, actor=WORKER)
    elif found is not None:
        scanning.run(found)


def reap() -> None:
    """Give scans whose worker died to another one, or end them; queue again what nobody picked up."""
    overdue = Scan.objects.across_tenants().filter(live=True, lease_until__lt=timezone.now())
    for abandoned in overdue.select_related("tenant"):  # whose connection may be gone
        with _alone(scan=str(abandoned.pk)):
            _recover(abandoned)


def start_due() -> None:
    """Queue a scan for each active connection whose time has come, and set its next time."""
    now = timezone.now()
    due = Connection.objects.across_tenants().filter(state=Connection.State.ACTIVE, next_scan_at__lte=now)
    for connection in due.select_related("tenant"):
        with _alone(connection=str(connection.pk)):
            _start(connection, now)


def _start(connection: Connection, now: datetime) -> None:
    was_due = cast(datetime, connection.next_scan_at)
    same = Connection.objects.of(connection.tenant).filter(pk=connection.pk, next_scan_at=was_due)
    if not same.update(next_scan_at=_following(was_due, connection.every_hours, now)):
        return  # another scheduler was first
    if connection.tenant.deactivated_at:
        return
    try:
        request_scan(connection=connection, actor=WORKER, trigger="schedule")
    except ScanAlreadyLive:
        log.info("scan due, but one is live", connection=str(connection.pk))


@contextmanager
def _alone(**which: str) -> Iterator[None]:
    """One client's trouble is logged, and doesn't keep the others behind it waiting."""
    try:
        yield
    except Exception:
        log.exception("left for the next run", **which)


def _following(due: datetime, every_hours: int, now: datetime) -> datetime | None:
    """The next time that isn't past, at the hours of the day that the schedule has always had."""
    if not every_hours:
        return None
    step = timedelta(hours=every_hours)
    return due + step * ((now - due) // step + 1)


def _recover(scan: Scan) -> None:
    as_found = {"pk": scan.pk, "live": True, "lease_until": scan.lease_until, "state": scan.state}
    owned = Scan.objects.of(scan.tenant).filter(**as_found)
    if scan.state == Scan.State.QUEUED:
        _queue_again(scan, owned)
    elif scan.started_at and scan.started_at < timezone.now() - timedelta(seconds=settings.SCAN_TIMEOUT_SECONDS):
        scanning.finish(scan, owned, Scan.State.TIMED_OUT, error=TIMED_OUT, error_kind=ErrorKind.TRANSIENT)
    elif scan.cancel_requested_by:
        scanning.finish(scan, owned, Scan.State.CANCELLED)
    elif scan.attempts >= ATTEMPTS:
        scanning.finish(scan, owned, Scan.State.FAILED, error=LEFT_ALONE, error_kind=ErrorKind.SYSTEM)
    else:
        _queue_again(scan, owned)


def _queue_again(scan: Scan, owned: TenantQuerySet) -> None:
    until = timezone.now() + PICKED_UP_WITHIN
    if owned.update(state=Scan.State.QUEUED, worker=None, lease_until=until):
        log.warning("scan queued again", scan=str(scan.pk), state=scan.state, attempts=scan.attempts)
        _enqueue(scan)


def _enqueue(scan: Scan) -> None:
    # Without the connection's name: the queue remembers tasks for longer than a tenant may be remembered.
    async_task("connectors.tasks.run", str(scan.pk), task_name="scan")


def _record(scan: Scan, actor: Actor, action: str, **detail: str) -> None:
    audit.record(
        scan.tenant,
        actor=actor,
        action=action,
        subject_kind="scan",
        subject_id=str(scan.pk),
        subject=scan.connection_name,
        detail={"connection": str(scan.connection_id), **detail},
    )
