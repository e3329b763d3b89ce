"""What does a reader of one environment have at hand: its scopes, its way of asking, what is known already?"""

from __future__ import annotations

from collections.abc import Callable, Iterable, Iterator
from concurrent.futures import ThreadPoolExecutor
from contextlib import contextmanager
from dataclasses import dataclass, field
from typing import Any, TypeVar

from connectors.inventory.records import Link, Record, Ref, Relation
from connectors.scope import Scope
from connectors.sources.copilot_studio.connector import Connector, Connectors
from connectors.sources.copilot_studio.doors import Door, Row
from connectors.sources.copilot_studio.environments import Environment
from connectors.sources.copilot_studio.people import People
from connectors.sources.copilot_studio.permissions import Call
from connectors.sources.copilot_studio.policies import Policies
from connectors.sources.copilot_studio.shelf import Shelf
from connectors.sources.copilot_studio.trouble import noted

AT_ONCE = 4  # calls about single objects; Dataverse bears 52 of one user
T = TypeVar("T")
R = TypeVar("R")


@dataclass(slots=True)
class Place:
    """One environment being read. `scopes` by the kind of coverage."""

    environment: Environment
    dataverse: Door
    powerapps: Door
    shelf: Shelf
    people: People
    connectors: Connectors
    policies: Policies
    scopes: dict[str, Scope] = field(default_factory=dict)
    failed: set[Call] = field(default_factory=set)  # what couldn't be read to its end

    def of(self, kind: str) -> dict[str, Any]:
        return self.environment.of(self.scopes[kind].key)

    def put(self, kind: str, records: Iterable[Record]) -> None:
        for record in records:
            self.scopes[kind].put(record)

    @contextmanager
    def noted(self, kind: str, call: Call) -> Iterator[None]:
        """Notes what goes wrong inside, asking for `call`, in the scope of that kind, and goes on behind."""
        scope = self.scopes[kind]
        before = len(scope.troubles)
        with noted(scope, call):
            yield
        if len(scope.troubles) > before:
            self.failed.add(call)

    def pages(self, kind: str, call: Call) -> Iterator[list[Row]]:
        """The pages of a table, charged to the scope of that kind."""
        return self.dataverse.pages(call, self.scopes[kind].meter)

    def owned(self, kind: str, row: Row, what: Ref) -> Iterator[Link]:
        """The link from the user or team that owns a row; they must have been met."""
        owner = self.people.owner(row)
        if owner is not None:
            yield self.link(kind, Relation.OWNS, owner, what, via="owner")

    def link(self, kind: str, relation: Relation, source: Ref, target: Ref, *, via: str, **more: Any) -> Link:
        return Link(relation=relation, source=source, target=target, scope=self.scopes[kind].key, via=via, **more)

    def connector(self, name: str) -> Connector:
        """A connector, told of from now on."""
        return self.connectors.take(name, self.scopes["referenced"])


def abreast(work: Callable[[T], R], items: Iterable[T]) -> list[R]:
    """What the work finds for each item, in their order, some of them at once."""
    with ThreadPoolExecutor(AT_ONCE, thread_name_prefix="dataverse-call") as pool:
        return list(pool.map(work, items))
