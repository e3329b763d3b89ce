"""Which findings does a reader ask for, in which order, and how does an address say so?"""

from __future__ import annotations

import re
from dataclasses import dataclass, replace
from datetime import UTC, datetime, timedelta
from typing import Any, Self
from urllib.parse import urlencode
from uuid import UUID

from bson import ObjectId
from django.http import QueryDict

from findings.facets import FACETS, NOBODY
from findings.lifecycle import Acceptance, Observation, Status
from findings.severity import Severity
from findings.sighting import LONGEST_WORD

NEEDS_ATTENTION = (Status.OPEN.value, Status.REOPENED.value, Status.REGRESSED.value)
ANY = "all"  # ?status=all: the address of "whatever its status"
STATUSES = tuple(status.value for status in Status)
SEVERITIES = tuple(severity.value for severity in Severity)
OBSERVATIONS = tuple(observation.value for observation in Observation)
ACCEPTANCES = (Acceptance.AWAITING.value, Acceptance.ENDING.value)
KNOWN = {"status": STATUSES, "severity": SEVERITIES, "observation": OBSERVATIONS, "acceptance": ACCEPTANCES}
ME = "me"  # ?assignee=me; NOBODY asks for what has no assignee
SORTS = {
    "severity": (("severity_rank", -1), ("first_seen", -1), ("_id", -1)),
    "newest": (("first_seen", -1), ("severity_rank", -1), ("_id", -1)),
    "oldest": (("first_seen", 1), ("severity_rank", 1), ("_id", 1)),
}  # every sort ends in the id, so that a page continues exactly behind its last row
LONGEST_SEARCH = 200
MOST_WORDS = 8
MOST_VALUES = 50
LONGEST_VALUE = 128
_CURSOR = re.compile(r"([0-9])-([0-9]{1,14})-([0-9a-f]{24})", re.ASCII)
_LAST = "\U0010ffff"
_EPOCH = datetime(1970, 1, 1, tzinfo=UTC)


@dataclass(frozen=True, slots=True)
class Cursor:
    """A place in the list: the sort values of one row. Written "rank-milliseconds-id"."""

    severity_rank: int
    first_seen: datetime
    id: ObjectId

    def __str__(self) -> str:
        return f"{self.severity_rank}-{(self.first_seen - _EPOCH) // timedelta(milliseconds=1)}-{self.id}"

    @classmethod
    def parse(cls, text: str) -> Self | None:
        """The cursor an address holds; None for anything else."""
        found = _CURSOR.fullmatch(text)
        if not found:
            return None
        rank, milliseconds, key = found.groups()
        try:
            return cls(int(rank), _EPOCH + timedelta(milliseconds=int(milliseconds)), ObjectId(key))
        except OverflowError:
            return None

    @property
    def place(self) -> dict[str, Any]:
        """The values by which the list is ordered there, as the collection names them."""
        return {"severity_rank": self.severity_rank, "first_seen": self.first_seen, "_id": self.id}


@dataclass(frozen=True, slots=True, kw_only=True)
class Filter:
    """What a reader asks for. An empty tuple asks for any value; `status` alone begins with what needs attention."""

    status: tuple[str, ...] = NEEDS_ATTENTION
    severity: tuple[str, ...] = ()
    acceptance: tuple[str, ...] = ()
    rule: tuple[str, ...] = ()
    system: tuple[str, ...] = ()
    account: tuple[str, ...] = ()
    domain: tuple[str, ...] = ()
    assignee: tuple[str, ...] = ()
    observation: tuple[str, ...] = ()
    search: str = ""
    sort: str = "severity"
    after: Cursor | None = None
    before: Cursor | None = None
    selected: ObjectId | None = None

    def chosen(self, facet: str) -> tuple[str, ...]:
        """The values chosen of a facet, as the address spells them."""
        values: tuple[str, ...] = getattr(self, facet)
        return values

    @property
    def is_default(self) -> bool:
        """Whether it hides nothing but what needs no attention."""
        return self.from_start(sort="severity") == Filter()

    def query(self) -> str:
        """The shortest query string that `parse` reads back as this filter."""
        pairs = [(name, value) for name in FACETS if name != "status" for value in self.chosen(name)]
        if set(self.status) != set(NEEDS_ATTENTION):
            pairs += [("status", value) for value in self.status or (ANY,)]
        pairs += [("q", self.search)] if self.search else []
        pairs += [("sort", self.sort)] if self.sort != "severity" else []
        places = {"after": self.after, "before": self.before, "selected": self.selected}
        return urlencode(pairs + [(name, str(place)) for name, place in places.items() if place])

    def without(self, facet: str, value: str) -> Self:
        """The same from its first page, with one chosen value taken away."""
        return self.from_start(**{facet: tuple(other for other in self.chosen(facet) if other != value)})

    def from_start(self, **changes: Any) -> Self:
        """The same, changed, from its first page and with nothing selected."""
        start: dict[str, Any] = {"after": None, "before": None, "selected": None}
        return replace(self, **(start | changes))

    def words(self) -> list[str]:
        """The words of the search, each of which begins one of a finding's words; the longest first."""
        return sorted((word[:LONGEST_WORD] for word in self.search.lower().split()[:MOST_WORDS]), key=len, reverse=True)

    def spelled(self, me: UUID) -> dict[str, tuple[str, ...]]:
        """Facet → the chosen values as findings hold them, of the facets of which any is chosen."""
        chosen = {name: self.chosen(name) for name in FACETS if self.chosen(name)}
        if "assignee" in chosen:
            chosen["assignee"] = tuple(me.hex if value == ME else value for value in chosen["assignee"])
        return chosen


def parse(query: QueryDict, *, me: UUID) -> tuple[Filter, list[str]]:
    """What the address asks for, and in words what of it made no sense and was left out."""
    told: list[str] = []
    chosen = {name: _values(query.getlist(name), name, told) for name in FACETS}
    chosen["assignee"] = tuple(dict.fromkeys(ME if value == me.hex else value for value in chosen["assignee"]))
    asked = {value for value in query.getlist("status") if value}
    if set(chosen["status"]) == set(NEEDS_ATTENTION) or (not chosen["status"] and ANY not in asked):
        chosen["status"] = NEEDS_ATTENTION
    places = {name: _cursor(query.get(name, ""), told) for name in ("after", "before")}
    sort = query.get("sort") or "severity"
    if sort not in SORTS:
        told.append("There is no such order; sorted by severity.")
        sort = "severity"
    selected = query.get("selected", "")
    return (
        Filter(
            **chosen,
            search=_search(query.get("q", ""), told),
            sort=sort,
            after=places["after"],
            before=None if places["after"] else places["before"],
            selected=ObjectId(selected) if ObjectId.is_valid(selected) else None,
        ),
        told,
    )


def _values(given: list[str], facet: str, told: list[str]) -> tuple[str, ...]:
    wanted = dict.fromkeys(value for value in given if value and (facet, value) != ("status", ANY))
    if len(wanted) > MOST_VALUES:
        told.append(f"Only the first {MOST_VALUES} values of {facet} were used.")
    read = [_value(facet, value) for value in list(wanted)[:MOST_VALUES]]
    if None in read:
        told.append(f"The address asks for a {facet} that doesn't exist; it was left out.")
    return tuple(dict.fromkeys(value for value in read if value is not None))


def _value(facet: str, value: str) -> str | None:
    known = KNOWN.get(facet)
    if known:
        return value if value in known else None
    if facet == "assignee" and value not in {ME, NOBODY}:
        try:
            return UUID(value).hex
        except ValueError:
            return None
    return value if len(value) <= LONGEST_VALUE and "\0" not in value else None


def _cursor(text: str, told: list[str]) -> Cursor | None:
    place = Cursor.parse(text)
    if text and place is None:
        told.append("The address names no place in the list; this is its beginning.")
    return place


def _search(text: str, told: list[str]) -> str:
    words = " ".join(text.replace("\0", " ").split())
    if len(words) > LONGEST_SEARCH:
        told.append(f"Only the first {LONGEST_SEARCH} characters of the search were used.")
    return words[:LONGEST_SEARCH].strip()
