"""In which order is a tenant read, and what becomes of the rest when a part can't be?

The list of environments and the data policies; then environments, some at a time, each by itself: one that doesn't let
us in costs no other. Within one, what agents are told in terms of comes first: connectors, connections, flows.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator
from concurrent.futures import ThreadPoolExecutor
from contextlib import contextmanager, suppress
from dataclasses import dataclass, field
from functools import partial

from connectors.http import SignInFailed, Unavailable, endpoint
from connectors.http.microsoft import Microsoft
from connectors.inventory.records import Record, ScopeState
from connectors.scope import Scope, Trouble, opened
from connectors.source import ErrorKind, Pull, SourceError
from connectors.sources.copilot_studio import agents, application_users, connections, custom_connectors, flows, tenant
from connectors.sources.copilot_studio.connector import Connectors
from connectors.sources.copilot_studio.doors import AUDIENCES, Door, administration, dataverse
from connectors.sources.copilot_studio.environments import SYSTEM, Environment
from connectors.sources.copilot_studio.people import People
from connectors.sources.copilot_studio.permissions import (
    BOTS,
    CONNECTORS,
    ENVIRONMENT_KINDS,
    ENVIRONMENTS,
    ORGANIZATION,
    POLICIES,
    REFERENCES,
    Call,
)
from connectors.sources.copilot_studio.place import Place
from connectors.sources.copilot_studio.policies import Policies
from connectors.sources.copilot_studio.settings import addresses
from connectors.sources.copilot_studio.shelf import Shelf
from connectors.sources.copilot_studio.trouble import noted
from connectors.stream import Cancelled, Stream, streamed

AT_ONCE = 4  # environments
LABELS = {
    "environment": "Access to {}",
    "application-users": "Application users of {}",
    "connections": "Stored connections in {}",
    "connectors": "Custom connectors in {}",
    "flows": "Flows in {}",
    "agents": "Agents in {}",
    "parts": "Tools, topics and knowledge of agents in {}",
    "sharing": "Sharing of agents in {}",
    "referenced": "People and connectors that are named in {}",
}
INNER = tuple(kind for kind in ENVIRONMENT_KINDS if kind != "environment")
# What is read one after the other, with the scopes that it tells in.
UNITS: tuple[tuple[tuple[str, ...], Callable[[Place], None]], ...] = (
    (("application-users",), application_users.read),
    (("connectors",), custom_connectors.read),
    (("connections",), connections.read),
    (("flows",), flows.read),
    (("agents", "parts", "sharing"), agents.read),
)

# What each is told by, beside its own: without connection references nobody knows whom a tool acts as.
BUILDS_ON: dict[str, tuple[Call, ...]] = {
    "flows": (REFERENCES, CONNECTORS),
    "parts": (BOTS, REFERENCES, CONNECTORS),
    "sharing": (BOTS,),
}
OWNED = {"connectors", "connections", "flows", "agents", "sharing"}


def records(pull: Pull) -> Iterator[Record]:
    """Everything the source says. Threads read; closing the iterator ends them."""
    microsoft, named = Microsoft(pull.settings), addresses(pull.settings)
    sign_in(microsoft)
    read = partial(_read, microsoft, named, pull.done)
    yield from streamed(read, name="copilot-studio", cancelled=pull.cancelled)


def sign_in(microsoft: Microsoft) -> None:
    """SourceError where the tenant doesn't let the application in."""
    try:
        microsoft.authorize(AUDIENCES["bap"])(fresh=False)
    except SignInFailed as error:
        raise SourceError(error.sentence, kind=ErrorKind.CONFIG) from None
    except Unavailable:
        raise SourceError(f"{endpoint('login')} couldn't be reached to sign in.", kind=ErrorKind.TRANSIENT) from None


def _read(microsoft: Microsoft, named: tuple[str, ...], done: frozenset[str], stream: Stream) -> None:
    with suppress(Cancelled):  # scopes that were open said so
        Reading(microsoft, named, done, stream).read()


@dataclass(slots=True)
class Reading:
    """One reading of one tenant. `named`: the environments that the connection names; none: all."""

    microsoft: Microsoft
    named: tuple[str, ...]
    done: frozenset[str]
    stream: Stream
    policies: Policies = field(default_factory=Policies)

    def read(self) -> None:
        bap = administration(self.microsoft, "bap", go_on=self.stream.go_on)
        powerapps = administration(self.microsoft, "powerapps", go_on=self.stream.go_on)
        found = self._listed(bap)
        self._policies(bap)
        with ThreadPoolExecutor(AT_ONCE, thread_name_prefix="dataverse") as pool:
            for _ in pool.map(lambda each: EnvironmentReading(self, each, powerapps).read(), found):
                pass

    @property
    def list_key(self) -> str:
        return f"{SYSTEM}:{self.microsoft.tenant}:environments"

    def scope(self, key: str, label: str) -> Scope:
        return Scope(key=key, label=label, stream=self.stream, silent=key in self.done)

    def door(self, address: str, audience: str) -> Door:
        return dataverse(self.microsoft, address, audience, go_on=self.stream.go_on)

    def _listed(self, bap: Door) -> list[Environment]:
        self.stream.go_on()
        scope = self.scope(self.list_key, "Environments")
        found: list[Environment] = []
        with self._open(scope, "environments"):
            if self.named:
                found = tenant.named(self.named, self.door, scope)
            else:
                with noted(scope, ENVIRONMENTS):
                    for each in tenant.listed(bap, scope.meter):
                        found.append(each)
                tenant.doubt(found, self.microsoft.tenant, scope)
        self.stream.go_on()
        return found

    def _policies(self, bap: Door) -> None:
        """They tell nothing by themselves, but what they bar is told with each use of a connector."""
        scope = self.scope(f"{SYSTEM}:{self.microsoft.tenant}:policies", "Data policies")
        with self._open(scope, "policies"), noted(scope, POLICIES):
            self.policies = Policies(tuple(tenant.policies(bap, scope.meter)))
        self.stream.go_on()

    @contextmanager
    def _open(self, scope: Scope, kind: str) -> Iterator[None]:
        group = self.microsoft.tenant
        with opened(scope, kind=kind, group=group, group_label=f"Power Platform tenant {group}"):
            yield


@dataclass(slots=True)
class EnvironmentReading:
    """Reads one environment, in one thread."""

    reading: Reading
    environment: Environment
    powerapps: Door

    def read(self) -> None:
        door = self._entered()
        if door is None or {self.environment.scope(kind) for kind in INNER} <= self.reading.done:
            return
        with Shelf() as shelf, self._opened("referenced") as others:
            place = Place(
                environment=self.environment,
                dataverse=door,
                powerapps=self.powerapps,
                shelf=shelf,
                people=People(self.environment, door, others),
                connectors=Connectors(self.environment),
                policies=self.reading.policies,
                scopes={"referenced": others},
            )
            for kinds, read in UNITS:
                self._unit(place, kinds, read)
            for each in place.scopes.values():
                if each is not others and each.state not in (ScopeState.COMPLETE, ScopeState.SKIPPED):
                    others.note(_uncertain(each))

    def _entered(self) -> Door | None:
        """The door of its Dataverse, if that lets us in."""
        self.reading.stream.go_on()
        here, found = self.environment, None
        with self._opened("environment", within=self.reading.list_key) as scope:
            scope.put(here.resource(scope.key))
            shut = here.shut()
            if shut:
                scope.note(Trouble(ScopeState.SKIPPED, shut, ErrorKind.CONFIG))
            with noted(scope, ORGANIZATION):
                if not shut and here.address and here.audience:
                    door = self.reading.door(here.address, here.audience)
                    door.get(ORGANIZATION, scope.meter)
                    found = door
        return found

    def _unit(self, place: Place, kinds: tuple[str, ...], read: Callable[[Place], None]) -> None:
        """Opens the scopes that the unit tells in, one within the other; a cancelled scan ends all as cancelled."""
        self.reading.stream.go_on()
        if not kinds:
            return
        scopes = [self._scope(kind) for kind in kinds]
        place.scopes.update(zip(kinds, scopes, strict=True))
        self._nested(scopes, kinds, lambda: _read_whole(place, kinds, read))

    def _nested(self, scopes: list[Scope], kinds: tuple[str, ...], work: Callable[[], None]) -> None:
        if not scopes:
            work()
            return
        with self._open(scopes[0], kinds[0]):
            try:
                self._nested(scopes[1:], kinds[1:], work)
            except Cancelled:
                for each in scopes:
                    each.cancelled = True
                raise

    def _scope(self, kind: str) -> Scope:
        return self.reading.scope(self.environment.scope(kind), LABELS[kind].format(self.environment.name))

    @contextmanager
    def _opened(self, kind: str, *, within: str | None = None) -> Iterator[Scope]:
        scope = self._scope(kind)
        with self._open(scope, kind, within=within):
            yield scope

    @contextmanager
    def _open(self, scope: Scope, kind: str, *, within: str | None = None) -> Iterator[None]:
        here = self.environment
        above = within or here.scope("environment")
        with opened(scope, kind=kind, group=here.id, group_label=here.label, within=above):
            yield


def _read_whole(place: Place, kinds: tuple[str, ...], read: Callable[[Place], None]) -> None:
    """What is told in terms of something that couldn't be read isn't whole: then nothing of it is proven gone."""
    read(place)
    for kind in kinds:
        scope = place.scopes[kind]
        if place.failed.intersection(BUILDS_ON.get(kind, ())):
            sentence = f"{scope.label} may not be whole, because what they are told by couldn't all be read."
            scope.note(Trouble(ScopeState.FAILED, sentence, ErrorKind.TRANSIENT))
        if kind in OWNED and not place.people.is_certain:
            sentence = f"Who owns what is not certain, reading {scope.label}."
            scope.note(Trouble(ScopeState.FAILED, sentence, ErrorKind.TRANSIENT))


def _uncertain(incomplete: Scope) -> Trouble:
    sentence = "Who else is named is not certain, because other parts of the environment were not read."
    return Trouble(ScopeState.FAILED, sentence, incomplete.kind_of_trouble)
