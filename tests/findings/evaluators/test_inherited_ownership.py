"""An owner who was named while sv0 watched, and never said so, is a finding."""

from __future__ import annotations

from connectors.inventory.graph import Hop
from findings.evaluators.inherited_ownership import inherited_ownership
from tests.findings.estate import IAM, Estate, ago, function, hop, may, owner, resource, role

AGENT = function("helper", role="agent", type="AI agent")


def named(days: float, **fields) -> Hop:
    return hop("owns", owner("Ann"), AGENT, first_seen=ago(days), **fields)


def test_it_says_who_since_when():
    hit = inherited_ownership(AGENT, Estate(AGENT, owner("Ann")).link(named(5)))
    assert hit is not None
    assert hit.because == f"Ann was made the owner of AI agent helper on {ago(5):%Y-%m-%d} and never said so."
    assert hit.scopes == (IAM,)


def test_near_misses():
    assert inherited_ownership(AGENT, Estate(AGENT, owner("Ann")).link(named(400))) is None  # from the beginning
    first_read = Estate(AGENT, owner("Ann")).link(named(5))
    first_read.since[IAM] = ago(5)  # who owns what was never read before
    assert inherited_ownership(AGENT, first_read) is None
    said = Estate(AGENT, owner("Ann")).link(named(5))
    said.words[AGENT.id] = ago(1)
    assert inherited_ownership(AGENT, said) is None
    stopped = function("helper", role="agent", type="AI agent", enabled=False)
    assert inherited_ownership(stopped, Estate(stopped, owner("Ann")).link(named(5))) is None
    gone = Estate(AGENT, owner("Ann", active=False)).link(named(5))
    assert inherited_ownership(AGENT, gone) is None


def test_what_was_said_before_them_was_not_said_of_them():
    estate = Estate(AGENT, owner("Ann")).link(named(5))
    estate.words[AGENT.id] = ago(30)
    assert inherited_ownership(AGENT, estate) is not None


def test_of_other_things_only_what_matters():
    owns = hop("owns", owner("Ann"), role(), first_seen=ago(5))
    assert inherited_ownership(role(), Estate(role(), owner("Ann")).link(owns)) is None
    reads = may(role(), resource(), target_domains=("hr",))
    assert inherited_ownership(role(), Estate(role(), owner("Ann")).link(owns).path(reads)) is not None
