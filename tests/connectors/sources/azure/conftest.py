"""The production source reading an emulated Azure over HTTP, with few patience for faults that last."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from datetime import UTC, datetime
from typing import Any

import pytest

from connectors.http import client
from connectors.inventory.records import Record, ScopeEnded
from connectors.source import Pull
from connectors.sources.azure import arm as asking
from connectors.sources.azure import source
from tests.emulators.microsoft.acme import TENANT
from tests.emulators.microsoft.arm import Arm
from tests.emulators.microsoft.arm_acme import ESTATE
from tests.emulators.microsoft.login import CLIENT, SECRET
from tests.emulators.microsoft.server import MicrosoftEmulator
from tests.emulators.microsoft.wire import Asked, Reply

NOW = datetime(2027, 1, 15, 12, tzinfo=UTC)
SETTINGS = {"tenant": TENANT, "client_id": CLIENT, "client_secret": SECRET}
Pulling = Callable[..., list[Record]]
Fault = Callable[[Asked], Reply | None]


class Emulated:
    """Acme's Azure, in short pages. `faults` answer in its place while they return something."""

    def __init__(self, microsoft: MicrosoftEmulator) -> None:
        self.microsoft = microsoft
        self.arm = Arm(ESTATE, page=3)
        self.log: list[tuple[Asked, int]] = []
        self.faults: list[Fault] = []
        microsoft.mount("arm", self.answer)

    def restore(self) -> None:
        self.log.clear()
        self.faults.clear()
        self.microsoft.faults.clear()
        self.arm.rights.restore()
        self.arm.graph.truncates = False

    def answer(self, asked: Asked) -> Reply:
        found = next((reply for fault in self.faults if (reply := fault(asked))), None) or self.arm.answer(asked)
        self.log.append((asked, found.status))
        return found


@pytest.fixture(scope="module")
def running() -> Iterator[Emulated]:
    with MicrosoftEmulator() as microsoft:
        yield Emulated(microsoft)


@pytest.fixture
def azure(running: Emulated, monkeypatch: pytest.MonkeyPatch) -> Emulated:
    running.restore()
    _point(monkeypatch, running)
    return running


def _point(patch: pytest.MonkeyPatch, emulated: Emulated) -> None:
    for name, value in emulated.microsoft.environment().items():
        patch.setenv(name, value)
    patch.setattr(asking, "MOST", 4)
    patch.setattr(client, "TRIES", 2)
    patch.setattr(client, "FIRST_WAIT", 0.01)


def whole(emulated: Emulated, **more: Any) -> list[Record]:
    """One scan of everything, with nothing going wrong."""
    with pytest.MonkeyPatch.context() as patch:
        _point(patch, emulated)
        return list(source.pull(Pull(settings=SETTINGS, now=NOW, **more)))


@pytest.fixture
def pull(azure: Emulated) -> Pulling:
    """Pulls everything; keyword arguments are Pull's."""

    def pull(**more: Any) -> list[Record]:
        return list(source.pull(Pull(settings=SETTINGS, now=NOW, **more)))

    return pull


def ends(records: list[Record]) -> dict[str, ScopeEnded]:
    return {record.scope: record for record in records if isinstance(record, ScopeEnded)}
