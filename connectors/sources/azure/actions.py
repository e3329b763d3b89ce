"""Which operations does a list of permissions allow?

Of each permission: what its `actions` match less what its `notActions` match, and for what touches content the same of
`dataActions`. What one permission leaves out another one may still allow. `*` stands for any text, letters are compared
whatever their case (https://learn.microsoft.com/azure/role-based-access-control/role-definitions).
"""

from __future__ import annotations

import re
from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from functools import lru_cache
from typing import Any


@dataclass(frozen=True, slots=True, order=True)
class Operation:
    """One operation of a resource provider. `data`: it touches content, and is matched with dataActions."""

    name: str
    data: bool = False


@dataclass(frozen=True, slots=True)
class Rights:
    """One permission of a role, a deny assignment or a caller."""

    actions: tuple[str, ...] = ()
    not_actions: tuple[str, ...] = ()
    data_actions: tuple[str, ...] = ()
    not_data_actions: tuple[str, ...] = ()
    condition: str | None = None

    def allowing(self, operation: Operation) -> list[str]:
        """The patterns, as they are spelled, that allow the operation; none where it isn't allowed."""
        granted, taken = self._of(operation)
        if any(matches(pattern, operation.name) for pattern in taken):
            return []
        return [pattern for pattern in granted if matches(pattern, operation.name)]

    def _of(self, operation: Operation) -> tuple[tuple[str, ...], tuple[str, ...]]:
        if operation.data:
            return self.data_actions, self.not_data_actions
        return self.actions, self.not_actions


def rights(rows: Iterable[Mapping[str, Any]] | None) -> tuple[Rights, ...]:
    """Permissions as Azure tells them."""
    return tuple(
        Rights(
            actions=tuple(row.get("actions") or ()),
            not_actions=tuple(row.get("notActions") or ()),
            data_actions=tuple(row.get("dataActions") or ()),
            not_data_actions=tuple(row.get("notDataActions") or ()),
            condition=row.get("condition") or None,
        )
        for row in rows or ()
    )


def allowed(permissions: Iterable[Rights], operation: Operation) -> bool:
    return any(each.allowing(operation) for each in permissions)


def matches(pattern: str, operation: str) -> bool:
    return pattern == "*" or _compiled(pattern).fullmatch(operation) is not None


@lru_cache(maxsize=16_384)
def _compiled(pattern: str) -> re.Pattern[str]:
    return re.compile(".*".join(map(re.escape, pattern.split("*"))), re.IGNORECASE)
