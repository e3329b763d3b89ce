"""Which objects does a reader ask for, how does an address say so, and how many are behind each choice?

Lists follow the index `node_list`: by name within each kind, merged. Counts come from one pass over what the search
matches, by combination of values, of which there are few; every facet is summed from those.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Callable, Iterable, Mapping, Sequence
from dataclasses import dataclass, field, replace
from datetime import UTC, datetime
from typing import Any
from urllib.parse import urlencode

from bson import ObjectId
from django.http import QueryDict

from connectors.inventory.documents import NODE_KEY, Document, by_key, collection
from connectors.inventory.models import Node
from connectors.inventory.shape import WORD_LENGTH
from tenants.models import Tenant

KINDS = {"workload": "Workloads", "identity": "Identities", "resource": "Resources", "owner": "Owners"}
FACETS = {
    "kind": ("kind", "Kind"),
    "type": ("type", "Type"),
    "system": ("system", "System"),
    "account": ("account_id", "Account"),
    "domain": ("domains", "Data domain"),
    "region": ("region", "Region"),
}  # parameter → field of the collection, title
ROWS_PER_PAGE = 50
MOST_VALUES = 50
OPTIONS_SHOWN = 8  # of a facet, as in the template; the rest is behind "more"
LONGEST = 200
MOST_WORDS = 8
_LAST = "\U0010ffff"
_SHOWN = (
    *(
        "kind",
        "key",
        "name",
        "type",
        "system",
        "account_id",
        "account_name",
        "region",
        "domains",
        "gone_at",
        "last_seen",
    ),
    *("data.usage", "data.last_used_at", "data.last_active_at", "data.active"),
)
Combination = Mapping[str, Any]


@dataclass(frozen=True, slots=True, kw_only=True)
class Asked:
    """What a reader asks for; an empty tuple asks for any value. `gone` asks for what isn't there any more."""

    chosen: Mapping[str, tuple[str, ...]] = field(default_factory=lambda: dict.fromkeys(FACETS, ()))
    search: str = ""
    gone: bool = False
    after: ObjectId | None = None  # the page begins behind this object
    before: ObjectId | None = None

    @property
    def narrowed(self) -> bool:
        """Whether it leaves anything out, other than what is gone."""
        return bool(self.search or any(self.chosen.values()))

    def query(self) -> str:
        """The shortest query string that `parse` reads back as this."""
        pairs = [(name, value) for name, values in self.chosen.items() for value in values]
        pairs += [("q", self.search)] if self.search else []
        pairs += [("gone", "1")] if self.gone else []
        places = (("after", self.after), ("before", self.before))
        return urlencode(pairs + [(name, str(place)) for name, place in places if place])

    def on_page(self, *, after: ObjectId | None = None, before: ObjectId | None = None) -> Asked:
        """The same on another page, by default the first."""
        return replace(self, after=after, before=before)

    def without(self, name: str, value: str) -> Asked:
        """The same from its first page, with one chosen value taken away."""
        kept = tuple(other for other in self.chosen[name] if other != value)
        return replace(self.on_page(), chosen={**self.chosen, name: kept})


def parse(query: QueryDict) -> Asked:
    """What the address asks for; what makes no sense is left out."""
    after, before = _id(query.get("after")), _id(query.get("before"))
    return Asked(
        chosen={name: _values(query.getlist(name)) for name in FACETS},
        search=" ".join(query.get("q", "").replace("\0", " ").split())[:LONGEST].strip(),
        gone=query.get("gone") == "1",
        after=after,
        before=None if after else before,
    )


def _values(given: list[str]) -> tuple[str, ...]:
    wanted = [value for value in dict.fromkeys(given) if value and len(value) <= LONGEST and "\0" not in value]
    return tuple(wanted[:MOST_VALUES])


def _id(given: str | None) -> ObjectId | None:
    return ObjectId(given) if given and ObjectId.is_valid(given) else None


# ── Rows ────────────────────────────────────────────────────────────────────────────────────────────────────────────


@dataclass(frozen=True, slots=True)
class Listed:
    """One page of objects, and how to ask for the pages around it; None where there is none."""

    rows: list[dict[str, Any]]
    following: Asked | None
    preceding: Asked | None


def listed(*, tenant: Tenant, asked: Asked) -> Listed:
    """The page that `asked` names. An object that isn't there any more to continue from gives way to the first page."""
    place = collection(Node).find_one({"_id": asked.after or asked.before, "tenant_id": tenant.pk}, {"name": 1})
    backwards = bool(place and asked.before)
    match = _match(tenant, asked, FACETS)
    if place:
        comparison = "$lt" if backwards else "$gt"
        beside = {"name": place["name"], "_id": {comparison: place["_id"]}}
        match["$or"] = [{"name": {comparison: place["name"]}}, beside]
    direction = -1 if backwards else 1
    found = collection(Node).find(match, dict.fromkeys(_SHOWN, 1)).sort([("name", direction), ("_id", direction)])
    documents = list(found.limit(ROWS_PER_PAGE + 1))
    more = len(documents) > ROWS_PER_PAGE
    rows = [_row(document) for document in documents[:ROWS_PER_PAGE][::direction]]
    return Listed(
        rows,
        following=asked.on_page(after=rows[-1]["id"]) if rows and (more or backwards) else None,
        preceding=asked.on_page(before=rows[0]["id"]) if rows and place and (more or not backwards) else None,
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


def _match(tenant: Tenant, asked: Asked, facets: Iterable[str]) -> Document:
    """Every kind is named even when none is chosen: only then the index gives the order."""
    match: Document = {
        "tenant_id": tenant.pk,
        "kind": {"$in": list(KINDS)},
        "gone_at": {"$ne": None} if asked.gone else None,
    }
    for name in facets:
        if asked.chosen[name]:
            match[FACETS[name][0]] = {"$in": list(asked.chosen[name])}
    words = [word[:WORD_LENGTH] for word in asked.search.casefold().split()[:MOST_WORDS]]
    if words:
        match["$and"] = [{"search": {"$elemMatch": {"$gte": word, "$lt": word + _LAST}}} for word in words]
    return match


# ── Counts ──────────────────────────────────────────────────────────────────────────────────────────────────────────


@dataclass(frozen=True, slots=True)
class Option:
    """One value of a facet; `count` is how many there would be with the other facets as they are."""

    value: str
    label: str
    count: int
    selected: bool


@dataclass(frozen=True, slots=True)
class Facet:
    """One group of values to choose from, the most frequent first."""

    name: str
    label: str
    options: list[Option]

    @property
    def open(self) -> bool:
        """Whether a chosen value would be hidden among the rest."""
        return any(option.selected for option in self.options[OPTIONS_SHOWN:])

    @property
    def rest(self) -> int:
        """How many options stand behind "more"."""
        return len(self.options) - OPTIONS_SHOWN


@dataclass(frozen=True, slots=True)
class Counts:
    """How many match, and behind each value of each facet."""

    matching: int
    facets: list[Facet]


def counted(*, tenant: Tenant, asked: Asked) -> Counts:
    """How many objects match, and how many would with another choice."""
    fields = {column: f"${column}" for column, _ in FACETS.values()}
    stages = [
        {"$match": _match(tenant, asked, ())},
        {"$group": {"_id": fields, "n": {"$sum": 1}, "account_name": {"$first": "$account_name"}}},
    ]
    found = [
        {**row["_id"], "n": row["n"], "account_name": row["account_name"]} for row in collection(Node).aggregate(stages)
    ]
    return summed(found, asked)


def summed(combinations: Sequence[Combination], asked: Asked) -> Counts:
    """The facets of these combinations of values, each counted with the choices of all the others."""
    names = {row["account_id"]: row["account_name"] for row in combinations if row.get("account_name")}
    fits: dict[str, Callable[[Combination], bool]] = {name: _fits(name, asked) for name in FACETS}
    facets = []
    for name, (_, label) in FACETS.items():
        others = [fit for other, fit in fits.items() if other != name]
        counter = Counter[str]()
        for row in combinations:
            counts = row["n"] if all(fit(row) for fit in others) else 0
            for value in _held(name, row):
                counter[value] += counts
        counter.update(dict.fromkeys(asked.chosen[name], 0))
        labels = names if name == "account" else KINDS if name == "kind" else {}
        options = [
            Option(value, str(labels.get(value) or value), counter[value], value in asked.chosen[name])
            for value in sorted(counter, key=lambda value: (-counter[value], value))
        ]
        facets.append(Facet(name, label, options))
    return Counts(sum(row["n"] for row in combinations if all(fit(row) for fit in fits.values())), facets)


def _fits(name: str, asked: Asked) -> Callable[[Combination], bool]:
    chosen = set(asked.chosen[name])
    return lambda row: not chosen or not chosen.isdisjoint(_held(name, row))


def _held(name: str, row: Combination) -> list[str]:
    value = row.get(FACETS[name][0])
    return value if isinstance(value, list) else [value] if value else []


def chips(asked: Asked, counts: Counts) -> list[dict[str, Any]]:
    """The active filters in words, each with what one asks for without it."""
    shown = [
        {"label": facet.label, "value": option.label, "asked": asked.without(facet.name, option.value)}
        for facet in counts.facets
        for option in facet.options
        if option.selected
    ]
    if asked.search:
        shown.append({"label": "Search", "value": asked.search, "asked": replace(asked.on_page(), search="")})
    if asked.gone:
        shown.append({"label": "Shown", "value": "gone", "asked": replace(asked.on_page(), gone=False)})
    return shown


def ids(*, tenant: Tenant, keys: Iterable[str]) -> dict[str, ObjectId]:
    """Key → id of the node's page, for those of the keys that the inventory has; live ones before gone ones."""
    found = collection(Node).find(by_key(tenant.pk, keys), {"key": 1, "gone_at": 1}, hint=NODE_KEY)
    live_last = sorted(found, key=lambda document: (document["gone_at"] is None, document["_id"]))
    return {document["key"]: document["_id"] for document in live_last}
