"""How does each of Atlassian's listings go on, and when is it whole?

Four styles (https://developer.atlassian.com/cloud/jira/platform/rest/v3/intro/#pagination): pages that say where they
stand, bare arrays that end with an empty one, and cursors. Addresses of next pages are not followed: they name the
site even where only the gateway may be asked. What has another shape is an error, never an empty page.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from typing import Any
from urllib.parse import parse_qs, urlsplit

from connectors.scope import Incomplete
from connectors.sources.jira.permissions import Call
from connectors.sources.jira.place import Place

Row = Mapping[str, Any]
ARRAY = 1000  # rows of a bare array
PAGE = 100


def by_offset(
    place: Place, call: Call, *, params: Mapping[str, Any] | None = None, size: int = PAGE
) -> Iterator[list[Row]]:
    """Pages of `values`. Jira may give fewer than asked for, so the next page begins after what came."""
    start, last = 0, False
    while not last:
        page = place.get(call, params={**(params or {}), "startAt": start, "maxResults": size})
        rows: list[Row] = page["values"]
        last = page["isLast"]
        if page["startAt"] != start or not (rows or last):
            raise Incomplete(f"{call.path} answers with another page than was asked for")
        yield rows
        start += len(rows)


def by_array(place: Place, call: Call) -> Iterator[list[Row]]:
    """Bare arrays. Jira leaves rows out after it counted them, so a short page isn't the last one: an empty one is, and
    the next page may begin with what was there already."""
    start = 0
    while True:
        rows: list[Row] = place.get(call, params={"startAt": start, "maxResults": ARRAY})
        if not isinstance(rows, list):
            raise Incomplete(f"{call.path} answers with no list")
        if not rows:
            return
        yield rows
        start += len(rows)


def by_cursor(
    place: Place, call: Call, *, params: Mapping[str, Any] | None = None, rows: str = "data", **parts: str
) -> Iterator[list[Row]]:
    """Pages whose `links.next` is a cursor, a query with one, or an address with such a query."""
    asked, seen = dict(params or {}), set[str]()
    while True:
        page = place.get(call, params=asked, **parts)
        yield page[rows]
        following = (page.get("links") or {}).get("next")
        if not following:
            return
        cursor = _cursor(following)
        if cursor in seen:
            raise Incomplete(f"{call.path} names the same next page twice")
        seen.add(cursor)
        asked["cursor"] = cursor


def _cursor(following: str) -> str:
    if "=" not in following or ("?" not in following and "&" not in following):
        return following
    return parse_qs(urlsplit(following).query)["cursor"][0]
