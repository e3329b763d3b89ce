"""The production source reading an emulated ServiceNow over HTTP, with little patience for faults that last."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from typing import Any

import pytest

from connectors.http import client as patience
from connectors.inventory.records import Record, ScopeEnded
from connectors.source import Pull
from connectors.sources.servicenow import source
from tests.emulators.servicenow import ServiceNowEmulator, World, small_estate
from tests.emulators.servicenow.small_estate import ADDRESS, CLIENT, HOST, PASSWORD, SECRET, USER

BY_CLIENT = {"address": ADDRESS, "client_id": CLIENT, "client_secret": SECRET}
BY_PASSWORD = {"address": ADDRESS, "user_name": USER, "password": PASSWORD}
Pulling = Callable[..., list[Record]]


@pytest.fixture
def world() -> World:
    """Acme Media's instance, each test's own."""
    return small_estate.world()


@pytest.fixture
def servicenow(world: World, monkeypatch: pytest.MonkeyPatch) -> Iterator[ServiceNowEmulator]:
    """The instance, in pages of three rows."""
    monkeypatch.setattr(patience, "TRIES", 3)
    monkeypatch.setattr(patience, "FIRST_WAIT", 0.001)
    with ServiceNowEmulator(world, page_cap=3) as emulator:
        monkeypatch.setenv("SV0_ENDPOINT_SERVICENOW", emulator.url)
        yield emulator


@pytest.fixture
def pull(servicenow: ServiceNowEmulator) -> Pulling:
    """Pulls everything; keyword arguments are those of Pull."""

    def pull(**asked: Any) -> list[Record]:
        return list(source.pull(Pull(**{"settings": BY_CLIENT, "now": servicenow.worlds[HOST].now, **asked})))

    return pull


def key(kind: str) -> str:
    """The scope of that kind."""
    return f"servicenow:{HOST}:{kind}"


def ends(records: list[Record]) -> dict[str, ScopeEnded]:
    """How each scope ended, by its kind."""
    return {record.scope.rpartition(":")[2]: record for record in records if isinstance(record, ScopeEnded)}


def of(records: list[Record], kind: type) -> list[Any]:
    return [record for record in records if isinstance(record, kind)]
