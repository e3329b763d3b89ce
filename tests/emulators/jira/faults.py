"""How may Atlassian misbehave, towards which calls, and how often?"""

from __future__ import annotations

import threading
from dataclasses import dataclass
from fnmatch import fnmatchcase
from typing import Literal

Misbehaviour = Literal["throttle", "forbid", "scope", "expire", "absent", "html", "unavailable", "cut", "slow", "loop"]


@dataclass(frozen=True, kw_only=True)
class Fault:
    """One misbehaviour.

    `do` is "throttle" (429), "forbid" (403), "scope" (401, as the gateway tells that the token lacks one), "expire"
    (Jira takes the caller for a stranger), "absent" (404), "html" (502, a proxy's page), "unavailable" (503), "cut"
    (half a body), "slow" (by `seconds`) or "loop" (each page says that it is followed by itself).
    `path` says towards which calls: a shell pattern of "GET acme.atlassian.net/rest/api/3/role". Of those it strikes
    each `every`-th, `times` times in all (None: for ever), the first `after` of them not. A 429 tells `retry_after`
    (None: nothing), and `reason` as in https://developer.atlassian.com/cloud/jira/platform/rate-limiting/.
    """

    do: Misbehaviour
    path: str = "*"
    every: int = 1
    times: int | None = None
    after: int = 0
    seconds: float = 0.0
    retry_after: str | None = "1"
    reason: str = "jira-burst-based"

    def strikes(self, nth: int) -> bool:
        nth -= self.after
        within = self.times is None or nth <= self.every * self.times
        return nth > 0 and nth % self.every == 0 and within


class Faults:
    """The misbehaviours in force. Safe to steer while calls are being answered."""

    def __init__(self) -> None:
        self._lock = threading.Lock()
        self._seen: dict[Fault, int] = {}

    def add(self, fault: Fault) -> None:
        with self._lock:
            self._seen[fault] = 0

    def clear(self) -> None:
        with self._lock:
            self._seen.clear()

    def striking(self, call: str) -> list[Fault]:
        """What strikes this call, having counted it."""
        with self._lock:
            concerned = [fault for fault in self._seen if fnmatchcase(call, fault.path)]
            for fault in concerned:
                self._seen[fault] += 1
            return [fault for fault in concerned if fault.strikes(self._seen[fault])]
