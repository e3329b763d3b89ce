"""Is this access token WorkOS' own, for a person, and what does it say?

https://workos.com/docs/authkit/sessions ("Access token"). The token names no audience; what binds it to us is the set
of keys, which is our client's, and the issuer, which is configured.
"""

from __future__ import annotations

from dataclasses import asdict, dataclass
from functools import lru_cache
from typing import Any, Self

import jwt
from django.conf import settings

TIMEOUT_SECONDS = 5
KEYS_KEPT_SECONDS = 600
LEEWAY_SECONDS = 5
REQUIRED = ["exp", "iat", "iss", "sub", "sid"]


class Rejected(Exception):
    """Not a token that anybody may sign in with. The message is for the log."""


class NoKeys(Exception):
    """WorkOS' keys can't be read now."""


@dataclass(frozen=True, slots=True)
class Claims:
    """What a verified token says. `exp` in seconds since 1970; `act` is who at WorkOS acts as the person."""

    sub: str
    sid: str
    org_id: str | None
    role: str | None
    permissions: list[str]
    act: str | None
    exp: int

    @classmethod
    def of(cls, token: dict[str, Any]) -> Self:
        """From the token's payload, or from what `kept` wrote."""
        act = token.get("act")
        return cls(
            sub=token["sub"],
            sid=token["sid"],
            org_id=token.get("org_id"),
            role=token.get("role"),
            permissions=token.get("permissions") or [],
            act=act.get("sub") if isinstance(act, dict) else act,
            exp=int(token["exp"]),
        )

    def kept(self) -> dict[str, Any]:
        """As JSON."""
        return asdict(self)


def verify(token: str, *, jwks_url: str, user_id: str) -> Claims:
    """The claims of a token that is `user_id`'s. Rejected for any other; NoKeys when it can't be told."""
    try:
        key = _keys(jwks_url).get_signing_key_from_jwt(token)
        payload = jwt.decode(
            token,
            key.key,
            algorithms=["RS256"],
            issuer=settings.WORKOS_ISSUER,
            leeway=LEEWAY_SECONDS,
            options={"require": REQUIRED, "verify_aud": False},
        )
    except jwt.PyJWKClientConnectionError as error:
        raise NoKeys(str(error)) from error
    except jwt.PyJWTError as error:
        raise Rejected(f"{type(error).__name__}: {error}") from error
    # WorkOS signs tokens of agents and widgets with the same keys.
    if "sub_type" in payload or payload.get("sub_profile") not in {None, "user"}:
        raise Rejected("the token isn't a person's")
    if payload["sub"] != user_id:
        raise Rejected("the token is another person's")
    return Claims.of(payload)


@lru_cache(maxsize=4)
def _keys(url: str) -> jwt.PyJWKClient:
    """A key that isn't among the kept ones is looked for at once: tokens come from WorkOS alone, not from browsers."""
    return jwt.PyJWKClient(url, lifespan=KEYS_KEPT_SECONDS, timeout=TIMEOUT_SECONDS, cooldown_duration=0)
