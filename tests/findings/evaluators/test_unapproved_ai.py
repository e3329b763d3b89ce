"""AI that is not on the list is a finding, and nothing else is AI."""

from __future__ import annotations

from findings.evaluator import Settings
from findings.evaluators.unapproved_ai import unapproved_ai
from tests.findings.estate import Estate, function, hop, may, owner, resource, role

AGENT = function("helper", role="agent", type="Copilot Studio agent")
MODEL = resource("gpt-4o", type="Model deployment")


def nothing(_subject: object) -> None:
    return None


def test_what_is_not_on_the_list_is_told_with_what_it_reaches():
    acts, data = role(), resource()
    way = hop("runs_as", AGENT, acts), may(acts, data, target_domains=("hr",))
    estate = Estate().path(*way)
    estate.owned[AGENT.id] = [owner()]
    hit = unapproved_ai(AGENT, estate, Settings(approved=nothing))
    assert hit is not None
    assert hit.because == "Copilot Studio agent helper is not on the approved list, and reaches hr data."
    assert (hit.path, hit.facts["Answered for by"]) == (way, "Bob")
    assert unapproved_ai(MODEL, Estate(), Settings(approved=nothing)) is not None


def test_near_misses():
    assert unapproved_ai(AGENT, Estate(), Settings(approved=lambda _subject: "Alice: reviewed")) is None
    for other in (function(), resource(), function(role="agent", enabled=False)):
        assert unapproved_ai(other, Estate(), Settings(approved=nothing)) is None
