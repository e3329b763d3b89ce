"""How long does a system want to be left alone? Pure.

Read from what it says: `Retry-After` as seconds or as a date (RFC 9110), and how much of its rate limit is left, which
each vendor says in its own way. Dates are compared with the answer's own `Date`: our clock may be wrong.
"""

from __future__ import annotations

import re
from collections.abc import Mapping
from datetime import UTC, datetime
from email.utils import parsedate_to_datetime

LONGEST = 300.0  # seconds; whoever asks for more is asked again then
SCARCE = 0.1  # of the limit
BUSY = 0.8  # of Microsoft Graph's limit: the share from which it tells at all
SLOWEST = 60.0  # seconds between two calls, however little is left
STEADY = 1.0
FEW = 25  # reads that Azure gives back every second; with fewer left, the bucket is all but empty
_PARTS = re.compile(r"([a-z]+)\s*=\s*(\d+)")


def retry_after(headers: Mapping[str, str], *, now: datetime) -> float | None:
    """Seconds to wait before the same call again, at most LONGEST; None where the answer doesn't say."""
    said = headers.get("Retry-After", headers.get("Beta-Retry-After"))  # the latter is Atlassian's
    if said is None:
        return None
    seconds = _number(said)
    if seconds is None:
        moment = _date(said)
        seconds = (moment - _now(headers, now)).total_seconds() if moment else None
    return None if seconds is None else min(max(seconds, 0.0), LONGEST)


def pace(headers: Mapping[str, str], *, now: datetime) -> float:
    """Seconds to leave between calls so that the limit isn't met; 0 where enough is left, or nothing is said."""
    told = (_graph(headers), _azure(headers), _resource_graph(headers), _limit(headers, now), _quotas(headers))
    return min(SLOWEST, max(told))


def _graph(headers: Mapping[str, str]) -> float:
    """https://learn.microsoft.com/graph/throttling: the share of the limit in use, told from 0.8 on; it may pass 1."""
    share = _number(headers.get("x-ms-throttle-limit-percentage"))
    return 0.0 if share is None or share < BUSY else (share - BUSY) * 10


def _azure(headers: Mapping[str, str]) -> float:
    """Azure Resource Manager tells how many reads are left; they come back by the second."""
    names = ("x-ms-ratelimit-remaining-subscription-reads", "x-ms-ratelimit-remaining-tenant-reads")
    left = [number for name in names if (number := _number(headers.get(name))) is not None]
    return STEADY if left and min(left) < FEW else 0.0


def _resource_graph(headers: Mapping[str, str]) -> float:
    """Resource Graph gives a number of queries for some seconds, written as hours:minutes:seconds."""
    left = _number(headers.get("x-ms-user-quota-remaining"))
    if left is None or left > 0:
        return 0.0
    hours, _, rest = headers.get("x-ms-user-quota-resets-after", "0:0:5").partition(":")
    minutes, _, seconds = rest.partition(":")
    return (_number(hours) or 0) * 3600 + (_number(minutes) or 0) * 60 + (_number(seconds) or 0)


def _limit(headers: Mapping[str, str], now: datetime) -> float:
    """`RateLimit-*` and `X-RateLimit-*`, also in one field: what is left of it is spread over its time."""
    said = dict(_PARTS.findall(headers.get("RateLimit", "").lower()))
    found = {
        part: said.get(part) or headers.get(f"RateLimit-{part}") or headers.get(f"X-RateLimit-{part}")
        for part in ("limit", "remaining", "reset")
    }
    limit, remaining = _number(found["limit"]), _number(found["remaining"])
    if remaining is None or (limit and remaining / limit >= SCARCE) or (not limit and remaining > 1):
        return 0.0
    reset = _until(found["reset"], _now(headers, now))
    return reset / (remaining + 1)


def _quotas(headers: Mapping[str, str]) -> float:
    """Several limits by their names, as the IETF's later drafts write them, and Atlassian with "Beta-" before it: of
    q in all (`RateLimit-Policy: "a";q=100;w=60`), r are left for t seconds (`RateLimit: "a";r=4;t=20`)."""
    policies = _named(headers, "RateLimit-Policy")
    waits = [0.0]
    for name, left in _named(headers, "RateLimit").items():
        limit, remaining, seconds = policies.get(name, {}).get("q"), left.get("r"), left.get("t", STEADY)
        if limit and remaining is not None and remaining / limit < SCARCE:
            waits.append(seconds / (remaining + 1))
    return max(waits)


def _named(headers: Mapping[str, str], field: str) -> dict[str, dict[str, float]]:
    said = ",".join(filter(None, (headers.get(field), headers.get(f"Beta-{field}"))))
    return {
        item.partition(";")[0].strip(): {part: float(value) for part, value in _PARTS.findall(item.partition(";")[2])}
        for item in said.split(",")
        if ";" in item
    }


def _until(said: str | None, now: datetime) -> float:
    """Seconds until then: said as seconds, as seconds since 1970, or as a date of either form."""
    number = _number(said)
    if number is not None:
        return max(0.0, number - now.timestamp() if number > 1e9 else number)
    moment = _date(said or "")
    return max(0.0, (moment - now).total_seconds()) if moment else STEADY


def _now(headers: Mapping[str, str], ours: datetime) -> datetime:
    return _date(headers.get("Date", "")) or ours


def _date(said: str) -> datetime | None:
    try:
        found = parsedate_to_datetime(said)
    except ValueError:
        try:
            found = datetime.fromisoformat(said)
        except ValueError:
            return None
    return found if found.tzinfo else found.replace(tzinfo=UTC)


def _number(said: str | None) -> float | None:
    try:
        return None if said is None else float(said)
    except ValueError:
        return None
