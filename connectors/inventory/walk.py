"""Along which edges can one act, and what is worth reaching?

The rules, whoever loaded the edges:

- A workload acts as the identities it runs as, and may send data out.
- An identity does what its permissions say; a permission on a set of resources is one on each that the set contains.
- An identity becomes another one when the other's trust lets it in. Trust that names it suffices within one account;
  across accounts, or when the trust names only its account or anyone, its own permissions must allow it as well. With
  its own half alone the step is unknown, never granted; with the other's half alone there is no step, unless the caller
  is somebody whose permissions cannot be read, an outsider: then it is unknown too.
"""

from __future__ import annotations

import re
from collections.abc import Callable, Iterator
from typing import NamedTuple

from connectors.inventory.adjacency import (
    ADMIN,
    ASSUME,
    CAN_ASSUME,
    CONTAINS,
    EGRESS,
    GRADES,
    GRANTED,
    NONE,
    PERMISSION,
    RUNS_AS,
    UNKNOWN,
    Adjacency,
    Thing,
)

MOST_HOPS = 8
ACTORS = ("workload", "identity")
ANYONE = "anyone"  # the type of the identity that stands for everybody
ACCOUNT_PRINCIPAL = re.compile(r"arn:[\w-]+:iam::\d{12}:root")  # stands for every identity of its account


class Step(NamedTuple):
    """One edge walked. `proof` is the trust that lets a permission to assume take effect; `other` is the far end."""

    edge: int
    other: int
    grade: int
    proof: int = NONE


class _Door(NamedTuple):
    """Who may become one identity: by name, by a name for many, and whose own permissions allow it."""

    named: dict[int, int]
    shared: list[int]
    allowed: dict[int, int]


class _Spread:
    """One walk in all directions: how each object was first reached, and whether a step was too doubtful to take."""

    def __init__(self, start: int) -> None:
        self.came: dict[int, tuple[int, Step] | None] = {start: None}
        self.doubted = False

    def way(self, thing: int, last: Step) -> list[Step]:
        """The steps to an object that was reached, and one more."""
        steps = [last]
        while before := self.came[thing]:
            thing, step = before
            steps.append(step)
        return steps[::-1]


class Walk:
    """Walks one graph. The graph may not grow meanwhile."""

    def __init__(self, graph: Adjacency) -> None:
        self._graph = graph
        self._doors: dict[int, _Door] = {}

    def reach(self, start: int) -> list[list[Step]]:
        """The way to each thing worth reaching: the surest, of those the shortest. Authority over a thing and the data
        in it are two things."""
        found: dict[tuple[int, str], list[Step]] = {}
        for grade in range(len(GRADES)):
            spread = _Spread(start)
            for thing, step in self._steps(spread, start, grade, self._forward):
                for worth in self._worth(step):
                    if (step.other, worth) not in found:
                        found[step.other, worth] = spread.way(thing, step)
            if not spread.doubted:
                break
        return [list(way) for way in dict.fromkeys(tuple(way) for way in found.values())]

    def reaching(self, target: int) -> list[list[Step]]:
        """The way from each workload and identity that reaches the target: the surest, of those the shortest."""
        found: dict[int, list[Step]] = {}
        for grade in range(len(GRADES)):
            spread = _Spread(target)
            for thing, step in self._steps(spread, target, grade, self._backward):
                if step.other not in found and self._graph.things[step.other].kind in ACTORS:
                    found[step.other] = spread.way(thing, step)[::-1]
            if not spread.doubted:
                break
        return list(found.values())

    def _steps(
        self, spread: _Spread, start: int, grade: int, ahead: Callable[[int], Iterator[Step]]
    ) -> Iterator[tuple[int, Step]]:
        """Every step of at most that doubt with the object it is taken from, nearest first."""
        frontier = [start]
        for _ in range(MOST_HOPS):
            following = []
            for thing in frontier:
                for step in ahead(thing):
                    if step.grade > grade:
                        spread.doubted = True
                        continue
                    yield thing, step
                    if step.other not in spread.came and self._leads_on(step):
                        spread.came[step.other] = thing, step
                        following.append(step.other)
            frontier = following

    def _leads_on(self, step: Step) -> bool:
        """Access to an identity, by its name or as one of a set, is an end unless it is becoming it: what follows from
        the right to pass or change a role is a rule's business."""
        graph = self._graph
        access = graph.relation[step.edge] == PERMISSION and graph.access[step.edge] != ASSUME
        access = access or graph.relation[step.edge] == CONTAINS
        return not access or graph.things[graph.target[step.edge]].kind != "identity"

    def _worth(self, step: Step) -> Iterator[str]:
        relation = self._graph.relation[step.edge]
        if relation == PERMISSION and self._graph.access[step.edge] == ADMIN:
            yield "authority"
        if relation == EGRESS or (relation in (PERMISSION, CONTAINS) and self._graph.things[step.other].domains):
            yield "data"

    def _forward(self, thing: int) -> Iterator[Step]:
        graph = self._graph
        roles: dict[int, None] = {}
        for edge in graph.leaving(thing):
            relation = graph.relation[edge]
            if relation == CAN_ASSUME or (relation == PERMISSION and graph.access[edge] == ASSUME):
                roles[graph.target[edge]] = None
            elif relation in (RUNS_AS, PERMISSION, CONTAINS, EGRESS):
                yield Step(edge, graph.target[edge], graph.grade[edge])
        for role in roles:
            if step := self._becomes(thing, role):
                yield step

    def _backward(self, thing: int) -> Iterator[Step]:
        graph = self._graph
        callers: dict[int, None] = {}
        for edge in graph.arriving(thing):
            relation = graph.relation[edge]
            if relation == CAN_ASSUME or (relation == PERMISSION and graph.access[edge] == ASSUME):
                callers[graph.source[edge]] = None
            elif relation in (RUNS_AS, PERMISSION, CONTAINS, EGRESS) and self._leads_on(Step(edge, thing, GRANTED)):
                yield Step(edge, graph.source[edge], graph.grade[edge])
        for caller in callers:
            if step := self._becomes(caller, thing):
                yield step._replace(other=caller)

    def _becomes(self, caller: int, role: int) -> Step | None:
        """The step by which the caller becomes the role, if there is one."""
        graph, door = self._graph, self._door(role)
        who, whom = graph.things[caller], graph.things[role]
        named, allowed = door.named.get(caller), door.allowed.get(caller)
        if named is not None and who.known and who.account_id in (None, whom.account_id) and not _is_account(who):
            return Step(named, role, graph.grade[named])
        if allowed is None:
            unreadable = named is not None and (who.external or not who.known)
            return Step(named, role, UNKNOWN) if named is not None and unreadable else None
        lets_in = [edge for edge in door.shared if self._speaks_for(graph.things[graph.source[edge]], who)]
        lets_in += [] if named is None else [named]
        if lets_in:
            proof = min(lets_in, key=lambda edge: graph.grade[edge])
            return Step(allowed, role, max(graph.grade[allowed], graph.grade[proof]), proof)
        if door.named or door.shared:
            return None  # the trust was read, and names others
        return Step(allowed, role, UNKNOWN)

    def _speaks_for(self, principal: Thing, caller: Thing) -> bool:
        if _is_account(principal):
            return caller.account_id is not None and f"::{caller.account_id}:root" in principal.key
        return principal.type == ANYONE

    def _door(self, role: int) -> _Door:
        door = self._doors.get(role)
        if door is None:
            door = self._doors[role] = self._read_door(role)
        return door

    def _read_door(self, role: int) -> _Door:
        graph, door = self._graph, _Door({}, [], {})
        for edge in graph.arriving(role):
            source = graph.source[edge]
            principal = graph.things[source]
            if graph.relation[edge] == CAN_ASSUME:
                _keep_surest(graph, door.named, source, edge)
                if principal.type == ANYONE or _is_account(principal):
                    door.shared.append(edge)
            elif graph.relation[edge] == PERMISSION and graph.access[edge] == ASSUME:
                _keep_surest(graph, door.allowed, source, edge)
        return door


def _keep_surest(graph: Adjacency, kept: dict[int, int], source: int, edge: int) -> None:
    if source not in kept or graph.grade[edge] < graph.grade[kept[source]]:
        kept[source] = edge


def _is_account(thing: Thing) -> bool:
    return ACCOUNT_PRINCIPAL.fullmatch(thing.key) is not None
