"""How does each member of an operation become what it was, unless somebody has changed it since?"""

from __future__ import annotations

from dataclasses import asdict
from datetime import UTC, datetime, timedelta
from typing import Any

from django.utils import timezone

from findings import lifecycle, triage
from findings.lifecycle import Decision, Observation, Returned
from findings.models import Finding, Operation
from findings.operation.batches import BATCH, State, as_it_is, claim, each_batch, enqueue, named, next_members, tell
from findings.operation.sheet import DERIVED, Document, Outcome, Sheet, read, stored, stored_of
from tenants import audit
from tenants.audit import Actor

UNDOABLE_FOR = timedelta(minutes=10)


class TooLate(Exception):
    """It can't be undone, or not any more. The message says why, for users."""


def undoable(operation: Operation, now: datetime) -> bool:
    """Whether it still can be undone."""
    finished = operation.finished_at
    if operation.state != State.DONE or not operation.done or finished is None:
        return False
    return bool(now < finished + UNDOABLE_FOR)


def undo(*, operation: Operation, actor: Actor) -> None:
    """Give each member back what it was: of a few at once, whole or not at all; else by a worker. Or TooLate."""
    now = timezone.now()

    def work() -> bool:
        done = Operation.objects.of(operation.tenant).filter(pk=operation.pk, state=State.DONE)
        if not undoable(operation, now) or not done.update(
            state=State.UNDOING, undone_by=asdict(actor), undone_at=now, beat_at=now
        ):
            raise TooLate(_why_not(as_it_is(operation)))
        return operation.done > BATCH or _batch(operation)

    if audit.atomically(work):
        enqueue(operation)


def carry_back(operation: Operation) -> None:
    """Undo what is left to undo. Two workers on one operation share it."""
    each_batch(operation, _batch)


def _why_not(operation: Operation) -> str:
    if operation.undone_by:
        return f"{Actor(**operation.undone_by).signature} has undone this already."
    if operation.state == State.DONE and operation.done:
        minutes = int(UNDOABLE_FOR.total_seconds() // 60)
        return f"This could be undone for {minutes} minutes. Decide on the findings anew instead."
    return "There is nothing to undo."


def _batch(operation: Operation) -> bool:
    """Give the next members back what they were. Returns whether there may be more."""
    mine = claim(operation, State.UNDOING)
    if mine is None:
        return False
    actor, done = Actor(**(mine.undone_by or {})), next_members(mine, Outcome.DONE)
    sheet = Sheet(mine, actor)
    for member, finding in done:
        _give_back(sheet, mine, member, finding)
    sheet.write()
    ended = as_it_is(mine)
    if ended.settled < ended.done and done:
        return True
    Operation.objects.of(mine.tenant).filter(pk=mine.pk).update(state=State.UNDONE)
    if not mine.single:
        tell(ended, "operation:undone", actor=actor, detail=named(ended, Outcome.RESTORED) | {"kept": ended.kept})
    return False


def _give_back(sheet: Sheet, operation: Operation, member: Document, finding: Finding | None) -> None:
    """What the operation made of it becomes what it was; what somebody has made of it since stays."""
    if finding is None:
        sheet.settle(member, Outcome.KEPT, {"why": "It is no longer there."})
        return
    before, after = read(member["before"]), read(member["after"])
    if stored_of(finding, after) != after:
        since = triage.conflict(finding, member["made"])
        sheet.settle(member, Outcome.KEPT, {"why": f"{since.by} {since.what} since."})
        return
    fields = triage.following(finding, before | _status(finding, before))
    sheet.change(finding, before | stored({name: fields[name] for name in DERIVED if name in fields}))
    status, version = str(fields.get("status", finding.status)), finding.version + 1
    if operation.single:
        detail = {"undid": operation.verb, "status": status, "version": version}
        sheet.tell(triage.entry(finding, "finding:undone", detail))
    told = {"restored_at": timezone.now(), "restored_status": status, "remade": version}
    sheet.settle(member, Outcome.RESTORED, told)


def _status(finding: Finding, before: Document) -> dict[str, Any]:
    """What follows from the decision that it had, and from what the engine observes now."""
    if "decision" not in before:
        return {}
    until, returned = before["accepted_until"], before["returned"]
    observed, now = Observation(finding.observation), timezone.now()
    until = until and until.replace(tzinfo=UTC)  # the driver returns UTC without saying so
    back = Returned(returned) if returned else None
    return {"status": lifecycle.status(observed, Decision(before["decision"]), until, back, now).value}
