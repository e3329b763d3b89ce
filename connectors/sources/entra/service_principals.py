"""Which service principals are there, or which changed since the last complete reading?"""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from contextlib import ExitStack
from datetime import datetime
from typing import Any

from connectors.inventory.records import Removed, ScopeState
from connectors.scope import Scope
from connectors.sources.entra import applications, bookmark
from connectors.sources.entra.changes import Changes
from connectors.sources.entra.permissions import (
    APPLICATION,
    APPLICATIONS_BY_APPLICATION,
    KEYS_OF_APPLICATIONS_BY_APPLICATION,
    KEYS_OF_SERVICE_PRINCIPALS_BY_ID,
    NAMES,
    SERVICE_PRINCIPALS,
    SERVICE_PRINCIPALS_BY_APPLICATION,
    SERVICE_PRINCIPALS_BY_ID,
)
from connectors.sources.entra.principals import Joined, identity, name_of
from connectors.sources.entra.tenant import Reading, guid
from connectors.sources.entra.trouble import noted
from connectors.stream import Cancelled

Row = dict[str, Any]
JOINED = ("applications", "certificates", "federated-credentials", "agents", "sign-ins")  # told on them
CHANGING = ("service-principals", "applications", "certificates")  # read for what changed alone
NONE: Row = {}


def collect(reading: Reading) -> None:
    """Every one of them, kept until what is told on them was read elsewhere; others may know of them from now on."""
    scope = reading.scopes["service-principals"]
    with noted(scope, needs=APPLICATION):
        for rows in reading.graph.pages(SERVICE_PRINCIPALS, scope.meter):
            remember(reading, rows)
            reading.shelf.keep("service principals", [{**row, "appRoles": None} for row in rows])


def tell_all(reading: Reading, tokens: bookmark.Tokens | None) -> None:
    """Those that were collected. `tokens` were taken before: what changed meanwhile is told next time."""
    with reading.opened("service-principals") as scope, noted(scope, needs=APPLICATION):
        size = 0
        for rows in reading.shelf.pages("service principals"):
            reading.stream.go_on()
            size += len(rows)
            tell(reading, scope, rows)
        scope.bookmark = _bookmark(reading, tokens, since=reading.now, size=size)


def read_names(reading: Reading) -> None:
    """What other scopes must know of them; nothing is told."""
    scope = reading.scopes["service-principals"]
    with noted(scope, needs=APPLICATION):
        for rows in reading.graph.pages(NAMES, scope.meter):
            remember(reading, rows)


def read_changed(reading: Reading, changes: Changes) -> None:
    """Those that changed, or whose application did, or that signed in since; and which are gone."""
    with ExitStack() as scopes:
        scope, *joined = opened = [scopes.enter_context(reading.opened(kind, increment=True)) for kind in CHANGING]
        try:
            with noted(scope, needs=APPLICATION):
                for key in sorted(changes.removed):
                    scope.put(Removed(id=key, scope=scope.key))
                for rows in _changed(reading, scope, changes):
                    _join(reading, rows, *joined)
                    tell(reading, scope, rows)
        except Cancelled:
            for each in opened:
                each.cancelled = True
        kept = changes.kept
        scope.bookmark = _bookmark(reading, changes.tokens, since=kept.since, size=kept.size)


def _bookmark(reading: Reading, tokens: bookmark.Tokens | None, *, since: datetime, size: int) -> str | None:
    federated = reading.shelf.digest("federated")
    return bookmark.written(tokens, since=since, size=size, lacking=lacking(reading), federated=federated)


def remember(reading: Reading, rows: Iterable[Row]) -> None:
    """Names, client IDs, and the app roles of those that have any, for the scopes that are read after this one."""
    rows = list(rows)
    reading.shelf.put("name", ((guid(row["id"]), name_of(row)) for row in rows))
    reading.shelf.put("by application", ((guid(row["appId"]), guid(row["id"])) for row in rows if row.get("appId")))
    offering = (row for row in rows if row.get("appRoles"))
    reading.shelf.put("resource", ((guid(row["id"]), _roles(row)) for row in offering))


def _roles(row: Row) -> Row:
    """App role → what it is called."""
    return {guid(role["id"]): role.get("value") or role.get("displayName") for role in row["appRoles"]}


def tell(reading: Reading, scope: Scope, rows: list[Row]) -> None:
    """The rows, joined with what was read of them elsewhere."""
    ids, clients = [guid(row["id"]) for row in rows], [guid(row.get("appId") or "") for row in rows]
    shelf, missing = reading.shelf, lacking(reading)
    known = {name: shelf.take(name, clients) for name in ("application", "application keys", "federated", "sign-in")}
    known |= {name: shelf.take(name, ids) for name in ("keys", "agent")}
    for row, key, client in zip(rows, ids, clients, strict=True):
        joined = Joined(
            application=known["application"].get(client, NONE),
            application_keys=known["application keys"].get(client, ()),
            keys=known["keys"].get(key, ()),
            federated=known["federated"].get(client, ()),
            signed_in=known["sign-in"].get(client),
            agent=known["agent"].get(key, NONE),
            lacking=missing,
        )
        scope.put(identity(row, joined, reading.tenant, scope.key))


def lacking(reading: Reading) -> frozenset[str]:
    """Which readings that are told on service principals didn't end well."""
    return frozenset(kind for kind in JOINED if reading.scopes[kind].state is not ScopeState.COMPLETE)


def _changed(reading: Reading, scope: Scope, changes: Changes) -> Iterator[list[Row]]:
    """Each once."""
    told: set[str] = set()
    by_id = reading.graph.those(SERVICE_PRINCIPALS_BY_ID, sorted(changes.ids), scope.meter)
    by_application = reading.graph.those(SERVICE_PRINCIPALS_BY_APPLICATION, sorted(changes.clients), scope.meter)
    for found in (by_id, by_application):
        for rows in found:
            yield [row for row in rows if row["id"] not in told]
            told.update(row["id"] for row in rows)


def _join(reading: Reading, rows: list[Row], registrations: Scope, certificates: Scope) -> None:
    shelf, ids = reading.shelf, [row["id"] for row in rows]
    clients = [guid(row["appId"]) for row in rows if row.get("appId")]
    with noted(registrations, needs=APPLICATION):
        for found in reading.graph.those(APPLICATIONS_BY_APPLICATION, clients, registrations.meter):
            shelf.put("application", (applications.kept(row) for row in found))
    with noted(certificates, needs=APPLICATION):
        for found in reading.keys.those(KEYS_OF_APPLICATIONS_BY_APPLICATION, clients, certificates.meter):
            shelf.put("application keys", applications.keys_of(found, by="appId"))
        for found in reading.keys.those(KEYS_OF_SERVICE_PRINCIPALS_BY_ID, ids, certificates.meter):
            shelf.put("keys", applications.keys_of(found, by="id"))
