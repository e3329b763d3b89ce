"""How is a table read whole while others write to it, and how is it noticed that the instance holds rows back?

By keyset: each page begins behind the last row shown, so that nothing slips between two pages. An instance takes rows
and fields that its access control hides out of an answer without a word, after having counted them: X-Total-Count is
what gives them away. (ServiceNow: Table API; KB3047115, "Inbound Web Services – Empty or Incomplete Results".)
"""

from __future__ import annotations

import re
from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass, field
from datetime import UTC, datetime
from email.utils import parsedate_to_datetime
from typing import Any

from connectors.http import Answer, Client, HttpError, trouble
from connectors.inventory.records import ScopeState
from connectors.scope import Incomplete, Scope, Trouble
from connectors.source import ErrorKind
from connectors.sources.servicenow.permissions import BY_NAME, Table
from connectors.sources.servicenow.values import Row

VENDOR = "ServiceNow"
SMALLEST = 10  # rows of a page: an instance that can't answer even that is failing
FEW = 5  # rows, to see what a table's rows are like
_NEXT = re.compile(r'[?&]sysparm_offset=(\d+)[^>]*>;\s*rel="next"')
AT_ONCE = 100  # ids in one query, for its address may not grow too long


class NoTable(Exception):
    """The instance has no such table: the plugin isn't installed."""


@dataclass(frozen=True, slots=True)
class Head:
    """How many rows there were, and when, by the instance's own clock."""

    rows: int
    at: datetime


@dataclass(slots=True)
class Tables:
    """Reads the tables of one scope. What is refused or held back is noted there."""

    client: Client
    scope: Scope
    _told: set[str] = field(default_factory=set)

    def pages(self, table: Table, query: str = "") -> Iterator[list[Row]]:
        """Every row that matches, once, in pages none of which is empty. NoTable where there is no such table."""
        sweep = _Sweep(table.page)
        shown = False
        while True:
            rows, ahead, onward = self._page(table, query, sweep)
            more = sweep.take(rows, ahead, onward)
            if rows:
                shown = True
                self._look_for_hidden_fields(table, rows)
                yield rows
            if not more:
                break
        if sweep.hidden:
            self._hidden(table.permission, f"{sweep.hidden:,} rows of {table.name} are hidden from sv0's account")
        elif table.never_empty and not query and not shown:
            self._hidden(table.permission, f"All rows of {table.name} are hidden from sv0's account")

    def rows(self, table: Table, query: str = "") -> Iterator[Row]:
        """Every row that matches."""
        for page in self.pages(table, query):
            yield from page

    def optional(self, table: Table, query: str = "") -> Iterator[Row]:
        """Every row that matches; none where the plugin that brings the table isn't there, or its reading fails, which
        is noted."""
        try:
            yield from self.rows(table, query)
        except NoTable:
            return
        except (HttpError, Incomplete, KeyError) as error:
            self.note(error, table)

    def by(self, table: Table, column: str, values: Iterable[str]) -> dict[str, list[Row]]:
        """The rows whose column holds one of the values, by that value."""
        wanted = sorted({value for value in values if value and not set(value) & {",", "^"}})
        found: dict[str, list[Row]] = {value: [] for value in wanted}
        spelled = {value.casefold(): value for value in wanted}  # an instance compares texts whatever their case
        for start in range(0, len(wanted), AT_ONCE):
            chunk = wanted[start : start + AT_ONCE]
            for row in self.optional(table, f"{column}IN{','.join(chunk)}"):
                value = spelled.get(row[column].casefold())
                if value is not None:  # it also ignores a condition that it doesn't understand
                    found[value].append(row)
        return found

    def head(self, table: Table, query: str = "") -> Head:
        """How many rows match now."""
        asked = _asked(("sys_id",), query, limit=1)
        answer = self._get(f"api/now/table/{table.name}", asked)
        return Head(int(answer.headers["X-Total-Count"]), _clock(answer))

    def first(self, table: Table) -> tuple[Row | None, int]:
        """The first row that is shown, of those at the table's beginning, and how many rows there are."""
        answer = self._get(f"api/now/table/{table.name}", _asked((*table.fields, *table.newer), "", limit=FEW))
        rows: list[Row] = answer.json["result"]
        return rows[0] if rows else None, int(answer.headers["X-Total-Count"])

    def has(self, table: Table, column: str) -> bool:
        """Whether the rows of the table have that field in this release; False of a table without rows."""
        row, _ = self.first(table)
        return row is not None and column in row

    def latest(self, table: Table, columns: Sequence[str], *, per: str) -> dict[str, Row]:
        """The greatest value of each column, by the value of another one (ServiceNow: Aggregate API)."""
        asked = {"sysparm_count": "true", "sysparm_group_by": per, "sysparm_max_fields": ",".join(columns)}
        groups = self._get(f"api/now/stats/{table.name}", asked).json["result"]
        return {
            group["groupby_fields"][0]["value"]: group["stats"].get("max", {})
            for group in (groups if isinstance(groups, list) else [])
        }

    def note(self, error: Exception, table: Table) -> None:
        """Notes trouble with a table; the scope goes on."""
        self.scope.note(judged(error, table, where=self.scope.label))

    def _page(self, table: Table, query: str, sweep: _Sweep) -> tuple[list[Row], int, int | None]:
        """The rows behind the last one, how many the instance counts there, and the offset behind this page, if any."""
        while True:
            asked = _asked((*table.fields, *table.newer), query, behind=sweep.last, limit=sweep.size, offset=sweep.skip)
            answer = self._get(f"api/now/table/{table.name}", asked)
            if "error" not in answer.json:
                break
            sweep.halve(table)  # it ran out of time amid the rows: status 200 all the same
        rows: list[Row] = answer.json["result"]
        ids = [row["sys_id"] for row in rows]
        if ids != sorted(set(ids)) or (ids and ids[0] <= sweep.last):
            raise Incomplete(f"{table.name} is not in the order asked for")
        onward = _NEXT.search(answer.headers.get("Link", ""))
        return rows, int(answer.headers["X-Total-Count"]), int(onward[1]) if onward else None

    def _get(self, path: str, asked: dict[str, Any]) -> Answer:
        self.scope.stream.go_on()
        try:
            answer = self.client.ask("GET", path, params=asked)
        except HttpError as error:
            if error.status in {400, 404} and "Invalid table" in error.message:
                raise NoTable(path) from None
            raise
        if not isinstance(answer.json, dict):
            raise Incomplete(f"{path} is no object")
        return answer

    def _look_for_hidden_fields(self, table: Table, rows: list[Row]) -> None:
        for name in table.fields:
            if not all(name in row for row in rows):
                self._hidden(
                    table.field_permission(name), f"The field {name} of {table.name} is hidden from sv0's account"
                )

    def _hidden(self, permission: str, what: str) -> None:
        if permission not in self._told:
            self._told.add(permission)
            sentence = f"{what}, reading {self.scope.label}."
            self.scope.note(Trouble(ScopeState.DENIED, sentence, ErrorKind.CONFIG, (permission,)))


class _Sweep:
    """How far a table is read, and how many rows of it were held back."""

    def __init__(self, size: int) -> None:
        self.size, self.last, self.skip, self.hidden = size, "", 0, 0
        self._short: tuple[int, int] | None = None

    def take(self, rows: list[Row], ahead: int, onward: int | None) -> bool:
        """Whether there is more, after a page with `rows` of the `ahead` rows that were counted behind the last one.

        A page may be short because rows of it are hidden, or because the instance gives fewer at once than asked for:
        the count behind its last row tells which.
        """
        if self._short:
            before, shown = self._short
            self.hidden += max(0, before - ahead - shown)
            self._short = None
        if rows:
            if self.skip or len(rows) < min(self.size, ahead):
                self._short = ahead, len(rows)
            self.last, self.skip = rows[-1]["sys_id"], 0
            return ahead > len(rows)
        if onward is not None and onward > self.skip:  # a whole page of hidden rows: look behind them
            self.skip = onward
            return True
        self.hidden += ahead
        return False

    def halve(self, table: Table) -> None:
        """Ask for fewer rows from now on. Incomplete when they are few already."""
        if self.size <= SMALLEST:
            raise Incomplete(f"{table.name} ends in an error")
        self.size = max(SMALLEST, self.size // 2)


def judged(error: Exception, table: Table, *, where: str) -> Trouble:
    """What an error met reading a table means for the scope; the table to blame is the one that was asked for, which
    may be another that its rows lead to."""
    if isinstance(error, HttpError):
        table = BY_NAME.get(error.where.rpartition("/")[2], table)
    if isinstance(error, NoTable):
        sentence = f"The instance has no table {table.name}: what brings it isn't installed, reading {where}."
        return Trouble(ScopeState.SKIPPED, sentence, ErrorKind.CONFIG)
    return trouble(error, system=VENDOR, where=where, needs=table.permission)


def _asked(fields: Sequence[str], query: str, *, limit: int, behind: str = "", offset: int = 0) -> dict[str, Any]:
    conditions = [query, f"sys_id>{behind}" if behind else "", "ORDERBYsys_id"]
    asked = {
        "sysparm_query": "^".join(each for each in conditions if each),
        "sysparm_fields": ",".join(fields),
        "sysparm_limit": limit,
        "sysparm_exclude_reference_link": "true",
        "sysparm_display_value": "false",
    }
    return asked | ({"sysparm_offset": offset} if offset else {})


def _clock(answer: Answer) -> datetime:
    return parsedate_to_datetime(answer.headers["Date"]).astimezone(UTC)
