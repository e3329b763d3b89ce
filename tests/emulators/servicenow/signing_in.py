"""Who is calling: a user with a password, or whom a client's token was given for?"""

import base64
import itertools
import json

from werkzeug.wrappers import Request, Response

from tests.emulators.servicenow.world import World

LIFE = 1_799  # seconds that a token lives, by the world's clock


class Callers:
    """The accounts of one world and the tokens that were given out."""

    def __init__(self, world: World) -> None:
        self._world = world
        self._tokens: dict[str, tuple[str, float]] = {}
        self._number = itertools.count(1)

    def caller(self, request: Request) -> str | None:
        """The sys_id of whoever calls; None for nobody."""
        scheme, _, said = request.headers.get("Authorization", "").partition(" ")
        if scheme == "Basic":
            user, _, password = base64.b64decode(said).decode().partition(":")
            known = self._world.passwords.get(user) == password
            return self._world.id_of("sys_user", user_name=user) if known else None
        account, ends = self._tokens.get(said, ("", 0.0))
        return account if account and ends > self._world.now.timestamp() else None

    def expire(self) -> None:
        """End every token."""
        self._tokens.clear()

    def token(self, request: Request) -> Response:
        """Answer the token endpoint: the client-credentials grant."""
        asked = request.form
        secret, account = self._world.clients.get(asked.get("client_id", ""), ("", ""))
        right = request.method == "POST" and asked.get("grant_type") == "client_credentials"
        if not right or not secret or asked.get("client_secret") != secret:
            told = {"error": "access_denied", "error_description": "access_denied"}
            return Response(json.dumps(told), 401, mimetype="application/json")
        token = f"CANARY-token-{next(self._number)}"
        self._tokens[token] = account, self._world.now.timestamp() + LIFE
        told = {"access_token": token, "scope": "useraccount", "token_type": "Bearer", "expires_in": str(LIFE)}
        return Response(json.dumps(told), 200, mimetype="application/json")
