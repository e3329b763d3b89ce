"""How is a draft carried out?"""

from __future__ import annotations

from dataclasses import asdict

from django.utils import timezone

from accounts.models import User
from findings import triage
from findings.models import Finding, Operation
from findings.operation import deed
from findings.operation.batches import BATCH, State, as_it_is, claim, each_batch, enqueue, named, next_members, tell
from findings.operation.deed import Deed
from findings.operation.sheet import DERIVED, Document, Outcome, Sheet, spelled, stored, stored_of
from findings.proposal import Terms
from tenants import audit
from tenants.audit import Actor


def start(*, operation: Operation, actor: Actor, terms: Terms, assignee: User | None) -> None:
    """Carry a draft out: a small one at once, whole or not at all; else by a worker. Nothing if it is none any more."""

    def work() -> bool:
        now = timezone.now()
        draft = Operation.objects.of(operation.tenant).filter(pk=operation.pk, state=State.DRAFT)
        who = {"actor": asdict(actor), "by": actor.signature}
        said = {"terms": deed.written(terms, assignee), "started_at": now, "beat_at": now}
        if not draft.update(state=State.RUNNING, **who, **said):
            return False
        if operation.total > BATCH:
            tell(as_it_is(operation), "operation:started", actor=actor, detail={"members": operation.total})
            return True
        return _batch(operation)

    if audit.atomically(work):
        enqueue(operation)


def carry_out(operation: Operation) -> None:
    """Carry out what is left. Two workers on one operation share it: nothing is done twice."""
    each_batch(operation, _batch)


def _batch(operation: Operation) -> bool:
    """Carry out the next members. Returns whether there may be more."""
    mine = claim(operation, State.RUNNING)
    if mine is None:
        return False
    held, waiting = deed.of(mine), next_members(mine, Outcome.WAITING)
    sheet = Sheet(mine, held.actor)
    for member, finding in waiting:
        _carry_out(sheet, held, member, finding)
    sheet.write()
    if as_it_is(mine).settled < mine.total and waiting:
        return True
    own = Operation.objects.of(mine.tenant).filter(pk=mine.pk)
    own.update(state=State.DONE, finished_at=timezone.now())
    done = as_it_is(mine)
    others = {"refused": done.refused, "overtaken": done.overtaken}
    tell(done, "operation:carried_out", actor=held.actor, detail=named(done, Outcome.DONE) | others)
    return False


def _carry_out(sheet: Sheet, held: Deed, member: Document, finding: Finding | None) -> None:
    """Do it to one finding, or say why not."""
    now = timezone.now()
    if finding is None:
        sheet.settle(member, Outcome.OVERTAKEN, {"why": "It is no longer there.", "at": now})
        return
    if finding.version != member["seen"]:
        first = triage.conflict(finding, member["seen"])
        sheet.settle(member, Outcome.OVERTAKEN, {"why": f"{first.by} {first.what} first.", "at": now})
        return
    try:
        change = held.change(finding)
    except triage.Illegal as illegal:
        sheet.settle(member, Outcome.REFUSED, {"why": str(illegal), "at": now})
        return
    fields = triage.following(finding, change.fields)
    sheet.change(finding, stored(fields))
    if change.voids:
        sheet.tell(triage.entry(finding, triage.VOIDED, change.voids))
    own = [name for name in change.fields if name not in DERIVED]
    told = {
        "at": now,
        "action": change.action,
        "status": str(fields.get("status", finding.status)),
        "made": finding.version + 1,
        "before": spelled(stored_of(finding, own)),
        "after": spelled(stored({name: change.fields[name] for name in own})),
    }
    sheet.settle(member, Outcome.DONE, told)
