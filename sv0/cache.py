"""Where do all processes share rate limits and locks? A Django cache on MongoDB, JSON values only.

Django's own database cache doesn't run on MongoDB, and a cache per process would let each worker count a limit anew.
"""

from __future__ import annotations

import json
from datetime import UTC, datetime
from functools import cached_property
from typing import Any

from django.core.cache.backends.base import DEFAULT_TIMEOUT, BaseCache
from django.db import connection
from pymongo import ReturnDocument
from pymongo.errors import DuplicateKeyError


class MongoCache(BaseCache):
    """`add` and `incr` are atomic over all processes; expired entries are never returned, and swept by a TTL index."""

    def __init__(self, location: str, params: dict[str, Any]) -> None:
        super().__init__(params)
        self._name = location

    @cached_property
    def _entries(self) -> Any:
        collection = connection.get_collection(self._name)  # type: ignore[attr-defined]
        collection.create_index("expires", expireAfterSeconds=0)
        return collection

    def _key(self, key: str, version: int | None) -> str:
        return str(self.make_and_validate_key(key, version=version))

    def _document(self, value: Any, timeout: Any) -> dict[str, Any]:
        seconds = self.get_backend_timeout(timeout)
        # A whole number is kept as one, so that `incr` can add to it.
        counted = isinstance(value, int) and not isinstance(value, bool)
        return {
            "expires": None if seconds is None else datetime.fromtimestamp(seconds, UTC),
            **({"number": value} if counted else {"json": json.dumps(value)}),
        }

    @staticmethod
    def _live(key: str) -> dict[str, Any]:
        return {"_id": key, "$or": [{"expires": None}, {"expires": {"$gt": datetime.now(UTC)}}]}

    def get(self, key: str, default: Any = None, version: int | None = None) -> Any:
        """The value, or `default`."""
        found = self._entries.find_one(self._live(self._key(key, version)))
        if found is None:
            return default
        return found["number"] if "number" in found else json.loads(found["json"])

    def set(self, key: str, value: Any, timeout: Any = DEFAULT_TIMEOUT, version: int | None = None) -> None:
        """Write, whatever was there."""
        self._entries.replace_one({"_id": self._key(key, version)}, self._document(value, timeout), upsert=True)

    def add(self, key: str, value: Any, timeout: Any = DEFAULT_TIMEOUT, version: int | None = None) -> bool:
        """Write only where nothing live is; whether it did."""
        expired = {"_id": self._key(key, version), "expires": {"$lte": datetime.now(UTC)}}
        try:  # matches an expired leftover, else inserts, else the live entry's key refuses
            self._entries.replace_one(expired, self._document(value, timeout), upsert=True)
        except DuplicateKeyError:
            return False
        return True

    def incr(self, key: str, delta: int = 1, version: int | None = None) -> int:
        """Add to a number, atomically. ValueError where there is none."""
        live = {**self._live(self._key(key, version)), "number": {"$exists": True}}
        found = self._entries.find_one_and_update(
            live, {"$inc": {"number": delta}}, return_document=ReturnDocument.AFTER
        )
        if found is None:
            raise ValueError(f"Key {key!r} not found")
        return int(found["number"])

    def touch(self, key: str, timeout: Any = DEFAULT_TIMEOUT, version: int | None = None) -> bool:
        """Give a live entry a new expiry; whether there was one."""
        expires = self._document(0, timeout)["expires"]
        changed = self._entries.update_one(self._live(self._key(key, version)), {"$set": {"expires": expires}})
        return bool(changed.matched_count)

    def delete(self, key: str, version: int | None = None) -> bool:
        """Remove; whether it was there."""
        return bool(self._entries.delete_one({"_id": self._key(key, version)}).deleted_count)

    def clear(self) -> None:
        """Remove everything."""
        self._entries.delete_many({})
