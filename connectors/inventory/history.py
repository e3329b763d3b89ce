"""What was the inventory like at a moment, and what is different between two?

Present documents are taken back change by change: nothing else is stored of the past. Where the past is not known,
before an object was first seen or further back than changes are kept, the answer is None, never "absent".
"""

from __future__ import annotations

import json
from collections.abc import Iterator
from dataclasses import dataclass
from datetime import datetime
from typing import Any

from bson import ObjectId

from connectors.inventory.change import HELD_BY_TARGET, QUIET
from connectors.inventory.documents import Document, collection
from connectors.inventory.models import Change, Edge, Node
from connectors.inventory.words import edge_in_words
from tenants.models import Tenant

MOST_EDGES = 2000  # of one object, looked at for one moment


@dataclass(frozen=True, slots=True, kw_only=True)
class Net:
    """One field's difference over a span of time, whatever happened in between. `field` is "exists" for what came or
    went; `key` is the node's or edge's own, `subject` the node it is told with."""

    subject: str
    key: str
    subject_name: str
    subject_kind: str
    field: str
    before: Any
    after: Any
    at: datetime
    cause: ObjectId

    @property
    def told(self) -> dict[str, str | None]:
        """{field, before, after} in words."""
        return told(self.subject_kind, self.subject_name, self.field, self.before, self.after)

    @property
    def place(self) -> list[str]:
        """Where it stands in the order that `between` tells in."""
        return [self.subject, self.key, self.field]


@dataclass(frozen=True, slots=True, kw_only=True)
class Span:
    """After one moment, up to and including another, of all connections or of one. Times are UTC."""

    after: datetime
    until: datetime
    connection_id: ObjectId | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class State:
    """An object at a moment. `exists` is None where that isn't known; `data` is its record as JSON, without what is
    not tracked (when something was last used)."""

    exists: bool | None
    data: Document
    edges: list[Document]
    capped: bool  # it has more edges than were looked at


def between(
    tenant: Tenant, span: Span, *, subject: str | None = None, kind: str | None = None, after: list[str], limit: int
) -> list[Net]:
    """What is different, by subject; `after` is the place of the last one told before, or empty."""
    where: Document = {"_id": {"$gt": dict(zip(("subject", "key", "field"), after, strict=True))}} if after else {}
    where |= {"kind": kind} if kind else {}
    rows = _netted(tenant, span, subject, [{"$match": where}, {"$sort": {"_id": 1}}, {"$limit": limit}])
    return [
        Net(
            **row["_id"],
            subject_name=row["name"],
            subject_kind=row["kind"],
            **{name: row[name] for name in ("before", "after", "at", "cause")},
        )
        for row in rows
    ]


def counted(tenant: Tenant, span: Span) -> dict[str, dict[str, int]]:
    """Kind → how many things of it appeared, went, or changed while they stayed."""
    came_or_went = {"$cond": ["$after", "appeared", "gone"]}
    how = {"$cond": [{"$eq": ["$_id.field", "exists"]}, came_or_went, "changed"]}
    things: list[Document] = [
        {"$group": {"_id": {"key": "$_id.key", "kind": "$kind"}, "how": {"$addToSet": how}}},
        {"$set": {"how": {"$cond": [{"$in": ["appeared", "$how"]}, "appeared", _gone_or_changed()]}}},
        {"$group": {"_id": {"kind": "$_id.kind", "how": "$how"}, "things": {"$sum": 1}}},
    ]
    counts: dict[str, dict[str, int]] = {}
    for row in _netted(tenant, span, None, things):
        counts.setdefault(row["_id"]["kind"], {})[row["_id"]["how"]] = row["things"]
    return counts


def _gone_or_changed() -> Document:
    return {"$cond": [{"$in": ["gone", "$how"]}, "gone", "changed"]}


def _netted(tenant: Tenant, span: Span, subject: str | None, then: list[Document]) -> Iterator[Document]:
    match: Document = {"tenant_id": tenant.pk, "at": {"$gt": _naive(span.after), "$lte": _naive(span.until)}}
    match |= {"subject": subject} if subject is not None else {}
    match |= {"connection_id": span.connection_id} if span.connection_id else {}
    group = {
        "_id": {"subject": "$subject", "key": "$key", "field": "$field"},
        "name": {"$last": "$subject_name"},
        "kind": {"$last": "$subject_kind"},
        "before": {"$first": "$before"},
        "after": {"$last": "$after"},
        "at": {"$last": "$at"},
        "cause": {"$last": "$scan"},
    }
    differ = {"$expr": {"$ne": ["$before", "$after"]}}
    pipeline = [{"$match": match}, {"$sort": {"at": 1}}, {"$group": group}, {"$match": differ}, *then]
    index = "change_time" if subject is None else "change_subject"
    yield from collection(Change).aggregate(pipeline, hint=index, allowDiskUse=True)


def as_of(node: Node, at: datetime) -> State:
    """The object and its edges as they were at a moment."""
    edges = _edges_around(node)
    subjects = {node.key} | {_holder(edge) for edge in edges}
    since: dict[tuple[ObjectId, str], list[Document]] = {}
    later = {"tenant_id": node.tenant_id, "subject": {"$in": sorted(subjects)}, "at": {"$gt": _naive(at)}}
    for row in collection(Change).find(later, hint="change_subject").sort("at", -1):
        since.setdefault((row["connection_id"], row["key"]), []).append(row)
    present = {"gone_at": node.gone_at, "first_seen": _naive(node.first_seen)}
    changes = since.get((node.connection_id, node.key), [])
    exists, data = taken_back(present, changes, at=_naive(at), fields=node.data)
    then = [_edge_then(edge, since.get((edge["connection_id"], edge["key"]), []), _naive(at)) for edge in edges]
    return State(
        exists=exists,
        data={name: value for name, value in data.items() if name not in QUIET},
        edges=[edge for edge in then if edge is not None],
        capped=len(edges) >= MOST_EDGES,
    )


def taken_back(
    present: Document, changes: list[Document], *, at: datetime, fields: Document
) -> tuple[bool | None, Document]:
    """Whether it existed then, None where that isn't known, and its fields then. `changes`: those since, newest first.

    Pure. What a scan saw for the first time is not known before: nobody had looked.
    """
    exists: bool = present["gone_at"] is None
    then = dict(fields)
    for change in changes:
        if change["field"] == "exists":
            exists = bool(change["before"])
        elif change["before"] is None:
            then.pop(change["field"], None)
        else:
            then[change["field"]] = change["before"]
    if present["first_seen"] > at:
        return (False if _was_watched(present, changes) else None), then
    return exists, then


def _was_watched(present: Document, changes: list[Document]) -> bool:
    """Its appearing is on record: the place where it appeared had been read completely before, and it wasn't there."""
    return any(change["field"] == "exists" and change["after"] for change in changes)


def _edges_around(node: Node) -> list[Document]:
    found: dict[ObjectId, Document] = {}
    for end, index in (("source", "edge_forward"), ("target", "edge_backward")):
        around = {"tenant_id": node.tenant_id, end: node.key}
        for edge in collection(Edge).find(around, hint=index).limit(MOST_EDGES - len(found)):
            found[edge["_id"]] = edge
        if len(found) >= MOST_EDGES:
            break
    return list(found.values())


def _holder(edge: Document) -> str:
    held_by: str = edge["target" if edge["relation"] in HELD_BY_TARGET else "source"]
    return held_by


def _edge_then(edge: Document, changes: list[Document], at: datetime) -> Document | None:
    exists, then = taken_back(edge, changes, at=at, fields=edge)
    words = edge_in_words(edge["relation"], edge["access"], edge["source_name"], edge["target_name"])
    return {**then, "words": words} if exists else None


def told(kind: str, name: str, field: str, before: Any, after: Any) -> dict[str, str | None]:
    """A change in words: what came or went is named, of all else the field is."""
    edge = name if kind == "edge" else None
    if field == "exists":
        thing = edge or f"the {kind}"
        said: dict[str, str | None] = {"before": None, "after": None}
        return said | ({"field": "appeared", "after": thing} if after else {"field": "gone", "before": thing})
    label = field.replace("_", " ")
    return {"field": f"{label} of “{edge}”" if edge else label, "before": _words(before), "after": _words(after)}


def _words(value: Any) -> str | None:
    if value is None or isinstance(value, str):
        return value
    if isinstance(value, list) and all(isinstance(item, str) for item in value):
        return ", ".join(value) or "none"
    return json.dumps(value, ensure_ascii=False)


def _naive(moment: datetime) -> datetime:
    """As the collections keep it: UTC, without saying so."""
    return moment.replace(tzinfo=None)
