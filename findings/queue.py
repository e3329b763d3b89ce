"""What does the queue hold for a filter: which rows, how many, and how many behind every facet's value?"""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass, replace
from datetime import UTC, datetime
from typing import Any
from uuid import UUID

from bson import ObjectId
from django.db import connection

from findings.filter import FACETS, KNOWN, ME, NOBODY, SORTS, Cursor, Filter
from findings.lifecycle import label
from findings.models import Finding
from tenants.models import Tenant

ROWS_PER_PAGE = 50
VALUES_PER_FACET = 200
FOLDED_AFTER = 8
_SHOWN = (
    "title",
    "subject_name",
    "severity",
    "severity_rank",
    "status",
    "observation",
    "observed_at",
    "first_seen",
    "path_line",
    "system",
    "account_id",
    "account_name",
    "assignee",
    "assignee_initials",
    "accepted_until",
    "comment_count",
)
_LABELS = {"rule": "title", "account": "account_name", "assignee": "assignee"}
HEADINGS = {
    "severity": "Severity",
    "status": "Status",
    "rule": "Rule",
    "account": "Account",
    "domain": "Data domain",
    "assignee": "Assignee",
    "observation": "Last check",
}


@dataclass(frozen=True, slots=True)
class Option:
    """One value of a facet; `count` is how many there would be with the other facets as they are."""

    value: str
    label: str
    count: int
    selected: bool


@dataclass(frozen=True, slots=True)
class Facet:
    """One group of values to choose from."""

    name: str
    label: str
    options: list[Option]

    @property
    def rest(self) -> int:
        """How many values are folded away."""
        return max(0, len(self.options) - FOLDED_AFTER)

    @property
    def open(self) -> bool:
        """Whether a chosen value would be hidden among the rest."""
        return any(option.selected for option in self.options[FOLDED_AFTER:])


@dataclass(frozen=True, slots=True)
class Counts:
    """How many match, how many would whatever their status, how many the tenant has; and the facets."""

    matching: int
    any_status: int
    facets: list[Facet]


@dataclass(frozen=True, slots=True)
class Rows:
    """One page of the list: dicts of the shown fields with `id`, and the cursors of the pages around it."""

    rows: list[dict[str, Any]]
    following: Cursor | None
    preceding: Cursor | None


def _collection() -> Any:
    return connection.get_collection(Finding._meta.db_table)  # type: ignore[attr-defined]


def read(*, tenant: Tenant, asked: Filter, me: UUID) -> Rows:
    """The page that `asked` names. A page that has emptied meanwhile gives way to the first one."""
    backwards = asked.before is not None
    rows = _find(tenant, asked, me, place=asked.after or asked.before, backwards=backwards, limit=ROWS_PER_PAGE + 1)
    if not rows and (asked.after or asked.before):
        return read(tenant=tenant, asked=replace(asked, after=None, before=None), me=me)
    more = len(rows) > ROWS_PER_PAGE
    rows = rows[:ROWS_PER_PAGE][:: -1 if backwards else 1]
    return Rows(
        rows,
        following=_place(rows[-1]) if rows and (more or backwards) else None,
        preceding=_place(rows[0]) if rows and (asked.after or (backwards and more)) else None,
    )


def neighbours(*, tenant: Tenant, asked: Filter, me: UUID, finding: Finding) -> tuple[ObjectId | None, ObjectId | None]:
    """The ids of the findings before and after this one in the filter's order, whether or not it is in it itself."""
    place = Cursor(finding.severity_rank, finding.first_seen, finding.pk)
    around = [_find(tenant, asked, me, place=place, backwards=backwards, limit=1) for backwards in (True, False)]
    before, after = (found[0]["id"] if found else None for found in around)
    return before, after


def _find(
    tenant: Tenant, asked: Filter, me: UUID, *, place: Cursor | None, backwards: bool, limit: int
) -> list[dict[str, Any]]:
    parts = [{"tenant_id": tenant.pk}, asked.match(me=me), asked.searched()]
    if place:
        parts.append(place.beyond(asked.sort, backwards=backwards))
    order = [(field, -direction if backwards else direction) for field, direction in SORTS[asked.sort]]
    stages = [
        {"$match": {"$and": [part for part in parts if part]}},
        {"$sort": dict(order)},
        {"$limit": limit},
        {"$project": dict.fromkeys(_SHOWN, 1)},
    ]
    return [_row(document) for document in _collection().aggregate(stages)]


def _row(document: dict[str, Any]) -> dict[str, Any]:
    key = document.pop("_id")
    # The driver returns UTC without saying so.
    times = {name: value.replace(tzinfo=UTC) for name, value in document.items() if isinstance(value, datetime)}
    return {**document, **times, "id": key}


def _place(row: dict[str, Any]) -> Cursor:
    return Cursor(row["severity_rank"], row["first_seen"], row["id"])


def count(*, tenant: Tenant, asked: Filter, me: UUID) -> Counts:
    """How many match, and behind every facet's value, in one pass over what the search matches.

    The findings are first counted by their combination of values, of which there are few; the facets are summed from
    those, each with the others applied. A value that the tenant has but none match stays, with 0.
    """
    branches = {"matching": _sum(asked.match(me=me)), "any_status": _sum(asked.match(me=me, but="status"))}
    for name, field in FACETS.items():
        branches[name] = [{"$match": asked.match(me=me, but=name)}, *_by_value(name, field)]
        branches[f"{name}_any"] = _by_value(name, field)
    labels = {f"{name}_label": {"$first": f"${field}"} for name, field in _LABELS.items()}
    stages = [
        {"$match": {"tenant_id": tenant.pk, **asked.searched()}},
        {"$group": {"_id": {field: f"${field}" for field in FACETS.values()}, "n": {"$sum": 1}, **labels}},
        {"$replaceWith": {"$mergeObjects": ["$$ROOT", "$_id"]}},
        {"$facet": branches},
    ]
    found = next(iter(_collection().aggregate(stages)))
    return Counts(
        matching=_total(found["matching"]),
        any_status=_total(found["any_status"]),
        facets=[_facet(name, found, asked, me) for name in FACETS],
    )


def _sum(match: dict[str, Any]) -> list[dict[str, Any]]:
    return [{"$match": match}, {"$group": {"_id": None, "n": {"$sum": "$n"}}}]


def _total(found: list[dict[str, Any]]) -> int:
    return int(found[0]["n"]) if found else 0


def _by_value(name: str, field: str) -> list[dict[str, Any]]:
    labelled = {"label": {"$first": f"${name}_label"}} if name in _LABELS else {}
    return [
        *([{"$unwind": f"${field}"}] if name == "domain" else []),
        {"$group": {"_id": f"${field}", "n": {"$sum": "$n"}, **labelled}},
        {"$sort": {"n": -1, "_id": 1}},
        {"$limit": VALUES_PER_FACET},
    ]


def _facet(name: str, found: dict[str, Any], asked: Filter, me: UUID) -> Facet:
    counts = {_spelled(name, row["_id"], me): row["n"] for row in found[name]}
    every = {_spelled(name, row["_id"], me): row.get("label") for row in found[f"{name}_any"]}
    chosen = asked.chosen(name)
    values = _ordered(name, [*every, *(value for value in chosen if value not in every)], counts, chosen)
    return Facet(
        name,
        HEADINGS[name],
        [
            Option(value, _label(name, value, every.get(value)), counts.get(value, 0), value in chosen)
            for value in values
            if value is not None
        ],
    )


def _ordered(name: str, values: Iterable[str | None], counts: dict[Any, int], chosen: tuple[str, ...]) -> list[Any]:
    if name in KNOWN:
        return list(KNOWN[name])
    if name == "assignee":
        values = [ME, NOBODY, *(value for value in values if value not in {ME, NOBODY})]
    # What is chosen stands first, so that it is never folded away.
    return sorted(values, key=lambda value: (value not in {ME, NOBODY}, value not in chosen, -counts.get(value, 0)))


def _spelled(name: str, stored: Any, me: UUID) -> Any:
    """A stored value as the address spells it."""
    if name != "assignee":
        return stored
    return {None: NOBODY, me.hex: ME}.get(stored, stored)


def _label(name: str, value: str, stored: str | None) -> str:
    if name == "assignee":
        return {ME: "Me", NOBODY: "Nobody"}.get(value, stored or value)
    return stored or (label(value) if name in KNOWN else value)


def chips(asked: Filter, counts: Counts) -> list[dict[str, str]]:
    """The active filters in words, each with the query string that removes it."""
    labels = {(facet.name, option.value): option.label for facet in counts.facets for option in facet.options}
    shown = []
    if asked.status == Filter().status:
        shown.append({"label": "Status", "value": "needs attention", "query": asked.from_start(status=()).query()})
    for name in FACETS:
        for value in () if name == "status" and shown else asked.chosen(name):
            words = labels.get((name, value), value)
            shown.append({"label": HEADINGS[name], "value": words, "query": asked.without(name, value).query()})
    if asked.search:
        shown.append({"label": "Search", "value": asked.search, "query": asked.from_start(search="").query()})
    return shown
