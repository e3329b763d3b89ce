"""Where is kept what must be known of half a million objects while others are read? On disk, for one scan."""

from __future__ import annotations

import sqlite3
import tempfile
import threading
import zlib
from collections.abc import Iterable, Iterator
from hashlib import blake2b
from itertools import islice
from pathlib import Path
from types import TracebackType
from typing import Any, Self

import orjson

AT_ONCE = 900  # keys in one question
CACHE = 8 * 1024  # KiB of memory
LAST = "\U0010ffff"  # sorts behind every text


class Shelf:
    """Maps from text to JSON values, in a temporary file. Threads may share it."""

    def __init__(self) -> None:
        self._folder = tempfile.TemporaryDirectory(prefix="sv0-entra-")
        path = Path(self._folder.name) / "shelf"
        self._rows = sqlite3.connect(path, check_same_thread=False, isolation_level=None)
        self._lock = threading.Lock()
        for setting in ("journal_mode = OFF", "synchronous = OFF", f"cache_size = -{CACHE}"):
            self._rows.execute(f"PRAGMA {setting}")
        self._rows.execute("CREATE TABLE shelf (map, key, value, PRIMARY KEY (map, key)) WITHOUT ROWID")
        self._rows.execute("CREATE TABLE pages (number INTEGER PRIMARY KEY, name, packed)")

    def __enter__(self) -> Self:
        return self

    def __exit__(self, kind: type[BaseException] | None, error: BaseException | None, at: TracebackType | None) -> None:
        with self._lock:
            self._rows.close()
        self._folder.cleanup()

    def put(self, name: str, rows: Iterable[tuple[str, Any]]) -> None:
        """Keep the values under their keys in the map of that name; the later of two wins."""
        told = [(name, key, orjson.dumps(value)) for key, value in rows]
        with self._lock:
            self._rows.execute("BEGIN")
            self._rows.executemany("INSERT OR REPLACE INTO shelf VALUES (?, ?, ?)", told)
            self._rows.execute("COMMIT")

    def take(self, name: str, keys: Iterable[str]) -> dict[str, Any]:
        """The values of those keys that are there."""
        found: dict[str, Any] = {}
        asked = iter(keys)
        while some := list(islice(asked, AT_ONCE)):
            marks = ",".join("?" * len(some))
            question = f"SELECT key, value FROM shelf WHERE map = ? AND key IN ({marks})"  # noqa: S608 (only marks)
            with self._lock:
                found.update(self._rows.execute(question, (name, *some)).fetchall())
        return {key: orjson.loads(value) for key, value in found.items()}

    def new(self, name: str, key: str) -> bool:
        """Whether the map hasn't got the key; it has from now on."""
        with self._lock:
            added = self._rows.execute("INSERT OR IGNORE INTO shelf VALUES (?, ?, 'null')", (name, key))
            return added.rowcount > 0

    def has(self, name: str) -> bool:
        """Whether anything is in the map."""
        return bool(self._after(name, "", 1))

    def all(self, name: str) -> Iterator[tuple[str, Any]]:
        """Every key of the map with its value, in the order of the keys."""
        return (row for rows in self.by(name, AT_ONCE) for row in rows)

    def by(self, name: str, size: int) -> Iterator[list[tuple[str, Any]]]:
        """The same, so many at a time."""
        after = ""
        while some := self._after(name, after, size):
            yield [(key, orjson.loads(value)) for key, value in some]
            after = some[-1][0]

    def digest(self, name: str) -> str:
        """Equal for equal maps."""
        found = blake2b(digest_size=16)
        for key, value in self.all(name):
            found.update(orjson.dumps([key, value]))
        return found.hexdigest()

    def under(self, name: str, beginning: str) -> Iterator[tuple[str, Any]]:
        """Every key of the map that begins so, without that beginning, with its value."""
        question = "SELECT key, value FROM shelf WHERE map = ? AND key >= ? AND key < ? ORDER BY key"
        with self._lock:
            found = self._rows.execute(question, (name, beginning, f"{beginning}{LAST}")).fetchall()
        yield from ((key.removeprefix(beginning), orjson.loads(value)) for key, value in found)

    def keep(self, name: str, page: list[Any]) -> None:
        """Put a page behind those that are kept under the name; packed, because they may be all rows there are."""
        packed = zlib.compress(orjson.dumps(page), 1)
        with self._lock:
            self._rows.execute("INSERT INTO pages (name, packed) VALUES (?, ?)", (name, packed))

    def pages(self, name: str) -> Iterator[list[Any]]:
        """The pages that are kept, in their order."""
        question, last = "SELECT number, packed FROM pages WHERE name = ? AND number > ? ORDER BY number LIMIT 1", 0
        while True:
            with self._lock:
                found = self._rows.execute(question, (name, last)).fetchone()
            if found is None:
                return
            last, packed = found
            yield orjson.loads(zlib.decompress(packed))

    def _after(self, name: str, key: str, size: int) -> list[tuple[str, bytes]]:
        question = "SELECT key, value FROM shelf WHERE map = ? AND key > ? ORDER BY key LIMIT ?"
        with self._lock:
            return self._rows.execute(question, (name, key, size)).fetchall()
