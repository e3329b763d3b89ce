"""Does the shelf keep what it is given, in order, while threads put and take?"""

from __future__ import annotations

from concurrent.futures import ThreadPoolExecutor

import pytest

from connectors.sources.jira import shelf
from connectors.sources.jira.shelf import Shelf


def test_rows_are_kept_under_their_key_in_the_order_they_came():
    with Shelf() as kept:
        kept.keep("tokens", [("alice", {"id": "1"}), ("bob", {"id": "2"}), ("alice", {"id": "3"})])
        kept.keep("others", [("alice", {"id": "4"})])
        assert kept.all("tokens", "alice") == [{"id": "1"}, {"id": "3"}]
        assert (kept.first("tokens", "bob"), kept.first("tokens", "mallory")) == ({"id": "2"}, None)


def test_marks_are_told_in_order_a_few_at_a_time(monkeypatch: pytest.MonkeyPatch):
    monkeypatch.setattr(shelf, "AT_ONCE", 2)
    with Shelf() as kept:
        for key in ("c", "a", "e", "b", "a"):
            kept.mark("acting", key)
        kept.mark("owning", "d")
        assert list(kept.marked("acting")) == ["a", "b", "c", "e"]
        assert (kept.is_marked("acting", "e"), kept.is_marked("acting", "d")) == (True, False)


def test_many_threads_share_it():
    with Shelf() as kept, ThreadPoolExecutor(8) as pool:
        for _ in pool.map(lambda number: kept.keep("rows", [(str(number % 10), number)]), range(400)):
            pass
        assert sorted(row for key in range(10) for row in kept.all("rows", str(key))) == list(range(400))
