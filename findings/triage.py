"""What may a person do to a finding? One function per verb, and nothing else changes a decision for people.

Each guards on the version its caller saw, in one transaction with its audit event: either both are written or neither.
All return the finding as it is afterwards and raise Conflict, Illegal or Invalid.
"""

from __future__ import annotations

from collections.abc import Callable
from datetime import datetime
from typing import Any

from django.utils import timezone

from accounts.models import Membership, User
from accounts.roles import Capability, Role, allows
from findings import lifecycle, tally
from findings.facets import traits
from findings.lifecycle import Decision, Observation, Returned, Verb
from findings.models import Finding
from tenants import audit
from tenants.audit import Actor
from tenants.models import AuditEvent

LONGEST_TEXT = 10_000  # of a reason or a comment, in characters
_ACTIONS = {
    Verb.ACKNOWLEDGE: "finding:acknowledged",
    Verb.ACCEPT: "finding:accepted",
    Verb.FALSE_POSITIVE: "finding:false_positive",
    Verb.CLOSE: "finding:closed",
    Verb.REOPEN: "finding:reopened",
}
DID = {  # what an event says its actor did
    "finding:opened": "opened it",
    "finding:resolved": "found it gone",
    "finding:regressed": "found it again",
    "finding:not_rechecked": "could not check it again",
    "finding:rechecked": "checked it again",
    "finding:retired": "retired it",
    "finding:lapsed": "ended its acceptance",
    "finding:acknowledged": "acknowledged it",
    "finding:false_positive": "marked it a false positive",
    "finding:accepted": "accepted its risk",
    "finding:closed": "closed it",
    "finding:reopened": "reopened it",
    "finding:assigned": "assigned it",
    "finding:unassigned": "took its assignee away",
    "finding:commented": "commented on it",
    "finding:comment:edited": "changed a comment",
}
_REFUSED = {
    Verb.ACKNOWLEDGE: "acknowledged",
    Verb.ACCEPT: "accepted",
    Verb.FALSE_POSITIVE: "marked a false positive",
    Verb.CLOSE: "closed",
    Verb.REOPEN: "reopened",
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
        Observation(finding.observation), Decision(finding.decision), finding.accepted_until, timezone.now()
    )


def acknowledge(*, finding: Finding, version: int, actor: Actor) -> Finding:
    """Somebody has seen it and is on it."""
    return _decide(finding, Verb.ACKNOWLEDGE, version=version, actor=actor)


def false_positive(*, finding: Finding, version: int, actor: Actor, reason: str | None) -> Finding:
    """It is no problem, for the reason given; it stays away unless it grows."""
    said = _text("reason", reason, missing="Say why it is no problem.")
    return _decide(finding, Verb.FALSE_POSITIVE, version=version, actor=actor, reason=said)


def accept(*, finding: Finding, version: int, actor: Actor, reason: str | None, until: datetime | None) -> Finding:
    """The risk is borne until that moment, kept exactly as given, or until it grows."""
    said = _text("reason", reason, missing="Say why the risk is borne.")
    if until is None or until <= timezone.now():
        raise Invalid("until", "Choose a date in the future.")
    return _decide(finding, Verb.ACCEPT, version=version, actor=actor, reason=said, until=until)


def close(*, finding: Finding, version: int, actor: Actor, reason: str | None = None) -> Finding:
    """It is mended, somebody claims; the next complete scan will tell."""
    return _decide(finding, Verb.CLOSE, version=version, actor=actor, reason=_optional("reason", reason))


def reopen(*, finding: Finding, version: int, actor: Actor, reason: str | None = None) -> Finding:
    """Take the decision back."""
    return _decide(finding, Verb.REOPEN, version=version, actor=actor, reason=_optional("reason", reason))


def assign(*, finding: Finding, version: int, actor: Actor, assignee: User | None) -> Finding:
    """Make a member who may triage answer for it; None: nobody."""
    _require_triager(finding, assignee)

    def work() -> None:
        fresh = _guarded(finding, version)
        if fresh.assignee_id == (assignee.pk if assignee else None):
            return
        fields: dict[str, Any] = {"assignee_id": None, "assignee": None, "assignee_initials": None}
        if assignee:
            fields = {
                "assignee_id": assignee.pk,
                "assignee": assignee.display_name,
                "assignee_initials": assignee.initials[:2],
            }
        detail = {"was": fresh.assignee, "to": fields["assignee"]}
        action = "finding:assigned" if assignee else "finding:unassigned"
        _write(fresh, actor=actor, action=action, detail=detail, fields=fields)

    return _carried_out(finding, work)


def lapse(*, finding: Finding, now: datetime) -> None:
    """End an acceptance whose date has come; nothing if somebody decided otherwise meanwhile."""

    def work() -> None:
        fresh = _fresh(finding)
        decision = Decision(fresh.decision)
        if lifecycle.in_force(decision, fresh.accepted_until, now) is decision:
            return
        until = fresh.accepted_until.isoformat() if fresh.accepted_until else None
        fields = _fields(fresh, Decision.NONE, Returned.LAPSED, now) | {"accepted_until": None, "decided_on": None}
        _write(fresh, actor=audit.WORKER, action="finding:lapsed", detail={"until": until}, fields=fields)

    audit.atomically(work)


def _decide(
    finding: Finding,
    verb: Verb,
    *,
    version: int,
    actor: Actor,
    reason: str | None = None,
    until: datetime | None = None,
) -> Finding:
    def work() -> None:
        fresh = _guarded(finding, version)
        if verb not in legal(fresh):
            raise Illegal(f"This finding is {lifecycle.label(fresh.status).lower()}: it can't be {_REFUSED[verb]}.")
        decision, now = lifecycle.LEADS_TO[verb], timezone.now()
        returned = Returned.REOPENED if decision is Decision.NONE else None
        fields = _fields(fresh, decision, returned, now, until) | {
            "decided_by": actor.signature,
            "decided_at": now,
            "reason": reason,
            "accepted_until": until,
            "decided_on": None if decision is Decision.NONE else fresh.fingerprint,
        }
        detail = {"was": fresh.decision, "reason": reason, "until": until.isoformat() if until else None}
        _write(fresh, actor=actor, action=_ACTIONS[verb], detail=detail, fields=fields)

    return _carried_out(finding, work)


def _fields(
    fresh: Finding, decision: Decision, returned: Returned | None, now: datetime, until: datetime | None = None
) -> dict[str, Any]:
    status = lifecycle.status(Observation(fresh.observation), decision, until, returned, now)
    return {"decision": decision, "returned": returned, "returned_diff": None, "status": status}


def _carried_out(finding: Finding, work: Callable[[], None]) -> Finding:
    audit.atomically(work)
    return _fresh(finding)


def _fresh(finding: Finding) -> Finding:
    found: Finding = Finding.objects.of(finding.tenant).get(pk=finding.pk)
    return found


def _guarded(finding: Finding, version: int) -> Finding:
    fresh = _fresh(finding)
    if fresh.version != version:
        raise _conflict(fresh, version)
    return fresh


def _write(fresh: Finding, *, actor: Actor, action: str, detail: dict[str, Any], fields: dict[str, Any]) -> None:
    """Change the version read, or nothing; the event tells which version it made."""
    version, before = fresh.version + 1, tally.fields(fresh)
    after = {name: fields.get(name, value) for name, value in before.items()}
    same = Finding.objects.of(fresh.tenant).filter(pk=fresh.pk, version=fresh.version)
    if not same.update(version=version, traits=traits(after), **fields):
        raise _conflict(_fresh(fresh), fresh.version)
    tally.update(fresh.tenant, [(before, after)])
    _record(fresh, actor=actor, action=action, detail=detail | {"version": version})


def _record(finding: Finding, *, actor: Actor, action: str, detail: dict[str, Any]) -> None:
    audit.record(
        finding.tenant,
        actor=actor,
        action=action,
        subject_kind="finding",
        subject_id=str(finding.pk),
        subject=f"{finding.title}: {finding.subject_name}",
        detail={label: value for label, value in detail.items() if value is not None},
    )


def _conflict(fresh: Finding, version: int) -> Conflict:
    """Who made the version after the one that the caller saw; where no event did, the engine's fresh evidence."""
    history = AuditEvent.objects.of(fresh.tenant).filter(subject_kind="finding", subject_id=str(fresh.pk))
    first = history.filter(detail__version__gt=version).order_by("number").first()
    if first is None:
        return Conflict(by=audit.WORKER.name, what="found other evidence", at=fresh.last_seen)
    return Conflict(by=first.actor, what=DID[first.action], at=first.at)


def _text(field: str, given: str | None, *, missing: str) -> str:
    said = _optional(field, given)
    if said is None:
        raise Invalid(field, missing)
    return said


def _optional(field: str, given: str | None) -> str | None:
    said = (given or "").strip()
    if len(said) > LONGEST_TEXT:
        raise Invalid(field, f"Use at most {LONGEST_TEXT:,} characters; these are {len(said):,}.")
    return said or None


def _require_triager(finding: Finding, assignee: User | None) -> None:
    if assignee is None:
        return
    membership = Membership.objects.of(finding.tenant).filter(user=assignee).first()
    if not membership or not assignee.is_active or not allows(Role(membership.role), Capability.TRIAGE):
        raise Invalid("assignee", f"{assignee.display_name} may not triage findings here.")
