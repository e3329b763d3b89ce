"""Where is kept what must be known of half a million objects until rights on them are told? On disk, for one scan."""

from __future__ import annotations

import sqlite3
import tempfile
import threading
from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from itertools import islice
from pathlib import Path
from types import TracebackType
from typing import Any, Self

import orjson

AT_ONCE = 900  # keys in one question
CACHE = 8 * 1024  # KiB of memory
TABLES = (
    "principals (id PRIMARY KEY, key, name) WITHOUT ROWID",
    "members (subscription, id, kind, name, type, traits, PRIMARY KEY (subscription, id)) WITHOUT ROWID",
    "grants (subscription, number INTEGER PRIMARY KEY, said)",
    "interfaces (id PRIMARY KEY, said) WITHOUT ROWID",
)


@dataclass(frozen=True, slots=True)
class Member:
    """Something that rights can be held on: a resource, a workload or an identity. `traits` as in reach.toml."""

    id: str
    kind: str
    name: str
    type: str  # Azure's, in small letters
    traits: frozenset[str]


class Shelf:
    """Threads may share it."""

    def __init__(self) -> None:
        self._folder = tempfile.TemporaryDirectory(prefix="sv0-azure-")
        path = Path(self._folder.name) / "shelf"
        self._rows = sqlite3.connect(path, check_same_thread=False, isolation_level=None)
        self._lock = threading.Lock()
        for setting in ("journal_mode = OFF", "synchronous = OFF", f"cache_size = -{CACHE}"):
            self._rows.execute(f"PRAGMA {setting}")
        for table in TABLES:
            self._rows.execute(f"CREATE TABLE {table}")
        self._rows.execute("CREATE INDEX granted ON grants (subscription, number)")

    def __enter__(self) -> Self:
        return self

    def __exit__(self, kind: type[BaseException] | None, error: BaseException | None, at: TracebackType | None) -> None:
        with self._lock:
            self._rows.close()
        self._folder.cleanup()

    def keep_principal(self, principal: str, *, key: str, name: str) -> None:
        """The managed identity that is known in Entra by that object id."""
        self._do("INSERT OR REPLACE INTO principals VALUES (?, ?, ?)", principal, key, name)

    def principals(self, ids: Iterable[str]) -> dict[str, tuple[str, str]]:
        """Object id → address and name, of those that are managed identities."""
        found: dict[str, tuple[str, str]] = {}
        for some in _chunks(ids):
            question = f"SELECT id, key, name FROM principals WHERE id IN ({_marks(some)})"  # noqa: S608 (only marks)
            found.update((row[0], (row[1], row[2])) for row in self._ask(question, *some))
        return found

    def keep_member(self, subscription: str, member: Member) -> None:
        said = (member.id, member.kind, member.name, member.type, " ".join(sorted(member.traits)))
        self._do("INSERT OR REPLACE INTO members VALUES (?, ?, ?, ?, ?, ?)", subscription, *said)

    def members(self, subscription: str) -> Iterator[Member]:
        """All of a subscription's, in the order of their addresses."""
        after = ""
        question = (
            "SELECT id, kind, name, type, traits FROM members WHERE subscription = ? AND id > ? ORDER BY id LIMIT 900"
        )
        while some := self._ask(question, subscription, after):
            yield from map(_member, some)
            after = some[-1][0]

    def those(self, subscription: str, ids: Iterable[str]) -> dict[str, Member]:
        """Those of the addresses that are members."""
        found: dict[str, Member] = {}
        for some in _chunks(ids):
            question = (
                "SELECT id, kind, name, type, traits FROM members"  # noqa: S608 (only marks)
                f" WHERE subscription = ? AND id IN ({_marks(some)})"
            )
            found.update((row[0], _member(row)) for row in self._ask(question, subscription, *some))
        return found

    def keep_grant(self, subscription: str, said: dict[str, Any]) -> None:
        """A right that a resource itself tells, until all managed identities are known."""
        self._do("INSERT INTO grants (subscription, said) VALUES (?, ?)", subscription, orjson.dumps(said))

    def grants(self, subscription: str) -> Iterator[dict[str, Any]]:
        after = 0
        question = "SELECT number, said FROM grants WHERE subscription = ? AND number > ? ORDER BY number LIMIT 900"
        while some := self._ask(question, subscription, after):
            yield from (orjson.loads(said) for _, said in some)
            after = some[-1][0]

    def keep_interface(self, id: str, said: dict[str, Any]) -> None:  # noqa: A002 - Azure's word
        self._do("INSERT OR REPLACE INTO interfaces VALUES (?, ?)", id, orjson.dumps(said))

    def interface(self, id: str) -> dict[str, Any] | None:  # noqa: A002
        found = self._ask("SELECT said FROM interfaces WHERE id = ?", id)
        return dict(orjson.loads(found[0][0])) if found else None

    def _do(self, statement: str, *values: Any) -> None:
        with self._lock:
            self._rows.execute(statement, values)

    def _ask(self, question: str, *values: Any) -> list[Any]:
        with self._lock:
            return self._rows.execute(question, values).fetchall()


def _member(row: tuple[str, str, str, str, str]) -> Member:
    return Member(row[0], row[1], row[2], row[3], frozenset(row[4].split()))


def _marks(some: list[str]) -> str:
    return ",".join("?" * len(some))


def _chunks(items: Iterable[str]) -> Iterator[list[str]]:
    left = iter(items)
    while some := list(islice(left, AT_ONCE)):
        yield some
