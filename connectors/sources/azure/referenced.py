"""Who is named by many: owners, identity providers, accounts of clusters? Each is told once, in one scope."""

from __future__ import annotations

import threading
from collections.abc import Iterator

from connectors.inventory.records import Identity, Link, Owner, Ref, Relation, Workload
from connectors.scope import Scope
from connectors.sources.azure.tree import SYSTEM, Tags
from connectors.tags import named

OWNER = "azure/owner/"  # what an owner's address begins with


class Referenced:
    """Threads may share it."""

    def __init__(self, scope: Scope) -> None:
        self.scope = scope
        self._lock = threading.Lock()
        self._seen: set[str] = set()

    def put(self, record: Identity | Owner | Workload) -> None:
        with self._lock:
            new = record.id not in self._seen
            self._seen.add(record.id)
        if new:
            self.scope.put(record)

    def owners(self, tags: Tags, of: Ref, *, scope: str, whose: str = "") -> Iterator[Link]:
        """Puts the owners that the tags name, and yields what links them to the object. `whose` tags, if not its own:
        " of the resource group billing"."""
        for owner in named(tags):
            source = self.person(owner.id, owner.name, type=owner.type, email=owner.email)
            yield Link(relation=Relation.OWNS, source=source, target=of, scope=scope, via=f"tag {owner.tag}{whose}")

    def person(self, id: str, name: str, *, type: str = "person", email: str | None = None) -> Ref:  # noqa: A002
        """Puts an owner."""
        key = f"{OWNER}{id}"
        self.put(
            Owner(
                id=key,
                provider_id=key,
                name=name,
                type=type,
                system=SYSTEM,
                scope=self.scope.key,
                email=email,
            )
        )
        return Ref(kind="owner", id=key, name=name)
