"""How may Microsoft misbehave, towards which calls, and how often?"""

import itertools
import threading
from collections.abc import Iterable
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from email.utils import format_datetime
from fnmatch import fnmatchcase
from typing import Any, Literal

from tests.emulators.microsoft.wire import Reply, refused

Misbehaviour = Literal[
    # instead of an answer
    "throttle", "refuse", "expire", "break", "html", "unlicensed",
    # to an answer
    "slow", "cut", "reset",
    # to a page of Graph's
    "loop", "elsewhere", "empty", "repeat", "stale",
]  # fmt: skip
PAGE = b"<html><head><title>Bad Gateway</title></head><body>Our services aren't available right now.</body></html>"


@dataclass(frozen=True, kw_only=True)
class Fault:
    """One misbehaviour.

    `do`: "throttle" (429), "refuse" (403), "expire" (every token given out so far ends), "break" (503), "html" (502
    and a page), "unlicensed" (403, as without Entra ID P1); "slow" (by `seconds`), "cut" (the connection ends amid the
    body), "reset" (it ends instead of an answer). Of Graph's pages: "loop" (the next page is this one), "elsewhere"
    (on another host), "empty" (no rows, but a next page), "repeat" (begins with the last row of the one before),
    "stale" (the page's token is too old).
    `part` and `path` are shell patterns. Of the calls that match, it strikes each `every`-th, `times` times in all
    (None: for ever). `after`: what Retry-After says, "" for nothing, "date" for a date `seconds` on.
    """

    do: Misbehaviour
    part: str = "*"
    path: str = "*"
    every: int = 1
    times: int | None = None
    after: str = "1"
    seconds: float = 1.0

    def retry_after(self) -> dict[str, str]:
        if not self.after:
            return {}
        date = format_datetime(datetime.now(UTC) + timedelta(seconds=self.seconds), usegmt=True)
        return {"Retry-After": date if self.after == "date" else self.after}


class Faults:
    """The misbehaviours in force. Safe to steer while calls are being answered."""

    def __init__(self) -> None:
        self._lock = threading.Lock()
        self._faults: list[tuple[Fault, itertools.count[int]]] = []

    def add(self, **fault: Any) -> None:
        """Misbehave from now on as `Fault(**fault)` says."""
        with self._lock:
            self._faults.append((Fault(**fault), itertools.count(1)))

    def clear(self) -> None:
        """Behave."""
        with self._lock:
            self._faults.clear()

    def striking(self, part: str, path: str) -> list[Fault]:
        """What strikes a call, having counted it."""
        if not self._faults:
            return []
        with self._lock:
            concerned = [
                (fault, next(seen))
                for fault, seen in self._faults
                if fnmatchcase(part, fault.part) and fnmatchcase(path, fault.path)
            ]
        return [fault for fault, nth in concerned if _strikes(fault, nth)]


def refusal(striking: Iterable[Fault]) -> Reply | None:
    """The first answer that a fault gives in the place of the real one."""
    for fault in striking:
        match fault.do:
            case "throttle":
                message = "Request is throttled temporarily."
                return refused(429, "TooManyRequests", message, fault.retry_after())
            case "refuse":
                message = "Insufficient privileges to complete the operation."
                return refused(403, "Authorization_RequestDenied", message)
            case "unlicensed":
                message = "Neither tenant is B2C or tenant doesn't have premium license"
                return refused(403, "Authentication_RequestFromNonPremiumTenantOrB2CTenant", message)
            case "break":
                return refused(503, "ServiceUnavailable", "The service is unavailable.", fault.retry_after())
            case "html":
                return Reply(502, PAGE, {"Content-Type": "text/html"})
    return None


def _strikes(fault: Fault, nth: int) -> bool:
    return nth % fault.every == 0 and (fault.times is None or nth <= fault.every * fault.times)
