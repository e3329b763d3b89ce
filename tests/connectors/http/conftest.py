"""A host that answers what a test tells it to, and a clock that nobody has to wait for."""

from __future__ import annotations

import threading
from collections.abc import Callable, Iterator
from dataclasses import dataclass, field
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from typing import Any

import pytest

from connectors.http import Client


@dataclass
class Reply:
    """One answer. `cut`: only so many bytes of the body are sent; `reset`: the connection is closed without a word."""

    status: int = 200
    body: bytes = b'{"value": []}'
    headers: dict[str, str] = field(default_factory=dict)
    cut: int | None = None
    reset: bool = False


@dataclass
class Host:
    """Answers each call with the next reply, the last one for ever, and keeps what was asked."""

    replies: list[Reply] = field(default_factory=lambda: [Reply()])
    asked: list[tuple[str, str, dict[str, str]]] = field(default_factory=list)
    address: str = ""

    def answers(self, *replies: Reply) -> None:
        self.replies[:] = replies

    def next(self) -> Reply:
        return self.replies.pop(0) if len(self.replies) > 1 else self.replies[0]


@pytest.fixture
def host() -> Iterator[Host]:
    found = Host()

    class Handler(BaseHTTPRequestHandler):
        protocol_version = "HTTP/1.1"

        def do_GET(self) -> None:
            found.asked.append((self.command, self.path, dict(self.headers)))
            if length := int(self.headers.get("Content-Length") or 0):
                self.rfile.read(length)
            reply = found.next()
            if reply.reset:
                self.close_connection = True
                self.connection.close()
                return
            self.send_response_only(reply.status)
            for name, value in {"Content-Length": str(len(reply.body)), **reply.headers}.items():
                self.send_header(name, value)
            self.end_headers()
            self.wfile.write(reply.body[: reply.cut])
            self.close_connection = reply.cut is not None

        do_POST = do_GET  # noqa: N815 (http.server calls it so)

        def log_message(self, *_: Any) -> None:
            """Quiet."""

    with ThreadingHTTPServer(("127.0.0.1", 0), Handler) as server:
        found.address = f"http://127.0.0.1:{server.server_port}"
        serving = threading.Thread(target=server.serve_forever, kwargs={"poll_interval": 0.01})
        serving.start()
        yield found
        server.shutdown()
        serving.join()


class Clock:
    """Time that passes by sleeping alone."""

    def __init__(self) -> None:
        self.now = 1000.0
        self.slept: list[float] = []

    def sleep(self, seconds: float) -> None:
        self.slept.append(seconds)
        self.now += seconds

    def __call__(self) -> float:
        return self.now


@pytest.fixture
def clock(monkeypatch: pytest.MonkeyPatch) -> Clock:
    found = Clock()
    monkeypatch.setattr("connectors.http.client.monotonic", found)
    monkeypatch.setattr("connectors.http.client.sleep", found.sleep)
    monkeypatch.setattr("connectors.http.circuit.monotonic", found)
    return found


@pytest.fixture
def client(host: Host, clock: Clock) -> Client:
    return Client(host.address, authorize=signed_by("token"))


def signed_by(*tokens: str) -> Callable[..., dict[str, str]]:
    """Signs with the first token, and with the next each time that a fresh one is asked for."""
    left = list(tokens)

    def authorize(*, fresh: bool) -> dict[str, str]:
        if fresh and len(left) > 1:
            left.pop(0)
        return {"Authorization": f"Bearer {left[0]}"}

    return authorize
