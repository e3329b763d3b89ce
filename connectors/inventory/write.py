"""How do records become the inventory: new, changed, seen again, gone?

Per batch: read the hashes, insert the new, update the changed, stamp the seen with one update; where the batch before
held nothing new, stamp first, which is all there is to do when nothing is new again. A batch written twice changes
nothing the second time, and one cut short is completed by whoever reads its scope again: change rows are written first,
under ids that follow from what changed.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Callable, Iterable, Iterator
from concurrent.futures import Future, ThreadPoolExecutor
from dataclasses import dataclass
from datetime import datetime
from hashlib import blake2b
from itertools import islice
from typing import Any, Self

from bson import ObjectId
from django.db.models import Model
from pymongo import UpdateOne
from pymongo.collection import Collection
from pymongo.errors import BulkWriteError

from connectors.inventory.change import APPEARED, GONE, Difference, change_documents, differences
from connectors.inventory.codec import settle
from connectors.inventory.documents import Document, as_changed, by_key, collection
from connectors.inventory.models import Change, Edge, Node, ReportedAlert, Telling
from connectors.inventory.records import Alert, EdgeRecord, ObjectRecord
from connectors.inventory.shape import alert_document, edge_document, edge_key, node_document
from connectors.inventory.superseded import is_aside, mark

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
    """Takes one scan's records and stores them in batches, one of nodes, of edges and of alerts under way at most: the
    source goes on while the database works, and waits when it falls behind.

    It keeps in `counts`: objects, edges and alerts, each once per scan; new, changed and gone objects, and the same of
    edges as edges_new, edges_changed, edges_gone; of alerts alerts_new and alerts_gone.
    """

    def __init__(self, writing: Writing, counts: Counter[str]) -> None:
        self._watched: set[str] = set()
        self._tellings = _Tellings(writing)
        whole = writing, self._tellings, self._watched, counts
        self._nodes = _Store(Node, node_document, *whole, name="node", prefix="")
        self._edges = _Store(Edge, edge_document, *whole, name="edge", prefix="edges_")
        self._alerts = _Alerts(ReportedAlert, alert_document, *whole, name="alert", prefix="alerts_")
        self._stores = (self._nodes, self._edges, self._alerts)
        self._database = ThreadPoolExecutor(max_workers=len(self._stores), thread_name_prefix="inventory")

    def __enter__(self) -> Self:
        return self

    def __exit__(self, *_: object) -> None:
        self._database.shutdown(cancel_futures=True)

    def watch(self, scope: str) -> None:
        """What appears in this scope is a change: it was read completely before."""
        self._watched.add(scope)

    def add(self, record: ObjectRecord | EdgeRecord | Alert) -> None:
        """Take one record. Waits while the database is still busy with the batch before."""
        record, fingerprint = settle(record)
        if isinstance(record, EdgeRecord):
            store, key = self._edges, edge_key(record)
        elif isinstance(record, Alert):
            store, key = self._alerts, record.id
        else:
            store, key = self._nodes, record.id
        before = store.batch.get(key)
        if before and before[0].scope != record.scope:  # both scopes' word is to be kept
            self._hand_over(store)
        store.batch[key] = record, fingerprint
        if len(store.batch) >= BATCH:
            self._hand_over(store)

    def flush(self) -> None:
        """Return once everything taken so far is stored."""
        for store in self._stores:
            self._hand_over(store)
        for store in self._stores:
            store.wait()

    def sweep(self, scope: str, *, proven: frozenset[str]) -> None:
        """Mark gone what this scope no longer showed; only once every scope was read.

        `proven` are all the scopes that this scan read completely: what another scope told of, too, is kept until that
        one is among them.
        """
        self._tellings.end(scope)
        for store in self._stores:
            store.sweep(scope, proven)

    def prevail(self, scope: str, *, over: Iterable[ObjectId]) -> None:
        """Of a scope that other connections read, too, this complete reading is the latest: theirs no longer counts."""
        for store in self._stores:
            store.prevail(scope, over)

    def _hand_over(self, store: _Store) -> None:
        store.wait()
        batch, store.batch = store.batch, {}
        if batch:
            store.under_way = self._database.submit(store.write, batch)


class _Tellings:
    """Which scopes told of what another one told of, too."""

    def __init__(self, writing: Writing) -> None:
        self._rows = collection(Telling)
        self._scan_id = writing.scan_id
        self._whose = {"tenant_id": writing.tenant_id, "connection_id": writing.connection_id}

    def note(self, moved: list[tuple[Document, Document]]) -> None:
        """Documents before and after another scope told of them: both scopes may hold them now."""
        told = [(before["key"], before["scope"], before["seen_scan"]) for before, _ in moved]
        told += [(after["key"], after["scope"], self._scan_id) for _, after in moved]
        if told:
            self._rows.bulk_write([self._told(*each) for each in told], ordered=False)

    def _told(self, key: str, scope: str, scan_id: ObjectId) -> UpdateOne:
        identity = "\x1f".join((*map(str, self._whose.values()), key, scope))
        row = {"_id": ObjectId(blake2b(identity.encode(), digest_size=12).digest())}
        return UpdateOne(row, {"$set": {**self._whose, "key": key, "scope": scope, "scan": scan_id}}, upsert=True)

    def end(self, scope: str) -> None:
        """Forget what the scope, read completely in this scan, did not tell of again."""
        self._rows.delete_many({**self._whose, "scope": scope, "scan": {"$ne": self._scan_id}}, hint="telling_scope")

    def elsewhere(self, keys: list[str], proven: frozenset[str]) -> dict[str, str]:
        """Key → a scope that told of it, too, and was not read completely since."""
        told = self._rows.find({**self._whose, "key": {"$in": keys}}, hint="telling_key").sort("scope", -1)
        return {row["key"]: row["scope"] for row in told if row["scope"] not in proven}


class _Store:
    """The tenant's nodes, edges or alerts, as one scan of one connection writes them."""

    def __init__(
        self,
        model: type[Model],
        shape: Callable[[Any], Document],
        writing: Writing,
        tellings: _Tellings,
        watched: set[str],
        counts: Counter[str],
        *,
        name: str,
        prefix: str,
    ) -> None:
        self.batch: Batch = {}
        self.under_way: Future[None] | None = None
        self._rows, self._changes, self._tellings = collection(model), collection(Change), tellings
        self._shape, self._writing, self._watched = shape, writing, watched
        self._counts, self._prefix = counts, prefix
        # Every index begins with the tenant: without a hint MongoDB tries them all out, at every batch.
        self._by_key, self._by_scope = f"{name}_key", f"{name}_sweep"
        self._whose = {"tenant_id": writing.tenant_id, "connection_id": writing.connection_id}
        self._seen = {"seen_scan": writing.scan_id, "last_seen": writing.now, "gone_at": None}
        self._nothing_new = False  # in the batch before

    def wait(self) -> None:
        """Return once the batch under way is stored, or raise what kept it from being."""
        if self.under_way:
            under_way, self.under_way = self.under_way, None
            under_way.result()

    def write(self, batch: Batch) -> None:
        """Store one batch."""
        asked = by_key(self._writing.tenant_id, sorted(batch), connection_id=self._writing.connection_id)
        stamped = self._stamp_unchanged(asked, batch) if self._nothing_new else 0
        if stamped < len(batch):
            stored = {row["key"]: row for row in self._rows.find(asked, STAMPS, hint=self._by_key)}
            stamped += self._write(batch, stored, stamped)
        self._counts[self._prefix.rstrip("_") or "objects"] += stamped

    def _stamp_unchanged(self, asked: Document, batch: Batch) -> int:
        """Stamp what is stored as the batch tells it; how many those are. A record's hash says its key, too."""
        told = {"hash": {"$in": [digest for _, digest in batch.values()]}}
        unseen = {"gone_at": None, "seen_scan": {"$ne": self._writing.scan_id}}
        stamp = {"$set": self._seen}
        return self._rows.update_many({**asked, **told, **unseen}, stamp, hint=self._by_key).modified_count

    def _write(self, batch: Batch, stored: dict[str, Document], stamped: int) -> int:
        """Store what of a batch differs from what is stored; how many it tells of that the scan had not seen."""
        same = [row for key, row in stored.items() if row["hash"] == batch[key][1]]
        self._insert([item for key, item in batch.items() if key not in stored])
        self._update({row["_id"]: batch[key] for key, row in stored.items() if row["hash"] != batch[key][1]})
        self._record([(self._shape(batch[row["key"]][0]), [APPEARED]) for row in same if row["gone_at"]])
        unseen = [row["_id"] for row in same if row["seen_scan"] != self._writing.scan_id and not row["gone_at"]]
        back = [row["_id"] for row in same if row["gone_at"]]
        for ids, fields in ((unseen, self._seen), (back, self._seen | as_changed())):
            if ids:
                self._rows.update_many({"_id": {"$in": ids}}, {"$set": fields})
        self._nothing_new = len(same) == len(batch)
        return len(batch) - sum(1 for row in stored.values() if row["seen_scan"] == self._writing.scan_id)

    def sweep(self, scope: str, proven: frozenset[str]) -> None:
        """Mark gone what this scan did not see in the scope, and no scope that wasn't read may still hold."""
        absent = {**self._whose, "scope": scope, "gone_at": None, "seen_scan": {"$ne": self._writing.scan_id}}
        for chunk in _chunks(self._rows.find(absent, {"data": False, "search": False}, hint=self._by_scope)):
            elsewhere = self._tellings.elsewhere([document["key"] for document in chunk], proven)
            self._end([document for document in chunk if document["key"] not in elsewhere])
            for document in chunk:
                if kept_by := elsewhere.get(document["key"]):
                    self._move(document, kept_by)

    def _end(self, gone: list[Document]) -> None:
        if gone:
            self._record([(document, [GONE]) for document in gone])
            ids = [document["_id"] for document in gone]
            ended = {"$set": {"gone_at": self._writing.now} | as_changed()}
            self._rows.update_many({"_id": {"$in": ids}}, ended)
            self._counts[f"{self._prefix}gone"] += len(gone)

    def _move(self, document: Document, scope: str) -> None:
        """Into a scope that may still hold it. No record has its hash now: whoever tells of it next is noted."""
        fields = (
            {"scope": scope, "hash": ""} | as_changed() | ({"data.scope": scope} if "relation" not in document else {})
        )
        self._rows.update_one({"_id": document["_id"]}, {"$set": fields})

    def prevail(self, scope: str, over: Iterable[ObjectId]) -> None:
        """Put the other connections' word on the scope aside; what this one doesn't show is gone."""
        seen = {**self._whose, "scope": scope, "seen_scan": self._writing.scan_id, "gone_at": {"$ne": None}}
        back = {"$set": {"gone_at": None} | as_changed()}  # it was put aside since this scan began
        self._rows.update_many(seen, back, hint=self._by_scope)
        for other in over:
            theirs = {**self._whose, "connection_id": other, "scope": scope, "gone_at": None}
            for chunk in _chunks(self._rows.find(theirs, {"data": False, "search": False}, hint=self._by_scope)):
                self._put_aside({document["key"]: document for document in chunk})

    def _put_aside(self, theirs: dict[str, Document]) -> None:
        asked = by_key(self._writing.tenant_id, theirs, connection_id=self._writing.connection_id)
        shown = {row["key"] for row in self._rows.find({**asked, "gone_at": None}, {"key": True}, hint=self._by_key)}
        self._record([(document, [GONE]) for key, document in theirs.items() if key not in shown])
        for keys, digest in ((theirs.keys() & shown, mark(self._writing.connection_id)), (theirs.keys() - shown, "")):
            ids = {"_id": {"$in": [theirs[key]["_id"] for key in keys]}}
            aside = {"$set": {"gone_at": self._writing.now, "hash": digest} | as_changed()}
            self._rows.update_many(ids, aside)

    def _insert(self, items: list[tuple[Any, str]]) -> None:
        first = {"first_seen": self._writing.now} | as_changed()
        rows = [
            {**self._shape(record), "hash": digest, **self._whose, **first, **self._seen} for record, digest in items
        ]
        self._record([(row, [APPEARED]) for row in rows if row["scope"] in self._watched])
        _insert(self._rows, rows)
        self._counts[f"{self._prefix}new"] += len(rows)

    def _update(self, items: dict[ObjectId, tuple[Any, str]]) -> None:
        if not items:
            return
        changed, updates, moved = [], [], []
        for before in self._rows.find({"_id": {"$in": list(items)}}):
            record, digest = items[before["_id"]]
            after = self._shape(record)
            found = [APPEARED] if before["gone_at"] and not is_aside(before["hash"]) else []
            changed.append((after, [*found, *differences(before, after)]))
            fields = {**after, "hash": digest, **self._seen} | as_changed()
            updates.append(UpdateOne({"_id": before["_id"]}, {"$set": fields}))
            if before["scope"] != after["scope"] and not before["gone_at"]:
                moved.append((before, after))
        self._tellings.note(moved)
        self._record(changed)
        self._rows.bulk_write(updates, ordered=False)

    def _record(self, changed: list[tuple[Document, list[Difference]]]) -> None:
        whose = {**self._whose, "at": self._writing.now}
        rows = [
            {**row, **whose}
            for document, found in changed
            for row in change_documents(document, found, scan_id=self._writing.scan_id)
        ]
        _insert(self._changes, rows)
        if differing := sum(found not in ([], [APPEARED], [GONE]) for _, found in changed):
            self._counts[f"{self._prefix}changed"] += differing


class _Alerts(_Store):
    """History is about what there is, not about what somebody reported of it."""

    def _record(self, changed: list[tuple[Document, list[Difference]]]) -> None:
        """Nothing to tell."""


def recount(writing: Writing) -> dict[str, int]:
    """The counts of a scan from what is stored, for when nobody counted all of it. Reads the whole connection once."""
    counts: dict[str, int] = {}
    whose = {"tenant_id": writing.tenant_id, "connection_id": writing.connection_id}
    seen = {"$eq": ["$seen_scan", writing.scan_id]}
    new = {"$and": [seen, {"$eq": ["$first_seen", writing.now]}]}
    gone = {"$eq": ["$gone_at", writing.now]}
    tests = {"seen": seen, "new": new, "gone": gone}
    sums: Document = {name: {"$sum": {"$cond": [test, 1, 0]}} for name, test in tests.items()}
    models = ((Node, "objects", "", "node_sweep"), (Edge, "edges", "edges_", "edge_sweep"))
    for model, label, prefix, index in (*models, (ReportedAlert, "alerts", "alerts_", "alert_sweep")):
        for row in collection(model).aggregate([{"$match": whose}, {"$group": {"_id": None, **sums}}], hint=index):
            counts |= {label: row["seen"], f"{prefix}new": row["new"], f"{prefix}gone": row["gone"]}
    for prefix, kind in (("", {"$ne": "edge"}), ("edges_", "edge")):
        told = {"tenant_id": writing.tenant_id, "scan": writing.scan_id, "field": {"$ne": APPEARED.field}}
        subjects: list[Document] = [
            {"$match": told | {"subject_kind": kind}},
            {"$group": {"_id": "$key"}},
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
