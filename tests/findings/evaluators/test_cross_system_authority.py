"""A path from one system into power in another is a finding."""

from __future__ import annotations

from dataclasses import replace

import pytest

from connectors.inventory.records import Grade
from findings.evaluators.cross_system_authority import cross_system_authority
from tests.findings.estate import Estate, administers, function, hop, may, resource, role

FUNCTION = function("func-invoices", system="azure", type="Azure function")
MANAGED, ROLE = role("func-invoices", system="azure"), role("entra-func-invoices")
RUNS = hop("runs_as", FUNCTION, MANAGED, source_system="azure", target_system="azure")
ENTERS = hop("can_assume", MANAGED, ROLE, source_system="azure", target_system="aws", via="trust policy of the role")
READS = may(ROLE, resource("statements"), target_domains=("customer",), source_system="aws", target_system="aws")


def test_it_says_where_it_crosses_and_what_follows():
    hit = cross_system_authority(FUNCTION, Estate().path(RUNS, ENTERS, READS))
    assert hit is not None
    assert hit.because == (
        "Azure function func-invoices becomes entra-func-invoices in another system, and so reaches customer data."
    )
    assert (hit.path, hit.facts["Because of"]) == ((RUNS, ENTERS, READS), "trust policy of the role")
    hit = cross_system_authority(FUNCTION, Estate().path(RUNS, ENTERS, READS).path(RUNS, ENTERS, administers(ROLE)))
    assert hit is not None
    assert hit.because.endswith("and so administers billing-prod.")


def test_what_is_switched_off_is_none():
    stopped = replace(FUNCTION, enabled=False)
    assert cross_system_authority(stopped, Estate().path(RUNS, ENTERS, READS)) is None


@pytest.mark.parametrize(
    "way",
    [
        (RUNS, hop("can_assume", MANAGED, ROLE, source_system="aws", target_system="aws"), READS),
        (RUNS, hop("can_assume", MANAGED, ROLE, source_system="azure"), READS),
        (RUNS, ENTERS, may(ROLE, resource("logs"), target_domains=("logs",))),
        (
            RUNS,
            hop("can_assume", MANAGED, ROLE, source_system="azure", target_system="aws", grade=Grade.UNKNOWN),
            READS,
        ),
    ],
    ids=["one system", "unknown system", "harmless", "unsure"],
)
def test_near_misses(way):
    assert cross_system_authority(FUNCTION, Estate().path(*way)) is None
