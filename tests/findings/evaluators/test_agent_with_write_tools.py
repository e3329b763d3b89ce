"""An agent that may change sensitive data is a finding; reading, and other workloads, are not."""

from __future__ import annotations

import pytest

from connectors.inventory.records import Access, Grade
from findings.evaluators.agent_with_write_tools import agent_with_write_tools
from tests.findings.estate import Estate, administers, function, hop, may, resource, role

AGENT, ACTS, DATA = function("helper", role="agent", type="AI agent"), role("svc"), resource("tickets")
RUNS = hop("runs_as", AGENT, ACTS)


@pytest.mark.parametrize("access", [Access.WRITE, Access.ADMIN])
def test_changing_is_told(access: Access):
    changes = may(ACTS, DATA, access=access, target_domains=("customer",), via="role editor")
    hit = agent_with_write_tools(AGENT, Estate().path(RUNS, changes))
    assert hit is not None
    assert hit.because == "AI agent helper can change customer data in tickets as svc."
    assert (hit.path, hit.facts["Granted by"]) == ((RUNS, changes), "role editor")


@pytest.mark.parametrize(
    "last",
    [
        may(ACTS, DATA, target_domains=("customer",)),
        may(ACTS, DATA, access=Access.WRITE, target_domains=("logs",)),
        may(ACTS, DATA, access=Access.WRITE, target_domains=("customer",), grade=Grade.UNKNOWN),
    ],
    ids=["reads", "harmless", "unsure"],
)
def test_near_misses(last):
    assert agent_with_write_tools(AGENT, Estate().path(RUNS, last)) is None


def test_other_rules_matters():
    changes = may(ACTS, DATA, access=Access.WRITE, target_domains=("customer",))
    assert agent_with_write_tools(AGENT, Estate().path(RUNS, changes).path(RUNS, administers(ACTS))) is None
    stopped = function("helper", role="agent", enabled=False)
    assert agent_with_write_tools(stopped, Estate().path(hop("runs_as", stopped, ACTS), changes)) is None
    assert agent_with_write_tools(function(), Estate().path(hop("runs_as", function(), ACTS), changes)) is None
