"""How does sv0 sign in as an application of the customer's Entra tenant?"""

from __future__ import annotations

import re
import threading
from collections.abc import Mapping
from typing import Any

import jwt
from azure.core.credentials import AccessToken, TokenCredential
from azure.core.exceptions import AzureError, ClientAuthenticationError
from azure.identity import CertificateCredential, ClientSecretCredential

from connectors.http.answers import SignInFailed, Unavailable
from connectors.http.client import Authorize
from connectors.http.endpoints import endpoint
from connectors.source import ErrorKind, Setting, SourceError

GUID = r"[0-9a-fA-F]{8}(?:-[0-9a-fA-F]{4}){3}-[0-9a-fA-F]{12}"
SETTINGS = (
    Setting(
        name="tenant",
        label="Directory (tenant) ID",
        help="Entra admin center › Overview.",
        pattern=GUID,
        pattern_help="A tenant ID has the form 11111111-2222-3333-4444-555555555555.",
    ),
    Setting(
        name="client_id",
        label="Application (client) ID",
        help="Of the app registration that sv0 signs in as.",
        pattern=GUID,
        pattern_help="A client ID has the form 11111111-2222-3333-4444-555555555555.",
    ),
    Setting(
        name="certificate",
        label="Certificate with its private key",
        help="PEM, both parts. Better than a client secret: it never travels.",
        secret=True,
        required=False,
        lines=True,
    ),
    Setting(
        name="client_secret",
        label="Client secret",
        help="Its value, not its ID. Only where there is no certificate.",
        secret=True,
        required=False,
    ),
)
REFUSALS = {  # https://learn.microsoft.com/entra/identity-platform/reference-error-codes
    "7000215": "Entra doesn't accept the client secret: it is wrong.",
    "7000222": "The client secret has expired: make a new one, or use a certificate.",
    "700016": "The tenant knows no application with this client ID.",
    "700027": "Entra doesn't know the certificate: upload it to the app registration.",
    "90002": "Entra knows no tenant with this ID.",
    "900023": "Entra knows no tenant with this ID.",
    "65001": "An administrator has not consented to sv0's permissions yet.",
    "53003": "A Conditional Access policy of the tenant keeps sv0's application out.",
    "530003": "A Conditional Access policy of the tenant keeps sv0's application out.",
    "7000112": "sv0's application is switched off in the tenant.",
}
_CODE = re.compile(r"AADSTS(\d+)")


class Microsoft:
    """One application in one tenant. Tokens are kept until they end, and asked for anew when one is refused."""

    def __init__(self, settings: Mapping[str, Any]) -> None:
        """From a connection's settings (SETTINGS). SourceError where neither secret nor certificate is usable."""
        self.tenant = str(settings["tenant"]).lower()
        self.client_id = str(settings["client_id"]).lower()
        self._secret, self._certificate = settings.get("client_secret"), settings.get("certificate")
        self._lock = threading.Lock()
        self._credential = self._new()

    def authorize(self, audience: str) -> Authorize:
        """What signs calls to `audience` ("https://graph.microsoft.com")."""

        def signed(*, fresh: bool) -> Mapping[str, str]:
            return {"Authorization": f"Bearer {self._token(audience, fresh=fresh)}"}

        return signed

    def roles(self, audience: str) -> frozenset[str]:
        """The app roles that the tenant granted for it, as the token says: names such as Application.Read.All."""
        claims = jwt.decode(self._token(audience, fresh=True), options={"verify_signature": False})
        return frozenset(claims.get("roles", ()))

    def _token(self, audience: str, *, fresh: bool) -> str:
        with self._lock:
            if fresh:
                self._credential = self._new()
            return self._asked(f"{audience.rstrip('/')}/.default").token

    def _asked(self, scope: str) -> AccessToken:
        try:
            return self._credential.get_token(scope)
        except ClientAuthenticationError as error:
            raise _refusal(error) from None
        except AzureError as error:
            raise Unavailable(endpoint("login")) from error

    def _new(self) -> TokenCredential:
        where: dict[str, Any] = {"authority": endpoint("login"), "disable_instance_discovery": True}
        if self._certificate:
            try:
                data = str(self._certificate).encode()
                return CertificateCredential(self.tenant, self.client_id, certificate_data=data, **where)
            except ValueError:
                sentence = "The certificate can't be read: it takes PEM with the certificate and its private key."
                raise SourceError(sentence, kind=ErrorKind.CONFIG) from None
        if self._secret:
            return ClientSecretCredential(self.tenant, self.client_id, str(self._secret), **where)
        raise SourceError("The connection needs a certificate or a client secret.", kind=ErrorKind.CONFIG)


def _refusal(error: ClientAuthenticationError) -> SignInFailed | Unavailable:
    """What stands behind it. azure-identity puts it round whatever goes wrong: Entra's refusal has a code, and of a
    tenant that isn't there MSAL tells only that it found no configuration of it."""
    said = error.message or ""
    if code := _CODE.search(said):
        return SignInFailed(REFUSALS.get(code[1], f"Entra refuses the sign-in (AADSTS{code[1]})."))
    if "authority configuration" in said:
        return SignInFailed(REFUSALS["90002"])
    return Unavailable(endpoint("login")) if error.__cause__ else SignInFailed("Entra refuses the sign-in.")
