"""How does Graph answer up to twenty requests in one? Each by itself, in no order.

https://learn.microsoft.com/graph/json-batching
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import replace
from typing import Any
from urllib.parse import parse_qsl, unquote

from tests.emulators.microsoft.wire import Asked, Reply, refused

MOST = 20


def batch(asked: Asked, version: str, again: Callable[[Asked], Reply]) -> Reply:
    """200, whatever becomes of the single requests; 400 for a batch that is none."""
    requests = (asked.body or {}).get("requests")
    if asked.method != "POST" or not isinstance(requests, list):
        return refused(400, "BadRequest", "Invalid batch payload format.")
    if len(requests) > MOST:
        return refused(400, "BadRequest", f"Number of batch request steps exceeds the maximum value of {MOST}.")
    if len({each["id"] for each in requests}) < len(requests):
        return refused(400, "BadRequest", "Request Id has to be unique in a batch.")
    return Reply(200, {"responses": [_answered(asked, each, version, again) for each in reversed(requests)]})


def _answered(asked: Asked, request: dict[str, Any], version: str, again: Callable[[Asked], Reply]) -> dict[str, Any]:
    path, _, query = request["url"].partition("?")
    inner = Asked(
        method=request["method"],
        path=f"{version}/{unquote(path).lstrip('/')}",
        query=dict(parse_qsl(query, keep_blank_values=True)),
        body=request.get("body"),
        base=asked.base,
        headers={name.lower(): value for name, value in request.get("headers", {}).items()},
        claims=asked.claims,
    )
    found = again(replace(inner, method=inner.method.upper()))
    told = {"Content-Type": "application/json", **found.headers}
    return {"id": request["id"], "status": found.status, "headers": told, "body": _body(found.body)}


def _body(body: Any) -> Any:
    return body.decode() if isinstance(body, bytes) else body
