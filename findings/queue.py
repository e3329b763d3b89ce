"""Which findings does the queue show for a filter, page by page, and which lie around one of them?

Each page is a range of one index in its order, and the traits behind its keys tell what fits: no finding is read that
isn't shown. Only a search reads what it finds, up to MOST_FOUND.
"""

from __future__ import annotations

import re
from collections.abc import Iterable
from dataclasses import dataclass, replace
from datetime import UTC, datetime
from typing import Any
from uuid import UUID

from bson import ObjectId
from django.db import connection

from findings.facets import FACETS, MARK, NOBODY, trait
from findings.filter import SORTS, STATUSES, Cursor, Filter
from findings.models import Finding
from tenants.keyset import Range, continued
from tenants.models import Tenant

ROWS_PER_PAGE = 50
FIRST_KEYS = 20_000  # of an index that has the order, tried before one that has the fewest
MOST_FOUND = 10_000  # of a search, which is better narrowed than read further
LEADS = {
    "acceptance": "finding_acceptance",
    "assignee": "finding_assignee",
    "account": "finding_account",
    "rule": "finding_of_rule",
}
ORDERED = {"severity": "finding_queue", "newest": "finding_newest", "oldest": "finding_newest"}
_LAST = "\U0010ffff"
SHOWN = (
    *("title", "subject_name", "severity", "severity_rank", "status", "observation", "observed_at", "first_seen"),
    *(
        "path_line",
        "system",
        "account_id",
        "account_name",
        "assignee",
        "assignee_initials",
        "accepted_until",
        "acceptance",
    ),
    *("comment_count", "score"),
)
Stages = list[dict[str, Any]]


@dataclass(frozen=True, slots=True)
class Rows:
    """One page of the list: dicts of the shown fields with `id`, and the cursors of the pages around it."""

    rows: list[dict[str, Any]]
    following: Cursor | None
    preceding: Cursor | None


def findings() -> Any:
    """The collection."""
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


def first(*, tenant: Tenant, asked: Filter, me: UUID, most: int) -> list[ObjectId]:
    """The ids of the first so many findings that fit, in order, wherever in the list `asked` stands."""
    read = _searched if asked.search else _listed
    return read(tenant, asked, me, None, backwards=False, limit=most)


def _find(
    tenant: Tenant, asked: Filter, me: UUID, *, place: Cursor | None, backwards: bool, limit: int
) -> list[dict[str, Any]]:
    at = place.place if place else None
    if asked.search:
        ids = _searched(tenant, asked, me, at, backwards=backwards, limit=limit)
    else:
        ids = _listed(tenant, asked, me, at, backwards=backwards, limit=limit)
    rows = {row["_id"]: row for row in findings().find({"_id": {"$in": ids}}, dict.fromkeys(SHOWN, 1))}
    return [_row(rows[each]) for each in ids if each in rows]


def _listed(
    tenant: Tenant, asked: Filter, me: UUID, at: dict[str, Any] | None, *, backwards: bool, limit: int
) -> list[ObjectId]:
    """By the index that has the order; where few of its keys fit, by the one that has the fewest, sorted."""
    ordered, fewest = ranges(tenant, asked, me)
    if fewest is None:
        return _ids(continued(ordered, at, backwards=backwards), sort=False, first=None, limit=limit)
    if asked.sort == "severity":  # in which each of them is
        return _ids(continued(fewest, at, backwards=backwards), sort=False, first=None, limit=limit)
    found = _ids(continued(ordered, at, backwards=backwards), sort=False, first=FIRST_KEYS, limit=limit)
    if len(found) >= limit:
        return found
    return _ids(continued(fewest, at, backwards=backwards), sort=True, first=None, limit=limit)


def ranges(tenant: Tenant, asked: Filter, me: UUID) -> tuple[Range, Range | None]:
    """All that fits in the order asked for, and the same by the chosen facet that likely has the fewest, if any."""
    chosen = asked.spelled(me)
    order = SORTS[asked.sort]
    within = {"tenant_id": tenant.pk, "status": {"$in": list(chosen.get("status", STATUSES))}}
    ordered = Range(index=ORDERED[asked.sort], within=within, order=order, keys=_keys(chosen, but="status"))
    found = lead(chosen)
    if found is None:
        return ordered, None
    field, values = FACETS[found], list(chosen[found])
    within = {"tenant_id": tenant.pk, field: {"$in": values}}
    index = LEADS.get(found, "finding_domain")
    return ordered, Range(index=index, within=within, order=order, keys=_keys(chosen, but=found))


def lead(chosen: dict[str, tuple[str, ...]]) -> str | None:
    """The chosen facet that likely has the fewest findings. That nobody is the assignee of one says little."""
    likely = [name for name in (*LEADS, "domain") if name in chosen and NOBODY not in chosen[name]]
    return next(iter(likely), None)


def _keys(chosen: dict[str, tuple[str, ...]], *, but: str) -> dict[str, Any]:
    """That the traits `t` hold one of the chosen values of each facet but one."""
    wanted = [[trait(name, value) for value in values] for name, values in chosen.items() if name != but]
    each = [{"t": {"$regex": f"(?:{'|'.join(map(re.escape, values))}){MARK}"}} for values in wanted]
    return {"$and": each} if each else {}


def _ids(parts: Iterable[Range], *, sort: bool, first: int | None, limit: int) -> list[ObjectId]:
    found: list[ObjectId] = []
    for part in parts:
        if (missing := limit - len(found)) > 0:
            stages = _sorted(part, most=missing) if sort else _in_order(part, first=first, most=missing)
            found += [row["_id"] for row in findings().aggregate(stages, hint=part.index)]
            if first and len(found) < limit and not _is_over(part, first):
                break  # behind the keys that were looked at may be more, before what the next range has
    return found


def _is_over(part: Range, first: int) -> bool:
    """Whether a range has no more than so many keys."""
    return bool(findings().count_documents(part.within, limit=first + 1, hint=part.index) <= first)


def _in_order(part: Range, *, first: int | None, most: int) -> Stages:
    """The ids of a range whose index has its order; of the first so many keys, or of all."""
    looked: Stages = [{"$limit": first}] if first else []
    order: Stages = [{"$sort": dict(part.order or ())}]
    return [{"$match": part.within}, *order, *looked, *_fitting(part), {"$limit": most}, {"$project": {"_id": 1}}]


def _sorted(part: Range, *, most: int) -> Stages:
    """The ids of a range whose index has another order."""
    order = {"$sort": dict(part.order or ())}
    return [{"$match": part.within}, *_fitting(part), order, {"$limit": most}, {"$project": {"_id": 1}}]


def _fitting(part: Range) -> Stages:
    """What fits, by the keys of the index alone: the projection keeps MongoDB from reading the findings."""
    shown = {"t": {"$concat": ["$traits", ""]}, "severity_rank": 1, "first_seen": 1}
    return [{"$project": shown}, *([{"$match": part.keys}] if part.keys else [])]


# ── A search ────────────────────────────────────────────────────────────────────────────────────────────────────────


def matching(tenant: Tenant, asked: Filter) -> Stages:
    """The findings that the words of a search find, MOST_FOUND of them at most, whatever else is chosen."""
    first, *others = [{"search": {"$elemMatch": {"$gte": word, "$lt": word + _LAST}}} for word in asked.words()]
    return [
        {"$match": {"tenant_id": tenant.pk, **first}},
        {"$limit": MOST_FOUND},
        *([{"$match": {"$and": others}}] if others else []),
    ]


def found_all(tenant: Tenant, asked: Filter) -> bool:
    """Whether a search looks at everything that its longest word finds."""
    where = matching(tenant, asked)[0]["$match"]
    return bool(findings().count_documents(where, limit=MOST_FOUND, hint="finding_search") < MOST_FOUND)


def found(tenant: Tenant, asked: Filter) -> tuple[int, bool]:
    """How many a search finds, whatever else is chosen, and whether it looks at all of them."""
    stages = [*matching(tenant, asked), {"$count": "n"}]
    counted = next(iter(findings().aggregate(stages, hint="finding_search")), {"n": 0})
    return counted["n"], found_all(tenant, asked)


def _searched(
    tenant: Tenant, asked: Filter, me: UUID, at: dict[str, Any] | None, *, backwards: bool, limit: int
) -> list[ObjectId]:
    order = {field: -way if backwards else way for field, way in SORTS[asked.sort]}
    start = Range(index="finding_search", within={}, order=SORTS[asked.sort])
    beyond = [part.within for part in continued(start, at, backwards=backwards)] if at else []
    stages = [
        *matching(tenant, asked),
        {"$project": {"t": "$traits", "severity_rank": 1, "first_seen": 1}},
        {"$match": {**_keys(asked.spelled(me), but=""), **({"$or": beyond} if beyond else {})}},
        {"$sort": order},
        {"$limit": limit},
        {"$project": {"_id": 1}},
    ]
    return [row["_id"] for row in findings().aggregate(stages, hint="finding_search")]


def _row(document: dict[str, Any]) -> dict[str, Any]:
    key = document.pop("_id")
    # The driver returns UTC without saying so.
    times = {name: value.replace(tzinfo=UTC) for name, value in document.items() if isinstance(value, datetime)}
    return {**document, **times, "id": key}


def _place(row: dict[str, Any]) -> Cursor:
    return Cursor(row["severity_rank"], row["first_seen"], row["id"])
