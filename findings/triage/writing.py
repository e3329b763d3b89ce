"""How does a verb reach a finding: guarded by the version its caller saw, whole or not at all, and told?"""

from __future__ import annotations

from collections.abc import Callable, Iterator
from dataclasses import dataclass
from datetime import datetime
from typing import Any

from django.utils import timezone

from findings import lifecycle, proposal, tally
from findings.facets import traits
from findings.lifecycle import Decision, Ended, Observation, Returned, Verb
from findings.models import Finding, Operation, OperationMember, Policy
from findings.proposal import Terms
from tenants import audit
from tenants.audit import Actor
from tenants.models import AuditEvent

VOIDED = "finding:acceptance:voided"
LONGEST_TEXT = 10_000  # of a reason or a comment, in characters
_ACTIONS = {
    Verb.ACKNOWLEDGE: "finding:acknowledged",
    Verb.ACCEPT: "finding:accepted",
    Verb.FALSE_POSITIVE: "finding:false_positive",
    Verb.CLOSE: "finding:closed",
    Verb.REOPEN: "finding:reopened",
    Verb.APPROVE: "finding:accepted",
}
DID = {  # what an event says its actor did
    "finding:opened": "opened it",
    "finding:resolved": "found it gone",
    "finding:regressed": "found it again",
    "finding:not_rechecked": "could not check it again",
    "finding:rechecked": "checked it again",
    "finding:retired": "retired it",
    "finding:lapsed": "ended its acceptance",
    "finding:acceptance:proposed": "proposed to accept its risk",
    "finding:acceptance:refused": "refused to accept its risk",
    "finding:acceptance:withdrawn": "withdrew the proposal to accept its risk",
    "finding:acceptance:voided": "made the proposal to accept its risk void",
    "finding:acceptance:expiring": "warned that its acceptance ends soon",
    "finding:acknowledged": "acknowledged it",
    "finding:false_positive": "marked it a false positive",
    "finding:accepted": "accepted its risk",
    "finding:closed": "closed it",
    "finding:reopened": "reopened it",
    "finding:assigned": "assigned it",
    "finding:unassigned": "took its assignee away",
    "finding:commented": "commented on it",
    "finding:comment:edited": "changed a comment",
    "finding:undone": "undid the last decision on it",
}
_REFUSED = {
    Verb.ACKNOWLEDGE: "acknowledged",
    Verb.ACCEPT: "accepted",
    Verb.FALSE_POSITIVE: "marked a false positive",
    Verb.CLOSE: "closed",
    Verb.REOPEN: "reopened",
    Verb.APPROVE: "approved: no proposal to accept it is waiting",
    Verb.REFUSE: "refused: no proposal to accept it is waiting",
    Verb.WITHDRAW: "withdrawn: no proposal to accept it is waiting",
}


class Conflict(Exception):
    """Somebody else was first; nothing was changed. `what` continues the sentence that `by` begins."""

    def __init__(self, *, by: str, what: str, at: datetime) -> None:
        when = f"{at:%H:%M} UTC on {at.day} {at:%B %Y}"
        super().__init__(f"{by} {what} at {when}, after you opened it. Nothing was changed.")
        self.by = by
        self.what = what
        self.at = at


class Illegal(Exception):
    """The verb makes no sense where the finding stands. The message says why, for users."""


class Invalid(Exception):
    """A field is missing or wrong. `message` stands beside that field."""

    def __init__(self, field: str, message: str) -> None:
        super().__init__(message)
        self.field = field
        self.message = message


def legal(finding: Finding) -> frozenset[Verb]:
    """What people may do to the finding now."""
    return lifecycle.legal(
        Observation(finding.observation),
        Decision(finding.decision),
        finding.accepted_until,
        timezone.now(),
        proposed_until=proposal.until(proposal.standing(finding)),
    )


@dataclass(frozen=True, slots=True, kw_only=True)
class Change:
    """What a verb makes of a finding: its fields as they will be, and how that is told. Nothing is written yet."""

    fields: dict[str, Any]
    action: str
    detail: dict[str, Any]
    voids: dict[str, Any] | None = None  # what is told of a proposal that it overtakes


def illegal(fresh: Finding, verb: Verb) -> str | None:
    """Why the verb makes no sense where the finding stands, for users; None where it does."""
    if verb in legal(fresh):
        return None
    if verb is Verb.ACCEPT and (proposed := proposal.standing(fresh)):
        return f"{proposed['by']} has proposed to accept it already; that waits for approval."
    return f"This finding is {lifecycle.label(fresh.status).lower()}: it can't be {_REFUSED[verb]}."


def allowed(finding: Finding, verb: Verb, version: int) -> Finding:
    """The finding as it is; Conflict where that isn't `version`, Illegal where the verb makes no sense."""
    fresh = guarded(finding, version)
    if why := illegal(fresh, verb):
        raise Illegal(why)
    return fresh


def decided(fresh: Finding, verb: Verb, *, actor: Actor, terms: Terms) -> None:
    """Write a decision with all that belongs to it, and what it overtakes."""
    write(fresh, decision(fresh, verb, actor=actor, terms=terms), actor=actor)


def decision(fresh: Finding, verb: Verb, *, actor: Actor, terms: Terms) -> Change:
    """A decision with all that belongs to it, and what it overtakes."""
    decision, now = lifecycle.LEADS_TO[verb], timezone.now()
    returned = Returned.REOPENED if decision is Decision.NONE else None
    overtakes = verb is not Verb.APPROVE and proposal.standing(fresh)
    fields = fields_of(fresh, decision, returned, now, terms.until) | {
        "decided_by": terms.proposed_by or actor.signature,
        "approved_by": actor.signature if terms.proposed_by else None,
        "decided_at": now,
        "reason": terms.reason,
        "accepted_until": terms.until,
        "risk_owner": terms.owner and terms.owner.name,
        "risk_owner_email": terms.owner and terms.owner.email,
        "decided_on": None if decision is Decision.NONE else fresh.fingerprint,
        "proposal": None,
        "exemption_id": terms.exemption,
    }
    return Change(
        fields=fields,
        action=_ACTIONS[verb],
        detail={"was": fresh.decision, "now": decision.value} | terms.told,
        voids=_void(fresh, Ended.DECIDED) if overtakes else None,
    )


def accepted(fresh: Finding, *, actor: Actor, terms: Terms, said: Policy) -> Change:
    """An acceptance; where the tenant wants a second person to approve, no more than its proposal."""
    if not proposal.is_needed(fresh, said):
        return decision(fresh, Verb.ACCEPT, actor=actor, terms=terms)
    made = proposal.made(fresh, actor=actor, terms=terms, now=timezone.now())
    detail = {"was": fresh.decision, "proposed": Decision.ACCEPTED.value} | terms.told
    return Change(fields={"proposal": made}, action="finding:acceptance:proposed", detail=detail)


def end_proposal(fresh: Finding, how: Ended, *, actor: Actor, reason: str | None) -> None:
    """It stays to be read until somebody decides, with how it ended."""
    now, proposed = timezone.now(), proposal.standing(fresh) or {}
    fields = {"proposal": proposal.ended(proposed, how, by=actor.signature, at=now, reason=reason)}
    action = f"finding:acceptance:{'voided' if how is Ended.LATE else how}"
    detail = {"proposed_by": proposed["by"], "until": proposed["until"], "because": how.value, "reason": reason}
    write(fresh, Change(fields=fields, action=action, detail=detail), actor=actor)


def _void(fresh: Finding, how: Ended) -> dict[str, Any]:
    proposed = proposal.standing(fresh) or {}
    return {"proposed_by": proposed["by"], "until": proposed["until"], "because": how.value}


def fields_of(
    fresh: Finding, decision: Decision, returned: Returned | None, now: datetime, until: datetime | None = None
) -> dict[str, Any]:
    """What follows from a decision alone."""
    status = lifecycle.status(Observation(fresh.observation), decision, until, returned, now)
    return {
        "decision": decision,
        "returned": returned,
        "returned_diff": None,
        "status": status,
        "warned_at": None,
    }


def carried_out(finding: Finding, work: Callable[[], None]) -> Finding:
    """Do the work whole or not at all. Returns the finding as it is then."""
    audit.atomically(work)
    return fresh_one(finding)


def fresh_one(finding: Finding) -> Finding:
    """As it is stored now."""
    found: Finding = Finding.objects.of(finding.tenant).get(pk=finding.pk)
    return found


def guarded(finding: Finding, version: int) -> Finding:
    """As it is stored now; Conflict where that isn't `version`."""
    fresh = fresh_one(finding)
    if fresh.version != version:
        raise conflict(fresh, version)
    return fresh


def write(fresh: Finding, change: Change, *, actor: Actor) -> None:
    """Change the version read, or nothing; the event tells which version it made."""
    version, before = fresh.version + 1, tally.fields(fresh)
    fields = following(fresh, change.fields)
    after = {name: fields.get(name, value) for name, value in before.items()}
    if change.voids:
        record(fresh, actor=actor, action=VOIDED, detail=change.voids)
    same = Finding.objects.of(fresh.tenant).filter(pk=fresh.pk, version=fresh.version)
    if not same.update(version=version, **fields):
        raise conflict(fresh_one(fresh), fresh.version)
    tally.update(fresh.tenant, [(before, after)])
    record(fresh, actor=actor, action=change.action, detail=change.detail | {"version": version})


def following(fresh: Finding, fields: dict[str, Any]) -> dict[str, Any]:
    """The same fields with those that follow from them."""
    fields = fields | {"acceptance": proposal.acceptance(fresh, fields)}
    after = {name: fields.get(name, value) for name, value in tally.fields(fresh).items()}
    return fields | {"traits": traits(after)}


def record(finding: Finding, *, actor: Actor, action: str, detail: dict[str, Any]) -> None:
    """Tell what was done to the finding."""
    audit.record_all(finding.tenant, actor=actor, entries=[entry(finding, action, detail)])


def entry(finding: Finding, action: str, detail: dict[str, Any]) -> audit.Entry:
    """What was done to the finding, leaving out what there is none of."""
    return audit.Entry(
        action=action,
        subject_kind="finding",
        subject_id=str(finding.pk),
        subject=f"{finding.title}: {finding.subject_name}",
        detail={label: value for label, value in detail.items() if value is not None},
    )


def conflict(fresh: Finding, version: int) -> Conflict:
    """Who made the version after the one that the caller saw; where nobody did, the engine's fresh evidence."""
    history = AuditEvent.objects.of(fresh.tenant).filter(subject_kind="finding", subject_id=str(fresh.pk))
    event = history.filter(detail__version__gt=version).order_by("number").first()
    made = [(event.detail["version"], Conflict(by=event.actor, what=DID[event.action], at=event.at))] if event else []
    made += [each for each in _among_others(fresh) if each[0] > version]
    if made:
        return min(made, key=lambda each: each[0])[1]
    return Conflict(by=audit.WORKER.name, what="found other evidence", at=fresh.last_seen)


def _among_others(fresh: Finding) -> Iterator[tuple[int, Conflict]]:
    """Which versions operations made of it, with many others, and whose they were."""
    for member in OperationMember.objects.of(fresh.tenant).filter(finding=fresh.pk).exclude(action=None):
        whole = Operation.objects.of(fresh.tenant).get(pk=member.operation)
        yield member.made, Conflict(by=whole.by, what=DID[member.action], at=member.at)
        if member.remade:
            by = Actor(**whole.undone_by).signature
            yield member.remade, Conflict(by=by, what=DID["finding:undone"], at=member.restored_at)


def text(field: str, given: str | None, *, missing: str) -> str:
    """What was said, without space around it; Invalid where that is nothing or too much."""
    said = optional(field, given)
    if said is None:
        raise Invalid(field, missing)
    return said


def optional(field: str, given: str | None) -> str | None:
    """The same, or None."""
    said = (given or "").strip()
    if len(said) > LONGEST_TEXT:
        raise Invalid(field, f"Use at most {LONGEST_TEXT:,} characters; these are {len(said):,}.")
    return said or None
