"""ServiceNow instances over HTTP, on a thread: the Table API, the Aggregate API and the token endpoint, for reading.

    with ServiceNowEmulator(small_estate.world()) as servicenow:
        os.environ["SV0_ENDPOINT_SERVICENOW"] = servicenow.url  # instances are folders of it, by host
        servicenow.faults.add(do="throttle", table="sys_user", times=1)
        servicenow.log.tables()

Strict where an instance is: it counts the rows that match before its access control takes some out of the answer; it
leaves out hidden and unknown columns without a word; it refuses what isn't a read.
"""

import json
import threading
import time
from collections.abc import Iterable, Mapping
from contextlib import ExitStack
from email.utils import format_datetime
from types import TracebackType
from typing import Any, Self
from wsgiref.types import StartResponse, WSGIEnvironment

from werkzeug.serving import WSGIRequestHandler, make_server
from werkzeug.wrappers import Request, Response

from tests.emulators.servicenow import incidents, tables
from tests.emulators.servicenow.faults import Fault, Faults
from tests.emulators.servicenow.log import Entry, Log
from tests.emulators.servicenow.signing_in import Callers
from tests.emulators.servicenow.world import World

PAGE = "<html><head><title>{0}</title></head><body><h1>{0}</h1></body></html>"


class Quiet(WSGIRequestHandler):
    """Says nothing about the requests it gets, keeps connections open, and leaves the date to the world."""

    protocol_version = "HTTP/1.1"

    def send_response(self, code: int, message: str | None = None) -> None:
        self.send_response_only(code, message)

    def log_request(self, code: int | str = "-", size: int | str = "-") -> None:
        """Nothing."""


class ServiceNowEmulator:
    """Serves the worlds at `url` from entering the context until leaving it.

    `page_cap` makes every page at most so many rows long, whatever is asked for.
    """

    def __init__(self, *worlds: World, port: int = 0, page_cap: int | None = None) -> None:
        self.worlds = {world.host: world for world in worlds}
        self.page_cap = page_cap
        self.faults = Faults()
        self.log = Log()
        self.rate: tuple[int, int] | None = None  # calls in so many seconds, told in headers
        self._callers = {host: Callers(world) for host, world in self.worlds.items()}
        self._server = make_server("127.0.0.1", port, self, threaded=True, request_handler=Quiet)
        self._leave = ExitStack()
        self.url = f"http://127.0.0.1:{self._server.server_port}"

    def __enter__(self) -> Self:
        serve = self._server.serve_forever
        threading.Thread(target=serve, args=(0.05,), daemon=True, name="servicenow-emulator").start()
        self._leave.callback(self._server.server_close)
        self._leave.callback(self._server.shutdown)
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        self._leave.close()

    def __call__(self, environ: WSGIEnvironment, start_response: StartResponse) -> Iterable[bytes]:
        request = Request(environ)
        host, _, path = request.path.lstrip("/").partition("/")
        world = self.worlds.get(host)
        if world is None:
            return Response("There is no such instance.", 404)(environ, start_response)
        table = path.rpartition("/")[2].removesuffix(".do")
        striking = self.faults.striking(table)
        caller = self._callers[host].caller(request)
        answer = self._answer(world, request, path, table, caller, striking)
        answer.headers["Date"] = format_datetime(world.now, usegmt=True)
        self._limits(answer, world)
        self._note(request, path, table, caller, answer.status_code)
        for fault in striking:
            if fault.do == "slow":
                time.sleep(fault.seconds)
            elif fault.do == "cut":
                return self._cut(answer, environ, start_response)
        found: Iterable[bytes] = answer(environ, start_response)
        return found

    def _answer(
        self, world: World, request: Request, path: str, table: str, caller: str | None, striking: list[Fault]
    ) -> Response:
        if any(fault.do == "expire" for fault in striking):
            self._callers[world.host].expire()
            caller = None
        refusal = _refusal(world, striking)
        if refusal is not None:
            return refusal
        if path == "oauth_token.do":
            return self._callers[world.host].token(request)
        if caller is None:
            return failed(401, "User is not authenticated", "Required to provide Auth information")
        if request.method != "GET":
            return self._write(world, request, path, caller)
        above = next((fault.above for fault in striking if fault.do == "embed"), None)
        return self._read(world, path, table, request.args, caller, above)

    def _write(self, world: World, request: Request, path: str, caller: str) -> Response:
        if caller not in world.writers:
            return failed(403, "User Not Authorized", "This account may only read")
        return as_json(*incidents.write(world, request.method, path, request.get_json()))

    def _read(
        self, world: World, path: str, table: str, asked: Mapping[str, str], caller: str, above: int | None
    ) -> Response:
        match path.removesuffix(table):
            case "api/now/stats/":
                return as_json(*tables.aggregate(world, table, asked))
            case "api/now/table/" | "api/now/v2/table/":
                answer = as_json(*tables.page(world, table, asked, caller=caller, cap=self.page_cap, above=above))
                for call in world.between:
                    call(table)
                return answer
        return failed(400, "Requested URI does not represent any resource", None)

    def _limits(self, answer: Response, world: World) -> None:
        if self.rate:
            calls, seconds = self.rate
            answer.headers["X-RateLimit-Limit"] = str(calls)
            answer.headers["X-RateLimit-Reset"] = str(int(world.now.timestamp()) + seconds)
            answer.headers["X-RateLimit-Rule"] = "0" * 32

    def _note(self, request: Request, path: str, table: str, caller: str | None, status: int) -> None:
        asked = request.args.get("sysparm_fields")
        if path.startswith("api/now/stats/"):
            fields = [request.args.get("sysparm_group_by", ""), *request.args.get("sysparm_max_fields", "").split(",")]
        else:
            fields = asked.split(",") if asked else []
        told = frozenset(fields) if fields or table == "oauth_token" else None
        query = request.args.get("sysparm_query", "")
        self.log.entries.append(Entry(request.method, path, table, told, query, caller or "nobody", status))

    @staticmethod
    def _cut(answer: Response, environ: WSGIEnvironment, start_response: StartResponse) -> Iterable[bytes]:
        """Half of the body, and the end of the connection where the rest should come."""
        body = answer.get_data()
        answer.headers["Connection"] = "close"
        start_response(answer.status, answer.get_wsgi_headers(environ).to_wsgi_list())
        return [body[: len(body) // 2]]


def _refusal(world: World, striking: list[Fault]) -> Response | None:
    for fault in striking:
        match fault.do:
            case "throttle":
                answer = failed(429, "Rate limit exceeded", "A rate limit rule of the instance")
                answer.headers.update(fault.retry_after(world.now))
                return answer
            case "refuse":
                return failed(403, "User Not Authorized", "Failed API level ACL Validation")
            case "break":
                return Response(PAGE.format("Service Unavailable"), 503, mimetype="text/html")
            case "hibernate":
                return Response(PAGE.format("Your instance is hibernating"), 200, mimetype="text/html")
    return None


def failed(status: int, message: str, detail: str | None) -> Response:
    return as_json(status, {"error": {"message": message, "detail": detail}, "status": "failure"}, {})


def as_json(status: int, content: Any, headers: dict[str, str]) -> Response:
    answer = Response(json.dumps(content), status, mimetype="application/json")
    answer.headers.update(headers)
    return answer
