"""How many objects are behind each choice that a list offers?

A tenant's objects have few combinations of facets, whatever their number: those are counted when a scan ends, and every
facet is summed from them. A small inventory is counted anew each time, and so is what a search finds, up to a bound
that the page tells.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterator, Sequence
from dataclasses import dataclass, replace
from datetime import UTC, datetime
from itertools import islice
from typing import Any, NamedTuple

from django.utils import timezone

from connectors.inventory.browse import KINDS, MOST_KEYS, Asked, stages, unnarrowed
from connectors.inventory.documents import Document, collection
from connectors.inventory.models import Node, Tally
from connectors.inventory.shape import FACETS, MARK
from connectors.inventory.words import SYSTEMS
from tenants.models import Tenant

TITLES = {
    "kind": "Kind",
    "type": "Type",
    "system": "System",
    "account": "Account",
    "domain": "Data domain",
    "region": "Region",
}
OPTIONS_SHOWN = 8  # of a facet, as in the template; the rest is behind "more"
MOST_OPTIONS = 100
MOST_COUNTED = 10_000  # each time a list is shown
MOST_COMBINATIONS = 50_000
PART = 5000  # combinations kept in one document
ACCOUNT = list(FACETS).index("account")
Values = tuple[tuple[str, ...], ...]  # of each facet, in their order


class Combination(NamedTuple):
    """How many objects have these values."""

    values: Values
    objects: int


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
    left_out: int = 0

    @property
    def open(self) -> bool:
        """Whether a chosen value would be hidden among the rest."""
        return any(option.selected for option in self.options[OPTIONS_SHOWN:])

    @property
    def rest(self) -> int:
        """How many options stand behind "more"."""
        return len(self.options) - OPTIONS_SHOWN


@dataclass(frozen=True, slots=True, kw_only=True)
class Counts:
    """How many match, and behind each value of each facet.

    `at` is when they were counted, None for just now. With `bounded` there are at least so many: counting stopped.
    `lead` is the facet whose chosen values fit the fewest, None where none is chosen or known to.
    """

    matching: int
    facets: list[Facet]
    at: datetime | None = None
    bounded: bool = False
    lead: str | None = None


# ── Counting ────────────────────────────────────────────────────────────────────────────────────────────────────────


def counted(*, tenant: Tenant, asked: Asked) -> Counts:
    """How many objects match, and how many would with another choice."""
    parts = [] if asked.search else _latest(tenant)
    if sum(row[7] + row[8] for part in parts for row in part["rows"]) > MOST_COUNTED:
        found, names = _kept(parts, asked)
        at = parts[0]["at"].replace(tzinfo=UTC)
        return replace(summed(found, asked, names), at=at, bounded=not parts[0]["whole"])
    found, names = _live(tenant, asked)
    return replace(summed(found, asked, names), bounded=sum(row.objects for row in found) >= MOST_COUNTED)


def refresh(tenant: Tenant) -> None:
    """Count all of the tenant's objects, as a scan does at its end. Reads each of them once."""
    now = timezone.now()
    columns = {column: f"${column}" for column in FACETS.values()}
    gone = {"$cond": [{"$gt": ["$gone_at", None]}, 1, 0]}
    sums = {"n": {"$sum": 1}, "gone": {"$sum": gone}, "account_name": {"$last": "$account_name"}}
    steps: list[Document] = [
        {"$match": {"tenant_id": tenant.pk}},
        {"$group": {"_id": columns, **sums}},
        {"$sort": {"n": -1}},
        {"$limit": MOST_COMBINATIONS + 1},
    ]
    found = [
        _row(row) for row in collection(Node).aggregate(steps, hint="node_list", allowDiskUse=True, batchSize=PART)
    ]
    rows = iter(found[:MOST_COMBINATIONS])
    parts = list(iter(lambda: list(islice(rows, PART)), [])) or [[]]
    stamp = {"tenant_id": tenant.pk, "at": now, "whole": len(found) <= MOST_COMBINATIONS}
    # Whoever reads meanwhile finds the new counts once part 0 is there, and the old ones until then.
    tallies = collection(Tally)
    tallies.insert_many([stamp | {"part": part, "rows": rows} for part, rows in enumerate(parts)][::-1])
    tallies.delete_many({"tenant_id": tenant.pk, "at": {"$lt": now}})


def _row(row: Document) -> list[Any]:
    values = [row["_id"].get(column) for column in ("kind", "type", "system", "account_id")]
    where = [row["account_name"], row["_id"].get("region"), row["_id"].get("domains") or []]
    return [*values, *where, row["n"] - row["gone"], row["gone"]]


def counted_at(tenant: Tenant) -> datetime | None:
    """When `refresh` last counted; None before the first scan ended."""
    first = _first(tenant)
    at: datetime | None = first["at"].replace(tzinfo=UTC) if first else None
    return at


def _first(tenant: Tenant) -> Document | None:
    wanted = {"tenant_id": tenant.pk, "part": 0}
    return collection(Tally).find_one(wanted, {"at": 1}, sort=[("at", -1)], hint="tally_latest")


def _latest(tenant: Tenant) -> list[Document]:
    first = _first(tenant)
    if first is None:
        return []
    same = {"tenant_id": tenant.pk, "at": first["at"]}
    return list(collection(Tally).find(same, hint="tally_latest").sort("part", 1))


def _kept(parts: list[Document], asked: Asked) -> tuple[list[Combination], dict[str, str]]:
    found: list[Combination] = []
    names: dict[str, str] = {}
    for row in (row for part in parts for row in part["rows"]):
        kind, type_, system, account, name, region, domains, there, gone = row
        if name:
            names[account] = name
        if count := gone if asked.gone else there:
            where = (account,) if account else (), tuple(domains), (region,) if region else ()
            found.append(Combination(((kind,), (type_,), (system,), *where), count))
    return found, names


def _live(tenant: Tenant, asked: Asked) -> tuple[list[Combination], dict[str, str]]:
    """The first MOST_COUNTED by the traits that the index holds: but for the accounts' names no object is read."""
    part = unnarrowed(tenant, asked)
    held = stages(part, first=MOST_KEYS, skip=0, most=MOST_COUNTED)[:-1]
    grouped = {"$group": {"_id": "$t", "n": {"$sum": 1}, "one": {"$first": "$_id"}}}
    rows = list(collection(Node).aggregate([*held, grouped], hint=part.index))
    return [Combination(_values(row["_id"]), row["n"]) for row in rows], _account_names(rows)


def _values(traits: str) -> Values:
    found: dict[str, list[str]] = {name: [] for name in FACETS}
    for each in filter(None, traits.split(MARK)):
        name, _, value = each.partition("=")
        found[name].append(value)
    return tuple(tuple(values) for values in found.values())


def _account_names(rows: list[Document]) -> dict[str, str]:
    accounts = {_values(row["_id"])[ACCOUNT]: row["one"] for row in rows}
    wanted = {"_id": {"$in": list(accounts.values())[:MOST_OPTIONS]}, "account_name": {"$ne": None}}
    found = collection(Node).find(wanted, {"account_id": 1, "account_name": 1})
    return {row["account_id"]: row["account_name"] for row in found}


# ── Summing ─────────────────────────────────────────────────────────────────────────────────────────────────────────


def summed(found: Sequence[Combination], asked: Asked, accounts: dict[str, str]) -> Counts:
    """The facets of these combinations, each counted with the choices of all the others."""
    chosen = {place: frozenset(asked.chosen[name]) for place, name in enumerate(FACETS) if asked.chosen[name]}
    sums = [Counter[str](dict.fromkeys(asked.chosen[name], 0)) for name in FACETS]
    fitting = Counter[int](dict.fromkeys(chosen, 0))
    matching = 0
    for values, count in found:
        unfit = [place for place, wanted in chosen.items() if wanted.isdisjoint(values[place])]
        matching += 0 if unfit else count
        fitting.update({place: count for place in chosen if place not in unfit} if chosen else {})
        for place, held in enumerate(values):
            counts = count if not unfit or unfit == [place] else 0
            for value in held:
                sums[place][value] += counts
    lead = min(fitting, key=lambda place: fitting[place], default=None)
    labels = {"kind": KINDS, "system": SYSTEMS, "account": accounts}
    facets = [_facet(name, sums[place], asked, labels.get(name, {})) for place, name in enumerate(FACETS)]
    return Counts(matching=matching, facets=facets, lead=None if lead is None else list(FACETS)[lead])


def _facet(name: str, counts: Counter[str], asked: Asked, labels: dict[str, str]) -> Facet:
    chosen = asked.chosen[name]
    ordered = sorted(counts, key=lambda value: (-counts[value], value))
    shown = [value for rank, value in enumerate(ordered) if rank < MOST_OPTIONS or value in chosen]
    options = [Option(value, labels.get(value) or value, counts[value], value in chosen) for value in shown]
    return Facet(name, TITLES[name], options, left_out=len(ordered) - len(shown))


def chips(asked: Asked, counts: Counts) -> Iterator[dict[str, Any]]:
    """The active filters in words, each with what one asks for without it."""
    for facet in counts.facets:
        for option in facet.options:
            if option.selected:
                yield {"label": facet.label, "value": option.label, "asked": asked.without(facet.name, option.value)}
    if asked.search:
        yield {"label": "Search", "value": asked.search, "asked": replace(asked.on_page(), search="")}
    if asked.gone:
        yield {"label": "Shown", "value": "gone", "asked": replace(asked.on_page(), gone=False)}
