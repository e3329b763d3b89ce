"""Sensitive access without anybody known to answer is a finding; without either it is none."""

from __future__ import annotations

from findings.evaluator import Severity
from findings.evaluators.orphaned_sensitive_access import orphaned_sensitive_access
from tests.findings.estate import Estate, administers, function, hop, may, owner, resource, role, severity

DATA = resource()


def test_reach_and_authority_are_told():
    reads = may(role(), DATA, target_domains=("hr",))
    hit = orphaned_sensitive_access(role(), Estate().path(reads))
    assert hit is not None
    assert hit.because == "Nobody is known to answer for IAM role Billing-Admin, which reaches hr data."
    estate = Estate().path(administers(role()))
    hit = orphaned_sensitive_access(role(), estate)
    assert hit is not None
    assert hit.because.endswith("which administers billing-prod.")
    assert severity(orphaned_sensitive_access, role(), estate) is Severity.HIGH


def test_near_misses():
    reads = may(role(), DATA, target_domains=("hr",))
    assert orphaned_sensitive_access(role(), Estate().path(may(role(), DATA, target_domains=("logs",)))) is None
    owned = Estate().path(reads)
    owned.owned[role().id] = [owner(active=False)]  # that they left is another rule's matter
    assert orphaned_sensitive_access(role(), owned) is None
    assert orphaned_sensitive_access(role(external=True), Estate().path(reads)) is None


def test_the_workload_that_runs_as_it_has_the_finding():
    runs, reads = hop("runs_as", function(), role()), may(role(), DATA, target_domains=("hr",))
    estate = Estate().path(runs, reads)
    assert orphaned_sensitive_access(role(), estate) is None
    assert orphaned_sensitive_access(function(), estate) is not None
