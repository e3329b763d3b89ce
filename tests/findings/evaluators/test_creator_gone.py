"""Whoever made it is known to be gone, while somebody else answers for it."""

from __future__ import annotations

from findings.evaluators.creator_gone import creator_gone
from tests.findings.estate import Estate, function, hop, owner

AGENT = function("helper", role="agent", type="AI agent")
BOB, ANN = owner("Bob", active=False), owner("Ann")


def told(*, maker=BOB, via: str = "made it", owners=(ANN, BOB)) -> Estate:
    estate = Estate(AGENT, maker, ANN).link(hop("owns", maker, AGENT, via=via))
    estate.owned[AGENT.id] = list(owners)
    return estate


def test_it_says_who_made_it_and_who_answers():
    hit = creator_gone(AGENT, told())
    assert hit is not None
    assert hit.because == "AI agent helper was made by Bob, who is no longer active."
    assert hit.facts["Answered for by"] == "Ann"


def test_near_misses():
    assert creator_gone(function("helper", role="agent", enabled=False), told()) is None
    assert creator_gone(AGENT, told(via="owner")) is None
    assert creator_gone(AGENT, told(maker=owner("Bob"))) is None
    assert creator_gone(AGENT, told(maker=owner("Bob", active=None))) is None
    assert creator_gone(AGENT, told(owners=(BOB,))) is None  # another rule says that all are gone
