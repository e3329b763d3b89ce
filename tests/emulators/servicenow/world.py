"""What is on an instance: its rows, who may see which, and what time it is there?

Time stands still but for `tick` and for writes, each of which takes a second: what changed since when is exact.
"""

import hashlib
import heapq
from collections.abc import Callable, Iterator
from datetime import UTC, datetime, timedelta
from typing import Protocol

from tests.emulators.servicenow.query import Query, Row
from tests.emulators.servicenow.schema import SCHEMAS, Schema

NOW = datetime(2027, 1, 15, 12, tzinfo=UTC)


def made_id(*parts: object) -> str:
    """A sys_id that is always the same for the same parts."""
    return hashlib.md5("/".join(map(str, parts)).encode(), usedforsecurity=False).hexdigest()


def spelled(moment: datetime) -> str:
    return moment.strftime("%Y-%m-%d %H:%M:%S")


class Rows(Protocol):
    """Some rows of one table."""

    def matching(self, query: Query) -> "tuple[int, Iterator[Row]]":
        """How many match, and they, in order."""
        ...


class Kept:
    """Rows that are kept in memory and can be written; beside them there may be others, in the order of their ids."""

    def __init__(self) -> None:
        self.by_id: dict[str, dict[str, str]] = {}
        self.others: Rows | None = None

    def matching(self, query: Query) -> tuple[int, Iterator[Row]]:
        found = [row for row in self.by_id.values() if query.holds(row)]
        for column, falling in reversed(query.order):
            found.sort(key=lambda row: row.get(column, ""), reverse=falling)
        if self.others is None:
            return len(found), iter(found)
        number, others = self.others.matching(query)
        return len(found) + number, heapq.merge(found, others, key=lambda row: row["sys_id"])


class World:
    """An instance with every table, all of them empty. Plugins that aren't installed: take their tables out."""

    def __init__(self, host: str, *, now: datetime = NOW) -> None:
        self.host = host
        self.now = now
        self.tables: dict[str, Kept] = {table: Kept() for table in SCHEMAS}
        self.schemas: dict[str, Schema] = dict(SCHEMAS)
        self.passwords: dict[str, str] = {}  # user id → password
        self.clients: dict[str, tuple[str, str]] = {}  # client id → secret, sys_id of its user
        self.writers: set[str] = set()  # sys_ids of users that may write incidents
        self.refused: set[str] = set()  # tables
        self.hidden_rows: dict[str, set[str]] = {}  # table → sys_ids
        self.hidden_columns: dict[str, set[str]] = {}
        self.older: dict[str, set[str]] = {}  # table → columns that this release doesn't have
        self.between: list[Callable[[str], None]] = []  # called with the table after each page that was answered
        self.unaudited: set[str] = set()  # tables whose deletions leave no trace

    def columns(self, table: str) -> tuple[str, ...]:
        return tuple(each for each in self.schemas[table].all if each not in self.older.get(table, ()))

    def add(self, table: str, *key: object, **values: str) -> str:
        """A row of that table, made now by the administrator unless said otherwise; its sys_id."""
        self.tick(1)
        sys_id = values.get("sys_id") or made_id(table, *(key or sorted(values.items())))
        at = spelled(self.now)
        row = dict.fromkeys(self.columns(table), "")
        row |= {column: f"CANARY-{table}-{column}" for column in self.schemas[table].secret}
        row |= {"sys_id": sys_id, "sys_created_on": at, "sys_updated_on": at, "sys_created_by": "admin", **values}
        self.tables[table].by_id[sys_id] = row
        return sys_id

    def change(self, table: str, sys_id: str, **values: str) -> None:
        self.tick(1)
        self.tables[table].by_id[sys_id] |= {"sys_updated_on": spelled(self.now), **values}

    def delete(self, table: str, sys_id: str) -> None:
        self.tick(1)
        del self.tables[table].by_id[sys_id]
        if table not in self.unaudited:
            self.add("sys_audit_delete", table, sys_id, tablename=table, documentkey=sys_id)

    def tick(self, seconds: float) -> None:
        self.now += timedelta(seconds=seconds)

    def ago(self, **how_long: int) -> str:
        """A moment before now, as rows spell it."""
        return spelled(self.now - timedelta(**how_long))

    def id_of(self, table: str, **values: str) -> str:
        """The sys_id of the one row with those values."""
        (found,) = [id_ for id_, row in self.tables[table].by_id.items() if values.items() <= row.items()]
        return found
