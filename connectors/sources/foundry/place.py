"""Where is being read: which subscription, which account and project, and what is already known of it?"""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from dataclasses import dataclass, field
from datetime import UTC, datetime
from typing import Any

from connectors.inventory.records import Link, Ref, Relation, ScopeState
from connectors.scope import Scope
from connectors.sources.foundry.asking import Asking, Row, trouble
from connectors.sources.foundry.owners import Owners, Tags, tags
from connectors.sources.foundry.permissions import Call
from connectors.stream import Abandoned, Cancelled, Stream

SYSTEM = "foundry"


@dataclass(slots=True)
class Reading:
    """What the threads of one scan share. `done` scopes were completed before the scan was interrupted."""

    asking: Asking
    stream: Stream
    owners: Owners
    done: frozenset[str]
    incomplete: list[Scope] = field(default_factory=list)  # scopes not read to their end

    def scope(self, key: str, label: str) -> Scope:
        return Scope(key=key, label=label, stream=self.stream, silent=key in self.done)

    def ended(self, scope: Scope) -> None:
        if scope.state is not ScopeState.COMPLETE:
            self.incomplete.append(scope)


@dataclass(frozen=True, slots=True)
class Subscription:
    """A subscription of Azure; its id in small letters."""

    id: str
    label: str

    @property
    def key(self) -> str:
        return f"/subscriptions/{self.id}"

    @property
    def title(self) -> str:
        return f"{self.label} ({self.id})"


@dataclass(frozen=True, slots=True)
class Connection:
    """What a project is connected to. `key` is its address, `identity` what it signs in with where that is a key."""

    key: str
    name: str
    host: str | None
    kind: str
    identity: Ref | None = None

    @property
    def ref(self) -> Ref:
        return Ref(kind="resource", id=self.key, name=self.name)


@dataclass(slots=True)
class Place:
    """One account being read, into the scope of its subscription."""

    reading: Reading
    subscription: Subscription
    scope: Scope
    row: Row  # the account's
    connections: dict[str, Connection] = field(default_factory=dict)  # by name in small letters, for all its projects
    models: set[str] = field(default_factory=set)  # names of deployments in small letters

    @property
    def key(self) -> str:
        return key(self.row["id"])

    @property
    def name(self) -> str:
        return str(self.row["name"])

    @property
    def ref(self) -> Ref:
        return Ref(kind="resource", id=self.key, name=self.name)

    def of(self, row: Row, **more: Any) -> dict[str, Any]:
        """The members that every object of this account has in common, from a row of Resource Manager."""
        return {
            "system": SYSTEM,
            "scope": self.scope.key,
            "account_id": self.subscription.id,
            "account_name": self.subscription.label,
            "region": row.get("location") or self.row.get("location"),
            "tags": tags(row.get("tags")),
            **more,
        }

    def contains(self, holder: Ref, held: Ref) -> Link:
        return Link(relation=Relation.CONTAINS, source=holder, target=held, scope=self.scope.key)

    def owners(self, of: Ref, row: Row) -> Iterator[Link]:
        yield from self.reading.owners.of(row, of, scope=self.scope.key)

    def owners_of(self, project: Project, target: Ref, *, scope: str) -> Iterator[Link]:
        """Those of a project, else of its account."""
        owners = self.reading.owners
        whose = "" if target == project.ref else f" of the project {project.name}"
        found = list(owners.of(project.row, target, scope=scope, whose=whose))
        yield from found or owners.of(self.row, target, scope=scope, whose=f" of the account {self.name}")

    def listed(self, call: Call, id: str) -> Iterator[Row]:  # noqa: A002 - Azure's word
        """The rows of a listing; what goes wrong is noted, and ends it."""
        with noting(self.scope, needs=call.needs):
            yield from self.reading.asking.listed(call, self.scope.meter, id=id)


@dataclass(slots=True)
class Project:
    """One project. `identity` is what its agents run as where they have none of their own; `allowed` the only hosts
    that its account lets traffic out to, None where it lets out all."""

    key: str
    name: str
    row: Row
    address: str | None
    identity: Ref
    tags: Tags
    connections: dict[str, Connection] = field(default_factory=dict)
    allowed: tuple[str, ...] | None = None

    @property
    def ref(self) -> Ref:
        return Ref(kind="resource", id=self.key, name=self.name)

    def connection(self, said: str) -> Connection:
        """The one that a tool names, by its id or its name; one that wasn't read is told by its name."""
        name = said.rstrip("/").rpartition("/")[2]
        known = self.connections.get(name.lower())
        if known is not None:
            return known
        address = key(said) if said.startswith("/") else f"{self.key}/connections/{name.lower()}"
        return Connection(address, name, None, "connection")


@contextmanager
def noting(scope: Scope, *, needs: str) -> Iterator[None]:
    """Notes what goes wrong inside, and goes on behind it."""
    try:
        yield
    except (Cancelled, Abandoned, GeneratorExit):
        raise
    except Exception as error:
        scope.note(trouble(error, where=scope.label, needs=needs))


def key(id: str) -> str:  # noqa: A002 - Azure's word
    """The address of an object: its id in small letters."""
    return id.lower().rstrip("/")


def moment(said: Any) -> datetime | None:
    """A time as Azure writes it; None for one that isn't told."""
    try:
        found = datetime.fromisoformat(said) if said else None
    except (TypeError, ValueError):
        return None
    return found if found is None or found.tzinfo else found.replace(tzinfo=UTC)


def seconds(said: Any) -> datetime | None:
    """A time in seconds since 1970, as projects write it."""
    return datetime.fromtimestamp(said, UTC) if isinstance(said, int | float) else None


def created(row: Mapping[str, Any]) -> datetime | None:
    """When Azure says that a row was made."""
    return moment((row.get("systemData") or {}).get("createdAt"))
