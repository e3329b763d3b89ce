"""How does sv0 sign in to an instance: as an OAuth client, or as a user with a password?"""

from __future__ import annotations

import base64
import threading
from collections.abc import Callable, Mapping
from typing import Any

import requests

from connectors.http import Client, HttpError, SignInFailed, Unauthorized, Unavailable, Unreadable, placed
from connectors.source import ErrorKind, SourceError
from connectors.sources.servicenow.permissions import ROLES
from connectors.sources.servicenow.settings import Connection

TIMEOUT = (5.0, 30.0)  # seconds to connect, and to answer
ANYWHERE = ("",)  # an instance may have an address of the customer's own; `settings.ADDRESS` says which
REFUSED = "The instance refuses the OAuth client: its id or secret is wrong, or client credentials are switched off."


def client(connection: Connection, *, go_on: Callable[[], None] = lambda: None) -> Client:
    """What asks the instance. Nothing is sent yet."""
    base = placed("servicenow", connection.address, under=ANYWHERE)
    if connection.client_id is None:
        return Client(base, authorize=_Basic(connection), go_on=go_on)
    return Client(base, authorize=_Tokens(connection, f"{base}/oauth_token.do"), go_on=go_on)


def sign_in(instance: Client) -> None:
    """Make one call. SourceError says why nothing at all can be read; being refused a table is not such a reason."""
    path = f"api/now/table/{ROLES.name}"
    try:
        instance.get(path, params={"sysparm_fields": "sys_id", "sysparm_limit": 1})
    except SignInFailed as error:
        raise SourceError(error.sentence, kind=ErrorKind.CONFIG) from None
    except Unauthorized:
        raise SourceError("The instance doesn't accept the sign-in.", kind=ErrorKind.CONFIG) from None
    except Unreadable:
        sentence = "The instance answers with a page instead of data: it may be hibernating or under maintenance."
        raise SourceError(sentence, kind=ErrorKind.TRANSIENT) from None
    except Unavailable:
        raise SourceError("The instance couldn't be reached.", kind=ErrorKind.TRANSIENT) from None
    except HttpError:
        return  # any other answer means that we are in: the scopes tell what they are refused


class _Basic:
    """A user and a password, in every call."""

    def __init__(self, connection: Connection) -> None:
        pair = f"{connection.user_name}:{connection.password}".encode()
        self._headers = {"Authorization": f"Basic {base64.b64encode(pair).decode()}"}

    def __call__(self, *, fresh: bool) -> Mapping[str, str]:
        return self._headers


class _Tokens:
    """The client-credentials grant: a token is used until the instance refuses it."""

    def __init__(self, connection: Connection, address: str) -> None:
        self._address = address
        self._asked = {
            "grant_type": "client_credentials",
            "client_id": connection.client_id,
            "client_secret": connection.client_secret,
        }
        self._lock = threading.Lock()
        self._token: str | None = None

    def __call__(self, *, fresh: bool) -> Mapping[str, str]:
        with self._lock:
            if fresh or self._token is None:
                self._token = self._new()
            return {"Authorization": f"Bearer {self._token}"}

    def _new(self) -> str:
        try:
            answer = requests.post(self._address, data=self._asked, timeout=TIMEOUT, allow_redirects=False)
        except requests.RequestException as error:
            raise Unavailable("oauth_token.do") from error
        if answer.status_code in {400, 401, 403}:
            raise SignInFailed(REFUSED)
        if answer.status_code != 200:
            raise Unavailable("oauth_token.do", status=answer.status_code)
        return str(_token(answer))


def _token(answer: requests.Response) -> Any:
    try:
        return answer.json()["access_token"]
    except (ValueError, KeyError, TypeError):
        raise Unreadable("oauth_token.do", status=answer.status_code) from None
