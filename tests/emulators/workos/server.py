"""WorkOS over HTTP, on a thread: AuthKit, sessions, organizations, invitations and events.

    with WorkOSEmulator() as workos:
        acme = workos.world.add_organization("Acme Media")
        alice = workos.world.add_user("alice@acme.example")
        workos.world.add_membership(acme, alice, role="manager")
        workos.browser = alice  # who answers WorkOS' own pages
        workos.faults.answers = 503

Strict where WorkOS is: a code and a refresh token work once, PKCE must match, the client must know its secret, and
nobody gets a token of an organization they aren't an active member of. Every answer is validated against WorkOS'
description; what isn't as described is in `violations`.
"""

from __future__ import annotations

import base64
import hashlib
import hmac
import json
import threading
import time
from collections.abc import Mapping
from contextlib import ExitStack
from types import TracebackType
from typing import Any, Self
from urllib.parse import urlencode

from werkzeug.exceptions import HTTPException
from werkzeug.routing import Map, Rule
from werkzeug.serving import WSGIRequestHandler, make_server
from werkzeug.wrappers import Request, Response

from tests.emulators.workos import description
from tests.emulators.workos.faults import Faults
from tests.emulators.workos.keys import key
from tests.emulators.workos.members import RULES, Members, listed, not_found
from tests.emulators.workos.world import Thing, World

API_KEY = "sk_test_emulated"
CLIENT_ID = "client_emulated"
WEBHOOK_SECRET = "whsec_emulated"
TOKEN_SECONDS = 300
MAGIC = "urn:workos:oauth:grant-type:magic-auth:code"
INVALID_GRANT = {"error": "invalid_grant", "error_description": "The code or token is unknown, used or expired."}
ROUTES = Map(
    [
        Rule("/user_management/authorize", methods=["GET"], endpoint="authorize"),
        Rule("/user_management/authenticate", methods=["POST"], endpoint="authenticate"),
        Rule("/user_management/magic_auth", methods=["POST"], endpoint="magic_auth"),
        Rule("/user_management/sessions/logout", methods=["GET"], endpoint="logout"),
        Rule("/user_management/sessions/revoke", methods=["POST"], endpoint="revoke"),
        *RULES,
        Rule("/user_management/users/<id>/sessions", methods=["GET"], endpoint="sessions"),
        Rule("/organizations", methods=["POST"], endpoint="add_organization"),
        Rule("/organizations/<id>", methods=["GET"], endpoint="organization"),
        Rule("/organizations/<id>", methods=["PUT"], endpoint="change_organization"),
        Rule("/organizations/<id>", methods=["DELETE"], endpoint="delete_organization"),
        Rule("/organizations/external_id/<id>", methods=["GET"], endpoint="organization_by_external_id"),
        Rule("/sso/jwks/<client>", methods=["GET"], endpoint="jwks"),
        Rule("/events", methods=["GET"], endpoint="events"),
    ]
)
FOR_BROWSERS = {"authorize", "logout"}
Answer = tuple[int, Any]


class Quiet(WSGIRequestHandler):
    """Says nothing about the requests it gets."""

    def log_request(self, code: int | str = "-", size: int | str = "-") -> None:
        """Nothing."""


class WorkOSEmulator(Members):
    """Serves `world` at `url` from entering the context until leaving it."""

    def __init__(self) -> None:
        self.world = World()
        self.faults = Faults()
        self.browser: Thing | None = None
        self.chooses: str | None = None  # the organization picked on WorkOS' page by whom several know
        self.signing = key("first")
        self.violations: list[str] = []
        self.asked: list[str] = []
        self._codes: dict[str, Thing] = {}
        self._refresh_tokens: dict[str, str] = {}
        self._magic: dict[str, str] = {}
        self._lock = threading.Lock()
        self._server = make_server("127.0.0.1", 0, self, threaded=True, request_handler=Quiet)
        self._leave = ExitStack()
        self.url = f"http://127.0.0.1:{self._server.server_port}/"

    def __enter__(self) -> Self:
        description.ready()
        threading.Thread(target=self._server.serve_forever, daemon=True, name="workos-emulator").start()
        self._leave.callback(self._server.server_close)
        self._leave.callback(self._server.shutdown)
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        self._leave.close()

    def rotate_keys(self) -> None:
        """Sign with another key from now on; the former one is gone."""
        self.signing = key("second")

    def webhook(self, event: Thing, *, secret: str = WEBHOOK_SECRET, ago: float = 0) -> tuple[bytes, str]:
        """Body and WorkOS-Signature of a delivery, signed `ago` seconds ago."""
        body = json.dumps(event).encode()
        at = str(int((time.time() - ago) * 1000))
        digest = hmac.new(secret.encode(), f"{at}.".encode() + body, hashlib.sha256).hexdigest()
        return body, f"t={at}, v1={digest}"

    def __call__(self, environ: Any, start_response: Any) -> Any:
        request = Request(environ)
        try:
            endpoint, arguments = ROUTES.bind_to_environ(environ).match()
        except HTTPException as error:
            return error.get_response(environ)(environ, start_response)
        self.asked.append(endpoint)
        if endpoint in FOR_BROWSERS:
            return getattr(self, f"_{endpoint}")(request)(environ, start_response)
        refusal = self.faults.refusal()
        status, content = refusal or self._answer(request, endpoint, arguments)
        if isinstance(content, str):
            return Response(content, status, mimetype="text/html")(environ, start_response)
        if not refusal:
            self._hold_to_description(request, status, content)
        body = "" if content is None else json.dumps(content)
        return Response(body, status, mimetype="application/json")(environ, start_response)

    def _answer(self, request: Request, endpoint: str, arguments: Mapping[str, Any]) -> Answer:
        if endpoint not in {"jwks", "authenticate"} and request.headers.get("Authorization") != f"Bearer {API_KEY}":
            return 401, {"message": "Unauthorized"}
        with self._lock:
            answer: Answer = getattr(self, f"_{endpoint}")(request, **arguments)
            return answer

    def _hold_to_description(self, request: Request, status: int, content: Any) -> None:
        try:
            if request.method in {"POST", "PUT"}:
                asked = request.get_json(silent=True) or {}
                self.violations += description.faults_of_question(request.method, request.path, asked)
            self.violations += description.faults_of_answer(request.method, request.path, status, content)
        except LookupError as error:
            self.violations.append(str(error))

    # What browsers ask for

    def _authorize(self, request: Request) -> Response:
        """WorkOS' pages, all at once: `browser` signs in, and is sent back with a code or an error."""
        asked, user = request.args, self.browser
        back = {"state": asked["state"]} if "state" in asked else {}
        organization_id = asked.get("organization_id") or self.chooses
        known = self.world.organizations_of(user["id"]) if user else []
        if organization_id is None and len(known) == 1:
            organization_id = known[0]
        if user is None or (organization_id and organization_id not in known):
            return self._sent(asked["redirect_uri"], error="access_denied", error_description="Not a member.", **back)
        code = self.world.new_id("code")
        self._codes[code] = {"user": user, "organization_id": organization_id, **asked.to_dict()}
        return self._sent(asked["redirect_uri"], code=code, **back)

    def _logout(self, request: Request) -> Response:
        session = self.world.sessions.get(request.args["session_id"])
        if session and session["status"] == "active":
            self.world.revoke_session(session)
        return Response(status=302, headers={"Location": request.args.get("return_to", self.url)})

    @staticmethod
    def _sent(to: str, **arguments: str) -> Response:
        return Response(status=302, headers={"Location": f"{to}?{urlencode(arguments)}"})

    # What applications ask for

    def _authenticate(self, request: Request) -> Answer:
        asked = request.get_json()
        if (asked.get("client_id"), asked.get("client_secret")) != (CLIENT_ID, API_KEY):
            return 400, {"error": "invalid_client", "error_description": "Invalid client ID or secret."}
        match asked["grant_type"]:
            case "authorization_code":
                return self._by_code(asked)
            case "refresh_token":
                return self._by_refresh_token(asked)
            case str(grant) if grant == MAGIC:
                return self._by_magic_code(asked)
        return 400, {"error": "invalid_request", "error_description": "No such grant."}

    def _by_code(self, asked: Thing) -> Answer:
        code = self._codes.pop(asked["code"], None)
        digest = hashlib.sha256(asked.get("code_verifier", "").encode()).digest()
        challenge = base64.urlsafe_b64encode(digest).rstrip(b"=").decode()
        if code is None or code.get("code_challenge") != challenge:
            return 400, INVALID_GRANT
        session = self.world.start_session(code["user"], code["organization_id"])
        return self._granted(session, code["organization_id"], method="MagicAuth")

    def _by_refresh_token(self, asked: Thing) -> Answer:
        session = self.world.sessions.get(self._refresh_tokens.pop(asked["refresh_token"], ""))
        if session is None or session["status"] != "active":
            return 400, INVALID_GRANT
        organization_id = asked.get("organization_id") or session.get("organization_id")
        if organization_id and not self.world.membership(organization_id, session["user_id"]):
            return 400, INVALID_GRANT
        return self._granted(session, organization_id)

    def _by_magic_code(self, asked: Thing) -> Answer:
        user = next((user for user in self.world.users.values() if user["email"] == asked["email"]), None)
        if user is None or self._magic.pop(asked["email"], None) != asked["code"]:
            return 400, {"code": "invalid_one_time_code", "message": "Invalid one-time code."}
        known = self.world.organizations_of(user["id"])
        organization_id = known[0] if len(known) == 1 else None
        return self._granted(self.world.start_session(user, organization_id), organization_id, method="MagicAuth")

    def _granted(self, session: Thing, organization_id: str | None, *, method: str | None = None) -> Answer:
        user = self.world.users[session["user_id"]]
        refresh_token = self.world.new_id("refresh")
        self._refresh_tokens[refresh_token] = session["id"]
        content = {
            "user": user,
            "access_token": self.faults.sign(self._payload(session, organization_id), self.signing),
            "refresh_token": refresh_token,
            **({"organization_id": organization_id} if organization_id else {}),
            **({"authentication_method": method} if method else {}),
        }
        return 200, content

    def _payload(self, session: Thing, organization_id: str | None) -> Thing:
        now = int(time.time())
        membership = self.world.membership(organization_id, session["user_id"])
        of_organization = {}
        if membership:
            role = membership["role"]["slug"]
            of_organization = {"org_id": organization_id, "role": role, "roles": [role], "permissions": []}
        return {
            "iss": self.url,
            "sub": session["user_id"],
            "sid": session["id"],
            "jti": self.world.new_id("jti"),
            "auth_time": now,
            "iat": now,
            "exp": now + TOKEN_SECONDS,
            **of_organization,
        }

    def _magic_auth(self, request: Request) -> Answer:
        email = request.get_json()["email"]
        user = next(user for user in self.world.users.values() if user["email"] == email)
        self._magic[email] = "123456"
        made = self.world._made("magic_auth", "magic_auth")
        return 201, {**made, "user_id": user["id"], "email": email, "expires_at": self.world.now(), "code": "123456"}

    def _revoke(self, request: Request) -> Answer:
        session = self.world.sessions.get(request.get_json()["session_id"])
        if session is None:
            return 400, {"message": "Session not found."}
        self.world.revoke_session(session)
        return 200, None

    def _sessions(self, _request: Request, id: str) -> Answer:  # noqa: A002
        return 200, listed([session for session in self.world.sessions.values() if session["user_id"] == id])

    def _add_organization(self, request: Request) -> Answer:
        asked = request.get_json()
        return 201, self.world.add_organization(asked["name"], external_id=asked.get("external_id"))

    def _organization(self, _request: Request, id: str) -> Answer:  # noqa: A002
        found = self.world.organizations.get(id)
        return (200, found) if found else (404, not_found("Organization", id))

    def _change_organization(self, request: Request, id: str) -> Answer:  # noqa: A002
        found = self.world.organizations.get(id)
        if found:
            found.update(request.get_json(), updated_at=self.world.now())
        return (200, found) if found else (404, not_found("Organization", id))

    def _delete_organization(self, _request: Request, id: str) -> Answer:  # noqa: A002
        return (202, None) if self.world.organizations.pop(id, None) else (404, not_found("Organization", id))

    def _organization_by_external_id(self, _request: Request, id: str) -> Answer:  # noqa: A002
        found = next((one for one in self.world.organizations.values() if one["external_id"] == id), None)
        return (200, found) if found else (404, not_found("Organization", id))

    def _jwks(self, _request: Request, client: str) -> Answer:
        if client != CLIENT_ID:
            return 404, {"message": "Not found."}
        return 200, {"keys": [self.signing.published()]}

    def _events(self, request: Request) -> Answer:
        """Oldest first with order=asc, as asked for; one page at a time."""
        names, after = request.args["events"].split(","), request.args.get("after")
        told = [event for event in self.world.events if event["event"] in names]
        if after is not None:
            if after not in {event["id"] for event in self.world.events}:
                return 400, {"message": f"Could not find event: '{after}'."}
            told = [event for event in told if event["id"] > after]
        else:
            told = [event for event in told if event["created_at"] >= request.args["range_start"]]
        told.sort(key=lambda event: event["id"], reverse=request.args.get("order", "desc") != "asc")
        return 200, listed(told[: int(request.args.get("limit", 10))])
