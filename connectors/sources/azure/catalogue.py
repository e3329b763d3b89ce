"""To which kinds of resources does which operation give access? As data: reach.toml."""

from __future__ import annotations

import tomllib
from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from functools import cache
from pathlib import Path
from typing import Any

from connectors.inventory.records import Access
from connectors.sources.azure import ids
from connectors.sources.azure.actions import Operation
from connectors.sources.azure.shelf import Member

MOST_NAMED = 3  # kinds that a set's name tells
# What lets its holder give itself any role.
CHANGES_ACCESS = (
    Operation("Microsoft.Authorization/roleAssignments/write"),
    Operation("Microsoft.Authorization/roleDefinitions/write"),
    Operation("Microsoft.Authorization/roleAssignmentScheduleRequests/write"),
)


@dataclass(frozen=True, slots=True)
class Kind:
    """One kind of resource that operations give access to. `gives`: access → the operations, any of which gives it."""

    key: str
    words: str
    types: frozenset[str]
    trait: str | None
    what: str
    gives: Mapping[Access, tuple[Operation, ...]]

    def holds(self, member: Member) -> bool:
        return member.type in self.types and (self.trait is None or self.trait in member.traits)


@cache
def kinds() -> tuple[Kind, ...]:
    text = Path(__file__).with_name("reach.toml").read_text(encoding="utf-8")
    return tuple(_kind(row) for row in tomllib.loads(text)["kind"])


@cache
def by_key() -> Mapping[str, Kind]:
    return {kind.key: kind for kind in kinds()}


@cache
def of_type(type: str) -> tuple[Kind, ...]:  # noqa: A002 - Azure's word
    """The kinds that resources of that type, in small letters, may be of."""
    return tuple(kind for kind in kinds() if type in kind.types)


def unread(id: str, type: str) -> Member | None:  # noqa: A002 - Azure's words
    """Something of a type that the catalogue knows, though it wasn't read: it may be all that its type may be."""
    possible = of_type(type)
    if not possible:
        return None
    traits = frozenset(kind.trait for kind in possible if kind.trait)
    return Member(id, possible[0].what, ids.name(id), type, traits)


def holding(member: Member, keys: Iterable[str]) -> list[str]:
    """Those of the kinds that the member is of."""
    return [key for key in keys if by_key()[key].holds(member)]


def spoken(keys: Iterable[str]) -> str:
    """Several kinds in words: "Storage accounts and key vaults", "12 kinds of resources"."""
    words = [by_key()[key].words for key in keys]
    if len(words) > MOST_NAMED:
        return f"{len(words)} kinds of resources"
    *first, last = words
    said = f"{', '.join(first)} and {last}" if first else last
    return said[0].upper() + said[1:]


def _kind(row: Mapping[str, Any]) -> Kind:
    gives = {access: _operations(row, access.value) for access in (Access.READ, Access.WRITE, Access.ADMIN)}
    return Kind(
        key=row["key"],
        words=row["words"],
        types=frozenset(row["types"]),
        trait=row.get("trait"),
        what=row.get("what", "resource"),
        gives={access: operations for access, operations in gives.items() if operations},
    )


def _operations(row: Mapping[str, Any], access: str) -> tuple[Operation, ...]:
    plain = (Operation(name) for name in row.get(access, ()))
    return (*plain, *(Operation(name, data=True) for name in row.get(f"{access}_data", ())))
