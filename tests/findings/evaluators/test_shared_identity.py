"""Three workloads that run as one identity share it."""

from __future__ import annotations

from findings.evaluator import Severity
from findings.evaluators.shared_identity import shared_identity
from tests.findings.estate import Estate, administers, function, hop, role, severity

ROLE = role("task-execution")


def shared(*workloads) -> Estate:
    return Estate(ROLE, *workloads).link(*(hop("runs_as", each, ROLE) for each in workloads))


THREE = [function(name) for name in ("a", "b", "c")]


def test_it_counts_them_and_says_what_they_share():
    hit = shared_identity(ROLE, shared(*THREE))
    assert hit is not None
    assert hit.because == "3 workloads run as IAM role task-execution."
    hit = shared_identity(ROLE, shared(*THREE).path(administers(ROLE)))
    assert hit is not None
    assert hit.because.endswith("task-execution, which administers billing-prod.")


def test_what_reaches_nothing_weighs_less():
    assert severity(shared_identity, ROLE, shared(*THREE)) is Severity.LOW
    assert severity(shared_identity, ROLE, shared(*THREE).path(administers(ROLE))) is Severity.HIGH


def test_near_misses():
    assert shared_identity(ROLE, shared(*THREE[:2])) is None
    assert shared_identity(ROLE, shared(*THREE[:2], function("c", enabled=False))) is None
    theirs = role("task-execution", provider_managed=True)
    assert shared_identity(theirs, shared(*THREE)) is None
