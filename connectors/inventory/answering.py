"""Who answers for each workload and identity, on whose word, and how much does each owner answer for?

Counted when a scan ends, in one pass over the inventory, and brought up to date for one object when somebody attests.
What nobody in the organization could answer for is left out: other companies' identities, those that the provider owns,
and people's own.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterable, Iterator, Mapping, Sequence
from datetime import UTC, datetime
from enum import StrEnum
from itertools import islice
from typing import NamedTuple

from bson import ObjectId
from django.utils import timezone
from pymongo import UpdateOne

from connectors.inventory.documents import NODE_KEY, Document, by_key, collection
from connectors.inventory.models import Attestation, Edge, Node, OwnerLoad, Responsibility
from connectors.inventory.read import Inventory
from tenants.models import Tenant

BATCH = 1000
OWED = ("workload", "identity")
_Kept = type[Responsibility] | type[OwnerLoad]
_NODE = dict.fromkeys(("key", "kind", "name", "type", "account_id", "account_name"), 1)
_NOBODYS = ("data.external", "data.provider_managed", "data.human")
_KEPT = ("node", "kind", "name", "type", "account", "owners", "owner_names", "via", "state", "until", "sensitive")
_LOAD = ("name", "email", "active", "node", "workloads", "identities", "sensitive")


class State(StrEnum):
    """On whose word somebody answers for an object. Whether an attestation has lapsed follows from its date."""

    ATTESTED = "attested"
    INHERITED = "inherited"  # a tag or another source names somebody; no person has confirmed it
    LEFT = "left"  # whoever is named is no longer active
    NOBODY = "nobody"


class Person(NamedTuple):
    """An owner. `active` is None where no source can tell."""

    key: str
    name: str
    email: str | None = None
    active: bool | None = None
    node: ObjectId | None = None


def state(owners: Sequence[Person], attested: Person | None) -> State:
    """A person who left answers for nothing, whoever said that they did."""
    if attested and attested.active is not False:
        return State.ATTESTED
    named = [*owners, *([attested] if attested else [])]
    if any(owner.active is not False for owner in owners):
        return State.INHERITED
    return State.LEFT if named else State.NOBODY


def refresh(tenant: Tenant) -> None:
    """Bring everything up to date, as a scan does at its end."""
    run = ObjectId()
    inventory = Inventory(tenant, now=timezone.now())
    people = {person.key: person for person in _people(tenant)}
    words = {row["key"]: row for row in collection(Attestation).find({"tenant_id": tenant.pk, "standing": True})}
    for row in words.values():
        people.setdefault(row["owner_key"], _attested(row, {}))
    loads = {key: Counter[str]() for key in people}
    sensitive = inventory.with_sensitive_reach()

    def rows() -> Iterator[Document]:
        for node in _owed(tenant):
            named = [(hop.source.id, hop.source.name, hop.via) for hop in inventory.edges_to(node["key"], "owns")]
            row = _row(node, named, people, words.get(node["key"]), sensitive=node["key"] in sensitive)
            for owner in row["owners"]:
                loads.setdefault(owner, Counter()).update(_load(row["kind"], sensitive=row["sensitive"]))
            yield row

    _bring(Responsibility, tenant, rows(), _KEPT, run)
    _bring(OwnerLoad, tenant, (_owner_row(key, people, load) for key, load in loads.items() if load), _LOAD, run)


def refresh_one(tenant: Tenant, key: str) -> None:
    """Bring one object up to date, and whoever answered or answers for it. Bears being run in a transaction, again."""
    rows = collection(Responsibility)
    before = rows.find_one({"tenant_id": tenant.pk, "key": key})
    node = collection(Node).find_one({**by_key(tenant.pk, [key]), "gone_at": None}, _NODE, hint=NODE_KEY)
    if node is None or before is None:
        return
    wanted = {"tenant_id": tenant.pk, "target": key, "gone_at": None, "relation": "owns"}
    edges = list(collection(Edge).find(wanted, {"source": 1, "source_name": 1, "via": 1}, hint="edge_backward"))
    word = collection(Attestation).find_one({"tenant_id": tenant.pk, "key": key, "standing": True})
    keys = {*before["owners"], *(edge["source"] for edge in edges), *([word["owner_key"]] if word else [])}
    people = {person.key: person for person in _people(tenant, keys)}
    if word:
        people.setdefault(word["owner_key"], _attested(word, {}))
    named = [(edge["source"], edge["source_name"], edge["via"]) for edge in edges]
    after = _row(node, named, people, word, sensitive=before["sensitive"])
    rows.update_one({"_id": before["_id"]}, {"$set": after})
    for owner in {*before["owners"], *after["owners"]}:
        _recount(tenant, owner, people)


def _people(tenant: Tenant, keys: Iterable[str] | None = None) -> Iterator[Person]:
    """The owners that sources tell of, all of them or those with these keys."""
    where, index = {"tenant_id": tenant.pk, "gone_at": None, "kind": "owner"}, "node_list"
    if keys is not None:
        where, index = {**by_key(tenant.pk, keys), **where}, NODE_KEY
    shown = {"key": 1, "name": 1, "data.email": 1, "data.active": 1}
    for row in collection(Node).find(where, shown, hint=index, batch_size=BATCH):
        data = row.get("data", {})
        yield Person(row["key"], row["name"], data.get("email"), data.get("active"), row["_id"])


def _owed(tenant: Tenant) -> Iterator[Document]:
    where: Document = {"tenant_id": tenant.pk, "kind": {"$in": list(OWED)}, "gone_at": None}
    found = collection(Node).find(where, _NODE | dict.fromkeys(_NOBODYS, 1), hint="node_list", batch_size=BATCH)
    return (node for node in found if not any(node.get("data", {}).values()))


def _attested(row: Document, people: Mapping[str, Person]) -> Person:
    return people.get(row["owner_key"]) or Person(row["owner_key"], row["owner_name"], row["owner_email"])


def _row(
    node: Document,
    named: list[tuple[str, str, str | None]],
    people: Mapping[str, Person],
    word: Document | None,
    *,
    sensitive: bool,
) -> Document:
    """What is kept of one object. Whoever a person named answers alone; else all whom sources name."""
    attested = _attested(word, people) if word else None
    owners = [people.get(key) or Person(key, name) for key, name, _ in named]
    answering = [attested] if attested and attested.active is not False else owners or [*filter(None, [attested])]
    unique = list({owner.key: owner for owner in answering}.values())
    return {
        "key": node["key"],
        "node": node["_id"],
        "kind": node["kind"],
        "name": node["name"],
        "type": node["type"],
        "account": node["account_name"] or node["account_id"],
        "owners": [owner.key for owner in unique],
        "owner_names": [owner.name for owner in unique],
        "via": next((via for _, _, via in named if via), None),
        "state": state(owners, attested).value,
        "until": word["until"] if word else None,
        "sensitive": sensitive,
    }


def _load(kind: str, *, sensitive: bool) -> dict[str, int]:
    return {"workloads" if kind == "workload" else "identities": 1, "sensitive": int(sensitive)}


def _owner_row(key: str, people: Mapping[str, Person], load: Mapping[str, int]) -> Document:
    person = people.get(key) or Person(key, key)
    counts = {name: load.get(name, 0) for name in ("workloads", "identities", "sensitive")}
    known = {"name": person.name, "email": person.email, "active": person.active, "node": person.node}
    return {"key": key, **known, **counts}


def _recount(tenant: Tenant, owner: str, people: Mapping[str, Person]) -> None:
    load = Counter[str]()
    held = {"tenant_id": tenant.pk, "owners": owner}
    shown = {"kind": 1, "sensitive": 1}
    for row in collection(Responsibility).find(held, shown, hint="responsibility_owner", batch_size=BATCH):
        load.update(_load(row["kind"], sensitive=row["sensitive"]))
    rows, which = collection(OwnerLoad), {"tenant_id": tenant.pk, "key": owner}
    if load:
        update = {"$set": _owner_row(owner, people, load), "$setOnInsert": {"counted": ObjectId()}}
        rows.update_one(which, update, upsert=True)
    else:
        rows.delete_many(which)


def _bring(model: _Kept, tenant: Tenant, found: Iterator[Document], kept: Sequence[str], run: ObjectId) -> None:
    """Write what is new or differs, and take away what wasn't found."""
    rows = collection(model)
    while batch := {row["key"]: row for row in islice(found, BATCH)}:
        stored = {row["key"]: row for row in rows.find({"tenant_id": tenant.pk, "key": {"$in": list(batch)}})}
        stamp = {"tenant_id": tenant.pk, "counted": run}
        if new := [row | stamp for key, row in batch.items() if key not in stored]:
            rows.insert_many(new, ordered=False)
        differing = [
            UpdateOne({"_id": old["_id"]}, {"$set": batch[key]})
            for key, old in stored.items()
            if any(old.get(name) != batch[key][name] for name in kept)
        ]
        if differing:
            rows.bulk_write(differing, ordered=False)
        if stored:
            ids = [row["_id"] for row in stored.values()]
            rows.update_many({"_id": {"$in": ids}}, {"$set": {"counted": run}})
    rows.delete_many({"tenant_id": tenant.pk, "counted": {"$ne": run}})


def lapsed(until: datetime | None, now: datetime) -> bool:
    """Whether an attestation until that moment holds no more."""
    return until is not None and until.replace(tzinfo=UTC) <= now
