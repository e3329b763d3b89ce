"""Does a choke point cut off exactly what has no way but through it?"""

from __future__ import annotations

from typing import Any

from hypothesis import given, settings
from hypothesis import strategies as st

from connectors.inventory.adjacency import Adjacency
from connectors.inventory.becoming import Step
from connectors.inventory.choke import choke_points

PAIRS = st.sets(st.tuples(st.integers(0, 9), st.integers(0, 9)), max_size=25)


def graph() -> Adjacency:
    found = Adjacency()
    for number in range(10):
        found.add_thing(f"role-{number}", "identity")
    return found


def steps(pairs: Any) -> list[Step]:
    return [Step(number, source, target, 0) for number, (source, target) in enumerate(sorted(pairs))]


def reached(pairs: Any, without: int | None = None) -> set[int]:
    """What can be reached from 0 when one object is gone."""
    seen, frontier = {0}, [0]
    while frontier:
        fresh = {far for near, far in pairs if near in frontier and far not in seen and far != without}
        seen |= fresh
        frontier = list(fresh)
    return seen


def test_the_one_in_the_middle_cuts_off_all_behind_it():
    found = choke_points(graph(), steps({(0, 1), (1, 2), (1, 3), (0, 4)}), near=[0], far=[2, 3, 4])
    assert found == [(1, 2)]


def test_of_a_chain_the_nearest_is_named():
    assert choke_points(graph(), steps({(0, 1), (1, 2), (2, 3), (2, 4)}), near=[0], far=[3, 4]) == [(1, 2)]


@settings(deadline=None, max_examples=150)
@given(PAIRS)
def test_taking_it_away_leaves_exactly_so_many_without_a_way(pairs: set[tuple[int, int]]):
    far = reached(pairs) - {0}
    for thing, cut in choke_points(graph(), steps(pairs), near=[0], far=far):
        assert cut == len(far - reached(pairs, without=thing) - {thing})
