"""The production source reading an emulated Power Platform over TLS, without waiting for it."""

from __future__ import annotations

import time
from collections.abc import Iterator
from datetime import UTC, datetime
from typing import Any

import pytest

from connectors.http import client
from connectors.inventory.records import Record, ScopeEnded, ScopeState
from connectors.source import Pull
from connectors.sources.copilot_studio import source
from tests.emulators.microsoft.acme import TENANT, guid
from tests.emulators.microsoft.login import SECRET, Client, Login
from tests.emulators.microsoft.powerplatform import PowerPlatform, Weather, audiences
from tests.emulators.microsoft.powerplatform_acme import DEFAULT, ESTATE
from tests.emulators.microsoft.server import MicrosoftEmulator

NOW = datetime(2026, 11, 25, 12, tzinfo=UTC)
READER = guid("application", "sv0-reader")
HOME = DEFAULT.lower()
SETTINGS: dict[str, Any] = {"tenant": TENANT, "client_id": READER, "client_secret": SECRET}


class Clock:
    """Time that also passes by sleeping, at once."""

    def __init__(self) -> None:
        self.slept = 0.0

    def monotonic(self) -> float:
        return time.monotonic() + self.slept

    def sleep(self, seconds: float) -> None:
        self.slept += seconds


class Running:
    """The emulator with the small estate, and what goes wrong in it."""

    def __init__(self, microsoft: MicrosoftEmulator, platform: PowerPlatform) -> None:
        self.microsoft, self.platform = microsoft, platform

    @property
    def weather(self) -> Weather:
        return self.platform.weather

    def asked(self) -> list[str]:
        """The paths that Power Platform was asked for."""
        return [entry.path for entry in self.microsoft.log.entries if entry.part == "powerplatform"]


@pytest.fixture(scope="module")
def emulated() -> Iterator[Running]:
    platform = PowerPlatform(ESTATE, page=2)
    with MicrosoftEmulator(Login(Client(id=READER))) as microsoft:
        microsoft.mount("powerplatform", platform.answer, takes=audiences(ESTATE))
        yield Running(microsoft, platform)


@pytest.fixture
def clock(monkeypatch: pytest.MonkeyPatch) -> Clock:
    clock = Clock()
    monkeypatch.setattr(client, "sleep", clock.sleep)
    monkeypatch.setattr(client, "monotonic", clock.monotonic)
    monkeypatch.setattr(client, "TRIES", 3)
    return clock


@pytest.fixture
def running(emulated: Running, monkeypatch: pytest.MonkeyPatch, clock: Clock) -> Running:
    """Well-behaved, with an empty log."""
    emulated.microsoft.faults.clear()
    emulated.microsoft.log.clear()
    emulated.platform.weather = Weather()
    for name, value in emulated.microsoft.environment().items():
        monkeypatch.setenv(name, value)
    return emulated


def read(settings: dict[str, Any] | None = None, **pull: Any) -> list[Record]:
    """One whole reading."""
    return list(source.pull(Pull(settings=settings or SETTINGS, now=NOW, **pull)))


def key(kind: str, environment: str = HOME) -> str:
    return f"copilot_studio:{environment}:{kind}"


def end(records: list[Record], kind: str, environment: str = HOME) -> ScopeEnded:
    """How a scope of an environment ended."""
    (found,) = (each for each in records if isinstance(each, ScopeEnded) and each.scope == key(kind, environment))
    return found


def states(records: list[Record], environment: str = HOME) -> dict[str, ScopeState]:
    """How each scope of an environment ended."""
    ends = (each for each in records if isinstance(each, ScopeEnded))
    return {each.scope.rpartition(":")[2]: each.state for each in ends if each.scope.split(":")[1] == environment}
