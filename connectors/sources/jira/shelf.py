"""Where is kept what other parts need to know of, when it may be more than fits into memory?

In a file of its own that is gone when it is closed: half a million accounts must not cost half a gigabyte.
"""

from __future__ import annotations

import sqlite3
import threading
from collections.abc import Iterable, Iterator
from types import TracebackType
from typing import Any, Self

import orjson

SCHEMA = """
CREATE TABLE kept (shelf TEXT, key TEXT, value BLOB);
CREATE INDEX by_key ON kept (shelf, key);
CREATE TABLE marked (shelf TEXT, key TEXT, PRIMARY KEY (shelf, key)) WITHOUT ROWID;
"""
AT_ONCE = 500  # keys read at once


class Shelf:
    """Any number of rows under each key, and marks. Threads may share it."""

    def __init__(self) -> None:
        self._lock = threading.Lock()
        self._file = sqlite3.connect("", check_same_thread=False, isolation_level=None)  # "": a temporary file
        self._file.executescript(SCHEMA)

    def __enter__(self) -> Self:
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        self._file.close()

    def keep(self, shelf: str, rows: Iterable[tuple[str, Any]]) -> None:
        """Add rows, as JSON."""
        ready = [(shelf, key, orjson.dumps(value)) for key, value in rows]
        with self._lock:
            self._file.execute("BEGIN")
            self._file.executemany("INSERT INTO kept VALUES (?, ?, ?)", ready)
            self._file.execute("COMMIT")

    def all(self, shelf: str, key: str) -> list[Any]:
        """The rows under a key, as they came."""
        with self._lock:
            rows = self._file.execute("SELECT value FROM kept WHERE shelf = ? AND key = ? ORDER BY rowid", (shelf, key))
            return [orjson.loads(row[0]) for row in rows]

    def first(self, shelf: str, key: str) -> Any | None:
        """The first row under a key; None where there is none."""
        return next(iter(self.all(shelf, key)), None)

    def mark(self, shelf: str, key: str) -> None:
        with self._lock:
            self._file.execute("INSERT OR IGNORE INTO marked VALUES (?, ?)", (shelf, key))

    def is_marked(self, shelf: str, key: str) -> bool:
        with self._lock:
            found = self._file.execute("SELECT 1 FROM marked WHERE shelf = ? AND key = ?", (shelf, key))
            return found.fetchone() is not None

    def marked(self, shelf: str) -> Iterator[str]:
        """The marked keys in order, those marked meanwhile included if they come after."""
        last = ""
        question = "SELECT key FROM marked WHERE shelf = ? AND key > ? ORDER BY key LIMIT ?"
        while True:
            with self._lock:
                keys = [row[0] for row in self._file.execute(question, (shelf, last, AT_ONCE))]
            if not keys:
                return
            yield from keys
            last = keys[-1]
