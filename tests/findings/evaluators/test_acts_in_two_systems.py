"""One actor with rights in both systems is one finding, on the first of the two."""

from __future__ import annotations

from dataclasses import replace

from connectors.inventory.records import Access
from findings.evaluators.acts_in_two_systems import acts_in_two_systems
from tests.findings.estate import Estate, hop, may, resource, role

HERE = role("Invoice Robot", id="a", system="entra", type="service principal")
THERE = role("Invoice Robot", id="b", provider_id="B", system="copilot_studio", type="application user")
SAME, BACK = hop("same_as", HERE, THERE, via="client id"), hop("same_as", THERE, HERE)
READS, WRITES = may(HERE, resource("mail"), target_domains=("mail",)), may(THERE, resource("x"), access=Access.WRITE)


def test_it_is_told_once():
    estate = Estate(HERE, THERE).link(SAME, BACK, READS, WRITES)
    hit = acts_in_two_systems(HERE, estate)
    assert hit is not None
    assert hit.because == (
        "service principal Invoice Robot and application user Invoice Robot are one actor, with rights in both."
    )
    assert (hit.path, hit.discriminator) == ((SAME,), "B")
    assert acts_in_two_systems(THERE, estate) is None


def test_near_misses():
    assert acts_in_two_systems(HERE, Estate(HERE, THERE).link(SAME, READS)) is None
    assert acts_in_two_systems(HERE, Estate(HERE, THERE).link(SAME, WRITES)) is None
    theirs = replace(HERE, external=True)
    assert acts_in_two_systems(theirs, Estate(theirs, THERE).link(SAME, READS, WRITES)) is None
    harmless = may(HERE, resource("wiki"))
    assert acts_in_two_systems(HERE, Estate(HERE, THERE).link(SAME, harmless, WRITES)) is None
    twin = role("Invoice Robot", id="b", system="entra")
    assert acts_in_two_systems(HERE, Estate(HERE, twin).link(hop("same_as", HERE, twin), READS, WRITES)) is None
