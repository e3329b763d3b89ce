"""In which order is a tenant read, and what at the same time?

First what is told on service principals but read elsewhere; then the service principals; then who holds what, which
needs to know their names. What must be known of all of them meanwhile is on a shelf, on disk.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator
from concurrent.futures import ThreadPoolExecutor
from contextlib import suppress
from functools import partial

from connectors.http import HttpError, SignInFailed, endpoint
from connectors.http.microsoft import Microsoft
from connectors.inventory.records import Record
from connectors.scope import Meter
from connectors.source import ErrorKind, Pull, SourceError
from connectors.sources.entra import (
    agents,
    app_roles,
    applications,
    bookmark,
    changes,
    delegated,
    directory_roles,
    federated,
    groups,
    owners,
    service_principals,
    sign_ins,
)
from connectors.sources.entra.changes import Changes
from connectors.sources.entra.graph import Graph
from connectors.sources.entra.pace import Pace
from connectors.sources.entra.permissions import TENANT
from connectors.sources.entra.shelf import Shelf
from connectors.sources.entra.tenant import LABELS, Reading, Tenant
from connectors.stream import Cancelled, Stream, streamed

KEYS = 150, 60.0  # reads of keyCredentials, seconds: https://learn.microsoft.com/graph/throttling-limits
REPORTS = 5, 10.0
Work = Callable[[Reading], None]
# What is read at the same time, with the scopes that need it.
JOINED: dict[Work, tuple[str, ...]] = {
    sign_ins.read: ("sign-ins", "service-principals"),
    agents.collect: ("agents", "service-principals"),
    federated.collect: ("federated-credentials", "service-principals"),
}
WHOLE: dict[Work, tuple[str, ...]] = {
    applications.read: ("applications", "service-principals"),
    applications.read_keys: ("certificates", "service-principals"),
}
HOLDING: dict[Work, tuple[str, ...]] = {
    federated.tell: ("federated-credentials",),
    app_roles.read: ("app-roles", "groups", "agents"),
    directory_roles.read: ("directory-roles", "eligible-roles", "groups", "agents"),
    delegated.read: ("delegated-grants", "agents"),
    owners.read: ("owners", "agents"),
}
LAST: dict[Work, tuple[str, ...]] = {groups.read: ("groups",), agents.tell: ("agents",)}


def records(pull: Pull) -> Iterator[Record]:
    """Everything the source says. Threads read; closing the iterator ends them."""
    microsoft = Microsoft(pull.settings)
    yield from streamed(partial(_read, microsoft, pull), name="entra-tenant", cancelled=pull.cancelled)


def _read(microsoft: Microsoft, pull: Pull, stream: Stream) -> None:
    sign = microsoft.authorize(endpoint("graph"))
    graph = Graph(sign, go_on=stream.go_on)
    with Shelf() as shelf, suppress(Cancelled):  # scopes that were open say so
        reading = Reading(
            tenant=tenant(graph, microsoft.tenant),
            graph=graph,
            keys=Graph(sign, pace=Pace(*KEYS, go_on=stream.go_on), go_on=stream.go_on),
            reports=Graph(sign, pace=Pace(*REPORTS, go_on=stream.go_on), go_on=stream.go_on),
            stream=stream,
            shelf=shelf,
            now=pull.now,
            done=pull.done,
        )
        _service_principals(reading, pull)
        _together(reading, HOLDING)
        _together(reading, LAST)


def tenant(graph: Graph, key: str) -> Tenant:
    """The tenant with its name, if that may be read. SourceError where the sign-in is refused: then nothing may."""
    try:
        rows = graph.page(TENANT, Meter())["value"]
    except SignInFailed as error:
        raise SourceError(error.sentence, kind=ErrorKind.CONFIG) from None
    except (HttpError, KeyError):
        rows = []
    return Tenant(id=key, name=next((row["displayName"] for row in rows if row.get("displayName")), key))


def _service_principals(reading: Reading, pull: Pull) -> None:
    """All of them or those that changed; in a scan that goes on after them, what the others need to know."""
    if reading.is_done("service-principals"):
        _together(reading, {**JOINED, **WHOLE, service_principals.read_names: tuple(LABELS)})
        return
    kept = bookmark.read(pull.bookmarks.get(reading.scopes["service-principals"].key), now=pull.now)
    found = changes.since(reading, kept) if kept else None
    tokens = None if found else changes.latest(reading)
    _together(reading, JOINED if found else {**JOINED, **WHOLE})
    if found and not _is_worthwhile(reading, found):
        found, tokens = None, changes.latest(reading)
        _together(reading, WHOLE)
    reading.stream.go_on()
    if found:
        service_principals.read_changed(reading, found)
    else:
        service_principals.read_all(reading, tokens)


def _is_worthwhile(reading: Reading, found: Changes) -> bool:
    """Whether to tell only what changed, with all that counts as a change."""
    if service_principals.lacking(reading) != found.kept.lacking:
        return False
    changes.add_joined(reading, found)
    return not found.too_many


def _together(reading: Reading, works: dict[Work, tuple[str, ...]]) -> None:
    """All that a scope needs which isn't done; what the first raises is raised here when all have ended."""
    reading.stream.go_on()
    needed = [work for work, kinds in works.items() if not all(map(reading.is_done, kinds))]
    with ThreadPoolExecutor(max(1, len(needed)), thread_name_prefix="entra-part") as pool:
        for each in [pool.submit(work, reading) for work in needed]:
            each.result()
