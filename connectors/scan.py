"""How does one scan run: pull, write, sweep, evaluate, and end in a state that tells the truth?

Nothing is closed on a doubt: only scopes that this scan read completely are swept. A scan that is run again, because
its worker died, skips the scopes it completed and keeps what it saw in them.
"""

from __future__ import annotations

import gc
import uuid
from collections import Counter
from collections.abc import Generator, Iterator
from contextlib import contextmanager
from datetime import datetime
from functools import partial
from typing import Any

import structlog
from django.conf import settings
from django.utils import timezone
from django.utils.module_loading import import_string

from connectors import connect, correlation, domains, secrets
from connectors.inventory import answering, counts
from connectors.inventory.classification import classify
from connectors.inventory.codec import KIND_OF
from connectors.inventory.increment import Increment, bookmarks
from connectors.inventory.models import PROOF, Coverage
from connectors.inventory.records import Record, Removed, Resource, ScopeEnded, ScopeStarted, ScopeState
from connectors.inventory.write import Writer, Writing, recount
from connectors.lease import Lease, Stop, Stopped, claim, mine
from connectors.models import Connection, Scan
from connectors.registry import source
from connectors.source import ErrorKind, Pull, SourceError
from connectors.vanished import end_vanished
from tenants import audit
from tenants.models import TenantQuerySet

SETTLED = (*PROOF, ScopeState.SKIPPED)  # a scan of nothing but these is complete
UNFINISHED = "Reading stopped before this part was finished."
TIMED_OUT = "The scan took longer than it may, and was stopped. What it had read is kept."
DELETED = "The connection was deleted before the scan began."
log = structlog.get_logger(__name__)


def run(scan: Scan) -> None:
    """Run a queued scan to its end. Does nothing when another worker took it, or it isn't queued any more."""
    worker = claim(scan)
    if worker is None:
        log.info("scan not claimed", scan=str(scan.pk))
        return
    # The join leaves out a scan whose connection is gone.
    claimed = Scan.objects.of(scan.tenant).select_related("tenant", "connection").filter(pk=scan.pk).first()
    if claimed is None:
        finish(scan, mine(scan, worker=worker), Scan.State.FAILED, error=DELETED, error_kind=ErrorKind.CONFIG)
        return
    _Run(claimed, worker, since=claimed.started_at or timezone.now()).to_its_end()


class _Run:
    """One worker's attempt at one scan, which began at `since`, maybe in an attempt before this one."""

    def __init__(self, scan: Scan, worker: str, *, since: datetime) -> None:
        self.scan, self.worker, self.since = scan, worker, since
        self.counts: Counter[str] = Counter()
        self.objects_read: Counter[str] = Counter()
        self.increments: dict[str, Increment] = {}
        self.verdicts = domains.verdicts(scan.tenant)
        self.log = log.bind(scan=str(scan.pk), tenant=scan.tenant.slug, attempt=scan.attempts)

    def to_its_end(self) -> None:
        """Whatever happens, the scan ends in a state; unless it is another worker's by now."""
        try:
            state = self._read_and_evaluate()
        except Stopped as stopped:
            self._stop(stopped.why)
        except SourceError as error:
            self._fail(error.message, error.kind)
        except secrets.Unreadable as error:
            self._fail(str(error), ErrorKind.SYSTEM)
        except Exception:
            reference = uuid.uuid4().hex[:8]
            self.log.exception("scan failed", reference=reference)
            self._fail(f"Something went wrong inside sv0. Its log knows more under {reference}.", ErrorKind.SYSTEM)
        else:
            self._end(state)

    def _read_and_evaluate(self) -> Scan.State:
        self.log.info("scan started", worker=self.worker)
        with Lease(self.scan, worker=self.worker, since=self.since, progress=lambda: self.counts) as lease:
            self._read(lease)
            if not _coverage(self.scan).exists():
                raise SourceError("Nothing was read: the system named nothing that could be.", kind=ErrorKind.SYSTEM)
            domains.catch_up(scan=self.scan, known=self.verdicts)
            correlation.correlate(tenant=self.scan.tenant, cause=self.scan.pk)
            self._become(Scan.State.EVALUATING)
            moves = import_string(settings.AFTER_SCAN)(tenant=self.scan.tenant, scan=self.scan)
            self.counts.update(moves)
            lease.check()
        return Scan.State.PARTIAL if _coverage(self.scan).exclude(state__in=SETTLED).exists() else Scan.State.COMPLETE

    def _read(self, lease: Lease) -> None:
        scan = self.scan
        writing = Writing(tenant_id=scan.tenant_id, connection_id=scan.connection_id, scan_id=scan.pk, now=self.since)
        pull = Pull(
            settings=secrets.opened(scan.connection),
            now=self.since,
            cancelled=lease.stopping,
            done=frozenset(self._complete()),
            bookmarks=self._bookmarks(),
            keep=partial(connect.keep, scan.connection),
        )
        with _rare_collections(), Writer(writing, self.counts) as writer:
            self._pull(pull, writer, lease)
            end_vanished(scan)
            proven = frozenset(_coverage(scan).filter(state__in=PROOF).values_list("scope", flat=True))
            for scope in sorted(proven):
                lease.check()
                writer.sweep(scope, proven=proven)
            self._prevail(writer, lease)
        if scan.attempts > 1:  # the counters of the attempts before died with their workers
            dict.update(self.counts, recount(writing))

    def _bookmarks(self) -> dict[str, str]:
        """None where another connection reads the same: what it put aside since would not be told again."""
        whose = {"tenant_id": self.scan.tenant_id, "connection_id": self.scan.connection_id}
        return {} if self._others() else bookmarks(**whose)

    def _others(self) -> list[Any]:
        alike = Connection.objects.of(self.scan.tenant).filter(kind=self.scan.connection.kind)
        return list(alike.exclude(pk=self.scan.connection_id).values_list("pk", flat=True))

    def _prevail(self, writer: Writer, lease: Lease) -> None:
        others = self._others()
        for scope in self._complete() if others else ():
            lease.check()
            writer.prevail(scope, over=others)

    def _pull(self, pull: Pull, writer: Writer, lease: Lease) -> None:
        records = source(self.scan.connection.kind).pull(pull)
        try:
            for record in records:
                lease.check()
                self._take(record, writer)
        finally:
            if isinstance(records, Generator):
                records.close()  # a source's threads and sockets end now, not when somebody collects the garbage
        lease.check()
        writer.flush()

    def _take(self, record: Record, writer: Writer) -> None:
        match record:
            case ScopeStarted():
                self._begin_scope(record, writer)
            case ScopeEnded():
                writer.flush()
                self._end_scope(record)
            case Removed():
                self.increments[record.scope].take(record)
            case _:
                if increment := self.increments.get(record.scope):
                    increment.take(record)
                self.objects_read[record.scope] += type(record) in KIND_OF
                writer.add(classify(record, self.verdicts) if isinstance(record, Resource) else record)

    def _begin_scope(self, scope: ScopeStarted, writer: Writer) -> None:
        history = Coverage.objects.of(self.scan.tenant).filter(connection=self.scan.connection, scope=scope.scope)
        if history.filter(state=ScopeState.COMPLETE).exclude(scan=self.scan.pk).exists():
            writer.watch(scope.scope)
        self.objects_read[scope.scope] = 0
        if scope.increment:
            whose = {"tenant_id": self.scan.tenant_id, "connection_id": self.scan.connection_id}
            self.increments[scope.scope] = Increment(scope.scope, scan_id=self.scan.pk, now=self.since, **whose)
        history.filter(scan=self.scan.pk).delete()  # of an attempt that did not complete it
        Coverage.objects.create(
            tenant=self.scan.tenant,
            connection=self.scan.connection,
            scan=self.scan.pk,
            scope=scope.scope,
            label=scope.label,
            group=scope.group,
            group_label=scope.group_label,
            kind=scope.kind,
            within=scope.within,
            started_at=timezone.now(),
        )

    def _end_scope(self, scope: ScopeEnded) -> None:
        increment = self.increments.pop(scope.scope, None)
        if increment and scope.state == ScopeState.COMPLETE:
            self.counts.update(increment.keep())
        _coverage(self.scan).filter(scope=scope.scope).update(
            state=scope.state,
            missing=list(scope.missing),
            error=scope.error,
            error_kind=scope.error_kind,
            retries=scope.retries,
            waited=scope.waited,
            bookmark=scope.bookmark,
            objects_read=self.objects_read.pop(scope.scope, 0),
            ended_at=timezone.now(),
        )

    def _complete(self) -> list[str]:
        return list(_coverage(self.scan).filter(state=ScopeState.COMPLETE).values_list("scope", flat=True))

    def _become(self, state: Scan.State) -> None:
        if not mine(self.scan, worker=self.worker).update(state=state, counts=dict(self.counts)):
            raise Stopped(Stop.LOST)

    def _stop(self, why: Stop) -> None:
        self.log.info("scan stopped", why=why.value)
        if why is Stop.CANCELLED:
            self._end(Scan.State.CANCELLED)
        elif why is Stop.TIMED_OUT:
            self._end(Scan.State.TIMED_OUT, error=TIMED_OUT, error_kind=ErrorKind.TRANSIENT)

    def _fail(self, error: str, kind: ErrorKind) -> None:
        self._end(Scan.State.FAILED, error=error, error_kind=kind)

    def _end(self, state: Scan.State, **why: Any) -> None:
        finish(self.scan, mine(self.scan, worker=self.worker), state, counts=dict(self.counts), **why)
        counts.refresh(self.scan.tenant)
        answering.refresh(self.scan.tenant)


@contextmanager
def _rare_collections() -> Iterator[None]:
    """Records hold no circles: going over them again and again, the collector takes a quarter of a scan's time."""
    before = gc.get_threshold()
    gc.set_threshold(50_000, *before[1:])
    try:
        yield
    finally:
        gc.set_threshold(*before)


def finish(scan: Scan, owned: TenantQuerySet, state: Scan.State, **fields: Any) -> bool:
    """End the scan in that state, with what it left open, and tell the audit log, if `owned` still finds it; whether it
    did."""
    ended = {"state": state, "live": None, "finished_at": timezone.now(), "lease_until": None}

    def work() -> bool:
        if not owned.update(**ended, **fields):
            return False
        unfinished = ScopeState.CANCELLED if state == Scan.State.CANCELLED else ScopeState.FAILED
        kind = fields.get("error_kind") or ErrorKind.SYSTEM
        left_open = _coverage(scan).filter(state="running")
        left_open.update(state=unfinished, error=UNFINISHED, error_kind=kind, ended_at=ended["finished_at"])
        audit.record(
            scan.tenant,
            actor=audit.WORKER,
            action="scan:finished",
            subject_kind="scan",
            subject_id=str(scan.pk),
            subject=scan.connection_name,
            detail={"state": state.value, "connection": str(scan.connection_id), "error": fields.get("error")},
        )
        return True

    return audit.atomically(work)


def _coverage(scan: Scan) -> TenantQuerySet:
    """This scan's, through an index that begins with the connection."""
    return Coverage.objects.of(scan.tenant).filter(connection=scan.connection_id, scan=scan.pk)
