"""How is a call signed: with an e-mail address and its API token, with OAuth 2.0 credentials, or with a key?

Not with OAuth 2.0 (3LO): each use of its refresh token ends it and gives another one, and a source has nowhere to keep
that. Credentials of a service account (https://support.atlassian.com/user-management/docs/
create-oauth-2-0-credential-for-service-accounts) are OAuth 2.0 without a person, and made for this.
"""

from __future__ import annotations

import base64
import threading
from collections.abc import Mapping
from time import monotonic

from connectors.http import Client, HttpError, SignInFailed, Throttled, Unavailable, Unreadable

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


class ClientCredentials:
    """A token for an hour, fetched anew shortly before it ends. SignInFailed where Atlassian gives none."""

    def __init__(self, login: Client, client_id: str, client_secret: str) -> None:
        self._login = login
        self._asked = {"grant_type": "client_credentials", "client_id": client_id, "client_secret": client_secret}
        self._lock = threading.Lock()
        self._token, self._until = "", 0.0

    def __call__(self, *, fresh: bool) -> Mapping[str, str]:
        with self._lock:
            if fresh or monotonic() > self._until:
                self._fetch()
            return {"Authorization": f"Bearer {self._token}"}

    def _fetch(self) -> None:
        try:
            answer = self._login.post("/oauth/token", json=self._asked)
        except (Throttled, Unavailable, Unreadable):
            raise
        except HttpError as error:
            raise SignInFailed("Atlassian doesn't accept the client id and its secret.") from error
        self._token = answer["access_token"]
        self._until = monotonic() + float(answer["expires_in"]) - EARLY
