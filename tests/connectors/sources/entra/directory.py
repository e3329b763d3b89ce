"""Microsoft Graph over HTTP, as far as the source asks: pages, batches, what changed, and faults on command.

It answers from the small tenant, or from any sequence of rows put in place of one of its lists.
"""

from __future__ import annotations

import json
import threading
from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from itertools import count
from typing import Any
from urllib.parse import parse_qsl, urlsplit

from tests.connectors.sources.entra import small_tenant as tenant

Row = dict[str, Any]
NOT_FOUND = {"error": {"code": "Request_ResourceNotFound", "message": "CANARY"}}
DENIED = {"error": {"code": "Authorization_RequestDenied", "message": "Insufficient privileges. CANARY"}}


@dataclass
class Reply:
    """`cut`: the connection ends in the middle of the body."""

    status: int
    body: Any
    headers: dict[str, str] = field(default_factory=dict)
    cut: bool = False


@dataclass
class Asked:
    """One read: a call of its own, or a request of a batch."""

    path: str  # without the version
    query: dict[str, str]
    headers: dict[str, str]
    in_batch: bool


Fault = Callable[[Asked], Reply | None]


class Directory:
    """`page`: rows of one page, however many are asked for. `changed`: what delta tells since the tokens were given."""

    def __init__(self, *, page: int = 3) -> None:
        self.page = page
        self.faults: list[Fault] = []
        self.log: list[Asked] = []
        self.calls: list[str] = []  # "GET /v1.0/…"
        self.changed: dict[str, list[Row]] = {}
        self.lists: dict[str, Any] = {}
        self._tokens = count()
        self._server = ThreadingHTTPServer(("127.0.0.1", 0), _handler(self))
        self._server.daemon_threads = True
        threading.Thread(target=self._server.serve_forever, daemon=True).start()
        self.url = f"http://127.0.0.1:{self._server.server_address[1]}"
        self.restore()

    def restore(self) -> None:
        """As it was in the beginning."""
        self.faults.clear()
        self.log.clear()
        self.calls.clear()
        self.changed.clear()
        self.lists = {
            **tenant.LISTS,
            "/servicePrincipals": list(tenant.PRINCIPALS),
            "/applications": list(tenant.APPLICATIONS),
        }

    def close(self) -> None:
        self._server.shutdown()
        self._server.server_close()

    def answer(self, target: str, headers: Mapping[str, str], *, in_batch: bool = False) -> Reply:
        parts = urlsplit(target)
        version, _, path = ("", "", parts.path) if in_batch else parts.path[1:].partition("/")
        path = path if path.startswith("/") else f"/{path}"
        asked = Asked(
            path, dict(parse_qsl(parts.query)), {key.lower(): each for key, each in headers.items()}, in_batch
        )
        self.log.append(asked)
        fault = next((reply for each in self.faults if (reply := each(asked))), None)
        return fault or self._found(asked, version or "v1.0")

    def batch(self, body: Row) -> Reply:
        """The answers of a batch come in no order."""
        rows = []
        for each in body["requests"]:
            assert each["method"] == "GET"
            reply = self.answer(each["url"], each.get("headers", {}), in_batch=True)
            rows.append({"id": each["id"], "status": reply.status, "headers": reply.headers, "body": reply.body})
        return Reply(200, {"responses": rows[::-1]})

    def _found(self, asked: Asked, version: str) -> Reply:
        if asked.path.endswith("/delta"):
            return self._since(asked)
        rows = self.lists.get(asked.path)
        if rows is None:
            known = (
                "owners",
                "sponsors",
                "federatedIdentityCredentials",
                "appRoleAssignedTo",
                "inheritablePermissions",
            )
            if not asked.path.endswith(known):
                return Reply(404, NOT_FOUND)
            rows = []
        return self._paged(asked, _narrowed(asked, rows), version)

    def _since(self, asked: Asked) -> Reply:
        kind = asked.path.split("/")[1]
        old = asked.query.get("$deltatoken") != "latest"
        link = f"{self.url}/v1.0{asked.path}?$deltatoken={next(self._tokens)}"
        return Reply(200, {"value": self.changed.get(kind, []) if old else [], "@odata.deltaLink": link})

    def _paged(self, asked: Asked, rows: list[Row], version: str) -> Reply:
        start = int(asked.query.get("$skiptoken", 0))
        fields = asked.query.get("$select", "").split(",")
        page = rows[start : start + self.page]
        shown = [{name: row[name] for name in row if name in fields or name == "@odata.type"} for row in page]
        body: Row = {"value": shown if fields != [""] else page}
        if start + self.page < len(rows):
            kept = "&".join(f"{key}={value}" for key, value in asked.query.items() if key != "$skiptoken")
            skip = f"$skiptoken={start + self.page}"
            body["@odata.nextLink"] = f"{self.url}/{version}{asked.path}?{kept}&{skip}".replace(" ", "%20")
        return Reply(200, body)


def _narrowed(asked: Asked, rows: list[Row]) -> list[Row]:
    """By the filters that the source sends, and no others."""
    said = asked.query.get("$filter", "")
    if "/$count" in said:
        assert asked.headers.get("consistencylevel") == "eventual", "Graph counts only on request"
        kept = tenant.OWNED if said.startswith("owners") else tenant.FEDERATED
        return [row for row in rows if row in kept]
    if " in (" in said:
        name, _, values = said.partition(" in ")
        wanted = values.lower().strip("()").split(",")
        assert len(wanted) <= 15, "Graph takes fifteen"
        return [row for row in rows if f"'{row[name].lower()}'" in wanted]
    return rows


def _handler(directory: Directory) -> type[BaseHTTPRequestHandler]:
    class Handler(BaseHTTPRequestHandler):
        protocol_version = "HTTP/1.1"
        wbufsize = -1  # an answer in one piece: two would wait for each other

        def do_GET(self) -> None:
            directory.calls.append(f"GET {self.path}")
            self._send(directory.answer(self.path, dict(self.headers)))

        def do_POST(self) -> None:
            directory.calls.append(f"POST {self.path}")
            body = json.loads(self.rfile.read(int(self.headers["Content-Length"])))
            self._send(directory.batch(body))

        def log_message(self, *_: Any) -> None:
            """The log is `Directory.log`."""

        def _send(self, reply: Reply) -> None:
            body = reply.body if isinstance(reply.body, bytes) else json.dumps(reply.body).encode()
            self.send_response(reply.status)
            for name, value in {**reply.headers, "Content-Length": str(len(body))}.items():
                self.send_header(name, value)
            self.end_headers()
            self.wfile.write(body[: len(body) // 2] if reply.cut else body)
            self.close_connection = reply.cut

    return Handler
