"""The production source reading an emulated Azure and its AI Foundry projects over TLS, signed in."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from datetime import UTC, datetime
from typing import Any

import pytest

from connectors.http import client
from connectors.inventory.records import Record, ScopeEnded
from connectors.source import Pull
from connectors.sources.foundry import source
from tests.emulators.microsoft.acme import TENANT
from tests.emulators.microsoft.arm import Arm
from tests.emulators.microsoft.arm_acme import ESTATE
from tests.emulators.microsoft.arm_estate import AzureEstate
from tests.emulators.microsoft.foundry import Foundry
from tests.emulators.microsoft.server import MicrosoftEmulator
from tests.emulators.microsoft.wire import Asked, Reply

NOW = datetime(2026, 11, 25, 12, tzinfo=UTC)
MANAGER, PROJECT = "https://management.azure.com", "https://ai.azure.com"
Fault = Callable[[Asked], Reply | None]


class Emulated:
    """Resource Manager and projects in front of an estate, in pages of so many rows.

    `faults` answer in their place while they return something; `log` has what was asked, and the status of the answer.
    """

    def __init__(self, microsoft: MicrosoftEmulator, estate: AzureEstate, *, page: int) -> None:
        self.microsoft = microsoft
        self.arm = Arm(estate, page=page)
        self.foundry = Foundry(estate, self.arm.rights, page=page)
        self.log: list[tuple[Asked, int]] = []
        self.faults: list[Fault] = []
        microsoft.mount("arm", self._spoilt(self.arm.answer), takes=(MANAGER,))
        microsoft.mount("foundry", self._spoilt(self.foundry.answer), takes=(PROJECT,))

    def restore(self) -> None:
        self.log.clear()
        self.faults.clear()
        self.microsoft.faults.clear()
        self.arm.rights.restore()

    def _spoilt(self, answer: Callable[[Asked], Reply]) -> Callable[[Asked], Reply]:
        def spoilt(asked: Asked) -> Reply:
            found = next((reply for fault in self.faults if (reply := fault(asked))), None) or answer(asked)
            self.log.append((asked, found.status))
            return found

        return spoilt

    def settings(self) -> dict[str, Any]:
        """What a customer who did everything right fills in."""
        (ours,) = self.microsoft.login.clients.values()
        return {"tenant": TENANT, "client_id": ours.id, "client_secret": ours.secret}


@pytest.fixture(scope="module")
def running() -> Iterator[Emulated]:
    with MicrosoftEmulator() as microsoft:
        yield Emulated(microsoft, ESTATE, page=2)


@pytest.fixture
def azure(running: Emulated, monkeypatch: pytest.MonkeyPatch) -> Emulated:
    """Well-behaved, with an empty log."""
    running.restore()
    point(monkeypatch, running)
    return running


def point(patch: pytest.MonkeyPatch, emulated: Emulated) -> None:
    """Have the source ask the emulated one, with little patience."""
    for name, value in emulated.microsoft.environment().items():
        patch.setenv(name, value)
    patch.setattr(client, "TRIES", 2)
    patch.setattr(client, "FIRST_WAIT", 0.01)


def read(azure: Emulated, **pull: Any) -> list[Record]:
    """One whole reading; keyword arguments are Pull's."""
    return list(source.pull(Pull(settings=azure.settings(), now=NOW, **pull)))


def ends(records: list[Record]) -> dict[str, ScopeEnded]:
    """How each scope ended."""
    return {record.scope: record for record in records if isinstance(record, ScopeEnded)}
