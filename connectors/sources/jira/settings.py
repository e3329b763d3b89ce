"""What does a customer fill in to connect a Jira Cloud site, and what does sv0 make of it?"""

from __future__ import annotations

import re
from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Any

from connectors.source import ErrorKind, Setting, SourceError

ADDRESS = r"https://(?P<host>[a-z0-9][a-z0-9-]*\.atlassian\.net)/?"

SETTINGS = (
    Setting(
        name="address",
        label="Address of the site",
        help="Where your people open Jira.",
        address=True,
        placeholder="https://acme.atlassian.net",
        pattern=ADDRESS,
        pattern_help="Like https://acme.atlassian.net, without a path.",
    ),
    Setting(
        name="email",
        label="E-mail address of the service account",
        help="The account that the API token belongs to. Leave it empty if you use OAuth 2.0 credentials.",
        required=False,
        placeholder="sv0-reader@serviceaccount.atlassian.com",
        pattern=r"[^@\s:]+@[^@\s:]+",
        pattern_help="An e-mail address.",
    ),
    Setting(
        name="api_token",
        label="API token",
        help="With the scopes that SETUP lists. A token reads everything; OAuth 2.0 can't read rules and webhooks.",
        secret=True,
        required=False,
    ),
    Setting(
        name="client_id",
        label="OAuth 2.0 client id",
        help="If you don't use an API token: of a service account's OAuth 2.0 credentials, or of an OAuth 2.0 (3LO) "
        "app, to which somebody grants access on the connection's page.",
        required=False,
    ),
    Setting(
        name="client_secret",
        label="OAuth 2.0 client secret",
        help="Belongs to the client id.",
        secret=True,
        required=False,
    ),
    Setting(
        name="refresh_token",
        label="Access granted at Atlassian",
        help="By somebody's consent to the OAuth 2.0 (3LO) app.",
        secret=True,
        required=False,
        typed=False,
    ),
    Setting(
        name="organization_key",
        label="Organization API key",
        help="Only if sv0 may read who has API tokens and when they expire: an API key of your Atlassian organization.",
        secret=True,
        required=False,
    ),
)


@dataclass(frozen=True, slots=True)
class Connection:
    """The settings, checked. It signs in by e-mail and token, or by client id and secret: for itself, or with the
    refresh token that somebody's consent gave."""

    host: str
    email: str | None
    api_token: str | None = field(repr=False)
    client_id: str | None
    client_secret: str | None = field(repr=False)
    refresh_token: str | None = field(repr=False)
    organization_key: str | None = field(repr=False)


def connection(settings: Mapping[str, Any]) -> Connection:
    """The settings as the connection they describe. SourceError (config) names the first one that is wrong."""
    address = str(settings.get("address") or "").strip().lower()
    match = re.fullmatch(ADDRESS, address)
    if match is None:
        raise _wrong("The address of the site isn't like https://acme.atlassian.net.")
    found = {each.name: str(settings.get(each.name) or "").strip() or None for each in SETTINGS[1:]}
    basic, oauth = (found["email"], found["api_token"]), (found["client_id"], found["client_secret"])
    if (None in basic and any(basic)) or (None in oauth and any(oauth)):
        raise _wrong("An API token needs its e-mail address, and a client id its secret.")
    if all(basic) == all(oauth):
        raise _wrong("Give either an e-mail address and an API token, or a client id and its secret.")
    return Connection(host=match["host"], **found)


def _wrong(sentence: str) -> SourceError:
    return SourceError(sentence, kind=ErrorKind.CONFIG)
