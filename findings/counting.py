"""How many findings match a filter, and how many would behind every facet's value?

What a wide filter matches is summed from the tallies; what an account, a domain, an assignee or a search narrows, from
the traits of what those hold, MOST_COUNTED of them at most: then there are at least as many as is said.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from itertools import islice
from typing import NamedTuple
from uuid import UUID

from connectors.inventory.words import SYSTEMS
from findings import queue, tally
from findings.evaluator import rules
from findings.facets import FACETS, NARROW, NOBODY, WIDE, read, read_narrow
from findings.filter import KNOWN, ME, Filter
from findings.lifecycle import Acceptance, label
from tenants.models import Tenant

VALUES_PER_FACET = 200
FOLDED_AFTER = 8
MOST_COUNTED = 50_000
HEADINGS = {
    "severity": "Severity",
    "status": "Status",
    "acceptance": "Accepted risks",
    "rule": "Rule",
    "system": "System",
    "account": "Account",
    "domain": "Data domain",
    "assignee": "Assignee",
    "observation": "Last check",
}
Chosen = dict[str, frozenset[str]]


@dataclass(frozen=True, slots=True)
class Option:
    """One value of a facet; `count` is how many there would be with the other facets as they are."""

    value: str
    label: str
    count: int
    selected: bool


@dataclass(frozen=True, slots=True)
class Facet:
    """One group of values to choose from. Of each there are at least as many as counted, where it isn't `whole`."""

    name: str
    label: str
    options: list[Option]
    whole: bool = True

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
    """How many match, how many would whatever their status, and the facets; not `whole`: at least so many."""

    matching: int
    any_status: int
    facets: list[Facet]
    whole: bool = True


class Some(NamedTuple):
    """`n` findings that have these values of NARROW, and these of each facet of WIDE."""

    narrow: tuple[str, ...]
    wide: dict[str, list[str]]
    n: int


def count(*, tenant: Tenant, asked: Filter, me: UUID) -> Counts:
    """Counts of everything that a reader may choose. A value that the tenant has but none match stays, with 0."""
    counting = _Counting(tenant, asked, me)
    narrow, any_status = counting.narrow()
    facets = {name: narrow[name] for name in NARROW} | {name: counting.wide(name) for name in WIDE}
    return Counts(
        matching=narrow["matching"][""],
        any_status=any_status,
        facets=[counting.facet(name, facets[name]) for name in FACETS],
        whole=counting.whole,
    )


class _Counting:
    """One filter's counts. What several facets need is read once."""

    def __init__(self, tenant: Tenant, asked: Filter, me: UUID) -> None:
        self._tenant, self._asked, self._me = tenant, asked, me
        self._chosen: Chosen = {name: frozenset(values) for name, values in asked.spelled(me).items()}
        self._combinations = tally.combinations(tenant)
        self._values = {name: tally.values(tenant, name) for name in WIDE}
        self._read: dict[str, list[Some]] = {}
        self.whole = True

    def narrow(self) -> tuple[dict[str, Counter[str]], int]:
        """Of each facet of NARROW how many would match, and under "matching" how many do; and of any status."""
        counts = {name: Counter[str]() for name in (*NARROW, "matching")}
        any_status = 0
        held = self._some(but="")
        for some in self._combined() if held is None else held:
            unmet = self._unmet(some.narrow)
            if not unmet:
                counts["matching"][""] += some.n
            if unmet <= {"status"}:
                any_status += some.n
            for place, name in enumerate(NARROW):
                if unmet <= {name}:
                    counts[name][some.narrow[place]] += some.n
        return counts, any_status

    def wide(self, name: str) -> Counter[str]:
        """Of a facet of WIDE how many would match."""
        held = self._some(but=name)
        if held is None:
            fitting = (text for text in self._combinations if not self._unmet(read_narrow(text)))
            return Counter(tally.having(self._tenant, name, fitting))
        counts = Counter[str]()
        for some in held:
            if not self._unmet(some.narrow):
                for value in some.wide[name]:
                    counts[value] += some.n
        return counts

    def _unmet(self, held: tuple[str, ...]) -> set[str]:
        """The facets of NARROW whose chosen values aren't among these."""
        pairs = zip(NARROW, held, strict=True)
        return {name for name, value in pairs if name in self._chosen and value not in self._chosen[name]}

    def _combined(self) -> Iterator[Some]:
        for text, n in self._combinations.items():
            yield Some(read_narrow(text), {}, n)

    def _some(self, *, but: str) -> list[Some] | None:
        """Those that the search finds and that have what is chosen of WIDE, whatever is of one facet; None: all."""
        asked = {name: self._chosen[name] for name in WIDE if name in self._chosen and name != but}
        if not asked and not self._asked.search:
            return None
        held = self._held("" if self._asked.search else min(asked, key=self._size))
        return [some for some in held if all(wanted.intersection(some.wide[name]) for name, wanted in asked.items())]

    def _size(self, name: str) -> int:
        return sum(n for value, (n, _label) in self._values[name].items() if value in self._chosen[name])

    def _held(self, name: str) -> list[Some]:
        """Everything that the search finds, or that the chosen values of a facet hold."""
        if name not in self._read:
            found = list(islice(self._traits(name), MOST_COUNTED + 1))
            all_found = not self._asked.search or queue.found_all(self._tenant, self._asked)
            self.whole = self.whole and all_found and len(found) <= MOST_COUNTED
            self._read[name] = [Some(*read(text), n) for text, n in Counter(found[:MOST_COUNTED]).items()]
        return self._read[name]

    def _traits(self, name: str) -> Iterator[str]:
        rows = queue.findings()
        if self._asked.search:
            stages = [*queue.matching(self._tenant, self._asked), {"$project": {"_id": 0, "traits": 1}}]
            found = rows.aggregate(stages, hint="finding_search")
        else:
            stored = [None if value == NOBODY and name == "assignee" else value for value in self._chosen[name]]
            where = {"tenant_id": self._tenant.pk, FACETS[name]: {"$in": stored}}
            found = rows.find(where, {"_id": 0, "traits": 1}, hint=f"finding_{name}", batch_size=10_000)
        for row in found:
            yield row["traits"]

    # ── Options ─────────────────────────────────────────────────────────────────────────────────────────────────────

    def facet(self, name: str, counts: Counter[str]) -> Facet:
        """The facet with its values in the order in which they are shown."""
        labels, chosen = self._labels(name), self._chosen.get(name, frozenset())
        values = list(dict.fromkeys([*chosen, *counts, *labels]))
        if name == "assignee":
            values = list(dict.fromkeys([self._me.hex, NOBODY, *values]))
        options = [self._option(name, value, labels, counts) for value in self._ordered(name, values, counts)]
        return Facet(name, HEADINGS[name], options, whole=self.whole)

    def _ordered(self, name: str, values: Iterable[str], counts: Counter[str]) -> list[str]:
        """What is chosen stands before the rest, so that it is never folded away; me and nobody stand first."""
        if name in KNOWN:
            return list(KNOWN[name])
        first = {self._me.hex: 0, NOBODY: 1} if name == "assignee" else {}
        chosen = self._chosen.get(name, frozenset())
        ordered = sorted(values, key=lambda value: (first.get(value, 2), value not in chosen, -counts[value], value))
        return ordered[:VALUES_PER_FACET]

    def _option(self, name: str, value: str, labels: dict[str, str], counts: Counter[str]) -> Option:
        chosen = value in self._chosen.get(name, frozenset())
        if name == "assignee" and value in {self._me.hex, NOBODY}:
            mine = value == self._me.hex
            return Option(ME if mine else NOBODY, "Me" if mine else "Nobody", counts[value], chosen)
        return Option(value, labels.get(value) or (label(value) if name in KNOWN else value), counts[value], chosen)

    def _labels(self, name: str) -> dict[str, str]:
        """The values that the tenant has, and what they are called."""
        if name in WIDE:
            return {value: label for value, (_n, label) in self._values[name].items()}
        held = {read_narrow(text)[NARROW.index(name)] for text in self._combinations}
        return {value: _called(name, value) for value in sorted(held)}


def _called(name: str, value: str) -> str:
    if name == "system":
        return SYSTEMS.get(value, value)
    rule = rules().get(value) if name == "rule" else None
    return rule.title if rule else label(value)


def awaiting_approval(tenant: Tenant) -> int:
    """How many acceptances wait for a second person, whatever else is asked for."""
    place, combined = NARROW.index("acceptance"), tally.combinations(tenant)
    return sum(n for text, n in combined.items() if read_narrow(text)[place] == Acceptance.AWAITING)


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


def words(counts: Counts) -> str:
    """How many match, in words: "1 finding", "more than 50,000 findings"."""
    more = "" if counts.whole else "at least "
    return f"{more}{counts.matching:,} finding{'' if counts.matching == 1 else 's'}"
