"""In which order are some subscriptions read, all at once, and what becomes of the rest when a part can't be?

First what we may read in each, then what is there, by one question for all of them; and, when the managed identities of
the whole tenant are known, who holds which rights.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import dataclass

from connectors.http import HttpError
from connectors.inventory.records import Link, Record, Ref, Relation, Resource, ScopeState
from connectors.scope import Scope, Trouble
from connectors.source import ErrorKind
from connectors.sources.azure import data, events, identities, ids, logic_apps, network, open_scopes, workloads
from connectors.sources.azure.access import Set
from connectors.sources.azure.actions import Rights as Permission
from connectors.sources.azure.actions import rights as permissions_of
from connectors.sources.azure.arm import Row, abreast
from connectors.sources.azure.automation import runbook
from connectors.sources.azure.open_scopes import REACH
from connectors.sources.azure.permissions import (
    ACTING,
    CONNECTIONS,
    DATA,
    ENVIRONMENTS,
    GROUPS,
    IDENTITIES,
    INTERFACES,
    NETWORKS,
    OWN_PERMISSIONS,
    RESOURCES,
    ROLE_ASSIGNMENTS,
    ROLES,
    RUNBOOKS,
    TOPICS,
    USER_ASSIGNED,
    WORKLOADS,
    Query,
)
from connectors.sources.azure.place import Place, Reading, noting
from connectors.sources.azure.reached import Reached
from connectors.sources.azure.rights import Rights
from connectors.sources.azure.tree import DEAD, Subscription, tags

NOT_TOLD = 404
MOST = 1000  # assignments whose principals are looked up together
Taking = Callable[[Place, Row], None]


@dataclass(slots=True)
class Batch:
    """Some subscriptions. `places`: those that can be read, once `read` is done."""

    reading: Reading
    subscriptions: Sequence[Subscription]
    tree_scope: str
    places: dict[str, Place]

    def read(self) -> None:
        """Everything but rights."""
        for subscription in self.subscriptions:
            self.reading.stream.go_on()
            self._enter(Place(self.reading, subscription))
        places = list(self.places.values())
        if not places or self._is_done():
            return
        with open_scopes.all_of(places, (IDENTITIES, WORKLOADS, DATA)):
            self._take(GROUPS, (DATA,), _group)
            self._network()
            self._take(USER_ASSIGNED, (IDENTITIES,), _user_assigned)
            self._gathered(CONNECTIONS, logic_apps.connections)
            self._acting()
            self._take(RUNBOOKS, (WORKLOADS,), lambda place, row: place.put(WORKLOADS, runbook(place, row)))
            self._gathered(TOPICS, events.subscriptions)
            self._take(RESOURCES, (DATA,), lambda place, row: place.put(DATA, data.resource(place, row)))
            self._federated()
        for place in places:
            place.forget()

    def tell_rights(self, above: Mapping[str, list[Set]]) -> None:
        """Who may do what; `above`: the sets that were told of each scope above subscriptions."""
        places = list(self.places.values())
        if self._keys(ROLES, REACH) <= self.reading.done:
            return
        with open_scopes.all_of(places, (ROLES,)):
            telling = {key: _rights(place) for key, place in self.places.items()}
            for place, each in zip(places, telling.values(), strict=True):
                with noting([place.scopes[ROLES]]):
                    _before(place, each)
            with noting([place.scopes[ROLES] for place in places]):
                self._assignments(telling)
        self.reading.stream.go_on()
        with open_scopes.all_of(places, (REACH,)):
            for place, each in zip(places, telling.values(), strict=True):
                covering = place.reading.tree.covering(place.subscription)
                wider = [one for scope in covering for one in above.get(scope, ())]
                with noting([place.scopes[REACH]]):
                    Reached(place, each, place.scopes[REACH], wider).tell()

    def _enter(self, place: Place) -> None:
        """Asks for our own rights in the subscription, which also says whether it can be read at all."""
        subscription = place.subscription
        with open_scopes.entered(place, self.tree_scope) as scope:
            if subscription.state in DEAD:
                sentence = f"{subscription.title} is {subscription.state.lower()} and was not read."
                scope.note(Trouble(ScopeState.SKIPPED, sentence, ErrorKind.CONFIG))
                return
            with noting([scope], needs=OWN_PERMISSIONS.needs):
                place.own = _own(place, scope)
                self.places[subscription.id] = place

    def _is_done(self) -> bool:
        """Whether nobody needs anything of these any more: an interrupted scan was through with all rights."""
        all_ = self.reading.tree.subscriptions.values()
        everyones = {open_scopes.key(each, kind) for each in all_ for kind in (ROLES, REACH)}
        return self._keys(IDENTITIES, WORKLOADS, DATA) | everyones <= self.reading.done

    def _keys(self, *kinds: str) -> set[str]:
        return {open_scopes.key(each, kind) for each in self.subscriptions for kind in kinds}

    # ── Questions ───────────────────────────────────────────────────────────────────────────────────────────────────

    def _take(self, query: Query, kinds: Sequence[str], take: Taking) -> None:
        """Give each row to its place. What goes wrong is noted in the scopes of those kinds, in every place."""
        with noting(self._scopes(*kinds)):
            for place, row in self._placed(query, kinds[0]):
                take(place, row)

    def _acting(self) -> None:
        """What runs; details of several at once."""
        with noting(self._scopes(IDENTITIES, WORKLOADS)):
            for place, identity, workload in abreast(_read_acting, self._placed(ACTING, WORKLOADS)):
                place.put(IDENTITIES, identity)
                place.put(WORKLOADS, workload)

    def _scopes(self, *kinds: str) -> list[Scope]:
        return [place.scopes[kind] for place in self.places.values() for kind in kinds]

    def _placed(self, query: Query, charged: str) -> Iterator[tuple[Place, Row]]:
        meter = next(iter(self.places.values())).scopes[charged].meter
        for row in self.reading.azure.rows(query, meter, subscriptions=list(self.places)):
            place = self.places.get(row["subscriptionId"].lower())
            if place is not None:
                yield place, row

    def _gathered(self, query: Query, read: Callable[[Place, list[Row]], Iterator[Record]]) -> None:
        """The same for what is asked about one by one, several at once."""
        found: dict[str, list[Row]] = {}
        self._take(query, (WORKLOADS,), lambda place, row: found.setdefault(place.subscription.id, []).append(row))
        for key, rows in found.items():
            place = self.places[key]
            with noting([place.scopes[WORKLOADS]]):
                place.put(WORKLOADS, read(place, rows))

    def _network(self) -> None:
        self._take(NETWORKS, (WORKLOADS,), lambda place, row: place.networks.take(row))
        self._take(INTERFACES, (WORKLOADS,), _interface)
        self._take(ENVIRONMENTS, (WORKLOADS,), _environment)

    def _federated(self) -> None:
        for place in self.places.values():
            members = self.reading.shelf.members(place.subscription.id)
            here = [Ref(kind=each.kind, id=each.id, name=each.name) for each in members if each.kind == "identity"]
            with noting([place.scopes[IDENTITIES]]):
                place.put(IDENTITIES, identities.federated(place, here))

    def _assignments(self, telling: dict[str, Rights]) -> None:
        """Each row to the subscription that it is in, in runs: they come ordered by id."""
        run: list[Row] = []
        meter = next(iter(self.places.values())).scopes[ROLES].meter
        for row in self.reading.azure.rows(ROLE_ASSIGNMENTS, meter, subscriptions=list(self.places)):
            key = ids.subscription(row["scope"])
            if run and (ids.subscription(run[0]["scope"]) != key or len(run) >= MOST):
                _tell(telling, run)
                run = []
            run.append(row)
        if run:
            _tell(telling, run)


def _tell(telling: dict[str, Rights], run: list[Row]) -> None:
    rights = telling.get(ids.subscription(run[0]["scope"]) or "")
    if rights is not None:
        rights.tell(run)


def _rights(place: Place) -> Rights:
    names = {key: name for key, (name, _) in place.groups.items()}
    return Rights(place.reading, place.scopes[ROLES], place.subscription.key, place.subscription, groups=names)


def _before(place: Place, rights: Rights) -> None:
    """What is denied must be known before anything is told."""
    scope = place.scopes[ROLES]
    if not place.reading.roles.complete:
        sentence = f"What roles allow was not read to the end, reading {scope.label}."
        scope.note(Trouble(ScopeState.FAILED, sentence, ErrorKind.TRANSIENT))
    rights.deny()
    rights.tell(rights.eligible())


def _own(place: Place, scope: Scope) -> tuple[Permission, ...] | None:
    """Our own rights; None where Azure doesn't tell them, which proves nothing."""
    azure = place.reading.azure
    try:
        return permissions_of(azure.listed(OWN_PERMISSIONS, scope.meter, id=place.subscription.key))
    except HttpError as error:
        if error.status == NOT_TOLD:
            return None
        raise


def _group(place: Place, row: Row) -> None:
    key = ids.key(row["id"])
    place.groups[key] = (row["name"], tags(row.get("tags")))
    here = Ref(kind="resource", id=key, name=row["name"])
    found = Resource(id=key, provider_id=key, name=row["name"], type="Azure resource group", **place.of(DATA, row))
    subscription = Ref(kind="resource", id=place.subscription.key, name=place.subscription.label)
    link = Link(relation=Relation.CONTAINS, source=subscription, target=here, scope=place.scopes[DATA].key)
    place.put(DATA, [found, link, *place.owners(here, row, DATA)])


def _user_assigned(place: Place, row: Row) -> None:
    place.put(IDENTITIES, identities.user_assigned(place, row))


def _read_acting(placed: tuple[Place, Row]) -> tuple[Place, list[Record], list[Record]]:
    place, row = placed
    return place, list(identities.system_assigned(place, row)), list(workloads.workload(place, row))


def _interface(place: Place, row: Row) -> None:
    place.reading.shelf.keep_interface(ids.key(row["id"]), network.interface(row))


def _environment(place: Place, row: Row) -> None:
    place.networks.environments[ids.key(row["id"])] = row.get("subnet")
