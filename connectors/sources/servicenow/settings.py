"""What does a customer fill in to connect a ServiceNow instance, and what does sv0 make of it?"""

from __future__ import annotations

import re
from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Any
from urllib.parse import urlsplit

from connectors.source import ErrorKind, Setting, SourceError

ADDRESS = r"https://(?:[a-z0-9](?:[a-z0-9-]*[a-z0-9])?\.)+[a-z]{2,63}/?"

SETTINGS = (
    Setting(
        name="address",
        label="Address of the instance",
        help="As people open it in the browser.",
        address=True,
        placeholder="https://acme.service-now.com",
        pattern=ADDRESS,
        pattern_help="An address like https://acme.service-now.com, in small letters and without a path.",
    ),
    Setting(
        name="client_id",
        label="OAuth client id",
        help="Of sv0's entry in the application registry. The better way to sign in; see the setup page.",
        required=False,
        pattern=r"[\x21-\x7e]{8,128}",
        pattern_help="The client id of the application registry entry, without spaces.",
    ),
    Setting(
        name="client_secret",
        label="OAuth client secret",
        help="Belongs to the client id.",
        secret=True,
        required=False,
    ),
    Setting(
        name="user_name",
        label="User name",
        help="Only where there is no OAuth client: the user id of sv0's web-service account.",
        required=False,
        pattern=r"[^\s:^,]{1,100}",
        pattern_help="The user id of the account, without spaces or colons.",
    ),
    Setting(
        name="password",
        label="Password",
        help="Belongs to the user name.",
        secret=True,
        required=False,
    ),
)


@dataclass(frozen=True, slots=True)
class Connection:
    """The settings, checked. Either the OAuth client or the user is filled in; with both, the client signs in."""

    address: str  # without a slash at its end
    host: str
    client_id: str | None
    client_secret: str | None = field(repr=False)
    user_name: str | None
    password: str | None = field(repr=False)


def connection(settings: Mapping[str, Any]) -> Connection:
    """The settings as the connection they describe. SourceError (config) names the first one that is wrong."""
    address = str(settings.get("address") or "").strip().rstrip("/")
    if re.fullmatch(ADDRESS, address) is None:
        raise SourceError("The address isn't one of an instance, like https://acme.service-now.com.", kind=_CONFIG)
    client, secret = _pair(settings, "client_id", "client_secret", "An OAuth client needs both its id and its secret.")
    user, password = _pair(settings, "user_name", "password", "A user needs both a name and a password.")
    if client is None and user is None:
        raise SourceError("The connection needs an OAuth client, or a user with a password.", kind=_CONFIG)
    return Connection(
        address=address,
        host=urlsplit(address).hostname or "",
        client_id=client,
        client_secret=secret,
        user_name=user,
        password=password,
    )


_CONFIG = ErrorKind.CONFIG


def _pair(settings: Mapping[str, Any], name: str, secret: str, sentence: str) -> tuple[str | None, str | None]:
    found = settings.get(name) or None, settings.get(secret) or None
    if (found[0] is None) != (found[1] is None):
        raise SourceError(sentence, kind=_CONFIG)
    return found
