"""Which actors of different systems are one, and what do people say of that?

After each scan the tenant's identities are matched anew. What is sure enough, or confirmed, becomes an edge in both
directions that access paths go along; what a person split stays apart.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from dataclasses import replace
from datetime import datetime
from itertools import islice
from typing import Any

from bson import ObjectId
from django.utils import timezone
from pymongo import UpdateOne

from connectors.inventory.change import APPEARED, GONE, change_documents
from connectors.inventory.codec import settle
from connectors.inventory.documents import NODE_KEY, Document, by_key, collection
from connectors.inventory.matching import Actor, Claim, Confidence, Match, matches
from connectors.inventory.models import Change, Correlation, Edge, Node
from connectors.inventory.records import AliasKind, Grade, Link, Ref, Relation
from connectors.inventory.shape import edge_document, edge_key
from tenants import audit
from tenants.audit import Actor as Person
from tenants.models import Tenant

SCOPE = "correlation"  # of the edges: no scan reads it, so none sweeps it
MOST_SHARING = 21  # records that go by one name; more of them tell nothing that these don't
BATCH = 1000
CONFIRMED, SPLIT = "confirmed", "split"
EMAIL_ONLY = "only an e-mail address joins the two"


class Gone(Exception):
    """The match is not there any more."""


# ── Finding ─────────────────────────────────────────────────────────────────────────────────────────────────────────


def correlate(*, tenant: Tenant, cause: ObjectId) -> int:
    """Match the tenant's actors anew; how many pairs there are. `cause` is the scan that changed what is known."""
    now = timezone.now()
    found = matches(_claims(tenant))
    _keep(tenant, found, now)
    _forget(tenant, now)
    _connect(tenant, cause, now)
    return len(found)


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
    for row in collection(Node).aggregate(pipeline, allowDiskUse=True):
        actors = tuple((_actor(each), each["told"]) for each in row["actors"])
        yield Claim(AliasKind(row["_id"]["kind"]), row["_id"]["value"], actors)


def _addresses(tenant: Tenant) -> Iterator[Claim]:
    """Identities that a configuration elsewhere names by their address."""
    named = _aliases(tenant, {"$eq": ["$claim.kind", AliasKind.ADDRESS.value]})
    rows = iter(collection(Node).aggregate(named, allowDiskUse=True))
    while batch := list(islice(rows, BATCH)):
        asked = {**by_key(tenant.pk, {row["claim"]["value"] for row in batch}), "kind": "identity", "gone_at": None}
        shown = {"key": 1, "name": 1, "system": 1, "kind": 1}
        known = {row["key"]: _actor(row) for row in collection(Node).find(asked, shown, hint=NODE_KEY)}
        for row in batch:
            if there := known.get(row["claim"]["value"]):
                yield Claim(AliasKind.ADDRESS, there.key, ((_actor(row), row["claim"]["because"]), (there, "")))


def _actor(row: Document) -> Actor:
    return Actor(row["key"], row["name"], row["system"], row["kind"])


# ── Keeping ─────────────────────────────────────────────────────────────────────────────────────────────────────────


def _keep(tenant: Tenant, found: Iterable[Match], now: datetime) -> None:
    rows = iter(found)
    while batch := list(islice(rows, BATCH)):
        collection(Correlation).bulk_write([_upsert(tenant, match, now) for match in batch], ordered=False)


def _upsert(tenant: Tenant, match: Match, now: datetime) -> UpdateOne:
    said: Document = {"kind": match.left.kind, "evidence": match.evidence, "confidence": match.confidence.value}
    for side, actor in (("left", match.left), ("right", match.right)):
        said |= {f"{side}_name": actor.name, f"{side}_system": actor.system}
    undecided = dict.fromkeys(("decision", "decided_by", "decided_at", "reason"))
    whose = {"tenant_id": tenant.pk, "left": match.left.key, "right": match.right.key}
    return UpdateOne(whose, {"$set": {**said, "found_at": _stored(now)}, "$setOnInsert": undecided}, upsert=True)


def _forget(tenant: Tenant, now: datetime) -> None:
    """What is no longer found goes, unless a person decided about it: their word waits for it to come back."""
    stale = Correlation.objects.of(tenant).filter(found_at__lt=_stored(now))
    stale.filter(decision=None).delete()
    stale.update(evidence=[])


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
    _connect(tenant, correlation.pk, timezone.now())


def holds(correlation: Correlation) -> bool:
    """Whether the two count as one actor."""
    if correlation.decision:
        return correlation.decision == CONFIRMED
    return bool(correlation.evidence) and correlation.confidence != Confidence.AMBIGUOUS


# ── Edges ───────────────────────────────────────────────────────────────────────────────────────────────────────────


def _connect(tenant: Tenant, cause: ObjectId, now: datetime) -> None:
    """Bring the edges in line with what holds."""
    wanted = {(edge["connection_id"], edge["key"]): edge for edge in _wanted(tenant)}
    there = {
        (row["connection_id"], row["key"]): row
        for row in collection(Edge).find({"tenant_id": tenant.pk, "relation": Relation.SAME_AS.value})
    }
    stamps = {"last_seen": now, "gone_at": None}
    writes: list[UpdateOne] = []
    changed: list[tuple[Document, Any]] = []
    for place, edge in wanted.items():
        before = there.get(place)
        if before is None or before["gone_at"]:
            changed.append((edge, APPEARED))
        whose = {"tenant_id": tenant.pk, "connection_id": edge["connection_id"], "key": edge["key"]}
        writes.append(UpdateOne(whose, {"$set": {**edge, **stamps}, "$setOnInsert": {"first_seen": now}}, upsert=True))
    for place, row in there.items():
        if place not in wanted and row["gone_at"] is None:
            changed.append((row, GONE))
            writes.append(UpdateOne({"_id": row["_id"]}, {"$set": {"gone_at": now}}))
    _record(tenant, changed, cause, now)
    if writes:
        collection(Edge).bulk_write(writes, ordered=False)


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


def _wanted(tenant: Tenant) -> Iterator[Document]:
    """The edges of what holds, each kept with the connection that read its source."""
    rows = [row for row in Correlation.objects.of(tenant).filter(kind="identity") if holds(row)]
    keys = {key for row in rows for key in (row.left, row.right)}
    asked = {**by_key(tenant.pk, keys), "gone_at": None}
    shown = {"key": 1, "name": 1, "connection_id": 1, "seen_scan": 1}
    nodes = {row["key"]: row for row in collection(Node).find(asked, shown, hint=NODE_KEY)}
    for row in rows:
        for source, target in ((row.left, row.right), (row.right, row.left)):
            if source in nodes and target in nodes:
                yield _edge(row, nodes[source], nodes[target])


def _edge(row: Correlation, source: Document, target: Document) -> Document:
    sure = row.decision == CONFIRMED or row.confidence == Confidence.CERTAIN
    told = [f"{each['kind']} {each['value']}" for each in row.evidence]
    if row.decision == CONFIRMED:
        told.append(f"confirmed by {row.decided_by}")
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
