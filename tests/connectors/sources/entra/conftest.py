"""The production source reading a small tenant over HTTP, with little patience for faults that last."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping
from datetime import UTC, datetime
from typing import Any

import pytest

from connectors.http import client
from connectors.inventory.records import Record, ScopeEnded, ScopeStarted
from connectors.source import Pull
from connectors.sources.entra import batch, reading, source
from tests.connectors.sources.entra.directory import Asked, Directory, Fault, Reply
from tests.emulators.microsoft.acme import TENANT

NOW = datetime(2027, 1, 15, 12, tzinfo=UTC)
Pulling = Callable[..., list[Record]]


class SignedIn:
    """Stands in for the sign-in, which tests of connectors/http are about."""

    tenant = TENANT

    def __init__(self, settings: Mapping[str, Any]) -> None:
        self.settings = settings

    def authorize(self, audience: str) -> Callable[..., Mapping[str, str]]:
        def signed(*, fresh: bool) -> Mapping[str, str]:
            return {"Authorization": f"Bearer {audience}"}

        return signed


@pytest.fixture(scope="session")
def running() -> Iterator[Directory]:
    directory = Directory()
    yield directory
    directory.close()


@pytest.fixture
def graph(running: Directory, monkeypatch: pytest.MonkeyPatch) -> Directory:
    running.restore()
    point(monkeypatch, running)
    return running


def point(patch: pytest.MonkeyPatch, directory: Directory) -> None:
    """At this stand-in, patient for a moment only."""
    patch.setenv("SV0_ENDPOINT_GRAPH", directory.url)
    patch.setattr(reading, "Microsoft", SignedIn)
    for module in (client, batch):
        patch.setattr(module, "TRIES", 2)
        patch.setattr(module, "FIRST_WAIT", 0.01)


@pytest.fixture
def pull(graph: Directory) -> Pulling:
    """Pulls everything; keyword arguments are Pull's."""

    def pull(**more: Any) -> list[Record]:
        return list(source.pull(Pull(**{"settings": {}, "now": NOW, **more})))

    return pull


@pytest.fixture(scope="session")
def everything(running: Directory) -> list[Record]:
    """One scan with nothing going wrong."""
    running.restore()
    with pytest.MonkeyPatch.context() as patch:
        point(patch, running)
        return list(source.pull(Pull(settings={}, now=NOW)))


def at(word: str, reply: Reply, *, times: int = 1_000_000) -> Fault:
    """A fault: the answer to every read whose path ends so, so many times."""
    left = [times]

    def fault(asked: Asked) -> Reply | None:
        if asked.path.endswith(word) and left[0] > 0:
            left[0] -= 1
            return reply
        return None

    return fault


def key(kind: str) -> str:
    """Of a scope."""
    return f"entra:{TENANT}:{kind}"


def ends(records: list[Record]) -> dict[str, ScopeEnded]:
    """By the scope's kind."""
    return {record.scope.rsplit(":", 1)[-1]: record for record in records if isinstance(record, ScopeEnded)}


def unwell(records: list[Record]) -> dict[str, str]:
    """The state of each scope that isn't complete."""
    return {kind: end.state.value for kind, end in ends(records).items() if end.state.value != "complete"}


def told(records: list[Record], kind: str) -> list[Record]:
    """What is told in a scope, besides its beginning and end."""
    inside = (record for record in records if record.scope == key(kind))
    return [record for record in inside if not isinstance(record, ScopeStarted | ScopeEnded)]
