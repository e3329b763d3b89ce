"""An agent is idle by its own last activity, or by that of what it alone runs as."""

from __future__ import annotations

import pytest

from connectors.inventory.records import Usage
from findings.evaluators.idle_ai import idle_ai
from tests.findings.estate import Estate, ago, function, hop, role


def test_by_its_own_activity():
    hit = idle_ai(function("helper", role="agent", last_active_at=ago(120)), Estate())
    assert hit is not None
    assert hit.because == "Lambda function helper has not been used for 120 days."


def test_by_the_identity_that_it_alone_runs_as():
    agent, quiet = function("helper", role="agent"), role(last_used_at=ago(100))
    runs = hop("runs_as", agent, quiet)
    hit = idle_ai(agent, Estate(agent, quiet).link(runs))
    assert hit is not None
    assert hit.facts["Known by"] == "the last use of Billing-Admin, which it alone runs as"
    shared = Estate(agent, quiet).link(runs, hop("runs_as", function("other"), quiet))
    assert idle_ai(agent, shared) is None


@pytest.mark.parametrize(
    "agent",
    [
        function(role="agent", last_active_at=ago(89)),
        function(role="function", last_active_at=ago(900)),
        function(role="agent", last_active_at=ago(900), enabled=False),
        function(role="agent"),
    ],
)
def test_near_misses(agent):
    assert idle_ai(agent, Estate()) is None


def test_unknown_use_is_no_hit():
    agent, unknown = function(role="agent"), role(usage=Usage.UNKNOWN, last_used_at=None)
    assert idle_ai(agent, Estate(agent, unknown).link(hop("runs_as", agent, unknown))) is None
