"""What of a scope stays as it was, when a scan is told only what changed there?

Everything but what the system says is gone, the edges to it, and the edges from an object that was told again: those
were told with it.
The rest is stamped as seen before the scope counts as complete; from then on it is like a scope that was read whole.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterable, Iterator
from datetime import datetime
from itertools import islice
from typing import NamedTuple

from bson import ObjectId
from django.db.models import Model

from connectors.inventory.documents import Document, by_key, collection
from connectors.inventory.models import PROOF, Coverage, Edge, Node, ReportedAlert, Telling
from connectors.inventory.records import ObjectRecord, Record, Removed

BATCH = 1000
SHOWN = dict.fromkeys(("key", "source", "target"), True)


class Store(NamedTuple):
    """A collection of the inventory, as a scan counts it, its indexes by scope and by key, and what in a row says whose
    it is."""

    counted: str
    model: type[Model]
    by_scope: str
    by_key: str
    of: str


STORES = (
    Store("objects", Node, "node_sweep", "node_key", "key"),
    Store("edges", Edge, "edge_sweep", "edge_key", "source"),
    Store("alerts", ReportedAlert, "alert_sweep", "alert_key", "key"),
)


class Increment:
    """One scope's, in one scan of one connection. `scan_id` and `now` stamp what stays."""

    def __init__(
        self, scope: str, *, tenant_id: ObjectId, connection_id: ObjectId, scan_id: ObjectId, now: datetime
    ) -> None:
        self._tenant_id, self._connection_id, self._scan_id = tenant_id, connection_id, scan_id
        self._scope: Document = {"tenant_id": tenant_id, "connection_id": connection_id, "scope": scope}
        self._stamp = {"$set": {"seen_scan": scan_id, "last_seen": now}}
        self._told: set[str] = set()
        self._removed: set[str] = set()
        self._kept: Counter[str] = Counter()

    def take(self, record: Record) -> None:
        """Remember of what the scope told anew."""
        if isinstance(record, Removed):
            self._removed.add(record.id)
        elif isinstance(record, ObjectRecord):
            self._told.add(record.id)

    def keep(self) -> Counter[str]:
        """Stamp what stays, and count it: objects, edges, alerts. Everything that was told is stored by now."""
        unseen = {**self._scope, "gone_at": None, "seen_scan": {"$ne": self._scan_id}}
        for store in STORES:
            rows = collection(store.model).find(unseen, SHOWN, hint=store.by_scope)
            for batch in _batches(rows):
                self._keep(store, batch)
        for batch in _batches(collection(Telling).find(self._earlier(), {"key": True}, hint="telling_scope")):
            self._keep_shared([row["key"] for row in batch])
        return self._kept

    def _keep(self, store: Store, rows: list[Document]) -> list[str]:
        anew = self._removed | self._told if store.model is Edge else self._removed
        kept = [row for row in rows if row[store.of] not in anew and row.get("target") not in self._removed]
        unseen = {"_id": {"$in": [row["_id"] for row in kept]}, "seen_scan": {"$ne": self._scan_id}}
        self._kept[store.counted] += collection(store.model).update_many(unseen, self._stamp).modified_count
        return [row["key"] for row in kept]

    def _keep_shared(self, keys: list[str]) -> None:
        """What the scope tells of together with others may belong to the one that told of it last."""
        kept: list[str] = []
        asked = {**by_key(self._tenant_id, keys, connection_id=self._connection_id), "gone_at": None}
        for store in STORES:
            rows = collection(store.model).find(asked, SHOWN, hint=store.by_key)
            kept += self._keep(store, list(rows))
        told = {**self._earlier(), "key": {"$in": kept}}
        collection(Telling).update_many(told, {"$set": {"scan": self._scan_id}}, hint="telling_scope")

    def _earlier(self) -> Document:
        return {**self._scope, "scan": {"$ne": self._scan_id}}


def bookmarks(*, tenant_id: ObjectId, connection_id: ObjectId) -> dict[str, str]:
    """Scope → from where an increment of it can be read, as its last proof left it."""
    whose = {"tenant_id": tenant_id, "connection_id": connection_id, "state": {"$in": list(PROOF)}}
    last = {"_id": "$scope", "bookmark": {"$last": "$bookmark"}}
    stages: list[Document] = [{"$match": whose}, {"$sort": {"started_at": 1}}, {"$group": last}]
    found = collection(Coverage).aggregate(stages, hint="coverage_history")
    return {row["_id"]: row["bookmark"] for row in found if row["bookmark"]}


def _batches(rows: Iterable[Document]) -> Iterator[list[Document]]:
    rows = iter(rows)
    while batch := list(islice(rows, BATCH)):
        yield batch
