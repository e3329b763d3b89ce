"""A person's account that automation runs as is a finding."""

from __future__ import annotations

from findings.evaluators.human_use import human_use
from tests.findings.estate import Estate, function, hop, may, resource, role

ALICE = role("Alice", human=True, type="Jira user")
RULE, OTHER = function("Dispatch", type="Jira automation rule"), function("Other")
RUNS = hop("runs_as", RULE, ALICE)


def test_it_says_what_runs_as_whom():
    hit = human_use(ALICE, Estate(ALICE, RULE).link(RUNS))
    assert hit is not None
    assert hit.because == "Jira automation rule Dispatch runs as Alice, a person's account."
    reads = may(ALICE, resource(), target_domains=("hr",))
    hit = human_use(ALICE, Estate(ALICE, RULE, OTHER).link(RUNS, hop("runs_as", OTHER, ALICE)).path(reads))
    assert hit is not None
    assert hit.because.endswith("and 1 more runs as Alice, a person's account, which reaches hr data.")


def test_near_misses():
    for other in (role("Alice"), role("Alice", human=None), role("Alice", human=True, enabled=False)):
        assert human_use(other, Estate(other, RULE).link(hop("runs_as", RULE, other))) is None
    stopped = function("Dispatch", enabled=False)
    assert human_use(ALICE, Estate(ALICE, stopped).link(hop("runs_as", stopped, ALICE))) is None
    assert human_use(ALICE, Estate(ALICE)) is None
