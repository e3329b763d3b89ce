"""How may WorkOS misbehave?"""

from __future__ import annotations

import time
from collections.abc import Callable
from dataclasses import dataclass, field
from typing import Any

import jwt

from tests.emulators.workos.keys import Key, key

OTHER_ISSUER = "https://elsewhere.example/"
Payload = dict[str, Any]
# What may be wrong with a token's signature …
MISSIGNED: dict[str, Callable[[Payload, Key], str]] = {
    # … it is made with what everybody can read,
    "hs256": lambda payload, signing: jwt.encode(
        payload, signing.published()["n"], algorithm="HS256", headers={"kid": signing.kid}
    ),
    "unsigned": lambda payload, signing: jwt.encode(payload, "", algorithm="none", headers={"kid": signing.kid}),
    # or with another key under the published one's name.
    "forged": lambda payload, signing: Key(signing.kid, key("mallory").private).sign(payload),
}
# What it may say, rightly signed.
MISSAID: dict[str, Callable[[Payload], Payload]] = {
    "expired": lambda payload: {**payload, "exp": payload["iat"] - 60},
    "issuer": lambda payload: {**payload, "iss": OTHER_ISSUER},
    "agent": lambda payload: {**payload, "sub_type": "agent"},
    "widget": lambda payload: {**payload, "sub_profile": "widget"},
    "person": lambda payload: {**payload, "sub": "user_somebody_else"},
    "session": lambda payload: {name: value for name, value in payload.items() if name != "sid"},
}


@dataclass
class Faults:
    """What is wrong now; nothing, at first.

    `answers` is a status (503, 429) or "html" for every question but those of the browser; `seconds` is how late each
    answer is. `token` says what is wrong with each access token that is handed out from now on.
    """

    answers: int | str | None = None
    seconds: float = 0.0
    token: str | None = None
    claims: dict[str, Any] = field(default_factory=dict)

    def refusal(self) -> tuple[int, Any] | None:
        """Status and content of an answer that isn't one."""
        if self.seconds:
            time.sleep(self.seconds)
        if self.answers == "html":
            return 200, "<html>A proxy's page.</html>"
        if isinstance(self.answers, int):
            return self.answers, {"message": "Not now.", "code": "daily_quota_exceeded"}
        return None

    def sign(self, payload: dict[str, Any], signing: Key) -> str:
        """The token, wrong as asked for."""
        payload = {**payload, **self.claims}
        if self.token is None:
            return signing.sign(payload)
        if self.token in MISSIGNED:
            return MISSIGNED[self.token](payload, signing)
        return signing.sign(MISSAID[self.token](payload))
