"""The shared cache: atomic over processes, silent about what expired, free of pickles."""

from __future__ import annotations

from concurrent.futures import ThreadPoolExecutor
from datetime import UTC, datetime, timedelta

import pytest
from django.core.cache import cache
from django.db import connection


@pytest.fixture(autouse=True)
def empty(db: None):
    cache.clear()


def test_values_come_back_as_they_were():
    cache.set("key", {"list": [1, "zwei", None], "flag": True})
    assert cache.get("key") == {"list": [1, "zwei", None], "flag": True}
    assert cache.get("missing", "default") == "default"
    assert cache.delete("key")
    assert cache.get("key") is None


def test_what_json_cannot_say_is_refused():
    with pytest.raises(TypeError):
        cache.set("key", object())


def test_an_expired_entry_is_gone_before_the_sweep(db: None):
    cache.set("key", "old", 60)
    entries = connection.get_collection("cache")  # type: ignore[attr-defined]
    entries.update_one({}, {"$set": {"expires": datetime.now(UTC) - timedelta(seconds=1)}})
    assert cache.get("key") is None
    assert not cache.touch("key", 60)
    with pytest.raises(ValueError, match="not found"):
        cache.incr("key")
    assert cache.add("key", "new")
    assert cache.get("key") == "new"


def test_one_of_many_adds_wins_and_every_increment_counts():
    cache.set("count", 0)

    def work(number: int) -> bool:
        try:
            cache.incr("count")
            return cache.add("lock", number)
        finally:
            connection.close()

    with ThreadPoolExecutor(8) as pool:
        won = list(pool.map(work, range(40)))
    assert won.count(True) == 1
    assert cache.get("count") == 40
