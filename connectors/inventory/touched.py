"""About which objects may a rule say something else than at that time?

Those that changed, those that they stand next to, and everything from which one of these is reached, now or then: so
the edges that went meanwhile are walked, too. Too many is harmless, too few is not.
"""

from __future__ import annotations

from array import array
from bisect import bisect_left
from collections.abc import Iterable, Iterator
from datetime import datetime

from connectors.inventory.adjacency import (
    CONTAINS,
    EDGE_FIELDS,
    EGRESS,
    NODE_FIELDS,
    PERMISSION,
    UNKNOWN,
    USES_DATA,
    Adjacency,
)
from connectors.inventory.codec import KINDS
from connectors.inventory.documents import Document, collection
from connectors.inventory.models import Attestation, Edge, Node, ReportedAlert
from connectors.inventory.walk import CALLING, Walk
from tenants.models import Tenant

BATCH = 1_000
# What many are granted, or many hold: that one more does, is nothing to it.
GRANTED_TO_MANY = frozenset({PERMISSION, CONTAINS, EGRESS, USES_DATA})


class Touched:
    """Keys of objects. Kept as hashes, eight bytes each: two that clash are one object too many."""

    def __init__(self, keys: Iterable[str]) -> None:
        self._hashes = array("q", sorted({hash(key) for key in keys}))

    def __contains__(self, key: str) -> bool:
        place = bisect_left(self._hashes, hash(key))
        return place < len(self._hashes) and self._hashes[place] == hash(key)

    def __len__(self) -> int:
        return len(self._hashes)


def touched(tenant: Tenant, *, since: datetime, now: datetime) -> Touched:
    """What may be judged differently as of `now` than as of `since`, but for rules that look at the clock."""
    graph, changed = _graph(tenant, since)
    keys = {*_changed_objects(tenant, since), *_spoken_about(tenant, since, now)}
    near = {number for key in keys if (number := graph.number(key)) is not None} | changed
    near.update([*_beside(graph, near)])
    near.update([*Walk(graph, CALLING).leading_to(near, doubt=UNKNOWN)])
    return Touched([*keys, *(graph.things.key(number) for number in near)])


def _graph(tenant: Tenant, since: datetime) -> tuple[Adjacency, set[int]]:
    """What holds now or held then, and from what the edges go out that differ."""
    graph, changed = Adjacency(), set()
    shown = dict.fromkeys((*EDGE_FIELDS, "changed_at"), 1)
    for row in _rows(tenant, Edge, since, shown):
        graph.add_edge(row)
        if row["changed_at"] >= since:
            changed.add(graph.source[-1])
    for row in _rows(tenant, Node, since, dict.fromkeys(NODE_FIELDS, 1), kind={"$in": list(KINDS)}):
        graph.describe(row)
    return graph, changed


def _rows(
    tenant: Tenant, model: type[Edge | Node], since: datetime, shown: Document, **which: object
) -> Iterator[Document]:
    asked = {"tenant_id": tenant.pk, "$or": [{"gone_at": None}, {"changed_at": {"$gte": since}}], **which}
    yield from collection(model).find(asked, shown, batch_size=BATCH)


def _changed_objects(tenant: Tenant, since: datetime) -> Iterator[str]:
    asked = {"tenant_id": tenant.pk, "changed_at": {"$gte": since}}
    yield from (row["key"] for row in collection(Node).find(asked, {"key": 1}, batch_size=BATCH))
    yield from (row["subject"] for row in collection(ReportedAlert).find(asked, {"subject": 1}, batch_size=BATCH))


def _spoken_about(tenant: Tenant, since: datetime, now: datetime) -> Iterator[str]:
    """For what somebody began or ceased to answer."""
    moments = [{"at": {"$gte": since}}, {"ended_at": {"$gte": since}}, {"until": {"$gte": since, "$lte": now}}]
    for row in collection(Attestation).find({"tenant_id": tenant.pk, "$or": moments}, {"key": 1}):
        yield row["key"]


def _beside(graph: Adjacency, changed: Iterable[int]) -> Iterator[int]:
    """Whatever has an edge to one that changed, and to what it has one itself: a finding tells of both by name."""
    for thing in changed:
        yield from (graph.source[edge] for edge in graph.arriving(thing))
        for edge in graph.leaving(thing):
            if graph.relation[edge] not in GRANTED_TO_MANY:
                yield graph.target[edge]
