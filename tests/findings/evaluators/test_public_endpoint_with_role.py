"""Open to anybody and powerful is a finding; one without the other is none."""

from __future__ import annotations

from findings.evaluators.public_endpoint_with_role import public_endpoint_with_role
from tests.findings.estate import Estate, administers, function, hop, may, resource, role

OPEN = function(open_to="anyone who knows its address")
ACTS, DATA = role("Enricher"), resource()
RUNS = hop("runs_as", OPEN, ACTS)


def test_what_it_may_do_is_told():
    reads = may(ACTS, DATA, target_domains=("customer",))
    hit = public_endpoint_with_role(OPEN, Estate().path(RUNS, reads))
    assert hit is not None
    assert hit.because == (
        "Lambda function billing-export answers anyone who knows its address and acts as Enricher, which can reach "
        "customer data."
    )
    assert (hit.path, hit.domains) == ((RUNS, reads), ("customer",))
    hit = public_endpoint_with_role(OPEN, Estate().path(RUNS, administers(ACTS)))
    assert hit is not None
    assert hit.because.endswith("acts as Enricher, which administers billing-prod.")


def test_near_misses():
    reads = may(ACTS, DATA, target_domains=("customer",))
    closed, stopped = function(), function(open_to="anyone", enabled=False)
    agent = function(open_to="anyone", role="agent")
    for other in (closed, stopped, agent):
        assert public_endpoint_with_role(other, Estate().path(hop("runs_as", other, ACTS), reads)) is None
    assert public_endpoint_with_role(OPEN, Estate().path(RUNS, may(ACTS, DATA, target_domains=("logs",)))) is None
