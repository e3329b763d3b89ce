"""How is a verb on one finding kept, so that it can be undone like one on many?"""

from __future__ import annotations

from dataclasses import asdict

from django.utils import timezone

from findings.models import Finding, Operation, OperationMember
from findings.operation.sheet import collection, spelled, stored_of
from tenants.audit import Actor

PEOPLES = (
    *("decision", "decided_by", "approved_by", "decided_at", "reason", "accepted_until", "decided_on"),
    *("risk_owner", "risk_owner_email", "warned_at", "proposal", "exemption_id", "returned", "returned_diff"),
    *("assignee_id", "assignee", "assignee_initials"),
)  # what people's verbs write on a finding, beside what follows from that


def keep(*, before: Finding, after: Finding, verb: str, actor: Actor) -> Operation | None:
    """An operation that is done, on this finding alone, or None where nothing was changed."""
    was, now = stored_of(before, PEOPLES), stored_of(after, PEOPLES)
    changed = [name for name in PEOPLES if was[name] != now[name]]
    if not changed:
        return None
    at = timezone.now()
    times = {"drafted_at": at, "started_at": at, "finished_at": at}
    kept: Operation = Operation.objects.create(
        tenant=after.tenant,
        verb=verb,
        matching=1,
        state=Operation.State.DONE,
        single=True,
        actor=asdict(actor),
        by=actor.signature,
        total=1,
        done=1,
        **times,
    )
    if "decision" in changed or "returned" in changed:
        changed += [name for name in ("decision", "accepted_until", "returned") if name not in changed]
    collection(OperationMember).insert_one(
        {
            "tenant_id": after.tenant_id,
            "operation": kept.pk,
            "finding": after.pk,
            "name": f"{after.title}: {after.subject_name}",
            "seen": before.version,
            "outcome": OperationMember.Outcome.DONE.value,
            "made": after.version,
            "before": spelled({name: was[name] for name in changed}),
            "after": spelled({name: now[name] for name in changed}),
        }
    )
    return kept
