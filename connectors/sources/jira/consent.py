"""How does a person grant sv0 access to a site by OAuth 2.0 (3LO)?

https://developer.atlassian.com/cloud/jira/platform/oauth-2-3lo-apps: the person is sent to Atlassian with the scopes
and comes back with a code, which is exchanged for an access token and, for `offline_access`, a refresh token.
"""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any
from urllib.parse import urlencode

from connectors.http import HttpError, SignInFailed
from connectors.source import ErrorKind, SourceError
from connectors.sources.jira import site
from connectors.sources.jira.permissions import SCOPES
from connectors.sources.jira.settings import connection
from connectors.sources.jira.signing import token

REFUSED = "Atlassian didn't accept the consent: the client secret is wrong, or it took too long. Try again."


class AtlassianConsent:
    """To the customer's own OAuth 2.0 app, whose client id and secret are in the settings."""

    at = "Atlassian"

    def ready(self, settings: Mapping[str, Any]) -> bool:
        return bool(settings.get("client_id") and not settings.get("email"))

    def address(self, *, settings: Mapping[str, Any], redirect: str, state: str) -> str:
        asked = {
            "audience": site.GATEWAY,
            "client_id": settings["client_id"],
            "scope": " ".join((*SCOPES, "offline_access")),
            "redirect_uri": redirect,
            "state": state,
            "response_type": "code",
            "prompt": "consent",
        }
        return f"{site.consent_page()}?{urlencode(asked)}"

    def granted(self, *, settings: Mapping[str, Any], redirect: str, code: str) -> dict[str, str]:
        connected = connection(settings)
        asked = {"grant_type": "authorization_code", "code": code, "redirect_uri": redirect}
        try:
            answer = token(site.login(), site.app(connected) | asked, refused=REFUSED)
            sites = site.granted_sites(answer["access_token"])
        except SignInFailed as error:
            raise SourceError(error.sentence, kind=ErrorKind.CONFIG) from error
        except HttpError as error:
            raise SourceError("Atlassian couldn't be reached. Try again.", kind=ErrorKind.TRANSIENT) from error
        if f"https://{connected.host}" not in sites:
            others = ", ".join(sorted(sites)) or "no site"
            raise SourceError(f"Access was granted to {others}, not to {connected.host}.", kind=ErrorKind.CONFIG)
        if "refresh_token" not in answer:
            sentence = "Atlassian gave no access that lasts: the app lacks offline_access."
            raise SourceError(sentence, kind=ErrorKind.CONFIG)
        return {"refresh_token": answer["refresh_token"]}
