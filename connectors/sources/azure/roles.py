"""What does a role let its holder do: manage access, reach which kinds of resources, or merely settings?"""

from __future__ import annotations

import threading
from collections.abc import Callable, Iterable, Mapping
from dataclasses import dataclass
from typing import Any

from connectors.inventory.records import Access
from connectors.sources.azure import catalogue, ids
from connectors.sources.azure.actions import Operation, rights

Row = Mapping[str, Any]
BUILT_IN = "BuiltInRole"


@dataclass(frozen=True, slots=True)
class Reach:
    """One kind of access that a role gives to some kinds of resources; no `kinds`: to whatever it is held on.

    `actions` as the role spells them, `operations` those of the catalogue that they allow.
    """

    access: Access
    kinds: tuple[str, ...]
    actions: tuple[str, ...]
    operations: tuple[Operation, ...] = ()


@dataclass(frozen=True, slots=True)
class Role:
    """What a role definition says. `manages`: it may change who has access. `actions` as it spells them."""

    name: str
    custom: bool
    manages: Reach | None
    reaches: tuple[Reach, ...]
    actions: tuple[str, ...]
    data_actions: tuple[str, ...]
    conditions: tuple[str, ...] = ()

    @property
    def title(self) -> str:
        return f"custom role {self.name}" if self.custom else f"role {self.name}"

    def rest(self, type: str | None) -> Reach | None:  # noqa: A002 - Azure's word
        """What it is where nothing that the catalogue knows is reached: writing, unless it may only read.

        On a resource of a type that was read only what concerns it counts; None where nothing does.
        """
        if type is None:
            actions: tuple[str, ...] = (*self.actions, *self.data_actions)
        else:
            provider = type.split("/")[0]
            actions = tuple(each for each in self.actions if each.lower().split("/")[0] in ("*", provider))
        if not actions:
            return None
        reading = all(each.lower().endswith("/read") for each in actions)
        return Reach(Access.READ if reading else Access.WRITE, (), actions)


class Roles:
    """The tenant's roles by their GUID. What each gives is worked out when it is first asked for."""

    def __init__(self) -> None:
        self.complete = False  # whether Resource Graph told all of them
        self._rows: dict[str, Row] = {}
        self._roles: dict[str, Role | None] = {}
        self._lock = threading.Lock()

    def take(self, row: Row) -> None:
        """A row of Resource Graph."""
        self._rows[ids.role(row["id"])] = row

    def role(self, definition: str, *, ask: Callable[[str], Row | None]) -> Role | None:
        """The role that an assignment names; `ask` finds one that Resource Graph didn't tell. None: nobody knows."""
        guid = ids.role(definition)
        with self._lock:
            known = guid in self._rows or guid in self._roles
        row = None if known else ask(guid)
        with self._lock:
            if row is not None:
                self._rows[guid] = row
            if guid not in self._roles:
                told = self._rows.pop(guid, None)
                self._roles[guid] = role(told) if told is not None else None
            return self._roles[guid]


def role(row: Row) -> Role:
    """A row of Resource Graph, or of Resource Manager with its properties at the top, as a role."""
    permissions = rights(row["permissions"])
    allowed: dict[Operation, tuple[str, ...]] = {}
    for operation in _known():
        patterns = dict.fromkeys(pattern for each in permissions for pattern in each.allowing(operation))
        if patterns:
            allowed[operation] = tuple(patterns)
    managing = [each for each in catalogue.CHANGES_ACCESS if each in allowed]
    return Role(
        name=row["roleName"],
        custom=row.get("kind") != BUILT_IN,
        manages=_reach(Access.ADMIN, (), managing, allowed) if managing else None,
        reaches=tuple(_reaches(allowed)),
        actions=tuple(sorted({action for each in permissions for action in each.actions})),
        data_actions=tuple(sorted({action for each in permissions for action in each.data_actions})),
        conditions=tuple("a condition of the role itself" for each in permissions[:1] if each.condition),
    )


def _known() -> Iterable[Operation]:
    yield from catalogue.CHANGES_ACCESS
    for kind in catalogue.kinds():
        for operations in kind.gives.values():
            yield from operations


def _reaches(allowed: Mapping[Operation, tuple[str, ...]]) -> Iterable[Reach]:
    for access in (Access.READ, Access.WRITE, Access.ADMIN):
        found = {
            kind.key: [each for each in kind.gives.get(access, ()) if each in allowed] for kind in catalogue.kinds()
        }
        keys = tuple(key for key, operations in found.items() if operations)
        if keys:
            yield _reach(access, keys, [each for key in keys for each in found[key]], allowed)


def _reach(
    access: Access, kinds: tuple[str, ...], operations: list[Operation], allowed: Mapping[Operation, tuple[str, ...]]
) -> Reach:
    actions = dict.fromkeys(pattern for each in operations for pattern in allowed[each])
    return Reach(access, kinds, tuple(sorted(actions)), tuple(dict.fromkeys(operations)))
