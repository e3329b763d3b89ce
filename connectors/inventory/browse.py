"""Which objects does a reader ask for, how does an address say so, and which are they?

Three ways, each answered by one range of one index, in its order, so that no object is read that isn't shown:

- a list goes by name through `node_search`, below the rarest of the chosen values, or through `node_list`, kind by
  kind; what doesn't fit the other choices is sorted out by the traits that the index holds;
- a search goes through the texts in `node_search` that begin with it;
- what is gone goes through `node_list`, latest first.
"""

from __future__ import annotations

import re
from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field, replace
from datetime import UTC, datetime
from typing import Any
from urllib.parse import urlencode

from bson import ObjectId
from django.http import QueryDict

from connectors.inventory.documents import NODE_KEY, Document, by_key, collection
from connectors.inventory.models import Node
from connectors.inventory.shape import FACETS, MARK, searched, trait
from tenants.keyset import Range, continued
from tenants.models import Tenant

KINDS = {"workload": "Workloads", "identity": "Identities", "resource": "Resources", "owner": "Owners"}
ROWS_PER_PAGE = 50
MOST_FOUND = 1000  # of a search, which is better narrowed than read further
MOST_VALUES = 40  # of one facet; MongoDB merges so many ranges in order
MOST_TERMS = 8
LONGEST = 200
FIRST_KEYS = 1000  # of a range, tried before all of it
MOST_KEYS = 100_000  # that a search looks through; a text that more begin with is better typed further
EVER = datetime(1, 1, 1, tzinfo=UTC)
_BY_NAME = (("name", 1), ("_id", 1))
_LATEST = (("gone_at", -1), ("name", -1), ("_id", -1))
SHOWN = (
    *("kind", "key", "name", "type", "system", "account_id", "account_name", "region", "domains", "gone_at"),
    *("last_seen", "data.usage", "data.last_used_at", "data.last_active_at", "data.active"),
)


@dataclass(frozen=True, slots=True, kw_only=True)
class Asked:
    """What a reader asks for; an empty tuple asks for any value. `gone` asks for what isn't there any more."""

    chosen: Mapping[str, tuple[str, ...]] = field(default_factory=lambda: dict.fromkeys(FACETS, ()))
    search: str = ""
    gone: bool = False
    after: ObjectId | None = None  # the page begins behind this object
    before: ObjectId | None = None
    skip: int = 0  # of what a search found

    @property
    def narrowed(self) -> bool:
        """Whether it leaves anything out, other than what is gone."""
        return bool(self.search or any(self.chosen.values()))

    def query(self) -> str:
        """The shortest query string that `parse` reads back as this."""
        pairs = [(name, value) for name, values in self.chosen.items() for value in values]
        pairs += [("q", self.search)] if self.search else []
        pairs += [("gone", "1")] if self.gone else []
        places = (("after", self.after), ("before", self.before), ("skip", self.skip))
        return urlencode(pairs + [(name, str(place)) for name, place in places if place])

    def on_page(self, *, after: ObjectId | None = None, before: ObjectId | None = None, skip: int = 0) -> Asked:
        """The same on another page, by default the first."""
        return replace(self, after=after, before=before, skip=skip)

    def without(self, name: str, value: str) -> Asked:
        """The same from its first page, with one chosen value taken away."""
        kept = tuple(other for other in self.chosen[name] if other != value)
        return replace(self.on_page(), chosen={**self.chosen, name: kept})


def parse(query: QueryDict) -> Asked:
    """What the address asks for; what makes no sense is left out."""
    after, before, skip = _id(query.get("after")), _id(query.get("before")), query.get("skip", "")
    return Asked(
        chosen={name: _values(query.getlist(name)) for name in FACETS},
        search=" ".join(query.get("q", "").replace("\0", " ").split())[:LONGEST].strip(),
        gone=query.get("gone") == "1",
        after=after,
        before=None if after else before,
        skip=min(int(skip), MOST_FOUND - ROWS_PER_PAGE) if re.fullmatch("[0-9]{1,4}", skip) else 0,
    )


def _values(given: list[str]) -> tuple[str, ...]:
    wanted = [value for value in dict.fromkeys(given) if value and len(value) <= LONGEST and "\0" not in value]
    return tuple(wanted[:MOST_VALUES])


def _id(given: str | None) -> ObjectId | None:
    return ObjectId(given) if given and ObjectId.is_valid(given) else None


# ── Ranges ──────────────────────────────────────────────────────────────────────────────────────────────────────────


# Of a range whose index tells which objects fit, `keys` match: `n` the name, `t` the traits, `g` when it was gone.


def whole(tenant: Tenant, asked: Asked, lead: str | None = None) -> Range:
    """Everything that fits, from its beginning. `lead` is the facet whose chosen values fit the fewest objects."""
    if asked.search:
        return _searched(tenant, asked)
    lead = lead or next((name for name in reversed(FACETS) if asked.chosen[name]), "kind")
    if asked.gone or lead == "kind":
        return _by_kind(tenant, asked)
    values = [trait(lead, value) for value in asked.chosen[lead]]
    within = {"tenant_id": tenant.pk, "search": {"$in": values}}
    return Range(index="node_search", within=within, order=_BY_NAME, keys=_keys(asked, but=lead))


def _by_kind(tenant: Tenant, asked: Asked) -> Range:
    """Every kind is named even when none is chosen: only then the index gives the order."""
    within: Document = {"tenant_id": tenant.pk, "kind": {"$in": list(asked.chosen["kind"] or KINDS)}}
    within["gone_at"] = {"$gt": EVER} if asked.gone else None
    if others := _others(asked, "traits", but="kind"):
        within["$and"] = others
    return Range(index="node_list", within=within, order=_LATEST if asked.gone else _BY_NAME)


def _searched(tenant: Tenant, asked: Asked) -> Range:
    """The longest term bounds; the names, which the index holds too, must have words that begin with the others.

    A searched text holds letters, digits and single spaces: it can't be a pattern.
    """
    first, *others = sorted(filter(None, map(searched, asked.search.split()[:MOST_TERMS])), key=len)[::-1] or [""]
    begins: Document = {"$regex": f"^{first}"} if first else {"$in": []}
    named = [{"n": {"$regex": rf"(^|[^\p{{L}}\p{{N}}]){_between(text)}", "$options": "i"}} for text in others]
    keys = _keys(asked)
    within = {"tenant_id": tenant.pk, "search": begins}
    return Range(index="node_search", within=within, order=None, keys={"$and": [*keys["$and"], *named]})


def _between(text: str) -> str:
    return text.replace(" ", r"[^\p{L}\p{N}]+")


def unnarrowed(tenant: Tenant, asked: Asked) -> Range:
    """Everything that the search finds, or all there is, whatever else is chosen; in no order."""
    free = replace(asked.on_page(), chosen=dict.fromkeys(FACETS, ()))
    if asked.search:
        return _searched(tenant, free)
    within = {"tenant_id": tenant.pk, "kind": {"$in": list(KINDS)}}
    return Range(index="node_list", within=within, order=None, keys=_keys(free))


def _keys(asked: Asked, but: str = "") -> Document:
    return {"$and": [{"g": {"$ne": None} if asked.gone else None}, *_others(asked, "t", but=but)]}


def _others(asked: Asked, column: str, *, but: str) -> list[Document]:
    """That the traits in this column hold one of the chosen values of each facet but one."""
    chosen = {name: [trait(name, value) for value in values] for name, values in asked.chosen.items() if name != but}
    wanted = ("|".join(map(re.escape, values)) for values in chosen.values() if values)
    return [{column: {"$regex": f"(?:{values}){MARK}"}} for values in wanted]


def stages(part: Range, *, first: int | None, skip: int, most: int) -> list[Document]:
    """The ids of a range whose fitting objects the index tells, as an aggregation that reads nothing but the index.

    The projection keeps MongoDB from asking the objects themselves. `first` keys are looked at, None for all.
    """
    texts = {"t": {"$concat": ["$traits", ""]}, "n": {"$concat": ["$name", ""]}}
    held = {**texts, "g": {"$ifNull": ["$gone_at", None]}}
    return [
        {"$match": part.within},
        *([{"$sort": dict(part.order)}] if part.order else []),
        *([{"$limit": first}] if first else []),
        {"$project": held},
        {"$match": part.keys},
        *([{"$skip": skip}] if skip else []),
        {"$limit": most},
        {"$project": {"_id": 1}},
    ]


def _read(part: Range, *, skip: int, most: int) -> list[Document]:
    """At most so many objects of a range, as they are shown."""
    nodes, shown = collection(Node), dict.fromkeys(SHOWN, 1)
    if part.keys is None:
        found = nodes.find(part.within, shown, hint=part.index).sort(list(part.order or ()))
        return list(found.limit(most))
    keys: list[ObjectId] = []
    for first in (FIRST_KEYS, None if part.order else MOST_KEYS):
        steps = stages(part, first=first, skip=skip, most=most)
        keys = [row["_id"] for row in nodes.aggregate(steps, hint=part.index)]
        if len(keys) == most:
            break
    rows = {row["_id"]: row for row in nodes.find({"_id": {"$in": keys}}, shown)}
    return [rows[key] for key in keys if key in rows]


# ── Rows ────────────────────────────────────────────────────────────────────────────────────────────────────────────


@dataclass(frozen=True, slots=True)
class Listed:
    """One page of objects, and how to ask for the pages around it; None where there is none."""

    rows: list[dict[str, Any]]
    following: Asked | None
    preceding: Asked | None


def listed(*, tenant: Tenant, asked: Asked, lead: str | None = None) -> Listed:
    """The page that `asked` names. An object that isn't there any more to continue from gives way to the first page."""
    if asked.search:
        return _found(tenant, asked)
    place = _place(tenant, asked)
    backwards = bool(place and asked.before)
    documents: list[Document] = []
    for part in continued(whole(tenant, asked, lead), place, backwards=backwards):
        if (missing := ROWS_PER_PAGE + 1 - len(documents)) > 0:
            documents += _read(part, skip=0, most=missing)
    more = len(documents) > ROWS_PER_PAGE
    rows = [_row(document) for document in documents[:ROWS_PER_PAGE][:: -1 if backwards else 1]]
    return Listed(
        rows,
        following=asked.on_page(after=rows[-1]["id"]) if rows and (more or backwards) else None,
        preceding=asked.on_page(before=rows[0]["id"]) if rows and place and (more or not backwards) else None,
    )


def _place(tenant: Tenant, asked: Asked) -> Document | None:
    at = asked.after or asked.before
    place = collection(Node).find_one({"_id": at, "tenant_id": tenant.pk}, {"name": 1, "gone_at": 1}) if at else None
    return place if place and bool(place["gone_at"]) == asked.gone else None


def _found(tenant: Tenant, asked: Asked) -> Listed:
    documents = _read(whole(tenant, asked), skip=asked.skip, most=ROWS_PER_PAGE + 1)
    following = asked.skip + ROWS_PER_PAGE
    more = len(documents) > ROWS_PER_PAGE and following < MOST_FOUND
    return Listed(
        [_row(document) for document in documents[:ROWS_PER_PAGE]],
        following=asked.on_page(skip=following) if more else None,
        preceding=asked.on_page(skip=max(0, asked.skip - ROWS_PER_PAGE)) if asked.skip else None,
    )


def _row(document: Document) -> dict[str, Any]:
    data = document.pop("data", {})
    times = {name: value.replace(tzinfo=UTC) for name, value in document.items() if isinstance(value, datetime)}
    used = data.get("last_used_at") or data.get("last_active_at")
    return {
        **document,
        **times,
        "id": document.pop("_id"),
        "used_at": datetime.fromisoformat(used) if used else None,
        "usage": data.get("usage", "unknown"),
        "active": data.get("active"),
    }


def ids(*, tenant: Tenant, keys: Iterable[str]) -> dict[str, ObjectId]:
    """Key → id of the node's page, for those of the keys that the inventory has; live ones before gone ones."""
    found = collection(Node).find(by_key(tenant.pk, keys), {"key": 1, "gone_at": 1}, hint=NODE_KEY)
    live_last = sorted(found, key=lambda document: (document["gone_at"] is None, document["_id"]))
    return {document["key"]: document["_id"] for document in live_last}
