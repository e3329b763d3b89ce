"""What is being read, for which scope, and what is already known from the scopes before?"""

from __future__ import annotations

from collections.abc import Callable, Iterable, Iterator, Sequence
from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Any

from connectors.inventory.records import Access, Record, Ref, ScopeState, Workload
from connectors.scope import Scope, Trouble
from connectors.sources.servicenow.instance import Instance
from connectors.sources.servicenow.permissions import Table
from connectors.sources.servicenow.tables import NoTable, Tables
from connectors.stream import Abandoned, Cancelled

if TYPE_CHECKING:
    from connectors.sources.servicenow.people import People

Reader = Callable[["Place"], Iterator[Record]]


@dataclass(frozen=True, slots=True)
class Role:
    """A role. `access` is how strong holding it is, before what its tables add; `elevated`: only in sessions in which
    its holder asked for it."""

    id: str
    name: str
    access: Access
    elevated: bool


@dataclass(frozen=True, slots=True)
class Way:
    """A way out: a message, connection or script include, where it leads, and as whom. `unknown`: it also leads to
    where only its use tells."""

    ref: Ref
    hosts: tuple[str, ...]
    unknown: bool = False
    acts_as: Ref | None = None
    told: str = ""  # "REST message Payments"


@dataclass(slots=True)
class Known:
    """What the scopes that are read first tell the others. Filled by one thread, then read by many."""

    roles: dict[str, Role] = field(default_factory=dict)
    contains: dict[str, set[str]] = field(default_factory=dict)  # role → roles that it includes
    opens: dict[str, set[Access]] = field(default_factory=dict)  # role → how it may use the tables that it opens
    credentials: dict[str, Ref] = field(default_factory=dict)  # profile or stored credential → whom it signs in as
    rest: dict[str, Way] = field(default_factory=dict)  # by name
    soap: dict[str, Way] = field(default_factory=dict)  # by name
    functions: dict[str, Way] = field(default_factory=dict)  # by the id of a REST message's function
    connections: dict[str, list[Way]] = field(default_factory=dict)  # by the application whose alias they serve
    aliases: dict[str, list[Way]] = field(default_factory=dict)  # connections by their alias: its id and its sys_id
    includes: dict[str, Way] = field(default_factory=dict)  # script includes that call out, by name
    incomplete: dict[str, Scope] = field(default_factory=dict)  # scopes that were not read to their end, by kind


@dataclass(slots=True)
class Place:
    """One scope's view of the instance."""

    instance: Instance
    scope: Scope
    tables: Tables
    known: Known
    people: People

    def of(self) -> dict[str, Any]:
        return self.instance.of(self.scope.key)

    def put(self, records: Iterable[Record]) -> None:
        for record in records:
            self.scope.put(record)

    def read(self, readers: Sequence[tuple[Table, Reader]]) -> None:
        """Puts what each reader yields. One's trouble is noted with its table, and the next one reads all the same.

        A plugin that isn't there has nothing to read: that is noted only when none of the readers' is.
        """
        absent: list[tuple[NoTable, Table]] = []
        for table, reader in readers:
            try:
                self.put(reader(self))
            except (Cancelled, Abandoned):
                raise
            except NoTable as error:
                absent.append((error, table))
            except Exception as error:
                self.tables.note(error, table)
        for missing, table in absent:
            if len(absent) == len(readers) or not table.plugin:
                self.tables.note(missing, table)

    def depends(self, *kinds: str) -> None:
        """Notes that what is read here is uncertain, where a scope that it builds on was not read to its end."""
        for kind in kinds:
            before = self.known.incomplete.get(kind)
            if before is not None and before.state is not ScopeState.SKIPPED:
                sentence = f"{self.scope.label} are not certain, because {before.label} are incomplete."
                self.scope.note(Trouble(ScopeState.FAILED, sentence, before.kind_of_trouble))


def workload_ref(workload: Workload) -> Ref:
    return Ref(kind="workload", id=workload.id, name=workload.name)
