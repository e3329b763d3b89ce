"""In which order is a tenant read, and what at the same time?

First the service principals, their agents and federated credentials, which all others must know of; then who holds
what. Service principals are told when all that is told on them was read: last sign-ins and certificates come slowly,
for Graph allows few such reads. What must be known or wait meanwhile is on a shelf, on disk.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping
from concurrent.futures import Future, ThreadPoolExecutor
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
from connectors.sources.entra.bookmark import Bookmark
from connectors.sources.entra.changes import Changes
from connectors.sources.entra.graph import Graph
from connectors.sources.entra.pace import Pace
from connectors.sources.entra.permissions import TENANT
from connectors.sources.entra.shelf import Shelf
from connectors.sources.entra.tenant import LABELS, Reading, Tenant
from connectors.stream import Cancelled, Stream, streamed

KEYS = 150, 60.0  # reads of keyCredentials, seconds: https://learn.microsoft.com/graph/throttling-limits
REPORTS = 5, 10.0
THREADS = 10  # all parts that are ever read at the same time
ALL = "service-principals"
Work = Callable[[Reading], None]
Parts = Mapping[Work, tuple[str, ...]]  # what is read at the same time → the scopes that need it
SLOW: Parts = {sign_ins.read: ("sign-ins", "service-principals")}
WHOLE: Parts = {
    applications.read: ("applications", "service-principals"),
    applications.read_keys: ("certificates", "service-principals"),
}
KNOWN: Parts = {
    agents.collect: ("agents", "service-principals"),
    federated.collect: ("federated-credentials", "service-principals"),
}
NAMES: Parts = {service_principals.read_names: tuple(LABELS)}
EVERYBODY: Parts = {service_principals.collect: tuple(LABELS)}
HOLDING: Parts = {
    federated.tell: ("federated-credentials",),
    app_roles.read: ("app-roles", "groups", "agents"),
    directory_roles.read: ("directory-roles", "eligible-roles", "groups", "agents"),
    delegated.read: ("delegated-grants", "agents"),
    owners.read: ("owners", "agents"),
}
LAST: Parts = {groups.read: ("groups",), agents.tell: ("agents",)}


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
        with ThreadPoolExecutor(THREADS, thread_name_prefix="entra-part") as pool:
            _Lanes(reading, pool).read(bookmark.read(pull.bookmarks.get(reading.scopes[ALL].key), now=pull.now))


def tenant(graph: Graph, key: str) -> Tenant:
    """The tenant with its name, if that may be read. SourceError where the sign-in is refused: then nothing may."""
    try:
        rows = graph.page(TENANT, Meter())["value"]
    except SignInFailed as error:
        raise SourceError(error.sentence, kind=ErrorKind.CONFIG) from None
    except (HttpError, KeyError):
        rows = []
    return Tenant(id=key, name=next((row["displayName"] for row in rows if row.get("displayName")), key))


class _Lanes:
    """The parts of one reading, on the threads of a pool."""

    def __init__(self, reading: Reading, pool: ThreadPoolExecutor) -> None:
        self._reading, self._pool = reading, pool

    def read(self, kept: Bookmark | None) -> None:
        """Everything, or of the service principals what changed since the bookmark was made."""
        reading, told = self._reading, self._reading.is_done(ALL)
        found = changes.since(reading, kept) if kept and not told else None
        tokens = None if found or told else changes.latest(reading)
        slow = self._begin({**SLOW, **({} if found else WHOLE)})
        self._wait(self._begin({**KNOWN, **(NAMES if found or told else EVERYBODY)}))
        holding = self._begin(HOLDING)
        self._wait(slow)
        if found and not _is_worthwhile(reading, found):
            found, tokens = None, changes.latest(reading)
            self._wait(self._begin({**WHOLE, **EVERYBODY}))
        if found:
            service_principals.read_changed(reading, found)
        elif not told:
            service_principals.tell_all(reading, tokens)
        self._wait(holding)
        self._wait(self._begin(LAST))

    def _begin(self, parts: Parts) -> list[Future[None]]:
        """Those that a scope needs which isn't done."""
        self._reading.stream.go_on()
        needed = [work for work, kinds in parts.items() if not all(map(self._reading.is_done, kinds))]
        return [self._pool.submit(work, self._reading) for work in needed]

    def _wait(self, begun: list[Future[None]]) -> None:
        for each in begun:
            each.result()


def _is_worthwhile(reading: Reading, found: Changes) -> bool:
    """Whether to tell only what changed, with all that counts as a change."""
    kept = found.kept
    if service_principals.lacking(reading) != kept.lacking or reading.shelf.digest("federated") != kept.federated:
        return False
    changes.add_sign_ins(reading, found)
    return not found.too_many
