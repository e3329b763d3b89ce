"""How many findings have which facets, kept as they are written, so that nobody has to count a million of them?

One row for each combination of the NARROW facets, for each of those with one value of a WIDE one, and for each such
value alone. Whoever writes findings hands over what they were and are, in the same transaction.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterable, Iterator
from hashlib import blake2b
from typing import Any, NamedTuple

from bson import ObjectId
from django.db import connection as database
from pymongo import InsertOne, UpdateOne

from findings.facets import FACETS, WIDE, Row, narrow, wide
from findings.models import Finding, Tally
from tenants.models import Tenant

FIELDS = (*FACETS.values(), "account_name", "assignee")
BATCH = 1_000
_LABELS = {"account": "account_name", "assignee": "assignee"}


class Cell(NamedTuple):
    """What one row counts."""

    facet: str
    value: str
    narrow: str


def fields(finding: Finding) -> dict[str, Any]:
    """What is counted of a finding."""
    return {name: getattr(finding, name) for name in FIELDS}


def update(tenant: Tenant, moves: Iterable[tuple[Row | None, Row | None]]) -> None:
    """Take over what findings were (None: not there) and what they are now, within the transaction that writes them."""
    counts, labels = Counter[Cell](), dict[Cell, str | None]()
    for before, after in moves:
        for row, step in ((before, -1), (after, 1)):
            for cell, label in _cells(row) if row else ():
                counts[cell] += step
                if step > 0:
                    labels[cell] = label
    changed = [_write(tenant, cell, step, labels.get(cell)) for cell, step in counts.items() if step]
    if changed:
        _collection(Tally).bulk_write(changed, ordered=False, session=database.session)  # type: ignore[attr-defined]


def recount(tenant: Tenant) -> None:
    """Count everything anew: after findings were written otherwise than through evaluation and triage."""
    counts, labels = Counter[Cell](), dict[Cell, str | None]()
    rows = _collection(Finding).find({"tenant_id": tenant.pk}, dict.fromkeys(FIELDS, 1), batch_size=BATCH)
    for row in rows:
        for cell, label in _cells(row):
            counts[cell] += 1
            labels[cell] = label
    _collection(Tally).delete_many({"tenant_id": tenant.pk})
    if counts:
        every = (InsertOne(_key(tenant, cell) | {"n": n, "label": labels[cell]}) for cell, n in counts.items())
        _collection(Tally).bulk_write(list(every), ordered=False)


def combinations(tenant: Tenant) -> dict[str, int]:
    """The combinations of the NARROW facets (facets.narrow), and how many findings have each."""
    rows = _collection(Tally).find(_of(tenant, ""), {"_id": 0, "narrow": 1, "n": 1}, hint="finding_tally")
    return {row["narrow"]: row["n"] for row in rows if row["n"]}


def values(tenant: Tenant, facet: str) -> dict[str, tuple[int, str]]:
    """The values of a facet of WIDE: how many findings have each, and what it is called."""
    shown = {"_id": 0, "value": 1, "n": 1, "label": 1}
    rows = _collection(Tally).find(_of(tenant, facet) | {"narrow": ""}, shown, hint="finding_tally")
    return {row["value"]: (row["n"], row.get("label") or row["value"]) for row in rows if row["n"]}


def having(tenant: Tenant, facet: str, narrow: Iterable[str]) -> dict[str, int]:
    """The values of a facet of WIDE, and how many findings of these combinations have each."""
    stages = [
        {"$match": _of(tenant, facet) | {"narrow": {"$in": list(narrow)}}},
        {"$group": {"_id": "$value", "n": {"$sum": "$n"}}},
    ]
    return {row["_id"]: row["n"] for row in _collection(Tally).aggregate(stages, hint="finding_tally") if row["n"]}


def _of(tenant: Tenant, facet: str) -> dict[str, Any]:
    return {"tenant_id": tenant.pk, "facet": facet}


def _cells(row: Row) -> Iterator[tuple[Cell, str | None]]:
    """The cells of a finding, each with what its value is called."""
    low = narrow(row)
    yield Cell("", "", low), None
    for facet in WIDE:
        label = row[_LABELS[facet]] if facet in _LABELS else None
        for value in wide(row, facet):
            yield Cell(facet, value, low), None
            yield Cell(facet, value, ""), label


def _write(tenant: Tenant, cell: Cell, step: int, label: str | None) -> UpdateOne:
    key = _key(tenant, cell)
    change: dict[str, Any] = {"$inc": {"n": step}, "$setOnInsert": {k: v for k, v in key.items() if k != "_id"}}
    if label is not None:
        change["$set"] = {"label": label}
    return UpdateOne({"_id": key["_id"]}, change, upsert=True)


def _key(tenant: Tenant, cell: Cell) -> dict[str, Any]:
    """The cell as stored. Its id follows from it: two writers can't make two of one."""
    told = "\x1e".join((str(tenant.pk), *cell))
    return {"_id": ObjectId(blake2b(told.encode(), digest_size=12).digest()), "tenant_id": tenant.pk, **cell._asdict()}


def _collection(model: type[Finding] | type[Tally]) -> Any:
    return database.get_collection(model._meta.db_table)  # type: ignore[attr-defined]
