"""How are twenty objects asked about in one call, and those again that Graph had no time for?

A batch is answered with 200 though each of its requests has a status of its own, and is throttled by itself
(https://learn.microsoft.com/graph/json-batching, …/graph/throttling#throttling-and-batching).
"""

from __future__ import annotations

import random
from collections.abc import Mapping, Sequence
from datetime import UTC, datetime
from typing import Any

import orjson

from connectors.http import Client, HttpError, Throttled, Unavailable
from connectors.http.answers import KINDS
from connectors.http.client import FIRST_WAIT, LONGEST_WAIT, TRIES
from connectors.http.waiting import retry_after

SIZE = 20  # requests in one batch, Graph's limit
FOUND, ABSENT = 200, 404
LATER = frozenset({429, 500, 502, 503, 504})


def answers(client: Client, version: str, urls: Sequence[str], *, headers: Mapping[str, str]) -> list[Any]:
    """The body of each answer, in the order of the addresses (at most SIZE); None where the object is gone.
    `headers` go with every request.

    Raises an HttpError for one that is refused, Throttled or Unavailable for one that is put off to the last try.
    """
    found: dict[str, Any] = {}
    left = {str(number): url for number, url in enumerate(urls)}
    for tried in range(1, TRIES + 1):
        rows = _asked(client, version, left, headers)
        found |= {number: _body(row, left[number]) for number, row in rows.items() if row["status"] not in LATER}
        left = {number: url for number, url in left.items() if number not in found}
        if not left:
            return [found[str(number)] for number in range(len(urls))]
        if tried < TRIES:
            client.rest(_pause(rows, left, tried))
    statuses = {rows[number]["status"] for number in left if number in rows}
    url = next(iter(left.values()))
    raise Throttled(_shown(url), status=429) if 429 in statuses else Unavailable(_shown(url))


def _asked(client: Client, version: str, urls: Mapping[str, str], headers: Mapping[str, str]) -> dict[str, Any]:
    """Number → answer; one that is left out is asked for again."""
    along = {"headers": dict(headers)} if headers else {}
    requests = [{"id": number, "method": "GET", "url": url, **along} for number, url in urls.items()]
    answer = client.post(f"/{version}/$batch", json={"requests": requests})
    return {row["id"]: row for row in answer["responses"] if row["id"] in urls}


def _body(row: Mapping[str, Any], url: str) -> Any:
    if row["status"] == FOUND:
        return row["body"]
    if row["status"] == ABSENT:
        return None
    kind = KINDS.get(row["status"], HttpError)
    raise kind(_shown(url), status=row["status"], body=orjson.dumps(row.get("body")))


def _pause(rows: Mapping[str, Any], left: Mapping[str, str], tried: int) -> float:
    """As long as the longest that Graph asks for, and longer each time where it doesn't say."""
    said = [_said(rows[number].get("headers") or {}) for number in left if number in rows]
    longest = max((seconds for seconds in said if seconds is not None), default=None)
    if longest is None:
        longest = min(LONGEST_WAIT, FIRST_WAIT * 2 ** (tried - 1))
    return longest * random.uniform(1.0, 1.1)  # noqa: S311 (no secret)


def _said(headers: Mapping[str, str]) -> float | None:
    titled = {name.title(): value for name, value in headers.items()}
    return retry_after(titled, now=datetime.now(UTC))


def _shown(url: str) -> str:
    return url.partition("?")[0]
