"""In which order is a tenant's AI Foundry read?

The subscriptions; in each of them its accounts with what they hold, several at once; in each account its projects, the
agents of each in a scope of their own, because reading those takes a permission of its own.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from functools import partial
from typing import Any

from connectors.http import SignInFailed, Unavailable, endpoint
from connectors.http.microsoft import Microsoft
from connectors.inventory.records import Record, ScopeState
from connectors.scope import Scope, Trouble, opened
from connectors.source import ErrorKind, Pull, SourceError
from connectors.sources.foundry import accounts, connections
from connectors.sources.foundry.accounts import FOUNDRY, OPENAI
from connectors.sources.foundry.agents import Agents, stores
from connectors.sources.foundry.asking import MANAGER, Asking, Row, abreast
from connectors.sources.foundry.owners import Owners
from connectors.sources.foundry.permissions import (
    ACCOUNTS,
    AGENTS,
    LIST_ACCOUNTS,
    LIST_AGENTS,
    LIST_ASSISTANTS,
    LIST_CONNECTIONS,
    LIST_PROJECTS,
    LIST_SHARED,
    LIST_STORES,
    LIST_SUBSCRIPTIONS,
    SUBSCRIPTIONS,
)
from connectors.sources.foundry.place import Place, Project, Reading, Subscription, noting
from connectors.stream import Cancelled, Stream, streamed

DEAD = "Deleted"


def records(pull: Pull) -> Iterator[Record]:
    """Everything the source says. Threads read; closing the iterator ends them."""
    microsoft = Microsoft(pull.settings)
    try:
        microsoft.authorize(MANAGER)(fresh=False)
    except SignInFailed as error:
        raise SourceError(error.sentence, kind=ErrorKind.CONFIG) from None
    except Unavailable:
        raise SourceError(f"{endpoint('login')} couldn't be reached to sign in.", kind=ErrorKind.TRANSIENT) from None
    read = partial(_read, microsoft, pull.done)
    yield from streamed(read, name="foundry", cancelled=pull.cancelled)


def _read(microsoft: Microsoft, done: frozenset[str], stream: Stream) -> None:
    key = f"foundry:{microsoft.tenant}:owners"
    owners = Scope(key=key, label="Owners", stream=stream, silent=key in done)
    asking = Asking(microsoft, go_on=stream.go_on)
    Tenant(microsoft.tenant, Reading(asking, stream, Owners(owners), done)).read()


class Tenant:
    """Reads one tenant."""

    def __init__(self, id: str, reading: Reading) -> None:  # noqa: A002 - Microsoft's word
        self.id, self.reading = id, reading
        self.key = f"foundry:{id}:subscriptions"

    def read(self) -> None:
        told: dict[str, Any] = {"group": self.id, "group_label": f"Azure tenant {self.id}"}
        with opened(self.reading.owners.scope, kind="owners", **told) as owners:
            scope = self.reading.scope(self.key, "Subscriptions")
            found: list[Subscription] = []
            with opened(scope, kind=SUBSCRIPTIONS, **told), noting(scope, needs=LIST_SUBSCRIPTIONS.needs):
                found += _subscriptions(self.reading.asking.listed(LIST_SUBSCRIPTIONS, scope.meter))
            self.reading.ended(scope)
            abreast(self._subscription, found, name="foundry-subscription")
            self.reading.stream.go_on()
            for incomplete in self.reading.incomplete:
                owners.note(_uncertain(incomplete))

    def _subscription(self, subscription: Subscription) -> None:
        scope = self.reading.scope(f"foundry:{subscription.id}:accounts", f"AI accounts in {subscription.label}")
        told: dict[str, Any] = {"group": subscription.id, "group_label": subscription.title, "within": self.key}
        with opened(scope, kind=ACCOUNTS, **told), noting(scope, needs=LIST_ACCOUNTS.needs):
            rows = self.reading.asking.listed(LIST_ACCOUNTS, scope.meter, id=subscription.key)
            abreast(partial(self._account, subscription, scope), rows, name="foundry-account")
            self.reading.stream.go_on()
        self.reading.ended(scope)

    def _account(self, subscription: Subscription, scope: Scope, row: Row) -> None:
        place = Place(self.reading, subscription, scope, row)
        try:
            with noting(scope, needs=LIST_ACCOUNTS.needs):
                _put(scope, accounts.account(place))
                if row.get("kind") in (FOUNDRY, OPENAI):
                    _put(scope, accounts.deployments(place))
                if row.get("kind") == FOUNDRY:
                    _put(scope, connections.read(place, LIST_SHARED, place.ref, place.connections))
                    for each in place.listed(LIST_PROJECTS, row["id"]):
                        self._project(place, each)
        except Cancelled:
            scope.cancelled = True

    def _project(self, place: Place, row: Row) -> None:
        project = accounts.project(place, row)
        _put(place.scope, accounts.project_records(place, project))
        _put(place.scope, connections.read(place, LIST_CONNECTIONS, project.ref, project.connections))
        self._agents(place, project)

    def _agents(self, place: Place, project: Project) -> None:
        """Skipped where an interrupted scan completed them: nobody else needs them."""
        scope = self.reading.scope(f"foundry:{project.key}:agents", f"Agents of {place.name}/{project.name}")
        if scope.silent:
            return
        told: dict[str, Any] = {
            "group": place.subscription.id,
            "group_label": place.subscription.title,
            "within": place.scope.key,
        }
        with opened(scope, kind=AGENTS, **told), noting(scope, needs=LIST_AGENTS.needs):
            if project.address is None:
                scope.note(_without_address(scope))
                return
            asking = self.reading.asking
            kept: tuple[tuple[str, str], ...] = ()
            with noting(scope, needs=LIST_STORES.needs):
                kept = stores(asking.listed(LIST_STORES, scope.meter, id=project.row["id"]))
            agents = Agents(place, project, scope, kept)
            for each in asking.of_project(LIST_AGENTS, scope.meter, address=project.address):
                _put(scope, agents.agent(each))
            for each in asking.of_project(LIST_ASSISTANTS, scope.meter, address=project.address):
                _put(scope, agents.assistant(each))


def _subscriptions(rows: Iterable[Row]) -> Iterator[Subscription]:
    """Those whose resources there still are."""
    for row in rows:
        if row["state"] != DEAD:
            yield Subscription(row["subscriptionId"].lower(), row["displayName"])


def _put(scope: Scope, records: Iterable[Record]) -> None:
    for record in records:
        scope.put(record)


def _without_address(scope: Scope) -> Trouble:
    return Trouble(
        ScopeState.FAILED, f"Azure tells no address of the project, reading {scope.label}.", ErrorKind.SYSTEM
    )


def _uncertain(incomplete: Scope) -> Trouble:
    """An unread part may name others still."""
    sentence = "Who else is named is not certain, because parts of the tenant were not read."
    return Trouble(ScopeState.FAILED, sentence, incomplete.kind_of_trouble)
