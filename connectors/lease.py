"""Whose is a running scan, is it still, and has anybody asked it to stop?

A worker owns a scan while it renews its lease. The heartbeat is a thread that talks to the database alone: a source
that blocks for minutes loses nothing, and a worker that lost its lease learns so before it writes again.
"""

from __future__ import annotations

import os
import socket
import threading
import time
import uuid
from collections.abc import Callable, Mapping
from datetime import datetime, timedelta
from enum import StrEnum
from types import TracebackType
from typing import Self

import structlog
from django.conf import settings
from django.db.models import F
from django.utils import timezone
from pymongo.errors import PyMongoError

from connectors.inventory.documents import collection
from connectors.models import Scan
from tenants.models import TenantQuerySet

HEARTBEAT_SECONDS = 2.0  # how soon a cancellation is noticed
RENEWALS_PER_LEASE = 4  # at least: a lease outlives a few failed heartbeats
log = structlog.get_logger(__name__)


class Stop(StrEnum):
    """Why a scan must stop before its end."""

    LOST = "lost"  # somebody else owns it, or it is over: write nothing more, not even that
    CANCELLED = "cancelled"
    TIMED_OUT = "timed out"


class Stopped(Exception):
    """The scan must stop now."""

    def __init__(self, why: Stop) -> None:
        super().__init__(why)
        self.why = why


def claim(scan: Scan) -> str | None:
    """Take a queued scan: the worker's name that owns it from now on, or None when it is not there to be taken."""
    worker = f"{socket.gethostname()[:40]}:{os.getpid()}:{uuid.uuid4().hex[:8]}"
    now = timezone.now()
    queued = Scan.objects.of(scan.tenant).filter(pk=scan.pk, state=Scan.State.QUEUED)
    taken = queued.update(
        state=Scan.State.RUNNING,
        worker=worker,
        lease_until=now + timedelta(seconds=settings.SCAN_LEASE_SECONDS),
        attempts=F("attempts") + 1,
    )
    if not taken:
        return None
    Scan.objects.of(scan.tenant).filter(pk=scan.pk, started_at=None).update(started_at=now)
    return worker


class Lease:
    """Keeps a claimed scan alive inside a `with` block. `progress` tells each heartbeat the counts to show."""

    def __init__(self, scan: Scan, *, worker: str, since: datetime, progress: Callable[[], Mapping[str, int]]) -> None:
        self._scans = collection(Scan)
        self._mine = {"_id": scan.pk, "worker": worker, "live": True}
        self._deadline = since + timedelta(seconds=settings.SCAN_TIMEOUT_SECONDS)
        self._progress = progress
        self._why: Stop | None = None
        self._over = threading.Event()
        self._renewed = time.monotonic()
        self._thread = threading.Thread(target=self._beat, name=f"lease-{scan.pk}", daemon=True)

    def __enter__(self) -> Self:
        self._thread.start()
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        self._over.set()
        self._thread.join()

    def check(self) -> None:
        """Raise Stopped when the scan must not go on."""
        if self._why is None and time.monotonic() - self._renewed > settings.SCAN_LEASE_SECONDS:
            self._why = Stop.LOST  # this process slept through its lease, or can't reach the database
        if self._why is not None:
            raise Stopped(self._why)

    def stopping(self) -> bool:
        """Whether the scan is to stop: what a source asks between pages."""
        return self._why is not None

    def _beat(self) -> None:
        pause = min(HEARTBEAT_SECONDS, settings.SCAN_LEASE_SECONDS / RENEWALS_PER_LEASE)
        while self._why is None and not self._over.wait(pause):
            try:
                self._why = self._renew()
            except PyMongoError as error:
                log.warning("lease not renewed", scan=str(self._mine["_id"]), error=type(error).__name__)

    def _renew(self) -> Stop | None:
        asked = time.monotonic()
        now = timezone.now()
        until = now + timedelta(seconds=settings.SCAN_LEASE_SECONDS)
        renewed = self._scans.find_one_and_update(
            self._mine,
            {"$set": {"lease_until": until, "counts": dict(self._progress())}},
            {"cancel_requested_by": True},
        )
        if renewed is None:
            return Stop.LOST
        self._renewed = asked
        if renewed["cancel_requested_by"]:
            return Stop.CANCELLED
        return Stop.TIMED_OUT if now > self._deadline else None


def mine(scan: Scan, *, worker: str) -> TenantQuerySet:
    """The scan, for as long as this worker owns it: update through it, and count the rows."""
    return Scan.objects.of(scan.tenant).filter(pk=scan.pk, worker=worker, live=True)
