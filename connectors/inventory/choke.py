"""Through which few does it all go: whose loss would leave how many without a way?

An object cuts off whatever has no way but through it: in the terms of flow graphs, what it dominates.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterable, Iterator

import rustworkx

from connectors.inventory.adjacency import NONE, Adjacency
from connectors.inventory.becoming import Step
from connectors.inventory.walk import ACTORS

MOST_CHOKES = 8


def choke_points(
    graph: Adjacency, steps: Iterable[Step], *, near: Iterable[int], far: Iterable[int]
) -> list[tuple[int, int]]:
    """(object, how many of `far` have no way from `near` but through it), the most first: workloads and identities
    that cut off two at least, and more than the one before them on the way. Steps lead from `near` to `far`."""
    near = set(near)
    before = _dominators(steps, near)
    cut: Counter[int] = Counter()
    for end in dict.fromkeys(far):
        cut.update(_chain(before, end))
    actors = {thing for thing in cut if thing not in near and graph.things[thing].kind in ACTORS}
    found = [
        (thing, cut[thing])
        for thing in actors
        if cut[thing] > 1 and all(cut[other] > cut[thing] for other in _chain(before, thing) if other in actors)
    ]
    return sorted(found, key=lambda each: (-each[1], graph.things.key(each[0])))[:MOST_CHOKES]


def _dominators(steps: Iterable[Step], near: set[int]) -> dict[int, int]:
    """Object → the last one that every way to it goes through, where there is one."""
    flow: rustworkx.PyDiGraph[int, None] = rustworkx.PyDiGraph(multigraph=False)
    pairs = {(step.source, step.target) for step in steps}
    things = list(near | {end for pair in pairs for end in pair})
    start = flow.add_node(NONE)
    number = dict(zip(things, flow.add_nodes_from(things), strict=True))
    flow.add_edges_from_no_data([(start, number[thing]) for thing in near])
    flow.add_edges_from_no_data([(number[source], number[target]) for source, target in pairs])
    found = rustworkx.immediate_dominators(flow, start)
    return {flow[place]: flow[last] for place, last in found.items() if start not in (place, last)}


def _chain(before: dict[int, int], thing: int) -> Iterator[int]:
    """All that every way to the object goes through, the last first."""
    while thing in before:
        thing = before[thing]
        yield thing
