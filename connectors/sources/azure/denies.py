"""Which denials narrow a right? Azure makes them itself, for managed applications and deployment stacks.

A denial wins over every role. Whom it spares may be a group whose members aren't known here, and it may be about a part
only: so it narrows, and never takes a right away.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from enum import Enum, auto
from typing import Any

from connectors.sources.azure import ids
from connectors.sources.azure.actions import Operation, Rights, allowed, rights

EVERYONE = "00000000-0000-0000-0000-000000000000"


class Denied(Enum):
    """How much a denial takes away."""

    NOTHING = auto()
    SOME = auto()
    ALL = auto()


@dataclass(frozen=True, slots=True)
class Denial:
    """One deny assignment. `scope` in small letters; `here_only`: what lies below isn't denied."""

    name: str
    scope: str
    principals: frozenset[str]
    spared: frozenset[str]
    groups: bool  # whether some of the principals are groups
    permissions: tuple[Rights, ...]
    here_only: bool

    def hits(self, principal: str) -> bool:
        """Whether it may be about that principal."""
        named = bool({EVERYONE, principal} & self.principals) or self.groups
        return named and principal not in self.spared

    def reaches(self, address: str) -> bool:
        return address == self.scope if self.here_only else ids.within(address, self.scope)

    def denied(self, operations: Iterable[Operation]) -> Denied:
        """How much of what the operations give."""
        found = {allowed(self.permissions, each) for each in operations}
        return Denied.SOME if len(found) > 1 else Denied.ALL if True in found else Denied.NOTHING

    def words(self, denied: Denied) -> str:
        if denied is Denied.ALL:
            return f"unless deny assignment {self.name} applies"
        return f"not what deny assignment {self.name} denies"


def denial(row: Mapping[str, Any]) -> Denial:
    """A row of Resource Manager."""
    said = row["properties"]
    principals = said["principals"]
    return Denial(
        name=said.get("denyAssignmentName") or row["name"],
        scope=ids.key(_scope(said["scope"])),
        principals=frozenset(each["id"].lower() for each in principals),
        spared=frozenset(each["id"].lower() for each in said.get("excludePrincipals") or ()),
        groups=any(each.get("type") == "Group" for each in principals),
        permissions=rights(said["permissions"]),
        here_only=bool(said.get("doNotApplyToChildScopes")),
    )


def _scope(said: str) -> str:
    return said if said.startswith("/") else f"/{said}"
