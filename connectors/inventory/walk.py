"""Along which edges can one act, and what is worth reaching?

The rules, whoever loaded the edges; who may become whom is `connectors.inventory.becoming`'s:

- A workload acts as the identities it runs as, and may send data out. An identity that correlation found in two systems
  acts in both.
- An identity does what its permissions say; a permission on a set of resources is one on each that the set contains.
- A workload that calls another one has it act, but only as far as the other does what its caller asks: conditional at
  best, and walked only where that is asked for.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable, Iterator
from dataclasses import dataclass, field
from itertools import islice

from connectors.inventory.adjacency import (
    ADMIN,
    ASSUME,
    CALLS,
    CONDITIONAL,
    CONTAINS,
    EGRESS,
    GRADES,
    GRANTED,
    PERMISSION,
    RUNS_AS,
    SAME_AS,
    UNKNOWN,
    Adjacency,
)
from connectors.inventory.becoming import Becoming, Step

MOST_HOPS = 8
ACTORS = ("workload", "identity")
ACTING = frozenset({RUNS_AS, SAME_AS, PERMISSION, CONTAINS, EGRESS})
CALLING = ACTING | {CALLS}
AUTHORITY, DATA, OUT, SYSTEM = WORTH = ("authority", "data", "egress", "system")
Ahead = Callable[[int], Iterator[Step]]


@dataclass(slots=True)
class _Spread:
    """One walk in all directions: by which steps each object was first reached, those of equal length included, after
    how many steps, and whether a step was too doubtful to take."""

    starts: frozenset[int]
    came: dict[int, list[Step]] = field(default_factory=dict)
    level: dict[int, int] = field(default_factory=dict)
    doubted: bool = False

    def __post_init__(self) -> None:
        self.level |= dict.fromkeys(self.starts, 0)

    def arrive(self, far: int, step: Step, level: int) -> bool:
        """Note a step to an object that was not reached on a level before; whether it is the first."""
        before = self.came.setdefault(far, [])
        before.append(step)
        self.level[far] = level
        return len(before) == 1


class Walk:
    """Walks one graph along some relations. The graph may not grow meanwhile."""

    def __init__(self, graph: Adjacency, along: frozenset[int] = ACTING) -> None:
        self._graph = graph
        self._along = along
        self._becoming = Becoming(graph)

    def reach(self, start: int, *, most: int = 1) -> list[list[Step]]:
        """The ways to each thing worth reaching: the surest, of those the shortest, of those `most`. Authority over a
        thing and the data in it are two things; so is the first object in another system."""
        found: dict[tuple[int, str], list[list[Step]]] = {}
        for grade in range(len(GRADES)):
            spread = _Spread(frozenset({start}))
            ends: dict[tuple[int, str], list[Step]] = {}
            for step in self._steps(spread, grade, self._forward, far=1):
                for worth in self.worth(step):
                    home = worth == SYSTEM and self._is_home(step.target, start)
                    if not home and (step.target, worth) not in found:
                        ends.setdefault((step.target, worth), []).append(step)
            found |= {end: self._ways(spread, steps, most) for end, steps in ends.items()}
            if not spread.doubted:
                break
        return [list(way) for way in dict.fromkeys(tuple(way) for ways in found.values() for way in ways)]

    def reaching(self, *targets: int, most: int = 1) -> list[list[Step]]:
        """The ways from each workload and identity that reaches a target: the surest, of those the shortest."""
        found: dict[int, list[list[Step]]] = {}
        for grade in range(len(GRADES)):
            spread = _Spread(frozenset(targets))
            for _ in self._steps(spread, grade, self._backward, far=0):
                pass
            for actor, steps in spread.came.items():
                if actor not in found and self._graph.things[actor].kind in ACTORS:
                    found[actor] = [way[::-1] for way in self._ways(spread, steps, most, far=0)]
            if not spread.doubted:
                break
        return [way for ways in found.values() for way in ways]

    def steps_from(self, start: int) -> list[Step]:
        """Every step within reach, whatever its grade."""
        spread = _Spread(frozenset({start}))
        return list(self._steps(spread, UNKNOWN, self._forward, far=1))

    def steps_to(self, *targets: int) -> list[Step]:
        """Every step on a way to one of the targets, whatever its grade."""
        return list(self._steps(_Spread(frozenset(targets)), UNKNOWN, self._backward, far=0))

    def leading_to(self, targets: Iterable[int], *, doubt: int = CONDITIONAL) -> Iterator[int]:
        """Everything from which one of the targets is reached by steps of at most that doubt, the targets left out."""
        reached = bytearray(len(self._graph.things))
        frontier = list(targets)
        for target in frontier:
            reached[target] = True
        for _ in range(MOST_HOPS):
            following = []
            for step in (step for thing in frontier for step in self._backward(thing)):
                if step.grade <= doubt and not reached[step.source]:
                    reached[step.source] = True
                    following.append(step.source)
            yield from following
            frontier = following

    def _steps(self, spread: _Spread, grade: int, ahead: Ahead, *, far: int) -> Iterator[Step]:
        """Every step of at most that doubt, nearest first. `far` is 1 when walking forward, 0 backward."""
        frontier = list(spread.starts)
        for level in range(1, MOST_HOPS + 1):
            following = []
            for thing in frontier:
                for step in ahead(thing):
                    if step.grade > grade:
                        spread.doubted = True
                        continue
                    yield step
                    end = step.target if far else step.source
                    known = spread.level.get(end, level)
                    if known == level and self._leads_on(step) and spread.arrive(end, step, level):
                        following.append(end)
            frontier = following

    def _ways(self, spread: _Spread, last: Iterable[Step], most: int, *, far: int = 1) -> list[list[Step]]:
        """The shortest of the ways that end with one of these steps."""

        def ways(step: Step) -> Iterator[list[Step]]:
            near = step.source if far else step.target
            if near in spread.starts:
                yield [step]
            for before in spread.came.get(near, ()):
                yield from ([*way, step] for way in ways(before))

        level = spread.level
        steps = list(last)
        nearest = min(level[step.source if far else step.target] for step in steps)
        shortest = (step for step in steps if level[step.source if far else step.target] == nearest)
        return list(islice((way for step in shortest for way in ways(step)), most))

    def _leads_on(self, step: Step) -> bool:
        """Access to an identity, by its name or as one of a set, is an end unless it is becoming it: what follows from
        the right to pass or change a role is a rule's business."""
        graph = self._graph
        relation = graph.relation[step.edge]
        access = relation == CONTAINS or (relation == PERMISSION and graph.access[step.edge] != ASSUME)
        return not access or graph.things[step.target].kind != "identity"

    def worth(self, step: Step) -> Iterator[str]:
        """What the step's target is worth reaching for, of WORTH; nothing for most."""
        graph = self._graph
        relation = graph.relation[step.edge]
        if relation == PERMISSION and graph.access[step.edge] == ADMIN:
            yield AUTHORITY
        if relation in (PERMISSION, CONTAINS) and graph.things[step.target].domains:
            yield DATA
        if relation == EGRESS:
            yield OUT
        if relation != SAME_AS and self._enters(step):
            yield SYSTEM

    def _enters(self, step: Step) -> bool:
        """Whether the step is the first in another system: into it, or by the record there of one actor in both."""
        graph = self._graph
        here, there = graph.things[step.source].system, graph.things[step.target].system
        if graph.things[step.target].kind not in ACTORS or None in (here, there):
            return False
        joined = (edge for edge in graph.arriving(step.source) if graph.relation[edge] == SAME_AS)
        return here != there or any(graph.things[graph.source[edge]].system != there for edge in joined)

    def _is_home(self, thing: int, start: int) -> bool:
        return self._graph.things[thing].system == self._graph.things[start].system

    def _forward(self, thing: int) -> Iterator[Step]:
        graph = self._graph
        for edge in graph.leaving(thing):
            if self._is_walked(edge):
                yield self._plain(edge)
        yield from self._becoming.from_(thing)

    def _backward(self, thing: int) -> Iterator[Step]:
        graph = self._graph
        for edge in graph.arriving(thing):
            if self._is_walked(edge) and self._leads_on(step := self._plain(edge)):
                yield step
        yield from self._becoming.to(thing)

    def _is_walked(self, edge: int) -> bool:
        graph = self._graph
        relation = graph.relation[edge]
        return relation in self._along and not (relation == PERMISSION and graph.access[edge] == ASSUME)

    def _plain(self, edge: int) -> Step:
        graph = self._graph
        least = CONDITIONAL if graph.relation[edge] == CALLS else GRANTED
        return Step(edge, graph.source[edge], graph.target[edge], max(graph.grade[edge], least))
