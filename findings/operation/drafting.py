"""Which findings would an operation be about, and which of them would refuse?"""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterator
from dataclasses import asdict, dataclass
from datetime import datetime, timedelta
from itertools import islice
from typing import Any
from uuid import UUID

from bson import ObjectId
from django.utils import timezone

from findings import counting, proposal, queue
from findings.filter import SEVERITIES, Filter
from findings.lifecycle import Verb
from findings.models import Finding, Operation, OperationMember
from findings.operation import deed
from findings.operation.sheet import collection
from findings.ruling import policy
from tenants.audit import Actor
from tenants.models import Tenant

MOST = 10_000  # members of one operation; of a wider filter it takes the first
DRAFTS_KEPT = timedelta(days=1)
_CHUNK = 1_000
_LOOKED_AT = (
    *("tenant", "severity", "severity_rank", "observation", "decision", "accepted_until", "status"),
    *("proposal", "exemption_id"),
)


@dataclass(frozen=True, slots=True)
class Preview:
    """What an operation would come to now: how many by severity, refusals by reason, and how many acceptances would
    only be proposed, because a second person has to approve them."""

    total: int
    severities: list[tuple[str, int]]
    refused: list[tuple[str, int]]
    proposed: int

    @property
    def done(self) -> int:
        """How many it would be done to."""
        return self.total - sum(number for _why, number in self.refused)


def draft(
    *, tenant: Tenant, actor: Actor, verb: str, me: UUID, picked: list[ObjectId] | None, asked: Filter
) -> Operation | None:
    """Write down which findings, in which versions: those that were picked, or the first of all that fit (None).
    Nothing where none of them is there."""
    wanted = queue.first(tenant=tenant, asked=asked, me=me, most=MOST) if picked is None else picked[:MOST]
    found = {row["_id"]: row for row in _seen(tenant, wanted)}
    if not found:
        return None
    matching = len(found)
    if picked is None and len(wanted) == MOST:
        matching = max(matching, counting.count(tenant=tenant, asked=asked, me=me).matching)
    made: Operation = Operation.objects.create(
        tenant=tenant,
        verb=verb,
        query=asked.from_start().query() if picked is None else None,
        matching=matching,
        actor=asdict(actor),
        by=actor.signature,
        drafted_at=timezone.now(),
        total=len(found),
    )
    rows = (_member(made, found[pk]) for pk in dict.fromkeys(wanted) if pk in found)
    for chunk in _chunks(rows):
        collection(OperationMember).insert_many(chunk, ordered=False)
    return made


def preview(operation: Operation) -> Preview:
    """Look at every member as it is now."""
    severities, refused, proposed = Counter[str](), Counter[str](), 0
    said = policy(operation.tenant)
    for finding in _findings(operation):
        finding.tenant = operation.tenant
        severities[finding.severity] += 1
        why = deed.refusal(finding, operation.verb)
        if why:
            refused[why] += 1
        elif operation.verb == Verb.ACCEPT and proposal.is_needed(finding, said):
            proposed += 1
    by_severity = [(each, severities[each]) for each in SEVERITIES if severities[each]]
    return Preview(severities.total(), by_severity, refused.most_common(), proposed)


def drop_drafts(*, tenant: Tenant, now: datetime) -> None:
    """Forget what nobody confirmed."""
    old = Operation.objects.of(tenant).filter(state=Operation.State.DRAFT, drafted_at__lt=now - DRAFTS_KEPT)
    for operation in old:
        OperationMember.objects.of(tenant).filter(operation=operation.pk).delete()
        operation.delete()


def _seen(tenant: Tenant, wanted: list[ObjectId]) -> Iterator[dict[str, Any]]:
    shown = {"version": 1, "title": 1, "subject_name": 1}
    for chunk in _chunks(iter(wanted)):
        yield from queue.findings().find({"_id": {"$in": chunk}, "tenant_id": tenant.pk}, shown)


def _member(operation: Operation, row: dict[str, Any]) -> dict[str, Any]:
    return {
        "tenant_id": operation.tenant_id,
        "operation": operation.pk,
        "finding": row["_id"],
        "name": f"{row['title']}: {row['subject_name']}",
        "seen": row["version"],
        "outcome": OperationMember.Outcome.WAITING.value,
    }


def _findings(operation: Operation) -> Iterator[Finding]:
    of_it = OperationMember.objects.of(operation.tenant).filter(operation=operation.pk)
    for chunk in _chunks(of_it.values_list("finding", flat=True).iterator()):
        yield from Finding.objects.of(operation.tenant).filter(pk__in=chunk).only(*_LOOKED_AT)


def _chunks(rows: Iterator[Any]) -> Iterator[list[Any]]:
    while chunk := list(islice(rows, _CHUNK)):
        yield chunk
