"""An authenticator app, and the clock that it and sv0 go by (RFC 6238, written from the paper)."""

from __future__ import annotations

import base64
import hashlib
import hmac
import re
from dataclasses import dataclass
from types import SimpleNamespace
from typing import Any

import pytest
from allauth.mfa.totp.internal import auth
from django.test import Client

from tests.accounts.test_sign_in import CONFIRM, request_code

SECURITY = "/accounts/security/"
STEP_SECONDS = 30


@dataclass
class Clock:
    """Stands still until it's moved: a code is as fresh when it is sent as when it was read."""

    now: float = 1_800_000_000.0

    def next_code(self) -> None:
        self.now += STEP_SECONDS


@pytest.fixture
def clock(monkeypatch: pytest.MonkeyPatch) -> Clock:
    """What allauth takes for the time when it checks a code."""
    clock = Clock()
    monkeypatch.setattr(auth, "time", SimpleNamespace(time=lambda: clock.now))
    return clock


@dataclass
class App:
    """On the phone of somebody who scanned `secret`."""

    secret: str
    clock: Clock

    def code(self, *, steps: int = 0) -> str:
        """What it shows now, or showed and will show so many steps from now."""
        counter = int(self.clock.now) // STEP_SECONDS + steps
        digest = hmac.new(base64.b32decode(self.secret), counter.to_bytes(8), hashlib.sha1).digest()
        offset = digest[-1] & 15
        number = int.from_bytes(digest[offset : offset + 4]) & 0x7FFF_FFFF
        return f"{number % 1_000_000:06}"


def scan(page: Any, clock: Clock) -> App:
    """The app, from the key that the page shows beside the picture."""
    found = re.search(r'id="authenticator_secret">([A-Z2-7]+)<', page.content.decode())
    assert found, page.content.decode()
    return App(found[1], clock)


def set_up(client: Client, clock: Clock) -> App:
    """Set up an app through the pages; the code that did it is used up."""
    app = scan(client.get(f"{SECURITY}app/"), clock)
    answer = client.post(f"{SECURITY}app/", {"code": app.code()})
    assert answer["Location"] == f"{SECURITY}recovery-codes/", answer.content.decode()
    return app


def come_in(client: Client, email: str, *, to: str = "/admin/") -> Any:
    """Sign in by a mailed code on the way to a page; where that leads."""
    client.get(to)
    code = request_code(client, email, to=to)
    return client.post(CONFIRM, {"code": code, "next": to})
