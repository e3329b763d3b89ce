"""What does a field of a row say? Everything arrives as text, and an empty one says nothing. Pure."""

from __future__ import annotations

from collections.abc import Mapping
from datetime import UTC, datetime
from urllib.parse import urlsplit

Row = Mapping[str, str]
TRUE, FALSE = {"true", "1"}, {"false", "0"}


def text(row: Row, field: str) -> str | None:
    """None where it is empty, hidden, or not in this release."""
    return row.get(field) or None


def flag(row: Row, field: str) -> bool | None:
    """None where it doesn't say."""
    said = row.get(field, "").lower()
    return True if said in TRUE else False if said in FALSE else None


def moment(row: Row, field: str) -> datetime | None:
    """ "2026-11-25 03:00:00" or "2026-11-25", in UTC; None for anything else."""
    try:
        return datetime.fromisoformat(row.get(field, "")).replace(tzinfo=UTC)
    except ValueError:
        return None


def stamp(at: datetime) -> str:
    """A moment as queries spell it."""
    return at.astimezone(UTC).strftime("%Y-%m-%d %H:%M:%S")


def host_of(address: str) -> str | None:
    """The host of an address in small letters; None where there is none, or it is worked out at run time."""
    try:
        host = urlsplit(address.strip()).hostname
    except ValueError:
        return None
    return host if host and "." in host and host.replace(".", "").replace("-", "").isalnum() else None


def short(sys_id: str) -> str:
    """The beginning of an id, for a name where there is no other: "7a1c2f4e…"."""
    return f"{sys_id[:8]}…"
