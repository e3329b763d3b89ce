"""An open agent that knows or does something inside is a finding."""

from __future__ import annotations

from findings.evaluators.agent_without_sign_in import agent_without_sign_in
from tests.findings.estate import Estate, function, hop, may, resource, role

OPEN = function("helper", role="agent", type="Copilot Studio agent", open_to="anyone who has its address")
SITE, ACTS = resource("sites/HR", type="SharePoint site"), role("svc-copilot")


def test_what_it_knows_from_and_acts_as_is_told():
    knows, acts = hop("uses_data", OPEN, SITE), hop("runs_as", OPEN, ACTS)
    hit = agent_without_sign_in(OPEN, Estate().link(knows, acts))
    assert hit is not None
    assert hit.because == (
        "Copilot Studio agent helper answers anyone who has its address without sign-in, and knows from sites/HR and "
        "acts as svc-copilot."
    )
    reads = may(ACTS, SITE, target_domains=("hr",))
    hit = agent_without_sign_in(OPEN, Estate().link(knows).path(acts, reads))
    assert hit is not None
    assert (hit.path, hit.domains) == ((acts, reads), ("hr",))
    assert hit.because.endswith(", and so hr data.")


def test_near_misses():
    for other in (
        function("helper", role="agent"),
        function("helper", role="function", open_to="anyone"),
        function("helper", role="agent", open_to="anyone", enabled=False),
    ):
        assert agent_without_sign_in(other, Estate().link(hop("uses_data", other, SITE))) is None
    assert agent_without_sign_in(OPEN, Estate()) is None
