"""Which actors of different systems are one, and what do people say of that?

After each scan the tenant's identities are matched anew, in batches. What is sure enough, or confirmed, becomes an edge
in both directions that access paths go along; what a person split stays apart.
"""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterable, Iterator, Mapping
from dataclasses import replace
from datetime import datetime
from itertools import islice
from typing import Any

from bson import ObjectId
from django.utils import timezone
from pymongo import UpdateOne

from connectors.inventory.change import APPEARED, GONE, change_documents
from connectors.inventory.codec import settle
from connectors.inventory.documents import EDGE_KEY, NODE_KEY, Document, as_changed, by_key, collection
from connectors.inventory.matching import Actor, Claim, Confidence, Match, matches
from connectors.inventory.models import Change, Correlation, Edge, Node
from connectors.inventory.records import AliasKind, Grade, Link, Ref, Relation
from connectors.inventory.shape import edge_document, edge_key
from connectors.models import Connection
from tenants import audit
from tenants.audit import Actor as Person
from tenants.models import Tenant

SCOPE = "correlation"  # of the edges: no scan reads it, so none sweeps it
MOST_SHARING = 21  # records that go by one name; more of them tell nothing that these don't
BATCH = 1000
CONFIRMED, SPLIT = "confirmed", "split"
EMAIL_ONLY = "only an e-mail address joins the two"
Pair = tuple[str, str]  # keys, left before right


class Gone(Exception):
    """The match is not there any more."""


# ── Finding ─────────────────────────────────────────────────────────────────────────────────────────────────────────


def correlate(*, tenant: Tenant, cause: ObjectId) -> int:
    """Match the tenant's actors anew; how many pairs there are. `cause` is the scan that changed what is known."""
    now = _stored(timezone.now())
    pairs = _keep(tenant, matches(_claims(tenant)), now)
    _forget(tenant, now)
    _connect(tenant, cause, now)
    return pairs


def _claims(tenant: Tenant) -> Iterator[Claim]:
    yield from _shared(tenant, _aliases(tenant, {"$ne": ["$claim.kind", AliasKind.ADDRESS.value]}))
    yield from _shared(tenant, _emails_of_owners(tenant))
    yield from _addresses(tenant)


def _actors(tenant: Tenant, kind: str, field: str) -> Document:
    return {"$match": {"tenant_id": tenant.pk, "kind": kind, "gone_at": None, field: {"$exists": True}}}


def _aliases(tenant: Tenant, which: Document) -> list[Document]:
    return [
        _actors(tenant, "identity", "data.aliases"),
        {"$project": {"key": 1, "name": 1, "system": 1, "kind": 1, "claim": "$data.aliases"}},
        {"$unwind": "$claim"},
        {"$match": {"$expr": which}},
    ]


def _emails_of_owners(tenant: Tenant) -> list[Document]:
    claim = {"kind": AliasKind.EMAIL.value, "value": "$data.email", "because": "both name the address"}
    owners = _actors(tenant, "owner", "data.email")
    return [owners, {"$project": {"key": 1, "name": 1, "system": 1, "kind": 1, "claim": claim}}]


def _shared(tenant: Tenant, claims: list[Document]) -> Iterator[Claim]:
    """The names that records of two systems go by. Small and capital letters are the same in them, but in a subject."""
    exact = {"$eq": ["$claim.kind", AliasKind.FEDERATED_SUBJECT.value]}
    value = {"$cond": [exact, "$claim.value", {"$toLower": "$claim.value"}]}
    actor = {name: f"${name}" for name in ("key", "name", "system", "kind")} | {"told": "$claim.because"}
    grouped = {
        "_id": {"kind": "$claim.kind", "value": value},
        "actors": {"$firstN": {"input": actor, "n": MOST_SHARING}},
        "systems": {"$addToSet": "$system"},
    }
    pipeline = [*claims, {"$group": grouped}, {"$match": {"systems.1": {"$exists": True}}}]
    for row in collection(Node).aggregate(pipeline, allowDiskUse=True, batchSize=BATCH):
        actors = tuple((_actor(each), each["told"]) for each in row["actors"])
        yield Claim(AliasKind(row["_id"]["kind"]), row["_id"]["value"], actors)


def _addresses(tenant: Tenant) -> Iterator[Claim]:
    """Identities that a configuration elsewhere names by their address."""
    named = _aliases(tenant, {"$eq": ["$claim.kind", AliasKind.ADDRESS.value]})
    for batch in _batches(collection(Node).aggregate(named, allowDiskUse=True, batchSize=BATCH)):
        asked = {**by_key(tenant.pk, {row["claim"]["value"] for row in batch}), "kind": "identity", "gone_at": None}
        shown = {"key": 1, "name": 1, "system": 1, "kind": 1}
        known = {row["key"]: _actor(row) for row in collection(Node).find(asked, shown, hint=NODE_KEY)}
        for row in batch:
            if there := known.get(row["claim"]["value"]):
                yield Claim(AliasKind.ADDRESS, there.key, ((_actor(row), row["claim"]["because"]), (there, "")))


def _actor(row: Document) -> Actor:
    return Actor(row["key"], row["name"], row["system"], row["kind"])


# ── Keeping ─────────────────────────────────────────────────────────────────────────────────────────────────────────


def _keep(tenant: Tenant, found: Iterable[Match], now: datetime) -> int:
    """Write what is new or said differently, stamp the rest; how many there are."""
    rows, pairs = collection(Correlation), 0
    for batch in _batches(found):
        said = {(match.left.key, match.right.key): _said(match) for match in batch}
        same = _same(tenant, said)
        if same:
            rows.update_many({"_id": {"$in": list(same.values())}}, {"$max": {"found_at": now}})
        if writes := [_upsert(tenant, pair, fields, now) for pair, fields in said.items() if pair not in same]:
            rows.bulk_write(writes, ordered=False)
        pairs += len(said)
    return pairs


def _said(match: Match) -> Document:
    said: Document = {"kind": match.left.kind, "evidence": match.evidence, "confidence": match.confidence.value}
    for side, actor in (("left", match.left), ("right", match.right)):
        said |= {f"{side}_name": actor.name, f"{side}_system": actor.system}
    return said


def _same(tenant: Tenant, said: Mapping[Pair, Document]) -> dict[Pair, ObjectId]:
    """Those that are stored just so."""
    asked = {"tenant_id": tenant.pk, "left": {"$in": list({left for left, _ in said})}}
    stored = collection(Correlation).find(asked, hint="correlation_left", batch_size=BATCH)
    pairs = (((row["left"], row["right"]), row) for row in stored)
    return {pair: row["_id"] for pair, row in pairs if pair in said and row == row | said[pair]}


def _upsert(tenant: Tenant, pair: Pair, said: Document, now: datetime) -> UpdateOne:
    undecided = dict.fromkeys(("decision", "decided_by", "decided_at", "reason"))
    whose = {"tenant_id": tenant.pk, "left": pair[0], "right": pair[1]}
    fields = {"$set": said, "$max": {"found_at": now}, "$setOnInsert": undecided}
    return UpdateOne(whose, fields, upsert=True, hint="correlation_left")


def _forget(tenant: Tenant, now: datetime) -> None:
    """What is no longer found goes, unless a person decided about it: their word waits for it to come back."""
    stale = Correlation.objects.of(tenant).filter(found_at__lt=now)
    stale.filter(decision=None).delete()
    stale.update(evidence=[])


def _batches(rows: Iterable[Any]) -> Iterator[list[Any]]:
    each = iter(rows)
    while batch := list(islice(each, BATCH)):
        yield batch


def _stored(moment: datetime) -> datetime:
    return moment.replace(microsecond=moment.microsecond // 1000 * 1000)


# ── Deciding ────────────────────────────────────────────────────────────────────────────────────────────────────────


def decide(*, correlation: Correlation, decision: str | None, reason: str, actor: Person) -> None:
    """Confirm a match, split it, or (None) leave it to the evidence again. Gone when it isn't there any more."""
    fields: dict[str, Any] = {
        "decision": decision,
        "decided_by": actor.name,
        "decided_at": timezone.now(),
        "reason": reason,
    }
    if decision is None:
        fields = dict.fromkeys(fields)
    tenant = correlation.tenant

    def work() -> None:
        if not Correlation.objects.of(tenant).filter(pk=correlation.pk).update(**fields):
            raise Gone
        audit.record(
            tenant,
            actor=actor,
            action=f"correlation:{decision or 'reconsidered'}",
            subject_kind="correlation",
            subject_id=str(correlation.pk),
            subject=str(correlation),
            detail={"left": correlation.left, "right": correlation.right, "reason": reason},
        )

    audit.atomically(work)
    now, pair = _stored(timezone.now()), [correlation.left, correlation.right]
    _join(tenant, list(collection(Correlation).find({"_id": correlation.pk})), correlation.pk, now)
    _part(tenant, {"source": {"$in": pair}, "target": {"$in": pair}}, correlation.pk, now)


def holds(correlation: Correlation) -> bool:
    """Whether the two count as one actor."""
    return _holds({name: getattr(correlation, name) for name in ("decision", "evidence", "confidence")})


def _holds(row: Document) -> bool:
    if row["decision"]:
        return bool(row["decision"] == CONFIRMED)
    return bool(row["evidence"]) and row["confidence"] != Confidence.AMBIGUOUS


# ── Edges ───────────────────────────────────────────────────────────────────────────────────────────────────────────


def _connect(tenant: Tenant, cause: ObjectId, now: datetime) -> None:
    """Bring the edges in line with what holds."""
    rows = collection(Correlation).find({"tenant_id": tenant.pk}, hint="correlation_left", batch_size=BATCH)
    for batch in _batches(row for row in rows if row["kind"] == "identity"):
        _join(tenant, batch, cause, now)
    _part(tenant, {}, cause, now)


def _join(tenant: Tenant, rows: list[Document], cause: ObjectId, now: datetime) -> None:
    """Write the edges of those that hold where they are new, back or say something else; stamp the rest."""
    wanted = {(edge["connection_id"], edge["key"]): edge for edge in _wanted(tenant, rows)}
    asked = by_key(tenant.pk, [key for _, key in wanted])
    shown = {"connection_id": 1, "key": 1, "hash": 1, "gone_at": 1}
    found = collection(Edge).find(asked, shown, hint=EDGE_KEY, batch_size=BATCH)
    there = {(row["connection_id"], row["key"]): row for row in found}
    appeared = [edge for place, edge in wanted.items() if place not in there or there[place]["gone_at"]]
    _record(tenant, [(edge, APPEARED) for edge in appeared], cause, now)
    same = {place for place, row in there.items() if place in wanted and row["hash"] == wanted[place]["hash"]}
    same -= {(edge["connection_id"], edge["key"]) for edge in appeared}
    if writes := [_put(tenant, edge, now) for place, edge in wanted.items() if place not in same]:
        collection(Edge).bulk_write(writes, ordered=False)
    seen = defaultdict[ObjectId, list[ObjectId]](list)
    for place in same:
        seen[wanted[place]["seen_scan"]].append(there[place]["_id"])
    for scan, ids in seen.items():
        stamp = {"$set": {"seen_scan": scan}, "$max": {"last_seen": now}}
        collection(Edge).update_many({"_id": {"$in": ids}}, stamp)


def _put(tenant: Tenant, edge: Document, now: datetime) -> UpdateOne:
    whose = by_key(tenant.pk, [], connection_id=edge["connection_id"]) | {
        "key": {"$eq": edge["key"], "$type": "string"}
    }
    fields = {**edge, "gone_at": None} | as_changed()
    said = {"$set": fields, "$max": {"last_seen": now}, "$setOnInsert": {"first_seen": now}}
    return UpdateOne(whose, said, upsert=True, hint=EDGE_KEY)


def _part(tenant: Tenant, which: Document, cause: ObjectId, now: datetime) -> None:
    """End the edges among `which` that were not seen to hold since `now`. A later scan's word stands."""
    connections = list(Connection.objects.of(tenant).values_list("pk", flat=True))
    unseen = {"tenant_id": tenant.pk, "connection_id": {"$in": connections}, "scope": SCOPE, "gone_at": None}
    rows = collection(Edge).find({**unseen, "last_seen": {"$lt": now}, **which}, batch_size=BATCH)
    for batch in _batches(rows):
        _record(tenant, [(row, GONE) for row in batch], cause, now)
        ended = {"$set": {"gone_at": now} | as_changed()}
        collection(Edge).update_many({"_id": {"$in": [row["_id"] for row in batch]}}, ended)


def _record(tenant: Tenant, changed: list[tuple[Document, Any]], cause: ObjectId, now: datetime) -> None:
    whose = {"tenant_id": tenant.pk, "at": now}
    rows = [
        UpdateOne(
            {"_id": row.pop("_id")}, {"$set": {**row, **whose, "connection_id": edge["connection_id"]}}, upsert=True
        )
        for edge, found in changed
        for row in change_documents(edge, [found], scan_id=cause)
    ]
    if rows:
        collection(Change).bulk_write(rows, ordered=False)


def _wanted(tenant: Tenant, rows: list[Document]) -> Iterator[Document]:
    """The edges of what holds, each kept with the connection that read its source."""
    held = [row for row in rows if row["kind"] == "identity" and _holds(row)]
    asked = {**by_key(tenant.pk, {key for row in held for key in (row["left"], row["right"])}), "gone_at": None}
    shown = {"key": 1, "name": 1, "connection_id": 1, "seen_scan": 1}
    nodes = {row["key"]: row for row in collection(Node).find(asked, shown, hint=NODE_KEY, batch_size=BATCH)}
    for row in held:
        for source, target in ((row["left"], row["right"]), (row["right"], row["left"])):
            if source in nodes and target in nodes:
                yield _edge(row, nodes[source], nodes[target])


def _edge(row: Document, source: Document, target: Document) -> Document:
    sure = row["decision"] == CONFIRMED or row["confidence"] == Confidence.CERTAIN
    told = [f"{each['kind']} {each['value']}" for each in row["evidence"]]
    if row["decision"] == CONFIRMED:
        told.append(f"confirmed by {row['decided_by']}")
    link, fingerprint = settle(
        Link(
            relation=Relation.SAME_AS,
            source=Ref(kind="identity", id=source["key"], name=source["name"]),
            target=Ref(kind="identity", id=target["key"], name=target["name"]),
            scope=SCOPE,
            grade=Grade.GRANTED if sure else Grade.CONDITIONAL,
            via=", ".join(told),
            conditions=() if sure else (EMAIL_ONLY,),
        )
    )
    # Its key not by the evidence, which may change: there is one such edge between two.
    key = edge_key(replace(link, via=None))
    return edge_document(link) | {
        "key": key,
        "hash": fingerprint,
        "connection_id": source["connection_id"],
        "seen_scan": source["seen_scan"],
    }
