"""How does an operation go on, batch by batch, however often its worker dies, and how is it told?"""

from __future__ import annotations

import hashlib
from collections.abc import Callable
from datetime import datetime, timedelta
from typing import Any

from bson import ObjectId
from django.utils import timezone
from django_q.tasks import async_task

from findings.models import Finding, Operation, OperationMember
from findings.operation import deed
from findings.operation.sheet import Document, Outcome, collection, session
from tenants import audit
from tenants.audit import Actor
from tenants.models import Tenant

BATCH = 250  # members that one transaction writes; an operation of no more needs no worker
LEFT_ALONE = timedelta(minutes=2)  # without a batch: its worker is dead, or none came
NAMED = 250  # so many members an event names; of more it has the digest, and the operation has them
State = Operation.State


def enqueue(operation: Operation) -> None:
    """Give it to a worker."""
    async_task("findings.tasks.carry_out", str(operation.tenant_id), str(operation.pk), task_name="operation")


def each_batch(operation: Operation, batch: Callable[[Operation], bool]) -> None:
    """Write batches, each in one transaction, until one says that nothing is left."""
    while audit.atomically(lambda: batch(operation)):
        pass


def left_alone(*, tenant: Tenant, now: datetime) -> list[Operation]:
    """Those that no worker has touched for too long; each becomes the caller's to carry on."""
    live = Operation.objects.of(tenant).filter(state__in=[State.RUNNING, State.UNDOING])
    left = list(live.filter(beat_at__lt=now - LEFT_ALONE))
    return [each for each in left if live.filter(pk=each.pk, beat_at=each.beat_at).update(beat_at=now)]


def claim(operation: Operation, state: State) -> Operation | None:
    """The operation as it is, if it is in that state. Whoever writes a batch of it at the same time has to wait."""
    mine = Operation.objects.of(operation.tenant).filter(pk=operation.pk, state=state)
    return as_it_is(operation) if mine.update(beat_at=timezone.now()) else None


def as_it_is(operation: Operation) -> Operation:
    """As it is stored now."""
    found: Operation = Operation.objects.of(operation.tenant).get(pk=operation.pk)
    found.tenant = operation.tenant
    return found


def next_members(operation: Operation, outcome: Outcome) -> list[tuple[Document, Finding | None]]:
    """The members that a batch is about, of those of which that became, each with its finding as it is now."""
    mine = {"tenant_id": operation.tenant_id, "operation": operation.pk, "outcome": outcome.value}
    rows = list(collection(OperationMember).find(mine, session=session()).sort("_id", 1).limit(BATCH))
    findings = _findings(operation, [row["finding"] for row in rows])
    return [(row, findings.get(row["finding"])) for row in rows]


def _findings(operation: Operation, ids: list[ObjectId]) -> dict[ObjectId, Finding]:
    found: dict[ObjectId, Finding] = {}
    for each in Finding.objects.of(operation.tenant).filter(pk__in=ids).defer("path", "facts", "search", "because"):
        each.tenant = operation.tenant
        found[each.pk] = each
    return found


def tell(operation: Operation, action: str, *, actor: Actor, detail: dict[str, Any]) -> None:
    """One event for all of it."""
    held = deed.of(operation)
    said = {"verb": operation.verb, "filter": operation.query, **held.terms.told, **detail}
    if operation.verb == deed.ASSIGN:
        said["to"] = held.assignee.display_name if held.assignee else "nobody"
    audit.record(
        operation.tenant,
        actor=actor,
        action=action,
        subject_kind="operation",
        subject_id=str(operation.pk),
        subject=deed.words(operation),
        detail={name: value for name, value in said.items() if value is not None},
    )


def named(operation: Operation, outcome: Outcome) -> dict[str, Any]:
    """The findings of which that became: how many, the SHA-256 of their ids line by line in order, a few by id."""
    mine = {"tenant_id": operation.tenant_id, "operation": operation.pk, "outcome": outcome.value}
    rows = collection(OperationMember).find(mine, {"finding": 1}, session=session(), batch_size=10_000)
    ids = sorted(str(row["finding"]) for row in rows)
    digest = hashlib.sha256("\n".join(ids).encode()).hexdigest()
    return {"members": len(ids), "members_sha256": digest, "member_ids": ids if len(ids) <= NAMED else None}
