"""May a table be read as what changed since last time, and what was deleted since?

Only if nothing else can have happened: what its scripts build on is the same, everything was read not long ago, and the
rows then, the rows made and the rows deleted since add up to the rows now. Otherwise everything is read.
"""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass, field
from datetime import datetime, timedelta

import orjson

from connectors.http import HttpError
from connectors.scope import Incomplete, Scope
from connectors.sources.servicenow.permissions import DELETED, Table
from connectors.sources.servicenow.tables import Head, NoTable, Tables
from connectors.sources.servicenow.values import stamp

LONGEST = timedelta(days=7)  # since everything was read; some changes leave no trace in a row
OVERLAP = timedelta(minutes=5)  # a row may show up a little after the moment that it bears
MOST_NAMED = 2_000  # people that a bookmark remembers


@dataclass(frozen=True, slots=True)
class Bookmark:
    """What the last reading left: when it began, by the instance's clock, and how many rows there were; when everything
    was last read; what the scripts built on; which people were named."""

    at: datetime
    rows: int
    full: datetime
    context: str
    makers: tuple[str, ...] = ()  # user ids
    actors: tuple[str, ...] = ()  # sys_ids of accounts that jobs run as

    def written(self) -> str | None:
        """As the scan keeps it; None when it would be too long."""
        if len(self.makers) + len(self.actors) > MOST_NAMED:
            return None
        return orjson.dumps(self, option=orjson.OPT_SERIALIZE_DATACLASS).decode()


@dataclass(slots=True)
class Course:
    """How a table is read this time: everything, or what changed `since`."""

    head: Head
    context: str
    before: Bookmark | None = None  # None: everything
    deleted: frozenset[str] = frozenset()
    makers: set[str] = field(default_factory=set)
    actors: set[str] = field(default_factory=set)

    @property
    def query(self) -> str:
        return f"sys_updated_on>={stamp(self.before.at - OVERLAP)}" if self.before else ""

    def name(self, *, makers: Iterable[str | None] = (), actors: Iterable[str | None] = ()) -> None:
        """Remembers who was named, for the next increments."""
        self.makers |= {each for each in makers if each}
        self.actors |= {each for each in actors if each}

    def bookmark(self) -> str | None:
        full = self.before.full if self.before else self.head.at
        before = (self.before.makers, self.before.actors) if self.before else ((), ())
        makers, actors = self.makers.union(before[0]), self.actors.union(before[1])
        mark = Bookmark(self.head.at, self.head.rows, full, self.context, tuple(sorted(makers)), tuple(sorted(actors)))
        return mark.written()


def course(tables: Tables, table: Table, *, bookmark: str | None, context: str) -> Course:
    """How to read the table now, given what the last complete reading left. Errors of the table itself are raised."""
    head = tables.head(table)
    before = _read(bookmark)
    everything = Course(head, context)
    if before is None or before.context != context or not before.full <= head.at <= before.full + LONGEST:
        return everything
    aside = Scope(key=tables.scope.key, label=tables.scope.label, stream=tables.scope.stream, silent=True)
    apart = Tables(tables.client, aside)  # what is held back here is no gap: everything is read then
    try:
        since = stamp(before.at)
        made = apart.head(table, f"sys_created_on>{since}").rows
        gone = {row["documentkey"] for row in apart.rows(DELETED, f"tablename={table.name}^sys_created_on>{since}")}
    except (NoTable, HttpError, Incomplete, KeyError):
        return everything
    if aside.troubles or before.rows + made - len(gone) != head.rows:
        return everything
    return Course(head, context, before, frozenset(gone))


def _read(bookmark: str | None) -> Bookmark | None:
    if bookmark is None:
        return None
    try:
        said = orjson.loads(bookmark)
        return Bookmark(
            at=datetime.fromisoformat(said["at"]),
            rows=int(said["rows"]),
            full=datetime.fromisoformat(said["full"]),
            context=str(said["context"]),
            makers=tuple(said["makers"]),
            actors=tuple(said["actors"]),
        )
    except (ValueError, KeyError, TypeError):
        return None  # of an older release of sv0
