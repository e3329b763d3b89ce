"""How do half a million edges fit in memory, and which of them leave or arrive at an object?

Objects and edges are numbers; an edge's columns are arrays, and what many edges have in common (a policy's name, a list
of actions) is kept once. About 60 bytes an edge with its evidence; the hops of a path are made only for the paths that
are told. A walk needs no more of an edge than EDGE_FIELDS; where the evidence stands is the subclass's business.
"""

from __future__ import annotations

from array import array
from collections.abc import Hashable, Iterator
from datetime import UTC, datetime
from typing import Any, NamedTuple

from connectors.inventory.things import Things

RELATIONS = (
    "runs_as",
    "can_assume",
    "owns",
    "calls",
    "contains",
    "uses_data",
    "barred",
    "same_as",
    "permission",
    "egress",
)
RUNS_AS, CAN_ASSUME, OWNS, CALLS, CONTAINS, USES_DATA, BARRED, SAME_AS, PERMISSION, EGRESS = range(len(RELATIONS))
ACCESSES = (None, "read", "write", "admin", "assume")
NO_ACCESS, READ, WRITE, ADMIN, ASSUME = range(len(ACCESSES))
GRADES = ("granted", "conditional", "unknown")
GRANTED, CONDITIONAL, UNKNOWN = range(len(GRADES))
NONE = -1
_RELATION_NUMBERS = {name: number for number, name in enumerate(RELATIONS)}
_ACCESS_NUMBERS = {name: number for number, name in enumerate(ACCESSES)}
_GRADE_NUMBERS = {name: number for number, name in enumerate(GRADES)}
EDGE_FIELDS = ("source", "source_kind", "target", "target_kind", "relation", "access", "grade", "conditions")
EVIDENCE_FIELDS = (
    *("source_name", "target_name", "actions", "via", "conditions", "scope", "seen_scan", "first_seen", "last_seen"),
)
NODE_FIELDS = (
    *("key", "kind", "name", "type", "system", "account_id", "account_name", "domains"),
    *("data.external", "data.pattern"),
)


class Said(NamedTuple):
    """The evidence of one edge."""

    actions: tuple[str, ...]
    via: str | None
    conditions: tuple[str, ...]
    scope: str
    scan: str
    first_seen: datetime
    last_seen: datetime


class Adjacency:
    """A graph that only grows. `things`, and of edges `source`, `target`, `relation`, `access`, `grade`: by number."""

    def __init__(self) -> None:
        self.things = Things()
        self.source, self.target = array("I"), array("I")
        self.relation, self.access, self.grade = array("B"), array("B"), array("B")
        # The edges of one object are a chain: the latest, and for each edge the one before it.
        self._last_out, self._last_in = array("i"), array("i")
        self._next_out, self._next_in = array("i"), array("i")
        self._shared: list[Any] = []
        self._shared_numbers: dict[Hashable, int] = {}
        self._conditions = array("I")

    def number(self, key: str) -> int | None:
        """The object's number, None when no edge names it."""
        return self.things.number(key)

    def add_edge(self, row: dict[str, Any]) -> None:
        """Take an edge's document, EDGE_FIELDS of it."""
        edge = len(self.source)
        source = self.add_thing(row["source"], row["source_kind"])
        target = self.add_thing(row["target"], row["target_kind"])
        self.source.append(source)
        self.target.append(target)
        self.relation.append(_RELATION_NUMBERS[row["relation"]])
        self.access.append(_ACCESS_NUMBERS[row["access"]])
        self.grade.append(_GRADE_NUMBERS[row["grade"]])
        self._conditions.append(self._share(tuple(row["conditions"])))
        self._next_out.append(self._last_out[source])
        self._next_in.append(self._last_in[target])
        self._last_out[source] = self._last_in[target] = edge

    def add_thing(self, key: str, kind: str) -> int:
        """The object's number; it is known by its key alone until it is described."""
        number = self.things.number(key)
        if number is None:
            number = self.things.add(key, kind)
            self._last_out.append(NONE)
            self._last_in.append(NONE)
        return number

    def describe(self, row: dict[str, Any]) -> None:
        """Take a node's document, NODE_FIELDS of it, if an edge names the node."""
        number = self.things.number(row["key"])
        if number is not None:
            self.things.describe(number, row)

    def leaving(self, thing: int) -> Iterator[int]:
        """The edges that leave the object, the latest added first."""
        edge = self._last_out[thing]
        while edge != NONE:
            yield edge
            edge = self._next_out[edge]

    def arriving(self, thing: int) -> Iterator[int]:
        """The edges that arrive at the object, the latest added first."""
        edge = self._last_in[thing]
        while edge != NONE:
            yield edge
            edge = self._next_in[edge]

    def conditions(self, edge: int) -> tuple[str, ...]:
        """What narrows an edge."""
        found: tuple[str, ...] = self._shared[self._conditions[edge]]
        return found

    def said(self, edge: int) -> Said:
        """The evidence of an edge."""
        raise NotImplementedError

    def _share(self, value: Hashable) -> int:
        number = self._shared_numbers.get(value)
        if number is None:
            number = self._shared_numbers[value] = len(self._shared)
            self._shared.append(value)
        return number


class Whole(Adjacency):
    """All of a tenant's graph, with the evidence of every edge."""

    def __init__(self) -> None:
        super().__init__()
        self._said = tuple(array("I") for _ in range(4))
        self._first_seen, self._last_seen = array("d"), array("d")

    def add_edge(self, row: dict[str, Any]) -> None:
        """Take an edge's document, EDGE_FIELDS and EVIDENCE_FIELDS of it."""
        super().add_edge(row)
        self.things.call(self.source[-1], row["source_name"])
        self.things.call(self.target[-1], row["target_name"])
        evidence = (tuple(row["actions"]), row["via"], row["scope"], str(row["seen_scan"]))
        for column, value in zip(self._said, evidence, strict=True):
            column.append(self._share(value))
        self._first_seen.append(row["first_seen"].replace(tzinfo=UTC).timestamp())
        self._last_seen.append(row["last_seen"].replace(tzinfo=UTC).timestamp())

    def said(self, edge: int) -> Said:
        """The evidence of an edge."""
        actions, via, scope, scan = (self._shared[column[edge]] for column in self._said)
        first, last = (datetime.fromtimestamp(column[edge], UTC) for column in (self._first_seen, self._last_seen))
        return Said(actions, via, self.conditions(edge), scope, scan, first, last)
