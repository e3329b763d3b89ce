"""How do half a million edges fit in memory, and which of them leave or arrive at an object?

Objects and edges are numbers; an edge's columns are arrays, and what many edges have in common (a policy's name, a list
of actions) is kept once. About 60 bytes an edge; the hops of a path are made only for the paths that are told.
"""

from __future__ import annotations

from array import array
from collections.abc import Hashable, Iterator
from datetime import UTC, datetime
from typing import Any, NamedTuple

RELATIONS = ("runs_as", "can_assume", "owns", "calls", "contains", "uses_data", "permission", "egress")
RUNS_AS, CAN_ASSUME, OWNS, CALLS, CONTAINS, USES_DATA, PERMISSION, EGRESS = range(len(RELATIONS))
ACCESSES = (None, "read", "write", "admin", "assume")
NO_ACCESS, READ, WRITE, ADMIN, ASSUME = range(len(ACCESSES))
GRADES = ("granted", "conditional", "unknown")
GRANTED, CONDITIONAL, UNKNOWN = range(len(GRADES))
NONE = -1
EDGE_FIELDS = (
    *("source", "source_kind", "source_name", "target", "target_kind", "target_name", "relation", "access", "grade"),
    *("actions", "via", "conditions", "scope", "seen_scan", "first_seen", "last_seen"),
)
NODE_FIELDS = ("key", "kind", "name", "type", "account_id", "account_name", "domains", "data.external")


class Thing(NamedTuple):
    """What a walk has to know of an object. `known` is False for one that only edges name."""

    key: str
    kind: str
    name: str
    type: str = ""
    account_id: str | None = None
    account_name: str | None = None
    domains: tuple[str, ...] = ()
    external: bool = False
    known: bool = False


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
        self.things: list[Thing] = []
        self.source, self.target = array("I"), array("I")
        self.relation, self.access, self.grade = array("B"), array("B"), array("B")
        self._numbers: dict[str, int] = {}
        # The edges of one object are a chain: the latest, and for each edge the one before it.
        self._last_out, self._last_in = array("i"), array("i")
        self._next_out, self._next_in = array("i"), array("i")
        self._shared: list[Any] = []
        self._shared_numbers: dict[Hashable, int] = {}
        self._said = tuple(array("I") for _ in range(5))
        self._first_seen, self._last_seen = array("d"), array("d")

    def number(self, key: str) -> int | None:
        """The object's number, None when no edge names it."""
        return self._numbers.get(key)

    def add_edge(self, row: dict[str, Any]) -> None:
        """Take an edge's document, EDGE_FIELDS of it."""
        edge = len(self.source)
        source = self._named(row["source"], row["source_kind"], row["source_name"])
        target = self._named(row["target"], row["target_kind"], row["target_name"])
        self.source.append(source)
        self.target.append(target)
        self.relation.append(RELATIONS.index(row["relation"]))
        self.access.append(ACCESSES.index(row["access"]))
        self.grade.append(GRADES.index(row["grade"]))
        evidence = (tuple(row["actions"]), row["via"], tuple(row["conditions"]), row["scope"], str(row["seen_scan"]))
        for column, value in zip(self._said, evidence, strict=True):
            column.append(self._share(value))
        self._first_seen.append(row["first_seen"].replace(tzinfo=UTC).timestamp())
        self._last_seen.append(row["last_seen"].replace(tzinfo=UTC).timestamp())
        self._next_out.append(self._last_out[source])
        self._next_in.append(self._last_in[target])
        self._last_out[source] = self._last_in[target] = edge

    def describe(self, row: dict[str, Any]) -> None:
        """Take a node's document, NODE_FIELDS of it, if an edge names the node."""
        number = self._numbers.get(row["key"])
        if number is None:
            return
        self.things[number] = Thing(
            key=self.things[number].key,
            kind=row["kind"],
            name=row["name"],
            type=self._once(row["type"]),
            account_id=self._once(row["account_id"]),
            account_name=self._once(row["account_name"]),
            domains=self._once(tuple(row["domains"])),
            external=row.get("data", {}).get("external", False),
            known=True,
        )

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

    def said(self, edge: int) -> Said:
        """The evidence of an edge."""
        shared = (self._shared[column[edge]] for column in self._said)
        times = (datetime.fromtimestamp(column[edge], UTC) for column in (self._first_seen, self._last_seen))
        return Said(*shared, *times)

    def _named(self, key: str, kind: str, name: str) -> int:
        number = self._numbers.get(key)
        if number is None:
            number = self._numbers[key] = len(self.things)
            self.things.append(Thing(key=key, kind=self._once(kind), name=name))
            self._last_out.append(NONE)
            self._last_in.append(NONE)
        return number

    def _share(self, value: Hashable) -> int:
        number = self._shared_numbers.get(value)
        if number is None:
            number = self._shared_numbers[value] = len(self._shared)
            self._shared.append(value)
        return number

    def _once(self, value: Any) -> Any:
        return self._shared[self._share(value)]
