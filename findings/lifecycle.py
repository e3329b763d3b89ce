"""Which status does a finding have, who may move it where, and has it grown since somebody decided?

Pure: two axes that never write each other. The engine observes (`seen`, `unseen`, `retired`), people decide (`LEGAL`),
and the status users see follows from both.
"""

from __future__ import annotations

import hashlib
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace
from datetime import datetime
from enum import StrEnum
from typing import Any

import rfc8785


class Observation(StrEnum):
    """What the engine knows. Only evaluation writes it."""

    PRESENT = "present"
    ABSENT = "absent"  # proven by complete coverage
    NOT_RECHECKED = "not_rechecked"  # its scopes were not read completely
    RETIRED = "retired"  # its source or its rule is gone


class Decision(StrEnum):
    """What people said. Only triage writes it; the engine may only take it back, saying why."""

    NONE = "none"
    ACKNOWLEDGED = "acknowledged"
    ACCEPTED = "accepted"
    FALSE_POSITIVE = "false_positive"
    CLOSED = "closed"  # somebody claims that it is mended


class Returned(StrEnum):
    """Why a finding is open again."""

    REOPENED = "reopened"
    REGRESSED = "regressed"
    LAPSED = "lapsed"
    WIDENED = "widened"


class Status(StrEnum):
    """What users see. That a finding was not re-checked is shown beside it, from the observation."""

    OPEN = "open"
    REOPENED = "reopened"
    REGRESSED = "regressed"
    ACKNOWLEDGED = "acknowledged"
    ACCEPTED = "accepted"
    FALSE_POSITIVE = "false_positive"
    CLOSED = "closed"
    RESOLVED = "resolved"
    RETIRED = "retired"


class Verb(StrEnum):
    """What people may do to a decision."""

    ACKNOWLEDGE = "acknowledge"
    ACCEPT = "accept"
    FALSE_POSITIVE = "false_positive"
    CLOSE = "close"
    REOPEN = "reopen"
    APPROVE = "approve"  # what somebody else proposed to accept
    REFUSE = "refuse"
    WITHDRAW = "withdraw"


class Scope(StrEnum):
    """What a false positive is said of."""

    FINDING = "finding"
    SUBJECT = "subject"  # whatever the rule finds at this subject, now and later


class Ended(StrEnum):
    """How a proposed acceptance came to nothing."""

    REFUSED = "refused"
    WITHDRAWN = "withdrawn"
    DECIDED = "decided"  # somebody decided otherwise
    WIDENED = "widened"
    GONE = "gone"  # the finding
    LATE = "late"  # its date came before anybody approved


class Acceptance(StrEnum):
    """What an acceptance asks of somebody, for lists: an approval, or another date."""

    NONE = "none"
    AWAITING = "awaiting_approval"
    ENDING = "ends_soon"


LEADS_TO = {
    Verb.ACKNOWLEDGE: Decision.ACKNOWLEDGED,
    Verb.ACCEPT: Decision.ACCEPTED,
    Verb.FALSE_POSITIVE: Decision.FALSE_POSITIVE,
    Verb.CLOSE: Decision.CLOSED,
    Verb.REOPEN: Decision.NONE,
    Verb.APPROVE: Decision.ACCEPTED,
}  # the other verbs leave the decision as it is

_NOTHING: frozenset[Verb] = frozenset()
_WHILE_THERE = {
    Decision.NONE: frozenset({Verb.ACKNOWLEDGE, Verb.ACCEPT, Verb.FALSE_POSITIVE, Verb.CLOSE}),
    Decision.ACKNOWLEDGED: frozenset({Verb.ACCEPT, Verb.FALSE_POSITIVE, Verb.CLOSE, Verb.REOPEN}),
    Decision.ACCEPTED: frozenset({Verb.ACCEPT, Verb.FALSE_POSITIVE, Verb.CLOSE, Verb.REOPEN}),  # accept: another date
    Decision.FALSE_POSITIVE: frozenset({Verb.ACCEPT, Verb.REOPEN}),
    Decision.CLOSED: frozenset({Verb.ACCEPT, Verb.FALSE_POSITIVE, Verb.REOPEN}),
}
_WHILE_ABSENT = {  # a standing decision would hold if it came back, so it can be withdrawn
    Decision.NONE: _NOTHING,
    Decision.ACKNOWLEDGED: _NOTHING,
    Decision.ACCEPTED: frozenset({Verb.REOPEN}),
    Decision.FALSE_POSITIVE: frozenset({Verb.REOPEN}),
    Decision.CLOSED: _NOTHING,
}
LEGAL: Mapping[Observation, Mapping[Decision, frozenset[Verb]]] = {
    Observation.PRESENT: _WHILE_THERE,
    Observation.NOT_RECHECKED: _WHILE_THERE,
    Observation.ABSENT: _WHILE_ABSENT,
    Observation.RETIRED: dict.fromkeys(Decision, _NOTHING),
}
_ON_PROPOSAL = frozenset({Verb.APPROVE, Verb.REFUSE, Verb.WITHDRAW})
_WHILE_PROPOSED = {  # one at a time: for another date the one that stands is withdrawn or refused first
    decision: (verbs - {Verb.ACCEPT}) | _ON_PROPOSAL for decision, verbs in _WHILE_THERE.items()
}
LEGAL_WHILE_PROPOSED: Mapping[Observation, Mapping[Decision, frozenset[Verb]]] = {
    Observation.PRESENT: _WHILE_PROPOSED,
    Observation.NOT_RECHECKED: _WHILE_PROPOSED,
    Observation.ABSENT: _WHILE_ABSENT,  # what is gone takes the proposal with it
    Observation.RETIRED: LEGAL[Observation.RETIRED],
}

_AGAIN = {
    None: Status.OPEN,
    Returned.REOPENED: Status.REOPENED,
    Returned.REGRESSED: Status.REGRESSED,
    Returned.LAPSED: Status.REOPENED,
    Returned.WIDENED: Status.REOPENED,
}
_LAPSES_WHEN_WIDER = {Decision.ACKNOWLEDGED, Decision.ACCEPTED, Decision.FALSE_POSITIVE}
_SURVIVES_ABSENCE = {Decision.ACCEPTED, Decision.FALSE_POSITIVE}


def status(
    observation: Observation,
    decision: Decision,
    accepted_until: datetime | None,
    returned: Returned | None,
    now: datetime,
) -> Status:
    """The status that follows from both axes. An acceptance past its date counts as taken back."""
    if observation is Observation.RETIRED:
        return Status.RETIRED
    if observation is Observation.ABSENT:
        return Status.RESOLVED
    if in_force(decision, accepted_until, now) is not Decision.NONE:
        return Status(decision)
    return _AGAIN[returned] if decision is Decision.NONE else Status.REOPENED


def label(value: str) -> str:
    """A status, decision or observation as users read it: "False positive"."""
    return value.replace("_", " ").capitalize()


def in_force(decision: Decision, accepted_until: datetime | None, now: datetime) -> Decision:
    """The decision, or none for an acceptance whose date has come."""
    lapsed = decision is Decision.ACCEPTED and accepted_until is not None and accepted_until <= now
    return Decision.NONE if lapsed else decision


def legal(
    observation: Observation,
    decision: Decision,
    accepted_until: datetime | None,
    now: datetime,
    *,
    proposed_until: datetime | None = None,
) -> frozenset[Verb]:
    """What people may do now. `proposed_until`: until when somebody proposed to accept it, if a proposal stands."""
    table = LEGAL_WHILE_PROPOSED if proposed_until and proposed_until > now else LEGAL
    return table[observation][in_force(decision, accepted_until, now)]


def overtaken(observation: Observation, *, wider: bool) -> Ended | None:
    """Whether what the engine sees makes a proposal void: nobody approves of what the proposer hasn't seen."""
    if observation in {Observation.ABSENT, Observation.RETIRED}:
        return Ended.GONE
    return Ended.WIDENED if wider else None


def acceptance(observation: Observation, decision: Decision, *, proposed: bool, warned: bool) -> Acceptance:
    """What it asks of somebody. What is gone asks nothing."""
    if observation in {Observation.ABSENT, Observation.RETIRED}:
        return Acceptance.NONE
    if proposed:
        return Acceptance.AWAITING
    return Acceptance.ENDING if warned and decision is Decision.ACCEPTED else Acceptance.NONE


@dataclass(frozen=True, slots=True)
class State:
    """Where a finding stands on both axes."""

    observation: Observation
    decision: Decision = Decision.NONE
    returned: Returned | None = None


@dataclass(frozen=True, slots=True)
class Transition:
    """Where it goes, and the word of the audit vocabulary for it."""

    state: State
    action: str


def seen(state: State, *, complete: bool, newer: bool, wider: bool) -> Transition | None:
    """The rule hits. None when nothing moves.

    `complete`: its scopes were read completely. `newer`: they were read after the decision, so that what is seen may
    contradict it. `wider`: the fingerprint grew since the decision.
    """
    observed = Observation.PRESENT if complete else Observation.NOT_RECHECKED
    if state.observation in {Observation.ABSENT, Observation.RETIRED}:
        return _back(state, observed, wider=wider)
    if state.decision in _LAPSES_WHEN_WIDER and wider:
        return Transition(State(observed, Decision.NONE, Returned.WIDENED), "finding:reopened")
    if state.decision is Decision.CLOSED and complete and newer:
        return Transition(State(observed, Decision.NONE, Returned.REOPENED), "finding:reopened")
    if observed is state.observation:
        return None
    action = "finding:rechecked" if complete else "finding:not_rechecked"
    return Transition(replace(state, observation=observed), action)


def _back(state: State, observed: Observation, *, wider: bool) -> Transition:
    """It was gone: the same finding again. An acceptance or a false positive still says the same, unless it grew."""
    regressed = state.observation is Observation.ABSENT
    action = "finding:regressed" if regressed else "finding:reopened"
    if state.decision in _SURVIVES_ABSENCE and not wider:
        return Transition(replace(state, observation=observed), action)
    returned = Returned.REGRESSED if regressed else Returned.REOPENED
    return Transition(State(observed, Decision.NONE, returned), action)


def unseen(state: State, *, complete: bool) -> Transition | None:
    """The rule didn't hit. That proves absence only where its scopes were read completely; the decision stays."""
    observed = Observation.ABSENT if complete else Observation.NOT_RECHECKED
    if observed is state.observation or state.observation not in {Observation.PRESENT, Observation.NOT_RECHECKED}:
        return None
    action = "finding:resolved" if complete else "finding:not_rechecked"
    return Transition(replace(state, observation=observed), action)


def retired(state: State) -> Transition | None:
    """Its rule or its source is gone."""
    if state.observation is Observation.RETIRED:
        return None
    return Transition(replace(state, observation=Observation.RETIRED), "finding:retired")


def identity(
    *, tenant: str, rule: str, identity_version: int, provider_ids: Sequence[str], discriminator: str | None
) -> str:
    """A finding's key: SHA-256 over canonical JSON of what never changes. `provider_ids` are the provider's immutable
    ids of the subject, outermost first; names are never part of it."""
    parts: Any = [tenant, rule, identity_version, list(provider_ids), discriminator]
    return hashlib.sha256(rfc8785.dumps(parts)).hexdigest()


def widened(before: Mapping[str, Any], after: Mapping[str, Any]) -> dict[str, list[str]] | None:
    """What `after` has that `before` had not, in words by facet; None when it is the same or narrower.

    A fingerprint is facet → rows of [structural key, words]. Keys are compared, words may change: a renamed object is
    not drift. A facet that wasn't looked at before can't have grown.
    """
    diff = {}
    for facet in before.keys() & after.keys():
        known = {key for key, _words in before[facet]}
        added = [words for key, words in after[facet] if key not in known]
        if added:
            diff[facet] = added
    return {facet: diff[facet] for facet in sorted(diff)} or None


def same(before: Mapping[str, Any], after: Mapping[str, Any]) -> bool:
    """Whether two fingerprints have the same keys, whatever their words."""
    return _keys(before) == _keys(after)


def _keys(fingerprint: Mapping[str, Any]) -> dict[str, set[str]]:
    return {facet: {key for key, _words in rows} for facet, rows in fingerprint.items()}
