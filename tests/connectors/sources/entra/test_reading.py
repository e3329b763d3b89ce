"""How does a scan go on, stop, and keep its memory small?"""

from __future__ import annotations

import gc
import threading
import tracemalloc
from collections.abc import Generator, Iterable, Iterator, Sequence
from itertools import islice
from typing import Any, cast, overload

import pytest

from connectors.http import SignInFailed
from connectors.inventory.records import Identity, Record, ScopeEnded, ScopeStarted
from connectors.source import Pull, SourceError
from connectors.sources.entra import reading, source
from connectors.sources.entra.shelf import Shelf
from connectors.sources.entra.tenant import LABELS
from tests.connectors.sources.entra.conftest import NOW, Pulling, SignedIn, ends, key, told, unwell
from tests.connectors.sources.entra.directory import Asked, Directory, Reply
from tests.connectors.sources.entra.small_tenant import principal

ROW = principal("robot")


class Many(Sequence[dict[str, Any]]):
    """So many service principals, made when they are asked for."""

    def __init__(self, size: int) -> None:
        self.size = size

    def __len__(self) -> int:
        return self.size

    @overload
    def __getitem__(self, at: int) -> dict[str, Any]: ...
    @overload
    def __getitem__(self, at: slice) -> list[dict[str, Any]]: ...
    def __getitem__(self, at: Any) -> Any:
        if isinstance(at, slice):
            return [self._row(number) for number in range(*at.indices(self.size))]
        return self._row(range(self.size)[at])

    def _row(self, number: int) -> dict[str, Any]:
        ids = {"id": f"{number:08x}-0000-4000-8000-000000000001", "appId": f"{number:08x}-0000-4000-8000-000000000002"}
        return {**ROW, **ids, "displayName": f"robot {number}"}


# ── A scan that goes on ─────────────────────────────────────────────────────────────────────────────────────────────


@pytest.mark.parametrize("kind", LABELS)
def test_a_completed_scope_is_not_told_again_and_the_others_are(kind: str, everything: list[Record], pull: Pulling):
    records = pull(done=frozenset({key(kind)}))
    assert unwell(records) == {}
    assert [each for each in records if each.scope == key(kind)] == []
    for other in LABELS.keys() - {kind}:
        assert set(told(records, other)) == set(told(everything, other)), other


def test_what_nobody_needs_any_more_is_not_read(graph: Directory, pull: Pulling):
    left = {"delegated-grants"}
    records = pull(done=frozenset(key(kind) for kind in LABELS.keys() - left))
    assert ends(records).keys() == left
    assert {each.path for each in graph.log} == {"/organization", "/servicePrincipals", "/oauth2PermissionGrants"}


# ── A scan that stops ───────────────────────────────────────────────────────────────────────────────────────────────


@pytest.fixture
def large(graph: Directory) -> Iterator[Directory]:
    """6,000 service principals in pages of 500; certificates, of which there are none, cost no time."""

    def none(asked: Asked) -> Reply | None:
        return Reply(200, {"value": []}) if asked.query.get("$select", "").endswith("keyCredentials") else None

    graph.lists["/servicePrincipals"] = Many(6_000)
    graph.faults.append(none)
    graph.page = 500
    yield graph
    graph.page = 3


def identities(records: Iterable[Record], most: int) -> int:
    """Takes records until so many are identities."""
    return sum(1 for _ in islice((each for each in records if isinstance(each, Identity)), most))


def test_a_cancelled_scan_ends_what_it_began(large: Directory):
    seen: list[Record] = []
    pulled = Pull(settings={}, now=NOW, cancelled=lambda: len(seen) > 100)
    for record in source.pull(pulled):
        seen.append(record)  # noqa: PERF402  (`cancelled` looks at it meanwhile)
    begun = {each.scope for each in seen if isinstance(each, ScopeStarted)}
    ended = {each.scope: each for each in seen if isinstance(each, ScopeEnded)}
    assert begun == ended.keys()
    last = ended[key("service-principals")]
    assert (last.state.value, last.bookmark) == ("cancelled", None)
    assert key("groups") not in begun
    assert len(seen) < 3_000


def test_a_refused_sign_in_ends_the_scan_with_its_sentence(
    graph: Directory, pull: Pulling, monkeypatch: pytest.MonkeyPatch
):
    class Stranger(SignedIn):
        def authorize(self, audience: str) -> Any:
            def signed(*, fresh: bool) -> Any:
                raise SignInFailed("The client secret has expired.")

            return signed

    monkeypatch.setattr(reading, "Microsoft", Stranger)
    with pytest.raises(SourceError, match="has expired"):
        pull()


def test_closing_the_reading_ends_its_threads(large: Directory):
    records = cast("Generator[Record]", source.pull(Pull(settings={}, now=NOW)))
    assert identities(records, 1) == 1
    records.close()
    assert [each.name for each in threading.enumerate() if each.name.startswith("entra")] == []


# ── Memory ──────────────────────────────────────────────────────────────────────────────────────────────────────────


def peak(graph: Directory, size: int) -> int:
    """Bytes that the reading of so many service principals takes at most."""
    graph.lists["/servicePrincipals"] = Many(size)
    graph.log.clear()
    gc.collect()
    tracemalloc.start()
    try:
        taken = sum(1 for _ in source.pull(Pull(settings={}, now=NOW)))
        assert taken > size
        return tracemalloc.get_traced_memory()[1]
    finally:
        tracemalloc.stop()


def test_many_take_no_more_memory_than_some(large: Directory):
    large.page = 100
    peak(large, 200)  # caches fill once
    assert peak(large, 2_400) < 1.3 * peak(large, 800)


def test_what_waits_is_on_disk(large: Directory, monkeypatch: pytest.MonkeyPatch):
    kept: list[int] = []
    keep = Shelf.keep

    def noted(shelf: Shelf, name: str, page: list[Any]) -> None:
        kept.append(len(page))
        keep(shelf, name, page)

    monkeypatch.setattr(Shelf, "keep", noted)
    large.lists["/servicePrincipals"] = Many(2_000)
    taken = [each for each in source.pull(Pull(settings={}, now=NOW)) if isinstance(each, Identity)]
    assert (kept, len(taken)) == ([500] * 4, 2_000 + 1)  # and an agent's user
