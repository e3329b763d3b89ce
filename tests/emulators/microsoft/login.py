"""Who may sign in at Entra as which application, and what does the token say that it may do?

Tokens for applications (client credentials) by secret or by certificate, and what Entra says to those that it refuses
(https://learn.microsoft.com/entra/identity-platform/reference-error-codes).
"""

from __future__ import annotations

import threading
import time
import uuid
from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import UTC, datetime
from functools import cache
from typing import Any

import jwt
from cryptography.hazmat.primitives.asymmetric.rsa import RSAPrivateKey, generate_private_key
from cryptography.x509 import load_pem_x509_certificate

from tests.emulators.microsoft.acme import TENANT, guid
from tests.emulators.microsoft.wire import Asked, Reply

CLIENT = "5f0e7a11-5a00-4c1d-9b3a-0000000000c1"  # the application that the tests sign in as
SECRET = "CANARY-secret-of-the-tests"
LIFETIME = 3599  # seconds
ASSERTION = "urn:ietf:params:oauth:client-assertion-type:jwt-bearer"
Claims = Mapping[str, Any]
# What Entra says, and as which of OAuth's errors, with which status.
REFUSALS = {
    7000215: (401, "invalid_client", "Invalid client secret provided. Ensure the secret being sent in the request is "
              "the client secret value, not the client secret ID, for a secret added to app '{client}'."),
    7000222: (401, "invalid_client", "The provided client secret keys for app '{client}' are expired. Visit the Azure "
              "portal to create new keys for your app."),
    700027: (401, "invalid_client", "The certificate with identifier used to sign the client assertion is not "
             "registered on application."),
    700016: (400, "unauthorized_client", "Application with identifier '{client}' was not found in the directory "
             "'{tenant}'."),
    7000112: (400, "unauthorized_client", "Application '{client}' is disabled."),
    90002: (400, "invalid_request", "Tenant '{tenant}' not found. Check to make sure you have the correct tenant ID "
            "and are signing into the correct cloud."),
    53003: (400, "access_denied", "Access has been blocked by Conditional Access policies."),
    900144: (400, "invalid_request", "The request body must contain the following parameter: 'grant_type'."),
}  # fmt: skip


@dataclass
class Client:
    """An application that may sign in. `certificates`: PEM, of its public keys. `roles`: of Microsoft Graph."""

    id: str = CLIENT
    secret: str | None = SECRET
    secret_ends: datetime | None = None
    certificates: list[str] = field(default_factory=list)
    roles: frozenset[str] = frozenset()
    enabled: bool = True
    blocked: bool = False  # by Conditional Access


class Login:
    """Entra's sign-in. `lifetime`: how many seconds a token works."""

    def __init__(self, *clients: Client, tenant: str = TENANT) -> None:
        self.tenant = tenant
        self.clients = {each.id: each for each in clients or (Client(),)}
        self.lifetime = LIFETIME
        self._lock = threading.Lock()
        self._given: dict[str, Claims] = {}

    def expire(self) -> None:
        """Every token given out so far ends."""
        with self._lock:
            self._given.clear()

    def claims(self, token: str) -> Claims | None:
        """Of a token that was given out and still works."""
        found = self._given.get(token)
        return found if found and found["exp"] > time.time() else None

    def answer(self, asked: Asked) -> Reply:
        tenant, _, path = asked.path.lstrip("/").partition("/")
        if tenant != self.tenant:
            return _refused(90002, tenant=tenant)
        match asked.method, path:
            case "GET", "v2.0/.well-known/openid-configuration":
                return Reply(200, self._configuration(asked.base))
            case "GET", "discovery/v2.0/keys":
                public = jwt.algorithms.RSAAlgorithm.to_jwk(_key().public_key(), as_dict=True)
                return Reply(200, {"keys": [{**public, "kid": "emulated", "use": "sig"}]})
            case "POST", "oauth2/v2.0/token" | "oauth2/token":
                return self._token(asked)
        return Reply(404, b"", {})

    def _configuration(self, base: str) -> dict[str, Any]:
        ours = f"{base}/{self.tenant}"
        return {
            "token_endpoint": f"{ours}/oauth2/v2.0/token",
            "token_endpoint_auth_methods_supported": ["client_secret_post", "private_key_jwt", "client_secret_basic"],
            "jwks_uri": f"{ours}/discovery/v2.0/keys",
            "response_modes_supported": ["query", "fragment", "form_post"],
            "subject_types_supported": ["pairwise"],
            "id_token_signing_alg_values_supported": ["RS256"],
            "response_types_supported": ["code", "id_token", "code id_token", "id_token token"],
            "scopes_supported": ["openid", "profile", "email", "offline_access"],
            "issuer": f"{ours}/v2.0",
            "authorization_endpoint": f"{ours}/oauth2/v2.0/authorize",
            "tenant_region_scope": "EU",
        }

    def _token(self, asked: Asked) -> Reply:
        form = asked.body if isinstance(asked.body, dict) else {}
        if form.get("grant_type") != "client_credentials":
            return _refused(900144, tenant=self.tenant)
        audience = form.get("scope", "").removesuffix("/.default") or form.get("resource", "")
        client = self.clients.get(form.get("client_id", ""))
        wrong = 700016 if client is None else _wrong(client, form)
        if wrong or client is None:
            return _refused(wrong or 0, tenant=self.tenant, client=form.get("client_id", ""))
        told = {"token_type": "Bearer", "expires_in": self.lifetime, "ext_expires_in": self.lifetime}
        return Reply(200, {**told, "access_token": self.give(client, audience, issuer=asked.base)})

    def give(self, client: Client, audience: str, *, issuer: str = "") -> str:
        """A token of the client's for one of Microsoft's systems."""
        now = int(time.time())
        claims = {
            "aud": audience,
            "iss": f"{issuer}/{self.tenant}/",
            "iat": now,
            "nbf": now,
            "exp": now + self.lifetime,
            "appid": client.id,
            "idtyp": "app",
            "oid": guid("service principal", client.id),
            "roles": sorted(client.roles),
            "tid": self.tenant,
            "uti": uuid.uuid4().hex,
            "ver": "1.0",
        }
        token = jwt.encode(claims, _key(), algorithm="RS256", headers={"kid": "emulated"})
        with self._lock:
            self._given[token] = claims
        return token


def _wrong(client: Client, form: Mapping[str, str]) -> int | None:
    """What of the client's sign-in is wrong, as the number of Entra's error."""
    if not client.enabled:
        return 7000112
    if form.get("client_assertion_type") == ASSERTION:
        known = any(_signed(form["client_assertion"], certificate, client.id) for certificate in client.certificates)
        wrong = None if known else 700027
    elif client.secret is None or form.get("client_secret") != client.secret:
        wrong = 7000215
    else:
        wrong = 7000222 if client.secret_ends and client.secret_ends <= datetime.now(UTC) else None
    return wrong or (53003 if client.blocked else None)


def _signed(assertion: str, certificate: str, client: str) -> bool:
    key: Any = load_pem_x509_certificate(certificate.encode()).public_key()
    try:
        said = jwt.decode(assertion, key, algorithms=["RS256", "PS256"], options={"verify_aud": False})
    except jwt.InvalidTokenError:
        return False
    return bool(said["iss"] == said["sub"] == client)


def _refused(number: int, **who: str) -> Reply:
    status, error, words = REFUSALS[number]
    now = datetime.now(UTC)
    trace, correlation = (str(uuid.uuid4()) for _ in range(2))
    marks = f"Trace ID: {trace} Correlation ID: {correlation} Timestamp: {now:%Y-%m-%d %H:%M:%SZ}"
    told = {
        "error": error,
        "error_description": f"AADSTS{number}: {words.format(**{'client': '', **who})} {marks}",
        "error_codes": [number],
        "timestamp": f"{now:%Y-%m-%d %H:%M:%SZ}",
        "trace_id": trace,
        "correlation_id": correlation,
        "error_uri": f"https://login.microsoftonline.com/error?code={number}",
    }
    return Reply(status, told)


@cache
def _key() -> RSAPrivateKey:
    """Making one takes a while."""
    return generate_private_key(public_exponent=65537, key_size=2048)
