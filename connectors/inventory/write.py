"""How do records become the inventory: new, changed, seen again, gone?

Per batch: read the hashes, insert the new, update the changed, stamp the seen with one update. A batch written twice
changes nothing the second time, and one cut short is completed by whoever reads its scope again: change rows are
written first, under ids that follow from what changed.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Callable, Iterable, Iterator
from concurrent.futures import Future, ThreadPoolExecutor
from dataclasses import dataclass
from datetime import datetime
from itertools import islice
from typing import Any, Self

from bson import ObjectId
from pymongo import UpdateOne
from pymongo.collection import Collection
from pymongo.errors import BulkWriteError

from connectors.inventory.change import APPEARED, GONE, Difference, change_documents, differences
from connectors.inventory.codec import settle
from connectors.inventory.documents import Document, by_key, collection
from connectors.inventory.models import Change, Edge, Node
from connectors.inventory.records import EdgeRecord, ObjectRecord
from connectors.inventory.shape import edge_document, edge_key, node_document

BATCH = 1000
DUPLICATE_KEY = 11000  # MongoDB's error code
STAMPS = {"key": True, "hash": True, "gone_at": True, "seen_scan": True}
Batch = dict[str, tuple[Any, str]]  # key → record and hash; of two records with one key the last wins


@dataclass(frozen=True, slots=True, kw_only=True)
class Writing:
    """For whom, for which scan and as of when is written; the same for every attempt at one scan. `now` is UTC."""

    tenant_id: ObjectId
    connection_id: ObjectId
    scan_id: ObjectId
    now: datetime


class Writer:
    """Takes one scan's records and stores them in batches, one of nodes and one of edges under way at most: the source
    goes on while the database works, and waits when it falls behind.

    It keeps in `counts`: objects and edges, each once per scan; new, changed and gone objects, and the same of edges
    as edges_new, edges_changed, edges_gone.
    """

    def __init__(self, writing: Writing, counts: Counter[str]) -> None:
        self._watched: set[str] = set()
        self._nodes = _Store(Node, node_document, writing, self._watched, counts, name="node", prefix="")
        self._edges = _Store(Edge, edge_document, writing, self._watched, counts, name="edge", prefix="edges_")
        self._database = ThreadPoolExecutor(max_workers=1, thread_name_prefix="inventory")

    def __enter__(self) -> Self:
        return self

    def __exit__(self, *_: object) -> None:
        self._database.shutdown(cancel_futures=True)

    def watch(self, scope: str) -> None:
        """What appears in this scope is a change: it was read completely before."""
        self._watched.add(scope)

    def add(self, record: ObjectRecord | EdgeRecord) -> None:
        """Take one record. Waits while the database is still busy with the batch before."""
        record, fingerprint = settle(record)
        if isinstance(record, EdgeRecord):
            store, key = self._edges, edge_key(record)
        else:
            store, key = self._nodes, record.id
        store.batch[key] = record, fingerprint
        if len(store.batch) >= BATCH:
            self._hand_over(store)

    def flush(self) -> None:
        """Return once everything taken so far is stored."""
        for store in (self._nodes, self._edges):
            self._hand_over(store)
        for store in (self._nodes, self._edges):
            store.wait()

    def sweep(self, scope: str) -> None:
        """Mark gone what this scope, read completely in this scan, no longer showed.

        Only once every scope was read: what two scopes tell of is kept by either.
        """
        self._nodes.sweep(scope)
        self._edges.sweep(scope)

    def _hand_over(self, store: _Store) -> None:
        store.wait()
        batch, store.batch = store.batch, {}
        if batch:
            store.under_way = self._database.submit(store.write, batch)


class _Store:
    """The tenant's nodes or edges, as one scan of one connection writes them."""

    def __init__(
        self,
        model: type[Node | Edge],
        shape: Callable[[Any], Document],
        writing: Writing,
        watched: set[str],
        counts: Counter[str],
        *,
        name: str,
        prefix: str,
    ) -> None:
        self.batch: Batch = {}
        self.under_way: Future[None] | None = None
        self._rows, self._changes = collection(model), collection(Change)
        self._shape, self._writing, self._watched = shape, writing, watched
        self._counts, self._prefix = counts, prefix
        # Every index begins with the tenant: without a hint MongoDB tries them all out, at every batch.
        self._by_key, self._by_scope = f"{name}_key", f"{name}_sweep"
        self._whose = {"tenant_id": writing.tenant_id, "connection_id": writing.connection_id}
        self._seen = {"seen_scan": writing.scan_id, "last_seen": writing.now, "gone_at": None}

    def wait(self) -> None:
        """Return once the batch under way is stored, or raise what kept it from being."""
        if self.under_way:
            under_way, self.under_way = self.under_way, None
            under_way.result()

    def write(self, batch: Batch) -> None:
        """Store one batch."""
        asked = by_key(self._writing.tenant_id, batch, connection_id=self._writing.connection_id)
        stored = {row["key"]: row for row in self._rows.find(asked, STAMPS, hint=self._by_key)}
        same = [row for key, row in stored.items() if row["hash"] == batch[key][1]]
        self._insert([item for key, item in batch.items() if key not in stored])
        self._update({row["_id"]: batch[key] for key, row in stored.items() if row["hash"] != batch[key][1]})
        self._record([(self._shape(batch[row["key"]][0]), [APPEARED]) for row in same if row["gone_at"]])
        self._stamp([row["_id"] for row in same])
        again = sum(row["seen_scan"] == self._writing.scan_id for row in stored.values())
        self._counts[self._prefix.rstrip("_") or "objects"] += len(batch) - again

    def sweep(self, scope: str) -> None:
        """Mark gone what this scan did not see in the scope."""
        absent = {**self._whose, "scope": scope, "gone_at": None, "seen_scan": {"$ne": self._writing.scan_id}}
        for chunk in _chunks(self._rows.find(absent, {"data": False, "search": False}, hint=self._by_scope)):
            self._record([(document, [GONE]) for document in chunk])
            ids = [document["_id"] for document in chunk]
            self._rows.update_many({"_id": {"$in": ids}}, {"$set": {"gone_at": self._writing.now}})
            self._counts[f"{self._prefix}gone"] += len(chunk)

    def _insert(self, items: list[tuple[Any, str]]) -> None:
        first = {"first_seen": self._writing.now}
        rows = [
            {**self._shape(record), "hash": digest, **self._whose, **first, **self._seen} for record, digest in items
        ]
        self._record([(row, [APPEARED]) for row in rows if row["scope"] in self._watched])
        _insert(self._rows, rows)
        self._counts[f"{self._prefix}new"] += len(rows)

    def _update(self, items: dict[ObjectId, tuple[Any, str]]) -> None:
        if not items:
            return
        changed, updates = [], []
        for before in self._rows.find({"_id": {"$in": list(items)}}):
            record, digest = items[before["_id"]]
            after = self._shape(record)
            found = [APPEARED] if before["gone_at"] else []
            changed.append((after, [*found, *differences(before, after)]))
            updates.append(UpdateOne({"_id": before["_id"]}, {"$set": {**after, "hash": digest, **self._seen}}))
        self._record(changed)
        self._rows.bulk_write(updates, ordered=False)
        self._counts[f"{self._prefix}changed"] += sum(found not in ([], [APPEARED]) for _, found in changed)

    def _stamp(self, ids: list[ObjectId]) -> None:
        if ids:
            self._rows.update_many({"_id": {"$in": ids}}, {"$set": self._seen})

    def _record(self, changed: list[tuple[Document, list[Difference]]]) -> None:
        whose = {**self._whose, "at": self._writing.now}
        rows = [
            {**row, **whose}
            for document, found in changed
            for row in change_documents(document, found, scan_id=self._writing.scan_id)
        ]
        _insert(self._changes, rows)


def recount(writing: Writing) -> dict[str, int]:
    """The counts of a scan from what is stored, for when nobody counted all of it. Reads the whole connection once."""
    counts: dict[str, int] = {}
    whose = {"tenant_id": writing.tenant_id, "connection_id": writing.connection_id}
    for model, label, prefix, index in ((Node, "objects", "", "node_sweep"), (Edge, "edges", "edges_", "edge_sweep")):
        seen = {"$eq": ["$seen_scan", writing.scan_id]}
        new = {"$and": [seen, {"$eq": ["$first_seen", writing.now]}]}
        gone = {"$eq": ["$gone_at", writing.now]}
        sums = {
            name: {"$sum": {"$cond": [test, 1, 0]}} for name, test in (("seen", seen), ("new", new), ("gone", gone))
        }
        for row in collection(model).aggregate([{"$match": whose}, {"$group": {"_id": None, **sums}}], hint=index):
            counts |= {label: row["seen"], f"{prefix}new": row["new"], f"{prefix}gone": row["gone"]}
        told = {"tenant_id": writing.tenant_id, "scan": writing.scan_id, "field": {"$ne": APPEARED.field}}
        told["subject_kind"] = "edge" if model is Edge else {"$ne": "edge"}
        subjects: list[Document] = [
            {"$match": told},
            {"$group": {"_id": ["$subject", "$subject_name"]}},
            {"$count": "subjects"},
        ]
        found = next(iter(collection(Change).aggregate(subjects)), {"subjects": 0})
        counts[f"{prefix}changed"] = found["subjects"]
    return counts


def _insert(rows: Collection[Document], documents: list[Document]) -> None:
    """Insert those that aren't there: an attempt before this one, killed since, may have written some."""
    try:
        if documents:
            rows.insert_many(documents, ordered=False)
    except BulkWriteError as error:
        if any(each["code"] != DUPLICATE_KEY for each in error.details["writeErrors"]):
            raise


def _chunks(rows: Iterable[Document]) -> Iterator[list[Document]]:
    rows = iter(rows)
    while chunk := list(islice(rows, BATCH)):
        yield chunk
