"""The production source reading an emulated Azure over HTTP, with few patience for faults that last."""

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
from connectors.sources.azure import arm as asking
from connectors.sources.azure import reading, source
from tests.emulators.microsoft.acme import TENANT
from tests.emulators.microsoft.arm import Arm
from tests.emulators.microsoft.arm_acme import ESTATE
from tests.emulators.microsoft.arm_wire import Asked, Reply

NOW = datetime(2027, 1, 15, 12, tzinfo=UTC)
Pulling = Callable[..., list[Record]]
Fault = Callable[[Asked], Reply | None]


class Emulated:
    """Azure Resource Manager at `url`. `faults` answer in its place while they return something."""

    def __init__(self) -> None:
        self.arm = Arm(ESTATE, page=3)
        self.log: list[tuple[Asked, int]] = []
        self.faults: list[Fault] = []
        self._server = ThreadingHTTPServer(("127.0.0.1", 0), _handler(self))
        self._server.daemon_threads = True
        threading.Thread(target=self._server.serve_forever, daemon=True).start()
        self.url = f"http://127.0.0.1:{self._server.server_address[1]}"

    def close(self) -> None:
        self._server.shutdown()
        self._server.server_close()

    def restore(self) -> None:
        self.log.clear()
        self.faults.clear()
        self.arm.rights.restore()
        self.arm.graph.truncates = False

    def answer(self, asked: Asked) -> Reply:
        found = next((reply for fault in self.faults if (reply := fault(asked))), None) or self.arm.answer(asked)
        self.log.append((asked, found.status))
        return found


def _handler(emulated: Emulated) -> type[BaseHTTPRequestHandler]:
    class Handler(BaseHTTPRequestHandler):
        protocol_version = "HTTP/1.1"
        wbufsize = -1  # an answer in one piece: two would wait for each other

        def do_GET(self) -> None:
            self._answer("GET")

        def do_POST(self) -> None:
            self._answer("POST")

        def log_message(self, *_: Any) -> None:
            """The log is `Emulated.log`."""

        def _answer(self, method: str) -> None:
            parts = urlsplit(self.path)
            sent = self.rfile.read(int(self.headers.get("Content-Length") or 0))
            query = dict(parse_qsl(parts.query))
            asked = Asked(method, unquote(parts.path), query, json.loads(sent) if sent else None, emulated.url)
            found = emulated.answer(asked)
            body = json.dumps(found.body).encode()
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
    emulated = Emulated()
    yield emulated
    emulated.close()


@pytest.fixture
def azure(running: Emulated, monkeypatch: pytest.MonkeyPatch) -> Emulated:
    running.restore()
    _point(monkeypatch, running)
    return running


def _point(patch: pytest.MonkeyPatch, emulated: Emulated) -> None:
    patch.setenv("SV0_ENDPOINT_ARM", emulated.url)
    patch.setattr(reading, "Microsoft", SignedIn)
    patch.setattr(asking, "MOST", 4)
    patch.setattr(client, "TRIES", 2)
    patch.setattr(client, "FIRST_WAIT", 0.01)


def whole(emulated: Emulated, **more: Any) -> list[Record]:
    """One scan of everything, with nothing going wrong."""
    with pytest.MonkeyPatch.context() as patch:
        _point(patch, emulated)
        return list(source.pull(Pull(settings={}, now=NOW, **more)))


@pytest.fixture
def pull(azure: Emulated) -> Pulling:
    """Pulls everything; keyword arguments are Pull's."""

    def pull(**more: Any) -> list[Record]:
        return list(source.pull(Pull(settings={}, now=NOW, **more)))

    return pull


def ends(records: list[Record]) -> dict[str, ScopeEnded]:
    return {record.scope: record for record in records if isinstance(record, ScopeEnded)}
