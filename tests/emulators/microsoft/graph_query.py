"""Which rows of a collection are asked for, with which of their properties, and what is wrong with the question?"""

from __future__ import annotations

import base64
import re
from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass, field
from typing import Any

from tests.emulators.microsoft.graph_directory import Directory, Row, Table
from tests.emulators.microsoft.graph_model import properties, usual

MOST, USUAL = 999, 100  # rows of a page: at most, and where nothing is said
VALUES = 15  # in one "in (…)"
KNOWN = frozenset({"$select", "$top", "$filter", "$count", "$expand", "$skiptoken", "$deltatoken"})
RELATED = frozenset({"owners", "members", "appRoleAssignments", "appRoleAssignedTo", "federatedIdentityCredentials"})
Keeps = Callable[[Directory, str, int, Row], bool]
_VALUE = re.compile(r"'((?:[^']|'')*)'|([\w-]+)")
_IN = re.compile(r"(\w+) in \((.*)\)")
_COUNT = re.compile(r"(\w+)/\$count (eq|ne) (\d+)")
_ANY = re.compile(r"(\w+)/any\((\w+):\s*\2 eq '(.*)'\)")
_STARTS = re.compile(r"startswith\((\w+),\s*'(.*)'\)", re.IGNORECASE)
_IS = re.compile(r"(\w+) (eq|ne) ('.*'|[\w-]+)")
_WORDS: Mapping[str, Any] = {"true": True, "false": False, "null": None}


class Wrong(Exception):
    """What Graph refuses to understand."""

    def __init__(self, message: str, *, code: str = "Request_BadRequest") -> None:
        super().__init__(message)
        self.code, self.message = code, message


@dataclass(frozen=True)
class Filter:
    """Which rows are kept. `looked_up`: a property and its values, by which the rows are found at once."""

    keeps: tuple[Keeps, ...] = ()
    looked_up: tuple[str, tuple[str, ...]] | None = None
    advanced: bool = False


@dataclass(frozen=True)
class Question:
    """One call to a collection. `select` is None where nothing is selected."""

    select: tuple[str, ...] | None
    top: int
    start: int = 0
    filter: Filter = field(default_factory=Filter)
    counted: bool = False
    expand: Mapping[str, tuple[str, ...] | None] = field(default_factory=dict)


def understood(query: Mapping[str, str], kind: str, *, eventual: bool, most: int = MOST) -> Question:
    """Raises Wrong. `eventual`: the header ConsistencyLevel says so; `most`: rows that a page may have."""
    unknown = sorted(set(query) - KNOWN)
    if unknown:
        raise Wrong(f"Query option '{unknown[0]}' is not supported.", code="Request_UnsupportedQuery")
    found = Question(
        select=_selected(query["$select"], kind) if query.get("$select") else None,
        top=_top(query.get("$top"), most),
        start=place(query.get("$skiptoken")),
        filter=_filter(query["$filter"], kind) if query.get("$filter") else Filter(),
        counted=query.get("$count") == "true",
        expand=_expanded(query.get("$expand", "")),
    )
    if found.filter.advanced and not (eventual and found.counted):
        message = "Unsupported Query. Please use header ConsistencyLevel: eventual and $count=true."
        raise Wrong(message, code="Request_UnsupportedQuery")
    return found


def token(position: int) -> str:
    """What goes on from there, in a form that tells nothing."""
    return base64.urlsafe_b64encode(f"RFNwdAoAAQAA {position}".encode()).decode().rstrip("=")


def place(said: str | None) -> int:
    """Where a token goes on."""
    if said is None:
        return 0
    try:
        return int(base64.urlsafe_b64decode(said + "=" * (-len(said) % 4)).decode().rpartition(" ")[2])
    except ValueError:
        raise Wrong("Skip token is invalid.", code="Directory_ExpiredPageToken") from None


def matching(
    question: Question, directory: Directory, name: str, table: Table, within: range
) -> Iterator[tuple[int, Row]]:
    """Places and rows that fit, from the question's start on."""
    keeps = question.filter.keeps
    for found in _candidates(question, table, within):
        if all(each(directory, name, *found) for each in keeps):
            yield found


def _candidates(question: Question, table: Table, within: range) -> Iterator[tuple[int, Row]]:
    first = max(within.start, question.start)
    if question.filter.looked_up:
        by, values = question.filter.looked_up
        places = {table.place(value, by) for value in values}
        for each in sorted(place for place in places if place is not None and first <= place < within.stop):
            if (row := table.at(each)) is not None:
                yield each, row
        return
    step = min(question.top, 200) if question.filter.keeps else question.top
    for start in range(first, within.stop, step):
        yield from table.between(start, min(start + step, within.stop))


def teller(kind: str, select: tuple[str, ...] | None) -> Callable[[str], list[tuple[str, Any]]]:
    """Type of a row → the properties that are told of it, with what is told where it has none."""
    known: dict[str, list[tuple[str, Any]]] = {}

    def told(of: str) -> list[tuple[str, Any]]:
        if of not in known:
            known[of] = _told(of, select)
        return known[of]

    return told


def _told(kind: str, select: tuple[str, ...] | None) -> list[tuple[str, Any]]:
    described = properties(kind)
    names = usual(kind) if select is None else [name for name in select if name in described]
    return [(name, described[name].empty) for name in names]


def _selected(said: str, kind: str) -> tuple[str, ...]:
    names = tuple(dict.fromkeys(each.strip() for each in said.split(",")))
    if kind != "directoryObject":  # any of its subtypes' properties may be named
        for name in names:
            _known(name, kind)
    return names


def _known(name: str, kind: str) -> None:
    if name not in properties(kind):
        raise Wrong(f"Could not find a property named '{name}' on type 'microsoft.graph.{kind}'.", code="BadRequest")


def _top(said: str | None, most: int) -> int:
    if said is None:
        return min(USUAL, most)
    if not said.isdigit() or not 1 <= int(said) <= most:
        message = f"Invalid page size specified: '{said}'. Must be between 1 and {most} inclusive."
        raise Wrong(message, code="Request_UnsupportedQuery")
    return int(said)


def _expanded(said: str) -> dict[str, tuple[str, ...] | None]:
    """Relation → what is selected of each."""
    found: dict[str, tuple[str, ...] | None] = {}
    for name, selected in re.findall(r"(\w+)(?:\(\$select=([\w,]+)\))?", said):
        found[name] = tuple(selected.split(",")) if selected else None
    return found


def _filter(said: str, kind: str) -> Filter:
    clauses = [_clause(each.strip(), kind) for each in re.split(r"\s+and\s+", said)]
    return Filter(
        keeps=tuple(keep for each in clauses for keep in each.keeps),
        looked_up=next((each.looked_up for each in clauses if each.looked_up), None),
        advanced=any(each.advanced for each in clauses),
    )


def _clause(said: str, kind: str) -> Filter:
    if found := _IN.fullmatch(said):
        return _among(found[1], _values(found[2]), kind)
    if found := _COUNT.fullmatch(said):
        return _counting(found[1], found[2], int(found[3]))
    if found := _ANY.fullmatch(said):
        name, _, value = found.groups()
        _known(name, kind)
        return Filter(keeps=(lambda _d, _n, _p, row: value in row.get(name, ()),))
    if found := _STARTS.fullmatch(said):
        name, value = found[1], found[2].replace("''", "'").lower()
        _known(name, kind)
        return Filter(keeps=(lambda _d, _n, _p, row: (row.get(name) or "").lower().startswith(value),))
    if found := _IS.fullmatch(said):
        return _being(found[1], found[2], _values(found[3])[0], kind)
    raise Wrong("Invalid filter clause.", code="Request_UnsupportedQuery")


def _among(name: str, values: list[Any], kind: str) -> Filter:
    _known(name, kind)
    if len(values) > VALUES:
        message = (
            f"Too many child clauses specified in search filter expression containing 'OR' operators: {len(values)}."
        )
        raise Wrong(f"{message} Max allowed: {VALUES}.", code="Request_UnsupportedQuery")
    return Filter(keeps=(lambda _d, _n, _p, row: row.get(name) in values,), looked_up=_keys(name, values))


def _being(name: str, operator: str, value: Any, kind: str) -> Filter:
    _known(name, kind)
    if operator == "ne":
        return Filter(keeps=(lambda _d, _n, _p, row: row.get(name) != value,), advanced=True)
    return Filter(keeps=(lambda _d, _n, _p, row: row.get(name) == value,), looked_up=_keys(name, [value]))


def _counting(relation: str, operator: str, number: int) -> Filter:
    if relation not in RELATED:
        raise Wrong(f"Could not find a property named '{relation}'.", code="BadRequest")

    def keeps(directory: Directory, name: str, place: int, _row: Row) -> bool:
        return (directory.count(name, place, relation) == number) == (operator == "eq")

    return Filter(keeps=(keeps,), advanced=True)


def _keys(name: str, values: list[Any]) -> tuple[str, tuple[str, ...]] | None:
    return (name, tuple(values)) if name in {"id", "appId"} else None


def _values(said: str) -> list[Any]:
    found = [
        quoted.replace("''", "'") if quoted or not bare else _WORDS.get(bare, bare)
        for quoted, bare in _VALUE.findall(said)
    ]
    if not found:
        raise Wrong("Invalid filter clause.", code="Request_UnsupportedQuery")
    return found
