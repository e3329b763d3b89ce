"""How is a call signed: with an e-mail address and its API token, with OAuth 2.0 credentials, or with a key?

OAuth 2.0 is either a service account's own (https://support.atlassian.com/user-management/docs/
create-oauth-2-0-credential-for-service-accounts), or by a person's consent (3LO, https://developer.atlassian.com/cloud/
jira/platform/oauth-2-3lo-apps): each use of its refresh token ends it and gives another one, which is kept before the
access token is used.
"""

from __future__ import annotations

import base64
import threading
from collections.abc import Mapping
from time import monotonic
from typing import Any

from connectors.http import Client, HttpError, SignInFailed, Throttled, Unavailable, Unreadable
from connectors.source import Keep

REFUSED = "Atlassian doesn't accept the client id and its secret."
ENDED = "The access granted at Atlassian has ended or was taken back: grant it again on the connection's page."
EARLY = 120.0  # seconds before its end in which a token isn't used any more


class Basic:
    """An e-mail address and an API token."""

    def __init__(self, email: str, token: str) -> None:
        self._headers = {"Authorization": "Basic " + base64.b64encode(f"{email}:{token}".encode()).decode()}

    def __call__(self, *, fresh: bool) -> Mapping[str, str]:
        return self._headers


class Bearer:
    """A key that lasts."""

    def __init__(self, key: str) -> None:
        self._headers = {"Authorization": f"Bearer {key}"}

    def __call__(self, *, fresh: bool) -> Mapping[str, str]:
        return self._headers


class Nobody:
    """No signature at all."""

    def __call__(self, *, fresh: bool) -> Mapping[str, str]:
        return {}


class AccessToken:
    """A token for an hour, fetched anew shortly before it ends. SignInFailed where Atlassian gives none.

    `app` is its {"client_id", "client_secret"}. Without a refresh token it signs in as itself.
    """

    def __init__(self, login: Client, app: dict[str, str], *, refresh_token: str | None, keep: Keep) -> None:
        self._login, self._app = login, app
        self._refresh_token, self._keep = refresh_token, keep
        self._lock = threading.Lock()
        self._token, self._until = "", 0.0

    def __call__(self, *, fresh: bool) -> Mapping[str, str]:
        with self._lock:
            if fresh or monotonic() > self._until:
                self._fetch()
            return {"Authorization": f"Bearer {self._token}"}

    def _fetch(self) -> None:
        if self._refresh_token:
            granted = {"grant_type": "refresh_token", "refresh_token": self._refresh_token}
            answer = token(self._login, self._app | granted, refused=ENDED)
            self._refresh_token = answer["refresh_token"]
            self._keep("refresh_token", answer["refresh_token"])
        else:
            answer = token(self._login, self._app | {"grant_type": "client_credentials"}, refused=REFUSED)
        self._token = answer["access_token"]
        self._until = monotonic() + float(answer["expires_in"]) - EARLY


def token(login: Client, asked: Mapping[str, str], *, refused: str) -> Any:
    """The answer of Atlassian's token endpoint. SignInFailed with the sentence `refused` where it gives none."""
    try:
        return login.post("/oauth/token", json=asked)
    except (Throttled, Unavailable, Unreadable):
        raise
    except HttpError as error:
        raise SignInFailed(refused) from error
