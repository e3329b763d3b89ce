"""Who answers for what: the owners with their loads, and the objects that nobody, or nobody for sure, answers for?

Each list is a range of one index, in its order: what has sensitive reach first, then by name.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import UTC, datetime
from typing import Any

from bson import ObjectId

from connectors.inventory.answering import State
from connectors.inventory.documents import Document, collection
from connectors.inventory.models import OwnerLoad, Responsibility
from tenants.keyset import Range, continued
from tenants.models import Tenant

ROWS_PER_PAGE = 50
MOST_COUNTED = 10_000
ORDER = (("sensitive", -1), ("name", 1), ("_id", 1))
LISTS = {
    "unacknowledged": "Never acknowledged",
    "left": "Owner left",
    "nobody": "Without an owner",
    "lapsed": "Attestation lapsed",
    "attested": "Attested",
}
Kept = type[Responsibility] | type[OwnerLoad]


@dataclass(frozen=True, slots=True)
class Listed:
    """One page of rows, and the ids that the pages around it continue from; None where there is none."""

    rows: list[dict[str, Any]]
    following: ObjectId | None
    preceding: ObjectId | None


@dataclass(frozen=True, slots=True)
class Count:
    """How many, and how many of them with sensitive reach; MOST_COUNTED of each stands for that many or more."""

    all: int
    sensitive: int


def within(tenant: Tenant, which: str, now: datetime) -> Document:
    """What one of LISTS holds."""
    wanted: Mapping[str, Document] = {
        "unacknowledged": {"state": State.INHERITED.value},
        "left": {"state": State.LEFT.value},
        "nobody": {"state": State.NOBODY.value},
        "lapsed": {"state": State.ATTESTED.value, "until": {"$lte": now}},
        "attested": {"state": State.ATTESTED.value, "until": {"$gt": now}},
    }
    return {"tenant_id": tenant.pk, **wanted[which]}


def objects(tenant: Tenant, which: str, *, now: datetime, after: ObjectId | None, before: ObjectId | None) -> Listed:
    """One page of one of LISTS."""
    start = Range(index="responsibility_state", within=within(tenant, which, now), order=ORDER)
    return _listed(Responsibility, start, after, before)


def objects_of(tenant: Tenant, owner: str, *, after: ObjectId | None, before: ObjectId | None) -> Listed:
    """One page of what this owner answers for."""
    start = Range(index="responsibility_owner", within={"tenant_id": tenant.pk, "owners": owner}, order=ORDER)
    return _listed(Responsibility, start, after, before)


def owners(tenant: Tenant, *, after: ObjectId | None, before: ObjectId | None) -> Listed:
    """One page of the owners, with how much they answer for; the most sensitive reach first."""
    start = Range(index="owner_load_list", within={"tenant_id": tenant.pk}, order=ORDER)
    return _listed(OwnerLoad, start, after, before)


def counted(tenant: Tenant, *, now: datetime) -> dict[str, Count]:
    """How long each of LISTS is. What has sensitive reach comes first in the index."""
    rows = collection(Responsibility)

    def count(where: Document) -> Count:
        steps: list[Document] = [
            {"$match": where},
            {"$limit": MOST_COUNTED},
            {"$group": {"_id": "$sensitive", "n": {"$sum": 1}}},
        ]
        found = {row["_id"]: row["n"] for row in rows.aggregate(steps, hint="responsibility_state")}
        return Count(sum(found.values()), found.get(True, 0))

    return {which: count(within(tenant, which, now)) for which in LISTS}


def _listed(model: Kept, start: Range, after: ObjectId | None, before: ObjectId | None) -> Listed:
    rows, at = collection(model), after or before
    place = rows.find_one({"_id": at, "tenant_id": start.within["tenant_id"]}) if at else None
    backwards = bool(place and not after)
    found: list[Document] = []
    for part in continued(start, place, backwards=backwards):
        if (missing := ROWS_PER_PAGE + 1 - len(found)) > 0:
            found += rows.find(part.within, hint=part.index).sort(list(part.order or ())).limit(missing)
    more = len(found) > ROWS_PER_PAGE
    shown = [_row(each) for each in found[:ROWS_PER_PAGE][:: -1 if backwards else 1]]
    return Listed(
        shown,
        following=shown[-1]["id"] if shown and (more or backwards) else None,
        preceding=shown[0]["id"] if shown and place and (more or not backwards) else None,
    )


def _row(document: Document) -> dict[str, Any]:
    until = document.get("until")
    return {**document, "id": document["_id"], "until": until.replace(tzinfo=UTC) if until else None}
