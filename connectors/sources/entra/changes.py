"""Which service principals and applications changed since a bookmark was made?

Graph's answer may leave out what didn't change, so it only says whom to ask about. Where it can't tell any more, or has
so much to tell that pages of everything are quicker, the answer is None: read all.
"""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass, field
from datetime import datetime, timedelta
from typing import Any

from connectors.http import HttpError, Untrusted
from connectors.scope import Incomplete
from connectors.sources.entra.bookmark import Bookmark, Tokens
from connectors.sources.entra.permissions import (
    APPLICATIONS_BY_ID,
    APPLICATIONS_SINCE,
    SERVICE_PRINCIPALS_SINCE,
    Call,
)
from connectors.sources.entra.tenant import Reading, guid, moment

DELTA = "@odata.deltaLink"
LATE = timedelta(days=2)  # so long may a sign-in take to be in Entra's report
UNANSWERED = (HttpError, Untrusted, Incomplete, KeyError)


class TooMany(Exception):
    """More changed than is worth asking about one by one."""


@dataclass(slots=True)
class Changes:
    """Whom to ask about: service principals by their ids and by their client IDs. `tokens`: for the next time."""

    kept: Bookmark
    tokens: Tokens
    ids: set[str] = field(default_factory=set)
    clients: set[str] = field(default_factory=set)
    removed: set[str] = field(default_factory=set)

    @property
    def too_many(self) -> bool:
        return len(self.ids) + len(self.clients) + len(self.removed) > self.kept.limit


def latest(reading: Reading) -> Tokens | None:
    """Tokens for whatever changes from now on; None where Graph gives none: then everything is read next time, too."""
    meter = reading.scopes["service-principals"].meter
    try:
        found = [str(reading.graph.page(call, meter)[DELTA]) for call in (SERVICE_PRINCIPALS_SINCE, APPLICATIONS_SINCE)]
    except UNANSWERED:
        return None
    return Tokens(*found)


def since(reading: Reading, kept: Bookmark) -> Changes | None:
    """What changed since then, in Graph's words."""
    changes = Changes(kept=kept, tokens=kept.tokens)
    try:
        principals = _principals(reading, changes)
        applications = _applications(reading, changes)
    except (*UNANSWERED, TooMany):
        return None
    changes.tokens = Tokens(principals, applications)
    return changes


def add_sign_ins(reading: Reading, changes: Changes) -> None:
    """Besides those, who signed in since: Graph doesn't call that a change."""
    for client, at in reading.shelf.all("sign-in"):
        if _is_recent(at, changes.kept.since):
            changes.clients.add(client)
        if changes.too_many:
            return


def _is_recent(at: str, since: datetime) -> bool:
    found = moment(at)
    return found is not None and found > since - LATE


def _principals(reading: Reading, changes: Changes) -> str:
    following = ""
    for page in _pages(reading, SERVICE_PRINCIPALS_SINCE, changes.kept.tokens.principals):
        for row in page["value"]:
            key, gone = guid(row["id"]), "@removed" in row
            (changes.removed if gone else changes.ids).add(key)
            (changes.ids if gone else changes.removed).discard(key)  # what is told last holds
        following = page.get(DELTA, "")
        _stop_at(changes)
    return _given(following)


def _applications(reading: Reading, changes: Changes) -> str:
    """A row may leave out the client ID, which never changes."""
    following, ids = "", set()
    for page in _pages(reading, APPLICATIONS_SINCE, changes.kept.tokens.applications):
        ids |= {row["id"] for row in page["value"] if "@removed" not in row}
        following = page.get(DELTA, "")
        if len(ids) > changes.kept.limit:
            raise TooMany
    meter = reading.scopes["applications"].meter
    for rows in reading.graph.those(APPLICATIONS_BY_ID, sorted(ids), meter):
        changes.clients |= {guid(row["appId"]) for row in rows}
    _stop_at(changes)
    return _given(following)


def _pages(reading: Reading, call: Call, address: str) -> Iterator[Any]:
    return reading.graph.whole_pages(address, call, reading.scopes["service-principals"].meter)


def _stop_at(changes: Changes) -> None:
    if changes.too_many:
        raise TooMany


def _given(following: str) -> str:
    """The last page names where to go on."""
    if not following:
        raise Incomplete("what changed ends without a token")
    return following
