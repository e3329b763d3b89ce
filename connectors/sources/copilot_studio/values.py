"""How does Power Platform write times, names and JSON in a text? Pure."""

from __future__ import annotations

from datetime import UTC, datetime
from typing import Any

import orjson

EARLIEST = 1901  # what Dataverse writes where there is no date lies before


def moment(said: Any) -> datetime | None:
    """A time, "2026-01-15T10:30:00Z" or with up to seven digits of a second; None for one that isn't told."""
    try:
        found = datetime.fromisoformat(said) if said else None
    except (TypeError, ValueError):
        return None
    if found is None or found.year < EARLIEST:
        return None
    return found if found.tzinfo else found.replace(tzinfo=UTC)


def json_of(text: Any) -> dict[str, Any] | None:
    """The object that a column holds as a text; None where it holds none, or something else."""
    try:
        found = orjson.loads(text) if isinstance(text, str) and text else None
    except orjson.JSONDecodeError:
        return None
    return found if isinstance(found, dict) else None


def mapping(said: Any) -> dict[str, Any]:
    """The object where one is expected; an empty one where there is anything else."""
    return said if isinstance(said, dict) else {}


def rows(said: Any) -> list[Any]:
    """The same for a list."""
    return said if isinstance(said, list) else []


def short(key: str) -> str:
    """An id as pages show it where nothing better is known."""
    return f"{key[:8]}…"


def counted(number: int, one: str, several: str | None = None) -> str:
    """ "1 tool", "3 tools"."""
    return f"{number:,} {one if number == 1 else several or one + 's'}"
