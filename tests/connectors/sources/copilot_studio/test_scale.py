"""Is a tenant of many environments read whole, in few calls, and without keeping it in memory?"""

from __future__ import annotations

import tracemalloc
from collections import Counter
from collections.abc import Iterator
from typing import Any, cast

import pytest

from connectors.inventory.records import ScopeEnded, ScopeState
from connectors.scope import Meter, Scope
from connectors.source import Pull
from connectors.sources.copilot_studio import agents, source
from connectors.sources.copilot_studio.connector import Connectors
from connectors.sources.copilot_studio.doors import Row
from connectors.sources.copilot_studio.environments import Environment
from connectors.sources.copilot_studio.people import People
from connectors.sources.copilot_studio.permissions import BOTS, ENVIRONMENT_KINDS, PARTS, Call
from connectors.sources.copilot_studio.place import Place
from connectors.sources.copilot_studio.policies import Policies
from connectors.sources.copilot_studio.shelf import Shelf
from connectors.stream import Stream
from tests.connectors.sources.copilot_studio.conftest import NOW, READER, SETTINGS
from tests.emulators.microsoft.login import Client, Login
from tests.emulators.microsoft.powerplatform import PowerPlatform, audiences
from tests.emulators.microsoft.powerplatform_scale import Size, estate
from tests.emulators.microsoft.server import MicrosoftEmulator

SIZE = Size(environments=12, agents=10, parts=20, flows=5)


@pytest.fixture
def large(monkeypatch: pytest.MonkeyPatch) -> Iterator[MicrosoftEmulator]:
    made = estate(SIZE)
    with MicrosoftEmulator(Login(Client(id=READER))) as microsoft:
        microsoft.mount("powerplatform", PowerPlatform(made).answer, takes=audiences(made))
        for name, value in microsoft.environment().items():
            monkeypatch.setenv(name, value)
        yield microsoft


def test_everything_is_told_in_few_calls(large: MicrosoftEmulator):
    told: Counter[str] = Counter()
    for record in source.pull(Pull(settings=SETTINGS, now=NOW)):
        told[getattr(record, "type", type(record).__name__)] += 1
        if isinstance(record, ScopeEnded):
            assert (record.state, record.error) == (ScopeState.COMPLETE, None)
    assert told["Copilot Studio agent"] == SIZE.environments * SIZE.agents
    assert told["Power Automate flow"] == SIZE.environments * SIZE.flows
    assert told["stored connection"] == SIZE.environments * 5
    asked = Counter(path.rpartition("/")[2] for path in large.log.paths("powerplatform").elements())
    pages = SIZE.agents * SIZE.parts // 50
    assert asked["botcomponents"] == SIZE.environments * pages
    assert asked["RetrieveSharedPrincipalsAndAccess(Target=@p)"] == SIZE.environments * SIZE.agents
    assert sum(asked.values()) < SIZE.environments * (pages + SIZE.agents + 15)


class Endless:
    """A Dataverse with one agent, each of whose parts brings a text of a hundred kilobytes."""

    PARTS = 400

    def pages(self, call: Call, meter: Meter, **_: str) -> Iterator[list[Row]]:
        contents = estate(Size(environments=1, agents=1, parts=5, flows=0)).contents("org0.crm4.dynamics.com")
        assert contents is not None
        if call == BOTS:
            yield list(contents.tables["bots"])
        elif call == PARTS:
            part = contents.tables["botcomponents"][4]
            for _number in range(self.PARTS):
                yield [{**part, "data": part["data"] + f"  text: {'x' * 100_000}\n"}]

    def get(self, call: Call, meter: Meter, **_: str) -> Row:
        return {"PrincipalAccesses": []}


def test_the_texts_of_parts_are_not_kept():
    """Forty megabytes pass by."""
    here = Environment("e", "E", "https://e.crm4.dynamics.com", "https://e.crm4.dynamics.com", "e")
    stream, door = Stream(), cast("Any", Endless())
    scopes = {kind: Scope(kind, kind, stream, silent=True) for kind in ENVIRONMENT_KINDS}
    with Shelf() as shelf:
        people = People(here, door, scopes["referenced"])
        place = Place(here, door, door, shelf, people, Connectors(here), Policies(), scopes)
        tracemalloc.start()
        agents.read(place)
        peak = tracemalloc.get_traced_memory()[1]
        tracemalloc.stop()
    assert [each for scope in scopes.values() for each in scope.troubles] == []
    assert peak < 8 * 1024 * 1024
