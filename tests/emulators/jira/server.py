"""A Jira Cloud site over HTTP, with Atlassian's gateway, automation, organization and sign-in.

    with JiraEmulator(small_estate.ESTATE) as jira:
        os.environ["SV0_ENDPOINT_JIRA"] = jira.url   # each host is a folder: {url}/acme.atlassian.net/rest/api/3/myself
        jira.faults.add(Fault(do="throttle", path="GET *users/search", every=3))

Every question and answer of the platform's API is held against Atlassian's description; `violations` says what differs.
`token_is` says what the API token opens: "classic" the site, "scoped" the gateway. `scopes`: those that a scoped token
or OAuth 2.0 carries; None: all.
"""

from __future__ import annotations

import base64
import json
import threading
import time
from contextlib import ExitStack
from types import TracebackType
from typing import Any, Literal, Self
from urllib.parse import parse_qsl, urlencode, urlsplit

from werkzeug import Request, Response
from werkzeug.serving import WSGIRequestHandler, make_server

from tests.emulators.jira import beside, description, platform
from tests.emulators.jira.estate import Estate
from tests.emulators.jira.faults import Fault, Faults
from tests.emulators.jira.issues import Issues
from tests.emulators.jira.log import Entry, Log

GATEWAY, LOGIN = "api.atlassian.com", "auth.atlassian.com"
LIFETIME = 3600
Answer = tuple[int, Any]


class Quiet(WSGIRequestHandler):
    """Says nothing about the requests it gets, and keeps connections open as Atlassian does."""

    protocol_version = "HTTP/1.1"

    def log_request(self, code: int | str = "-", size: int | str = "-") -> None:
        """Nothing."""


class JiraEmulator:
    """Serves an estate at `url` from entering the context until leaving it. No page is longer than `page_cap`."""

    def __init__(
        self,
        estate: Estate,
        *,
        port: int = 0,
        page_cap: int = 1000,
        token_is: Literal["classic", "scoped"] = "classic",
        scopes: frozenset[str] | None = None,
    ) -> None:
        self.estate, self.page_cap, self.token_is, self.scopes = estate, page_cap, token_is, scopes
        self.faults, self.log = Faults(), Log()
        self.issues: Issues | None = None  # None: the credential may write none, and reads none
        self.violations: list[str] = []
        self.tokens_given = 0
        self.code = self.redirect = ""  # of the consent that is under way
        self.opens: tuple[str, ...] = (estate.host,)  # the sites that a consent opens
        self._expired = ""  # the access token that isn't valid any more
        self._leave = ExitStack()
        self._server = make_server("127.0.0.1", port, self, threaded=True, request_handler=Quiet)
        self.url = f"http://127.0.0.1:{self._server.server_port}"

    def __enter__(self) -> Self:
        threading.Thread(target=self._server.serve_forever, args=(0.05,), daemon=True, name="jira-emulator").start()
        self._leave.callback(self._server.server_close)
        self._leave.callback(self._server.shutdown)
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        self._leave.close()

    def expire(self) -> None:
        """End the access token that was given last."""
        self._expired = self._access_token()

    def __call__(self, environ: Any, start_response: Any) -> Any:
        request = Request(environ)
        host, _, rest = request.path.lstrip("/").partition("/")
        path = f"/{rest}"
        striking = self.faults.striking(f"{request.method} {host}{path}")
        response = self._misbehaved(striking) or self._answered(request, host, path, striking)
        for fault in striking:
            _damage(response, fault)
        self.log.entries.append(Entry(request.method, host, path, request.args.to_dict(), response.status_code))
        return response(environ, start_response)

    # ── Answers ─────────────────────────────────────────────────────────────────────────────────────────────────────

    def _answered(self, request: Request, host: str, path: str, striking: list[Fault]) -> Response:
        content = request.get_json(silent=True)
        whole = host == GATEWAY and path.startswith(f"/ex/jira/{self.estate.cloud}/")
        inner = path.removeprefix(f"/ex/jira/{self.estate.cloud}") if whole else path
        if inner.startswith(description.PREFIX) and (whole or host == self.estate.host):
            return self._platform(request, inner, content, gateway=whole, striking=striking)
        if host == LOGIN and path == "/oauth/token":
            return self._json(*self._login(content or {}))
        if host == GATEWAY and path == "/oauth/token/accessible-resources":
            return self._json(200, [{"id": self.estate.cloud, "url": f"https://{each}"} for each in self.opens])
        basic, bearer = self._is_basic(request), request.headers.get("Authorization", "").removeprefix("Bearer ")
        found = beside.answer(self.estate, host, path, request.args.to_dict(), basic=basic, bearer=bearer)
        if any(fault.do == "loop" for fault in striking) and "links" in found[1]:
            found[1]["links"]["next"] = "?cursor=1"
        return self._json(*found)

    def _platform(self, request: Request, path: str, content: Any, *, gateway: bool, striking: list[Fault]) -> Response:
        query = request.args.to_dict()
        try:
            self.violations += description.faults_of_question(request.method, path, query, content)
        except LookupError as error:
            self.violations.append(str(error))
            return self._json(404, {"errorMessages": ["No such resource."], "errors": {}})
        known = self._is_known(request, gateway=gateway) and not any(fault.do == "expire" for fault in striking)
        written = self.issues.answer(request.method, path, query, content) if self.issues and known else None
        status, told = (
            self._allowed(request.method, path, gateway=gateway, known=known)
            or written
            or platform.answer(self.estate, request.method, path, query, content, cap=self.page_cap, known=known)
        )
        self.violations += description.faults_of_answer(request.method, path, status, told)
        response = self._json(status, told)
        if not known:
            response.headers["X-Seraph-LoginReason"] = "AUTHENTICATED_FAILED"
        return response

    def _allowed(self, method: str, path: str, *, gateway: bool, known: bool) -> Answer | None:
        """The refusal, if it comes before the operation: no sign-in where one is needed, or a scope that lacks."""
        if not known and (gateway or not description.anonymous(method, path)):
            return 401, {"errorMessages": ["Client must be authenticated to access this resource."], "errors": {}}
        lacking = gateway and self.scopes is not None and not description.scopes(method, path) <= self.scopes
        return (401, {"code": 401, "message": "Unauthorized; scope does not match"}) if lacking else None

    # ── Sign-in ─────────────────────────────────────────────────────────────────────────────────────────────────────

    def _is_basic(self, request: Request) -> bool:
        pair = base64.b64encode(f"{self.estate.email}:{self.estate.api_token}".encode()).decode()
        return request.headers.get("Authorization") == f"Basic {pair}"

    def _is_known(self, request: Request, *, gateway: bool) -> bool:
        if self._is_basic(request):
            return gateway == (self.token_is == "scoped")
        told = request.headers.get("Authorization", "")
        return gateway and told == f"Bearer {self._access_token()}" and self._access_token() != self._expired

    def _access_token(self) -> str:
        return f"CANARY-access-token-{self.tokens_given}"

    def _login(self, asked: dict[str, Any]) -> Answer:
        """As auth.atlassian.com: for the app itself, for a person's code, or for the refresh token that was given last,
        which is good once."""
        app = {"client_id": self.estate.client_id, "client_secret": self.estate.client_secret}
        by_code = {"grant_type": "authorization_code", "code": self.code, "redirect_uri": self.redirect}
        lasting = {"grant_type": "refresh_token", "refresh_token": self.refresh_token}
        if asked not in (app | {"grant_type": "client_credentials"}, app | by_code, app | lasting):
            return 403, {"error": "invalid_grant", "error_description": "Unknown or invalid refresh token."}
        self.tokens_given += 1
        told = {"access_token": self._access_token(), "expires_in": LIFETIME, "token_type": "Bearer"}
        if asked["grant_type"] == "client_credentials":
            return 200, told
        self.code = ""
        return 200, told | {"refresh_token": self.refresh_token, "scope": "offline_access"}

    @property
    def refresh_token(self) -> str:
        """The one that is good now: each use gives another."""
        return f"CANARY-refresh-token-{self.tokens_given}"

    def consent(self, address: str) -> str:
        """Somebody is sent to `address`, consents, and is sent back to what this returns."""
        asked = dict(parse_qsl(urlsplit(address).query))
        self.code, self.redirect = f"CANARY-code-{self.tokens_given}", asked["redirect_uri"]
        return f"{self.redirect}?{urlencode({'state': asked['state'], 'code': self.code})}"

    # ── Misbehaving ─────────────────────────────────────────────────────────────────────────────────────────────────

    def _misbehaved(self, striking: list[Fault]) -> Response | None:
        for fault in striking:
            if fault.do == "slow":
                time.sleep(fault.seconds)
            elif fault.do in REFUSALS:
                status, told = REFUSALS[fault.do]
                response = self._json(status, told) if isinstance(told, dict) else Response(told, status)
                if fault.do == "throttle":
                    _throttled(response, fault)
                return response
        return None

    @staticmethod
    def _json(status: int, told: Any) -> Response:
        return Response(b"" if told is None else json.dumps(told), status, mimetype="application/json")


REFUSALS: dict[str, tuple[int, Any]] = {
    "throttle": (429, {"errorMessages": ["Rate limit exceeded."], "errors": {}}),
    "forbid": (403, {"errorMessages": ["CANARY-refusal The user is not authorized."], "errors": {}}),
    "scope": (401, {"code": 401, "message": "Unauthorized; scope does not match"}),
    "absent": (404, {"errorMessages": ["CANARY-absent"], "errors": {}}),
    "html": (502, "<html>CANARY-proxy</html>"),
    "unavailable": (503, {"errorMessages": ["Down for a moment."], "errors": {}}),
}


def _throttled(response: Response, fault: Fault) -> None:
    response.headers["RateLimit-Reason"] = fault.reason
    response.headers["X-RateLimit-Limit"] = "350"
    response.headers["X-RateLimit-Remaining"] = "0"
    response.headers["X-RateLimit-NearLimit"] = "true"
    if fault.retry_after is not None:
        response.headers["Retry-After"] = fault.retry_after


def _damage(response: Response, fault: Fault) -> None:
    """The answer as the fault leaves it: its length is told, half of it comes."""
    if fault.do == "cut":
        whole = response.get_data()
        response.set_data(whole[: len(whole) // 2])
        response.headers["Content-Length"] = str(len(whole))
        response.headers["Connection"] = "close"
