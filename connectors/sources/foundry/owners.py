"""Who answers for an account, a project, an agent: whom tags name, else who made it. Each is told once."""

from __future__ import annotations

import threading
from collections.abc import Iterator, Mapping
from typing import Any

from connectors.inventory.records import Link, Owner, Ref, Relation
from connectors.scope import Scope
from connectors.tags import EMAIL, named

OWNER = "foundry/owner/"  # what an owner's address begins with
Tags = tuple[tuple[str, str], ...]


def tags(said: Mapping[str, Any] | None) -> Tags:
    return tuple(sorted((str(name), str(value)) for name, value in (said or {}).items()))


class Owners:
    """Threads may share it."""

    def __init__(self, scope: Scope) -> None:
        self.scope = scope
        self._lock = threading.Lock()
        self._seen: set[str] = set()

    def of(self, row: Mapping[str, Any], target: Ref, *, scope: str, whose: str = "") -> Iterator[Link]:
        """Puts the owners of an object and yields what links them to it, from a row of Resource Manager. `whose` row,
        if not its own: " of the project hr"."""
        found = named(tags(row.get("tags")))
        for each in found:
            source = self._put(each.id, each.name, type=each.type, email=each.email)
            yield _owns(source, target, scope, f"tag {each.tag}{whose}")
        if not found:
            yield from self._maker(row, target, scope, whose)

    def _maker(self, row: Mapping[str, Any], target: Ref, scope: str, whose: str) -> Iterator[Link]:
        said = row.get("systemData") or {}
        name = str(said.get("createdBy") or "").lower()
        if said.get("createdByType") == "User" and EMAIL.fullmatch(name):
            yield _owns(self._put(name, name, type="person", email=name), target, scope, f"who made it{whose}")

    def _put(self, id: str, name: str, *, type: str, email: str | None) -> Ref:  # noqa: A002
        address = f"{OWNER}{id}"
        with self._lock:
            new = address not in self._seen
            self._seen.add(address)
        if new:
            told: dict[str, Any] = {"type": type, "system": "foundry", "scope": self.scope.key, "email": email}
            self.scope.put(Owner(id=address, provider_id=address, name=name, **told))
        return Ref(kind="owner", id=address, name=name)


def _owns(source: Ref, target: Ref, scope: str, via: str) -> Link:
    return Link(relation=Relation.OWNS, source=source, target=target, scope=scope, via=via)
