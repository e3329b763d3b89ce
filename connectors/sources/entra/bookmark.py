"""From where can the next scan read only what changed, and when must it read everything?

Pure. Graph keeps such a token for seven days, so a whole reading is due every few days; and at once when something that
Graph doesn't tell as a change differs (federated credentials), or sv0 understands more than it did (VERSION).
"""

from __future__ import annotations

import json
from collections.abc import Collection
from dataclasses import dataclass
from datetime import datetime, timedelta

VERSION = 1  # grows when a service principal is told otherwise than before
LONGEST = timedelta(days=6)
FEW = 300  # changes that are always asked for one by one
PAGE, ASKED = 999, 15  # objects that a page holds, and that can be asked for at once


@dataclass(frozen=True, slots=True)
class Tokens:
    """Graph's addresses of what changes from now on."""

    principals: str
    applications: str


@dataclass(frozen=True, slots=True)
class Bookmark:
    """`since` is when everything was read, `size` how many service principals there were; `lacking` names what could
    not be told of them then, `federated` is a digest of their federated credentials."""

    tokens: Tokens
    since: datetime
    size: int
    lacking: frozenset[str]
    federated: str

    @property
    def limit(self) -> int:
        """The number of changes beyond which reading all pages takes fewer calls."""
        return max(FEW, self.size * ASKED // PAGE)


def written(
    tokens: Tokens | None, *, since: datetime, size: int, lacking: Collection[str], federated: str
) -> str | None:
    """The bookmark as it is kept; None where Graph gave no tokens."""
    if tokens is None:
        return None
    told = {
        "version": VERSION,
        "since": since.isoformat(),
        "size": size,
        "lacking": sorted(lacking),
        "federated": federated,
        "principals": tokens.principals,
        "applications": tokens.applications,
    }
    return json.dumps(told)


def read(text: str | None, *, now: datetime) -> Bookmark | None:
    """The bookmark that was kept; None where there is none, or everything is to be read again."""
    try:
        told = json.loads(text or "{}")
        if told["version"] != VERSION or not timedelta(0) <= now - datetime.fromisoformat(told["since"]) <= LONGEST:
            return None
        return Bookmark(
            tokens=Tokens(principals=told["principals"], applications=told["applications"]),
            since=datetime.fromisoformat(told["since"]),
            size=int(told["size"]),
            lacking=frozenset(told["lacking"]),
            federated=str(told["federated"]),
        )
    except (KeyError, TypeError, ValueError):
        return None
