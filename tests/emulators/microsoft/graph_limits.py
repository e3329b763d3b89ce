"""How much may an application ask of Graph before it is told to wait?

https://learn.microsoft.com/graph/throttling-limits: resource units in ten seconds, reads of keyCredentials in a minute,
reports in ten seconds.
"""

from __future__ import annotations

import math
import threading
import time
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field

from tests.emulators.microsoft.wire import Reply, refused

COSTS = {
    "applications": 2, "users": 2, "oauth2PermissionGrants": 2, "appRoleAssignments": 2, "members": 3,
    "transitiveMembers": 5, "getByIds": 3,
}  # fmt: skip
TOLD_FROM = 0.8  # of the limit


@dataclass
class Bucket:
    """`size` units flow back within `seconds`."""

    size: int
    seconds: float
    clock: Callable[[], float] = time.monotonic
    _left: float = field(init=False)
    _at: float = field(init=False)

    def __post_init__(self) -> None:
        self._left, self._at = self.size, self.clock()

    def take(self, units: int) -> float:
        """0 when there were enough, else the seconds until there are."""
        now = self.clock()
        self._left = min(self.size, self._left + (now - self._at) * self.size / self.seconds)
        self._at = now
        if units > self._left:
            return (units - self._left) * self.seconds / self.size
        self._left -= units
        return 0.0

    @property
    def used(self) -> float:
        """The share of the limit in use."""
        return 1 - self._left / self.size


class Limits:
    """Those of one application in one tenant. Small by default, so that a test meets them."""

    def __init__(
        self, *, units: int = 8000, keys: int = 150, reports: int = 5, clock: Callable[[], float] = time.monotonic
    ) -> None:
        self._units, self._keys = Bucket(units, 10, clock), Bucket(keys, 60, clock)
        self._reports = Bucket(reports, 10, clock)
        self._lock = threading.Lock()

    def spent(self, segments: Sequence[str], query: Mapping[str, str], *, who: str) -> Reply | dict[str, str]:
        """The headers of an answer, or the refusal of one."""
        units = cost(segments, query)
        with self._lock:
            special = self._special(segments, query)
            wait = (special.take(1) if special else 0.0) or self._units.take(units)
            used = self._units.used
        if wait:
            told = {
                "Retry-After": str(math.ceil(wait)),
                "x-ms-throttle-scope": f"Tenant_Application/ReadWrite/{who}",
                "x-ms-throttle-information": "ResourceUnitLimitExceeded",
            }
            return refused(429, "TooManyRequests", "Too many requests.", told)
        share = {"x-ms-throttle-limit-percentage": f"{used:.2f}"} if used > TOLD_FROM else {}
        return {"x-ms-resource-unit": str(units), **share}

    def _special(self, segments: Sequence[str], query: Mapping[str, str]) -> Bucket | None:
        if segments[0].endswith("SignInActivities"):
            return self._reports
        return self._keys if "keyCredentials" in query.get("$select", "").split(",") else None


def cost(segments: Sequence[str], query: Mapping[str, str]) -> int:
    """In resource units."""
    plain = [each for each in segments if not each.startswith("microsoft.graph.")]
    units = COSTS.get(plain[-1], 1) if len(plain) != 2 else COSTS.get(plain[-1], COSTS.get(plain[0], 1))
    units -= ("$select" in query) + (query.get("$top", "999").isdigit() and int(query.get("$top", "999")) < 20)
    return max(1, units + ("$expand" in query))
