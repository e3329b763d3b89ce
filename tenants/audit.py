"""What was done, by whom, and has anyone tampered with the record of it?

One writer, `record()`; one append-only chain per tenant: each event's hash is an HMAC over its content and the hash of
the event before it, so that a changed, removed or inserted event breaks the chain at its place.
"""

from __future__ import annotations

import hashlib
import hmac
import random
import time
from collections.abc import Callable, Iterator
from dataclasses import dataclass, field
from datetime import datetime
from typing import Any, TypeVar

import rfc8785
from django.conf import settings
from django.db import Error, connection
from django.utils import timezone
from django_mongodb_backend import transaction
from pymongo.errors import PyMongoError

from tenants.models import AuditEvent, Tenant

ACTIONS = frozenset(
    {
        "account:signed_in",
        "account:signed_out",
        "account:sign_in_refused",
        "account:factor_added",
        "account:factor_removed",
        "session:ended",
        "session:impersonation:started",
        "session:impersonation:write_granted",
        "session:impersonation:refused",
        "session:impersonation:ended",
        "session:impersonation:not_told",
        "connection:created",
        "connection:changed",
        "connection:credential:granted",
        "connection:credential:rotated",
        "connection:tested",
        "connection:paused",
        "connection:resumed",
        "connection:deleted",
        "scan:requested",
        "scan:cancelled",
        "scan:finished",
        "correlation:confirmed",
        "correlation:reconsidered",
        "correlation:split",
        "domain:decided",
        "domain:withdrawn",
        "ownership:attested",
        "ownership:withdrawn",
        "acceptance:policy:changed",
        "ai:approved",
        "ai:list:dropped",
        "ai:list:kept",
        "ai:withdrawn",
        "finding:opened",
        "finding:resolved",
        "finding:regressed",
        "finding:not_rechecked",
        "finding:rechecked",
        "finding:retired",
        "finding:lapsed",
        "finding:acceptance:proposed",
        "finding:acceptance:refused",
        "finding:acceptance:withdrawn",
        "finding:acceptance:voided",
        "finding:acceptance:expiring",
        "finding:acknowledged",
        "finding:false_positive",
        "finding:accepted",
        "finding:closed",
        "finding:reopened",
        "finding:assigned",
        "finding:unassigned",
        "finding:commented",
        "finding:undone",
        "operation:started",
        "operation:carried_out",
        "operation:undone",
        "rule:exempted",
        "rule:exemption_ended",
        "finding:comment:edited",
        "ticket:requested",
        "ticket:created",
        "ticket:linked",
        "ticket:moved",
        "ticket:unlinked",
        "ticket_system:created",
        "ticket_system:changed",
        "ticket_system:credential:rotated",
        "ticket_system:deleted",
        "rule:switched_off",
        "rule:switched_on",
        "rule:thresholds:changed",
        "report:downloaded",
        "evidence:downloaded",
        "tenant:created",
        "tenant:changed",
        "tenant:organization_linked",
        "tenant:deactivated",
        "tenant:reactivated",
        "tenant:exported",
        "tenant:erasure_requested",
        "tenant:erased",
        "certificate:downloaded",
        "user:erased",
        "membership:created",
        "membership:changed",
        "membership:deleted",
        "membership:deactivated",
        "invitation:created",
        "invitation:resent",
        "invitation:revoked",
        "invitation:accepted",
        "user:created",
        "user:changed",
        "admin:changed",
    }
)
GENESIS = "0" * 64
_ATTEMPTS = 40  # with the waits below about 4 s of losing every race
_Result = TypeVar("_Result")


@dataclass(frozen=True, slots=True, kw_only=True)
class Actor:
    """Who acts, through which door. `id` is None for sv0 itself."""

    id: str | None
    name: str
    via: str  # web, admin, api, worker
    acting_as_id: str | None = None
    acting_as: str | None = None
    request_id: str | None = None
    ip: str | None = None

    @property
    def signature(self) -> str:
        """Who did it, for a record's own field: both names where one acted as the other."""
        return f"{self.name} acting as {self.acting_as}" if self.acting_as else self.name


WORKER = Actor(id=None, name="sv0", via="worker")


@dataclass(frozen=True, slots=True, kw_only=True)
class Entry:
    """One event to be recorded. `subject_id` is the record's id, `subject` the name to show for it."""

    action: str
    subject_kind: str | None = None
    subject_id: str | None = None
    subject: str | None = None
    detail: dict[str, Any] = field(default_factory=dict)


def record(
    tenant: Tenant | None,
    *,
    actor: Actor,
    action: str,
    subject_kind: str | None = None,
    subject_id: str | None = None,
    subject: str | None = None,
    detail: dict[str, Any] | None = None,
) -> None:
    """Append one event. ValueError for an action outside the vocabulary. Inside `atomically` it shares that fate."""
    entry = Entry(action=action, subject_kind=subject_kind, subject_id=subject_id, subject=subject, detail=detail or {})
    record_all(tenant, actor=actor, entries=[entry])


def record_all(tenant: Tenant | None, *, actor: Actor, entries: list[Entry]) -> None:
    """Append events in order; the chain grows by all of them or by none."""
    unknown = {entry.action for entry in entries} - ACTIONS
    if unknown:
        raise ValueError(f"Not in the audit vocabulary: {', '.join(sorted(unknown))}")
    if not entries:
        return
    if connection.in_atomic_block_mongo:  # type: ignore[attr-defined]
        _append(tenant, actor=actor, entries=entries)
    else:
        atomically(lambda: _append(tenant, actor=actor, entries=entries))


def atomically(work: Callable[[], _Result]) -> _Result:
    """Run `work` in one transaction, again when somebody else wrote first. `work` must bear being run twice.

    Within another `atomically` it shares that one's transaction and fate.
    """
    if connection.in_atomic_block_mongo:  # type: ignore[attr-defined]
        return work()
    for attempt in range(_ATTEMPTS):
        try:
            with transaction.atomic():
                return work()
        except (Error, PyMongoError) as error:
            _leave_transaction()
            if attempt == _ATTEMPTS - 1 or not _lost_a_race(error):
                raise
        time.sleep(random.uniform(0, min(0.2, 0.005 * 2**attempt)))  # noqa: S311  (spreads the losers of a race)
    raise AssertionError("unreachable")


def _leave_transaction() -> None:
    """The backend keeps the session of a commit that failed: what this thread does later would be in no transaction."""
    if connection.session is not None:  # type: ignore[attr-defined]
        connection._end_session()  # type: ignore[attr-defined]


def _lost_a_race(error: Exception) -> bool:
    cause = error if isinstance(error, PyMongoError) else error.__cause__
    if not isinstance(cause, PyMongoError):
        return False
    return cause.has_error_label("TransientTransactionError") or "audit_number" in str(cause)


def _append(tenant: Tenant | None, *, actor: Actor, entries: list[Entry]) -> None:
    events = AuditEvent.objects.filter(tenant=tenant)
    last = events.order_by("-number").first()
    number, previous = (last.number, last.hash) if last else (0, GENESIS)
    now = timezone.now()
    now = now.replace(microsecond=now.microsecond // 1000 * 1000)  # MongoDB keeps milliseconds
    rows = []
    for entry in entries:
        number += 1
        event = _event(tenant, actor=actor, entry=entry, number=number, at=now, previous=previous)
        event.hash = previous = seal(event)
        rows.append(event)
    AuditEvent.objects.bulk_create(rows)


def _event(
    tenant: Tenant | None, *, actor: Actor, entry: Entry, number: int, at: datetime, previous: str
) -> AuditEvent:
    return AuditEvent(
        tenant=tenant,
        number=number,
        action=entry.action,
        actor_id=actor.id,
        actor=actor.name,
        acting_as_id=actor.acting_as_id,
        acting_as=actor.acting_as,
        via=actor.via,
        subject_kind=entry.subject_kind,
        subject_id=entry.subject_id,
        subject=entry.subject,
        request_id=actor.request_id,
        ip=actor.ip,
        detail=entry.detail,
        at=at,
        previous_hash=previous,
    )


_SEALED = (
    "number", "action", "actor_id", "actor", "acting_as_id", "acting_as", "via", "subject_kind", "subject_id",
    "subject", "request_id", "ip", "detail", "previous_hash",
)  # fmt: skip


def seal(event: AuditEvent) -> str:
    """The event's hash: HMAC-SHA256 under AUDIT_KEY over its canonical JSON (RFC 8785), the previous hash included."""
    content = {name: getattr(event, name) for name in _SEALED}
    content["tenant"] = str(event.tenant_id) if event.tenant_id else None
    content["at"] = event.at.isoformat(timespec="milliseconds")
    return hmac.new(settings.AUDIT_KEY, rfc8785.dumps(content), hashlib.sha256).hexdigest()


@dataclass(frozen=True, slots=True)
class Verdict:
    """The result of verifying one chain: how many events were read, and where and why it breaks, if it does."""

    tenant: str
    events: int
    broken_at: int | None
    why: str | None


def verify(tenant: Tenant | None) -> Verdict:
    """Read a whole chain in order and recompute every hash.

    Removing the last events leaves a shorter, intact chain: keep the number of events elsewhere to see it.
    """
    name = tenant.slug if tenant else "(no tenant)"
    read, previous = 0, GENESIS
    for event in _chain(tenant):
        read += 1
        why = _fault(event, expected=read, previous=previous)
        if why:
            return Verdict(name, read, event.number, why)
        previous = event.hash
    return Verdict(name, read, None, None)


def _fault(event: AuditEvent, *, expected: int, previous: str) -> str | None:
    if event.number != expected:
        return f"event {expected} is missing"
    if event.previous_hash != previous:
        return "it doesn't follow the event before it"
    if not hmac.compare_digest(event.hash, seal(event)):
        return "its content was changed"
    return None


def _chain(tenant: Tenant | None) -> Iterator[AuditEvent]:
    yield from AuditEvent.objects.filter(tenant=tenant).order_by("number").iterator(chunk_size=1000)
