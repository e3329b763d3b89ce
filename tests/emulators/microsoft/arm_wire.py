"""What is a call to Azure made of, and how does Azure write an answer or a refusal?"""

import base64
from collections.abc import Sequence
from typing import Any
from urllib.parse import urlencode

from tests.emulators.microsoft.wire import Asked, Reply

__all__ = ["CALLER", "Asked", "Reply", "forbidden", "paged", "refused"]
CALLER = "59e617e5-e447-4adc-8b88-00af644d7c92"


def refused(status: int, code: str, message: str) -> Reply:
    return Reply(status, {"error": {"code": code, "message": message}})


def forbidden(action: str, scope: str) -> Reply:
    message = (
        f"The client '{CALLER}' with object id '{CALLER}' does not have authorization to perform action "
        f"'{action}' over scope '{scope}' or the scope is invalid."
    )
    return refused(403, "AuthorizationFailed", message)


def paged(asked: Asked, rows: Sequence[Any], size: int) -> Reply:
    """One page of a listing, with the address of the next one where there is more."""
    start = _offset(asked.query.get("$skipToken"))
    if start is None:
        return refused(400, "InvalidSkipToken", "The skip token is invalid.")
    page: dict[str, Any] = {"value": rows[start : start + size]}
    if start + size < len(rows):
        query = {**asked.query, "$skipToken": _token(start + size)}
        page["nextLink"] = f"{asked.base}{asked.path}?{urlencode(query)}"
    return Reply(200, page)


def _token(offset: int) -> str:
    return base64.urlsafe_b64encode(f"from {offset}".encode()).decode()


def _offset(token: str | None) -> int | None:
    if token is None:
        return 0
    try:
        return int(base64.urlsafe_b64decode(token).decode().removeprefix("from "))
    except ValueError:
        return None
