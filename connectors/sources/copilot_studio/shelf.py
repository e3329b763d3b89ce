"""Where is kept what must be known of an environment's agents while their parts are read? On disk, for one reading."""

from __future__ import annotations

import sqlite3
import threading
from collections.abc import Iterable, Iterator
from types import TracebackType
from typing import Any, Self

import orjson

AT_ONCE = 200  # keys read at once


class Shelf:
    """Any number of rows under each key of a map. Threads may share it."""

    def __init__(self) -> None:
        self._lock = threading.Lock()
        self._file = sqlite3.connect("", check_same_thread=False, isolation_level=None)  # "": a temporary file
        self._file.execute("CREATE TABLE kept (map TEXT, key TEXT, value BLOB)")
        self._file.execute("CREATE INDEX by_key ON kept (map, key)")

    def __enter__(self) -> Self:
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        with self._lock:
            self._file.close()

    def keep(self, name: str, rows: Iterable[tuple[str, Any]]) -> None:
        """Add rows to a map, as JSON."""
        ready = [(name, key, orjson.dumps(value)) for key, value in rows]
        with self._lock:
            self._file.execute("BEGIN")
            self._file.executemany("INSERT INTO kept VALUES (?, ?, ?)", ready)
            self._file.execute("COMMIT")

    def all(self, name: str, key: str) -> list[Any]:
        """The rows under a key, as they came."""
        question = "SELECT value FROM kept WHERE map = ? AND key = ? ORDER BY rowid"
        with self._lock:
            rows = self._file.execute(question, (name, key)).fetchall()
        return [orjson.loads(row[0]) for row in rows]

    def first(self, name: str, key: str) -> Any | None:
        """The first row under a key; None where there is none."""
        return next(iter(self.all(name, key)), None)

    def pages(self, name: str) -> Iterator[list[Any]]:
        """Every row of a map, as they came, some at a time."""
        last = 0
        question = "SELECT rowid, value FROM kept WHERE map = ? AND rowid > ? ORDER BY rowid LIMIT ?"
        while True:
            with self._lock:
                rows = self._file.execute(question, (name, last, AT_ONCE)).fetchall()
            if not rows:
                return
            last = rows[-1][0]
            yield [orjson.loads(row[1]) for row in rows]
