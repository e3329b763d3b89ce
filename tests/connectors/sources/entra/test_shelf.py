"""Does the shelf give back what was put on it, under each of its names?"""

from __future__ import annotations

from collections.abc import Iterator

import pytest

from connectors.sources.entra.shelf import Shelf


@pytest.fixture
def shelf() -> Iterator[Shelf]:
    with Shelf() as shelf:
        yield shelf


def test_maps_do_not_mix(shelf: Shelf):
    shelf.put("a", [("k", 1)])
    shelf.put("b", [("k", 2)])
    assert (shelf.take("a", ["k", "x"]), shelf.take("b", ["k"])) == ({"k": 1}, {"k": 2})


def test_more_keys_than_one_question_holds(shelf: Shelf):
    shelf.put("a", ((f"{number:05}", number) for number in range(2500)))
    assert len(shelf.take("a", [f"{number:05}" for number in range(3000)])) == 2500
    assert [value for _, value in shelf.all("a")] == list(range(2500))
    assert [len(some) for some in shelf.by("a", 1000)] == [1000, 1000, 500]


def test_the_later_of_two_wins(shelf: Shelf):
    shelf.put("a", [("k", 1), ("k", 2)])
    shelf.put("a", [("k", 3)])
    assert shelf.take("a", ["k"]) == {"k": 3}


def test_what_begins_alike(shelf: Shelf):
    shelf.put("a", [("g1 r1", 1), ("g1 r2", 2), ("g10 r1", 3), ("g2 r1", 4)])
    assert list(shelf.under("a", "g1 ")) == [("r1", 1), ("r2", 2)]


def test_pages_come_back_in_their_order(shelf: Shelf):
    for page in ([1, 2], [3]):
        shelf.keep("a", page)
        shelf.keep("b", [page])
    assert list(shelf.pages("a")) == [[1, 2], [3]]


def test_a_digest_tells_two_maps_apart(shelf: Shelf):
    for name, value in (("a", 1), ("b", 1), ("c", 2)):
        shelf.put(name, [("k", value)])
    assert shelf.digest("a") == shelf.digest("b") != shelf.digest("c")


def test_a_key_is_new_once(shelf: Shelf):
    assert [shelf.new("a", "k"), shelf.new("a", "k"), shelf.new("b", "k")] == [True, False, True]
    assert (shelf.has("a"), shelf.has("c")) == (True, False)
