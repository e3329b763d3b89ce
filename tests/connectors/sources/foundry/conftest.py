"""The production source reading an emulated Azure and its AI Foundry projects over HTTP."""

from __future__ import annotations

import json
import threading
from collections.abc import Callable, Iterator, Mapping
from datetime import UTC, datetime
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from typing import Any
from urllib.parse import parse_qsl, unquote, urlsplit

import pytest

from connectors.http import client
from connectors.inventory.records import Record, ScopeEnded
from connectors.source import Pull
from connectors.sources.foundry import checking, reading, source
from tests.emulators.microsoft.acme import TENANT
from tests.emulators.microsoft.arm import Arm
from tests.emulators.microsoft.arm_acme import ESTATE
from tests.emulators.microsoft.arm_estate import AzureEstate
from tests.emulators.microsoft.arm_wire import Asked, Reply, refused
from tests.emulators.microsoft.foundry import Foundry

NOW = datetime(2026, 11, 25, 12, tzinfo=UTC)
MANAGER, PROJECT = "https://management.azure.com", "https://ai.azure.com"
Fault = Callable[[Asked], Reply | None]


class Emulated:
    """Resource Manager under {url}/arm, projects under {url}/foundry, each for tokens of its own.

    `faults` answer in their place while they return something.
    """

    def __init__(self, estate: AzureEstate, *, page: int) -> None:
        self.arm = Arm(estate, page=page)
        self.foundry = Foundry(estate, self.arm.rights, page=page)
        self.log: list[tuple[Asked, int]] = []
        self.faults: list[Fault] = []
        self._server = ThreadingHTTPServer(("127.0.0.1", 0), _handler(self))
        self._server.daemon_threads = True
        threading.Thread(target=self._server.serve_forever, args=(0.05,), daemon=True).start()
        self.url = f"http://127.0.0.1:{self._server.server_address[1]}"

    def close(self) -> None:
        self._server.shutdown()
        self._server.server_close()

    def restore(self) -> None:
        self.log.clear()
        self.faults.clear()
        self.arm.rights.restore()

    def answer(self, part: str, asked: Asked, token: str) -> Reply:
        found = next((reply for fault in self.faults if (reply := fault(asked))), None)
        if found is None and token != f"Bearer {MANAGER if part == 'arm' else PROJECT}":
            found = refused(401, "InvalidAuthenticationToken", "The token is for somebody else.")
        answered = found or (self.arm if part == "arm" else self.foundry).answer(asked)
        self.log.append((asked, answered.status))
        return answered


def _handler(emulated: Emulated) -> type[BaseHTTPRequestHandler]:
    class Handler(BaseHTTPRequestHandler):
        protocol_version = "HTTP/1.1"

        def do_GET(self) -> None:
            self._answer("GET")

        def do_POST(self) -> None:
            self._answer("POST")

        def log_message(self, *_: Any) -> None:
            """The log is `Emulated.log`."""

        def _answer(self, method: str) -> None:
            parts = urlsplit(self.path)
            part, _, rest = unquote(parts.path).lstrip("/").partition("/")
            asked = Asked(method, f"/{rest}", dict(parse_qsl(parts.query)), None, f"{emulated.url}/{part}")
            found = emulated.answer(part, asked, self.headers["Authorization"])
            body = found.body if isinstance(found.body, bytes) else json.dumps(found.body).encode()
            self.send_response(found.status)
            for name, value in {**found.headers, "Content-Length": str(len(body))}.items():
                self.send_header(name, value)
            self.end_headers()
            self.wfile.write(body)

    return Handler


class SignedIn:
    """Stands in for the sign-in, which tests of connectors/http are about."""

    tenant = TENANT

    def __init__(self, settings: Mapping[str, Any]) -> None:
        self.settings = settings

    def authorize(self, audience: str) -> Callable[..., Mapping[str, str]]:
        def signed(*, fresh: bool) -> Mapping[str, str]:
            return {"Authorization": f"Bearer {audience}"}

        return signed


@pytest.fixture(scope="module")
def running() -> Iterator[Emulated]:
    """Acme's, in pages of two."""
    emulated = Emulated(ESTATE, page=2)
    yield emulated
    emulated.close()


@pytest.fixture
def azure(running: Emulated, monkeypatch: pytest.MonkeyPatch) -> Emulated:
    """Well-behaved, with an empty log."""
    running.restore()
    point(monkeypatch, running)
    return running


def point(patch: pytest.MonkeyPatch, emulated: Emulated) -> None:
    """Have the source ask the emulated one, with little patience."""
    patch.setenv("SV0_ENDPOINT_ARM", f"{emulated.url}/arm")
    patch.setenv("SV0_ENDPOINT_FOUNDRY", f"{emulated.url}/foundry")
    patch.setattr(reading, "Microsoft", SignedIn)
    patch.setattr(checking, "Microsoft", SignedIn)
    patch.setattr(client, "TRIES", 2)
    patch.setattr(client, "FIRST_WAIT", 0.01)


def read(**pull: Any) -> list[Record]:
    """One whole reading; keyword arguments are Pull's."""
    return list(source.pull(Pull(settings={}, now=NOW, **pull)))


def ends(records: list[Record]) -> dict[str, ScopeEnded]:
    """How each scope ended, by its label's last part of the key."""
    return {record.scope: record for record in records if isinstance(record, ScopeEnded)}
