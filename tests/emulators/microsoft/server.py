"""Microsoft over TLS, on a thread: the sign-in, and below a folder each the systems that are mounted.

    with MicrosoftEmulator(Login(Client(roles=frozenset({"Application.Read.All"})))) as microsoft:
        microsoft.mount("arm", Arm(ESTATE).answer, takes=("https://management.azure.com",))
        for name, value in microsoft.environment().items():  # SV0_ENDPOINT_ARM=https://127.0.0.1:1234/arm …
            monkeypatch.setenv(name, value)
        microsoft.faults.add(do="throttle", part="arm", path="/subscriptions*", times=2)
        microsoft.login.expire()
        microsoft.log.paths("arm")

A part is a function from Asked to Reply (wire.py). It is asked with the path below its folder, in `base` the address of
the folder, and in `claims` what the caller's token says; whoever has no token for the part, by one of the audiences
that it takes or by the folder's address, is refused before.
"""

from __future__ import annotations

import socket
import ssl
import tempfile
import threading
import time
from collections.abc import Callable, Mapping
from contextlib import ExitStack
from dataclasses import dataclass, replace
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path
from types import TracebackType
from typing import Any, Self
from urllib.parse import parse_qsl, unquote, urlsplit

import orjson
import trustme

from tests.emulators.microsoft.faults import Fault, Faults, refusal
from tests.emulators.microsoft.log import Entry, Log
from tests.emulators.microsoft.login import Login
from tests.emulators.microsoft.wire import Asked, Reply, refused

Answering = Callable[[Asked], Reply]
# What the environment variable of the systems is called that share a part.
ENDPOINTS = {"powerplatform": ("bap", "powerapps", "dataverse")}


@dataclass(frozen=True)
class Part:
    """One of the systems, below a folder of its name."""

    name: str
    answer: Answering
    takes: tuple[str, ...]


class MicrosoftEmulator:
    """Serves what is mounted at `url` from entering the context until leaving it."""

    def __init__(self, login: Login | None = None, *, port: int = 0) -> None:
        self.login = login or Login()
        self.faults = Faults()
        self.log = Log()
        self._parts: dict[str, Part] = {}
        self._leave = ExitStack()
        self._server = _Server(("127.0.0.1", port), type("Handler", (_Handler,), {"emulator": self}))
        self.url = f"https://127.0.0.1:{self._server.server_address[1]}"
        self.ca: Path | None = None

    def mount(self, name: str, answer: Answering, *, takes: tuple[str, ...] = ()) -> None:
        """Have a system answer below /{name}, to those who have a token for one of the audiences `takes`."""
        self._parts[name] = Part(name, answer, takes)

    def environment(self) -> dict[str, str]:
        """The variables that send sv0 here, and have it trust the certificate."""
        found = {"SV0_ENDPOINT_LOGIN": self.url, "REQUESTS_CA_BUNDLE": str(self.ca), "SSL_CERT_FILE": str(self.ca)}
        for name in self._parts:
            for endpoint in ENDPOINTS.get(name, (name,)):
                found[f"SV0_ENDPOINT_{endpoint.upper()}"] = f"{self.url}/{name}"
        return found

    def __enter__(self) -> Self:
        authority = trustme.CA()
        folder = Path(self._leave.enter_context(tempfile.TemporaryDirectory(prefix="microsoft-")))
        self.ca = folder / "ca.pem"
        authority.cert_pem.write_to_path(str(self.ca))
        authority.issue_cert("127.0.0.1", "localhost").configure_cert(self._server.tls)
        serve = self._server.serve_forever
        threading.Thread(target=serve, args=(0.05,), daemon=True, name="microsoft-emulator").start()
        self._leave.callback(self._server.server_close)
        self._leave.callback(self._server.shutdown)
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        self._leave.close()

    def answer(self, asked: Asked) -> tuple[Reply, list[Fault]]:
        """The answer to a call by its whole path, and the faults that spoil the sending of it."""
        folder, _, rest = asked.path.lstrip("/").partition("/")
        part = self._parts.get(folder)
        if part is None:
            return self.ask("login", asked)
        claims = self._claims(asked, part)
        return self.ask(part.name, replace(asked, path=f"/{rest}", base=f"{asked.base}/{part.name}", claims=claims))

    def ask(self, name: str, asked: Asked) -> tuple[Reply, list[Fault]]:
        """The same by the path below a part: also of a request that came in a batch of others."""
        striking = self.faults.striking(name, asked.path)
        spoilt = frozenset(fault.do for fault in striking)
        if "expire" in spoilt:
            self.login.expire()
            asked = replace(asked, claims={})
        asked = replace(asked, spoilt=spoilt) if spoilt else asked
        found = refusal(striking) or self._answered(name, asked)
        caller = asked.claims.get("appid")
        self.log.entries.append(Entry(name, asked.method, asked.path, dict(asked.query), caller, found.status))
        return found, striking

    def _answered(self, name: str, asked: Asked) -> Reply:
        return self.login.answer(asked) if name == "login" else self._signed(asked, self._parts[name])

    def _signed(self, asked: Asked, part: Part) -> Reply:
        if not asked.claims:
            challenge = 'Bearer realm="", authorization_uri="https://login.microsoftonline.com/common/oauth2/authorize"'
            message = "Access token has expired or is not yet valid."
            return refused(401, "InvalidAuthenticationToken", message, {"WWW-Authenticate": challenge})
        return part.answer(asked)

    def _claims(self, asked: Asked, part: Part) -> Mapping[str, Any]:
        """What the caller's token says; nothing for one that ended, or that is for another system."""
        found = self.login.claims(asked.headers.get("authorization", "").removeprefix("Bearer "))
        takes = {f"{asked.base}/{part.name}", *part.takes}
        return found if found and found["aud"].rstrip("/") in takes else {}


class _Server(ThreadingHTTPServer):
    """TLS is agreed upon in each connection's own thread."""

    daemon_threads = True
    request_queue_size = 128

    def __init__(self, address: tuple[str, int], handler: type[BaseHTTPRequestHandler]) -> None:
        super().__init__(address, handler)
        self.tls = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)

    def finish_request(self, request: Any, client_address: Any) -> None:
        request.setsockopt(socket.IPPROTO_TCP, socket.TCP_NODELAY, 1)
        with self.tls.wrap_socket(request, server_side=True) as secured:
            super().finish_request(secured, client_address)

    def handle_error(self, request: Any, client_address: Any) -> None:
        """A caller who left, or doesn't trust the certificate, is none of ours."""


class _Handler(BaseHTTPRequestHandler):
    """One connection. `emulator` is set in a class of each emulator's own."""

    emulator: MicrosoftEmulator
    protocol_version = "HTTP/1.1"
    wbufsize = -1  # an answer in one piece: two would wait for each other

    def do_GET(self) -> None:
        self._answer()

    def do_POST(self) -> None:
        self._answer()

    do_PUT = do_PATCH = do_DELETE = do_POST  # noqa: N815

    def log_message(self, *_: Any) -> None:
        """The log is the emulator's."""

    def _answer(self) -> None:
        found, striking = self.emulator.answer(self._asked())
        body = found.body if isinstance(found.body, bytes) else orjson.dumps(found.body)
        spoilt = {fault.do: fault for fault in striking}
        if "slow" in spoilt:
            time.sleep(spoilt["slow"].seconds)
        if "reset" in spoilt:
            self.close_connection = True
            return
        self.send_response(found.status)
        headers = {"Content-Type": "application/json", **found.headers, "Content-Length": str(len(body))}
        for name, value in headers.items():
            self.send_header(name, value)
        self.end_headers()
        self.close_connection = self.close_connection or "cut" in spoilt
        self.wfile.write(body[: len(body) // 2] if "cut" in spoilt else body)

    def _asked(self) -> Asked:
        parts = urlsplit(self.path)
        sent = self.rfile.read(int(self.headers.get("Content-Length") or 0))
        headers = {name.lower(): value for name, value in self.headers.items()}
        is_form = headers.get("content-type", "").startswith("application/x-www-form-urlencoded")
        body = dict(parse_qsl(sent.decode())) if is_form else _json(sent)
        base = f"https://{headers.get('host', '')}"
        query = dict(parse_qsl(parts.query, keep_blank_values=True))
        return Asked(self.command, unquote(parts.path), query, body, base, headers)


def _json(sent: bytes) -> Any:
    try:
        return orjson.loads(sent) if sent else None
    except orjson.JSONDecodeError:
        return None
