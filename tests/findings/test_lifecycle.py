"""Every observation with every decision: what users see, what they may do, what the engine makes of it."""

from __future__ import annotations

from datetime import timedelta
from itertools import product

import pytest
from hypothesis import given
from hypothesis import strategies as st

from findings import lifecycle
from findings.lifecycle import (
    LEADS_TO,
    LEGAL,
    LEGAL_WHILE_PROPOSED,
    Acceptance,
    Decision,
    Ended,
    Observation,
    Returned,
    State,
    Status,
    Verb,
)
from tenants.audit import ACTIONS
from tests.factories import NOW

EVERY = list(product(Observation, Decision))
STATES = [State(*axes, returned) for axes in EVERY for returned in (None, *Returned)]
LATER = NOW + timedelta(days=30)
THERE = (Observation.PRESENT, Observation.NOT_RECHECKED)


def status(observation: Observation, decision: Decision, returned: Returned | None = None) -> Status:
    return lifecycle.status(observation, decision, LATER if decision is Decision.ACCEPTED else None, returned, NOW)


@pytest.mark.parametrize(("observation", "decision"), EVERY)
def test_status_follows_from_both_axes(observation: Observation, decision: Decision):
    expected = {
        Observation.RETIRED: Status.RETIRED,
        Observation.ABSENT: Status.RESOLVED,
    }.get(observation, Status.OPEN if decision is Decision.NONE else Status(decision.value))
    assert status(observation, decision) is expected


@pytest.mark.parametrize("observation", THERE)
@pytest.mark.parametrize("returned", Returned)
def test_what_returned_is_open_and_says_so(observation: Observation, returned: Returned):
    expected = Status.REGRESSED if returned is Returned.REGRESSED else Status.REOPENED
    assert status(observation, Decision.NONE, returned) is expected


def test_an_acceptance_past_its_date_is_no_decision():
    for until, expected in ((LATER, Status.ACCEPTED), (NOW, Status.REOPENED), (NOW - timedelta(1), Status.REOPENED)):
        assert lifecycle.status(Observation.PRESENT, Decision.ACCEPTED, until, None, NOW) is expected
    lapsed = lifecycle.legal(Observation.PRESENT, Decision.ACCEPTED, NOW, NOW)
    assert lapsed == LEGAL[Observation.PRESENT][Decision.NONE]


@pytest.mark.parametrize(("observation", "decision"), EVERY)
def test_legal_moves(observation: Observation, decision: Decision):
    """The table, said once more as rules: it has every combination, and no move without effect."""
    verbs = LEGAL[observation][decision]
    if observation is Observation.RETIRED:
        assert verbs == set()
    elif observation is Observation.ABSENT:
        assert verbs == ({Verb.REOPEN} if decision in {Decision.ACCEPTED, Decision.FALSE_POSITIVE} else set())
    else:
        assert (Verb.REOPEN in verbs) == (decision is not Decision.NONE)
        assert {verb for verb in verbs if LEADS_TO[verb] is decision} <= {Verb.ACCEPT}  # another date
        assert Verb.ACKNOWLEDGE in verbs or decision is not Decision.NONE


@pytest.mark.parametrize(("observation", "decision"), EVERY)
def test_legal_moves_while_a_proposal_stands(observation: Observation, decision: Decision):
    """It can be answered where the finding is there; nobody proposes twice; everything else stays as it was."""
    plain, proposed = LEGAL[observation][decision], LEGAL_WHILE_PROPOSED[observation][decision]
    answers = {Verb.APPROVE, Verb.REFUSE, Verb.WITHDRAW}
    assert plain.isdisjoint(answers)
    if observation in THERE:
        assert proposed == (plain - {Verb.ACCEPT}) | answers
    else:
        assert proposed == plain
    until = LATER if decision is Decision.ACCEPTED else None
    assert lifecycle.legal(observation, decision, until, NOW, proposed_until=LATER) == proposed
    assert lifecycle.legal(observation, decision, until, NOW, proposed_until=NOW) == plain  # its date has come


@pytest.mark.parametrize("observation", Observation)
@pytest.mark.parametrize("wider", [True, False])
def test_a_proposal_is_void_once_the_finding_is_gone_or_grew(observation: Observation, *, wider: bool):
    how = lifecycle.overtaken(observation, wider=wider)
    if observation not in THERE:
        assert how is Ended.GONE
    else:
        assert how is (Ended.WIDENED if wider else None)


@pytest.mark.parametrize(("observation", "decision"), EVERY)
@pytest.mark.parametrize(("proposed", "warned"), list(product((True, False), repeat=2)))
def test_what_an_acceptance_asks(observation: Observation, decision: Decision, *, proposed: bool, warned: bool):
    asks = lifecycle.acceptance(observation, decision, proposed=proposed, warned=warned)
    there = observation in THERE
    assert (asks is Acceptance.AWAITING) == (there and proposed)
    ends = there and not proposed and warned and decision is Decision.ACCEPTED
    assert (asks is Acceptance.ENDING) == ends


@pytest.mark.parametrize("state", STATES)
@pytest.mark.parametrize(("complete", "newer", "wider"), list(product((True, False), repeat=3)))
def test_seen_moves_as_promised(state: State, *, complete: bool, newer: bool, wider: bool):
    move = lifecycle.seen(state, complete=complete, newer=newer, wider=wider)
    after = move.state if move else state
    assert after.observation is (Observation.PRESENT if complete else Observation.NOT_RECHECKED)
    assert after.decision in {state.decision, Decision.NONE}  # the engine takes back; it never decides
    if move:
        assert move.action in ACTIONS
        assert move.state != state
    gone = state.observation not in THERE
    lapses = wider and state.decision in {Decision.ACKNOWLEDGED, Decision.ACCEPTED, Decision.FALSE_POSITIVE}
    contradicted = complete and newer and state.decision is Decision.CLOSED
    unfounded = gone and state.decision in {Decision.ACKNOWLEDGED, Decision.CLOSED}
    taken_back = after.decision is not state.decision
    assert taken_back == (lapses or unfounded or (contradicted and not gone))
    if taken_back:
        assert after.returned is not None
    if state.observation is Observation.ABSENT:
        assert move is not None
        assert move.action == "finding:regressed"


@pytest.mark.parametrize("state", STATES)
@pytest.mark.parametrize("complete", [True, False])
def test_unseen_proves_absence_only_where_everything_was_read(state: State, *, complete: bool):
    move = lifecycle.unseen(state, complete=complete)
    after = move.state if move else state
    assert (after.decision, after.returned) == (state.decision, state.returned)
    if state.observation in THERE:
        assert after.observation is (Observation.ABSENT if complete else Observation.NOT_RECHECKED)
    else:
        assert move is None


@pytest.mark.parametrize("state", STATES)
@pytest.mark.parametrize("complete", [True, False])
def test_the_same_again_moves_nothing(state: State, *, complete: bool):
    for look in (
        lambda at: lifecycle.seen(at, complete=complete, newer=False, wider=False),
        lambda at: lifecycle.unseen(at, complete=complete),
        lifecycle.retired,
    ):
        first = look(state)
        assert look(first.state if first else state) is None


def test_identity_depends_on_nothing_but_ids():
    same = {
        "tenant": "t",
        "rule": "r",
        "identity_version": 1,
        "provider_ids": ("aws", "1", "AROA"),
        "discriminator": None,
    }
    keys = {
        lifecycle.identity(**{**same, **change})  # type: ignore[arg-type]
        for change in (
            {},
            {"tenant": "u"},
            {"rule": "s"},
            {"identity_version": 2},
            {"provider_ids": ("aws", "1A", "ROA")},
            {"discriminator": "x"},
        )
    }
    assert len(keys) == 6
    assert all(len(key) == 64 for key in keys)


def test_widened_says_what_was_added_in_words():
    before = {"permissions": [["a", "read on A"]], "domains": []}
    after = {"permissions": [["a", "read on A, renamed"], ["b", "write on B"]], "domains": [["hr", "reaches hr data"]]}
    assert lifecycle.widened(before, after) == {"domains": ["reaches hr data"], "permissions": ["write on B"]}
    assert lifecycle.widened(after, before) is None
    assert lifecycle.widened({}, after) is None  # a facet nobody looked at


ROWS = st.lists(st.tuples(st.text(max_size=3), st.text(max_size=3)).map(list), unique_by=lambda row: row[0])
FINGERPRINTS = st.dictionaries(st.sampled_from(["permissions", "domains", "egress"]), ROWS)


@given(FINGERPRINTS, st.randoms())
def test_a_part_is_never_wider_than_the_whole(whole: dict[str, list[list[str]]], random):
    part = {facet: [[key, "other words"] for key, _ in rows if random.random() < 0.5] for facet, rows in whole.items()}
    assert lifecycle.widened(whole, part) is None
    assert (lifecycle.widened(part, whole) is None) == lifecycle.same(part, whole)
