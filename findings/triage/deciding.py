"""What may a person decide about a finding by themselves, and when does a decision end?"""

from __future__ import annotations

from datetime import datetime

from django.utils import timezone

from findings import lifecycle, proposal
from findings.lifecycle import Decision, Ended, Returned, Scope, Verb
from findings.models import Exemption, Finding
from findings.proposal import RiskOwner, Terms
from findings.ruling import policy
from findings.triage.exempting import exempt, give_back
from findings.triage.writing import (
    Change,
    Invalid,
    accepted,
    allowed,
    carried_out,
    decided,
    end_proposal,
    fields_of,
    fresh_one,
    optional,
    text,
    write,
)
from tenants import audit
from tenants.audit import Actor


def acknowledge(*, finding: Finding, version: int, actor: Actor) -> Finding:
    """Somebody has seen it and is on it."""
    return _decide(finding, Verb.ACKNOWLEDGE, version=version, actor=actor, terms=Terms())


def false_positive(
    *, finding: Finding, version: int, actor: Actor, reason: str | None, scope: Scope = Scope.FINDING
) -> Finding:
    """It is no problem, for the reason given; it stays away unless it grows. Of the subject's scope, so does whatever
    the rule finds there, now and later."""
    terms = terms_of(Verb.FALSE_POSITIVE, reason=reason)

    def work() -> None:
        fresh = allowed(finding, Verb.FALSE_POSITIVE, version)
        if scope is Scope.FINDING:
            decided(fresh, Verb.FALSE_POSITIVE, actor=actor, terms=terms)
        else:
            exempt(fresh, actor=actor, reason=terms.reason or "")

    return carried_out(finding, work)


def accept(
    *,
    finding: Finding,
    version: int,
    actor: Actor,
    reason: str | None,
    until: datetime | None,
    owner: RiskOwner | None,
) -> Finding:
    """The risk is carried by its owner until that moment, kept exactly as given, or until it grows. Where the tenant
    wants a second person to approve, this only proposes it: nothing else about the finding changes."""
    terms = terms_of(Verb.ACCEPT, reason=reason, until=until, owner=owner)

    def work() -> None:
        fresh = allowed(finding, Verb.ACCEPT, version)
        said = policy(fresh.tenant)
        write(fresh, accepted(fresh, actor=actor, terms=terms, said=said), actor=actor)

    return carried_out(finding, work)


def terms_of(verb: Verb, *, reason: str | None, until: datetime | None = None, owner: RiskOwner | None = None) -> Terms:
    """What a person says with a decision, in order; Invalid where something is missing or wrong."""
    if verb is Verb.ACKNOWLEDGE:
        return Terms()
    if verb is Verb.FALSE_POSITIVE:
        return Terms(reason=text("reason", reason, missing="Say why it is no problem."))
    if verb is not Verb.ACCEPT:
        return Terms(reason=optional("reason", reason))
    said = text("reason", reason, missing="Say why the risk is borne.")
    if until is None or until <= timezone.now():
        raise Invalid("until", "Choose a date in the future.")
    if owner is None:
        raise Invalid("owner", "Say who carries the risk.")
    return Terms(reason=said, until=until, owner=owner)


def close(*, finding: Finding, version: int, actor: Actor, reason: str | None = None) -> Finding:
    """It is mended, somebody claims; the next complete scan will tell."""
    return _decide(finding, Verb.CLOSE, version=version, actor=actor, terms=terms_of(Verb.CLOSE, reason=reason))


def reopen(*, finding: Finding, version: int, actor: Actor, reason: str | None = None) -> Finding:
    """Take the decision back. One that covers a subject ends for all that it covers."""
    terms = terms_of(Verb.REOPEN, reason=reason)

    def work() -> None:
        fresh = allowed(finding, Verb.REOPEN, version)
        under = Exemption.objects.of(fresh.tenant).filter(pk=fresh.exemption_id).first() if fresh.exemption_id else None
        if under:
            give_back(under, actor=actor, reason=terms.reason)
        else:
            decided(fresh, Verb.REOPEN, actor=actor, terms=terms)

    return carried_out(finding, work)


def lapse(*, finding: Finding, now: datetime) -> None:
    """End an acceptance whose date has come, and a proposed one; nothing if somebody decided otherwise meanwhile."""

    def work() -> None:
        fresh = fresh_one(finding)
        decision, proposed = Decision(fresh.decision), proposal.until(proposal.standing(fresh))
        if proposed and proposed <= now:
            end_proposal(fresh, Ended.LATE, actor=audit.WORKER, reason=None)
            fresh = fresh_one(fresh)
        if lifecycle.in_force(decision, fresh.accepted_until, now) is decision:
            return
        until = fresh.accepted_until.isoformat() if fresh.accepted_until else None
        fields = fields_of(fresh, Decision.NONE, Returned.LAPSED, now) | {"accepted_until": None, "decided_on": None}
        detail = {"was": fresh.decision, "now": Decision.NONE.value, "until": until}
        write(fresh, Change(fields=fields, action="finding:lapsed", detail=detail), actor=audit.WORKER)

    audit.atomically(work)


def warn(*, finding: Finding, now: datetime, before: datetime) -> None:
    """Mark an acceptance that ends before that moment, once; nothing if it doesn't or is marked."""

    def work() -> None:
        fresh = fresh_one(finding)
        until = fresh.accepted_until
        if fresh.decision != Decision.ACCEPTED or fresh.warned_at or until is None or not now < until <= before:
            return
        owner = fresh.risk_owner and str(RiskOwner(fresh.risk_owner, fresh.risk_owner_email or ""))
        detail = {"until": until.isoformat(), "owner": owner, "decided_by": fresh.decided_by}
        action = "finding:acceptance:expiring"
        write(fresh, Change(fields={"warned_at": now}, action=action, detail=detail), actor=audit.WORKER)

    audit.atomically(work)


def _decide(finding: Finding, verb: Verb, *, version: int, actor: Actor, terms: Terms) -> Finding:
    return carried_out(finding, lambda: decided(allowed(finding, verb, version), verb, actor=actor, terms=terms))
