"""Which instance is read, and how are its objects addressed?"""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

from connectors.inventory.records import Grade, Link, Ref, Relation, Resource

SYSTEM = "servicenow"


@dataclass(frozen=True, slots=True)
class Instance:
    """One instance, known by its host."""

    host: str

    @property
    def id(self) -> str:
        return f"{SYSTEM}/{self.host}"

    @property
    def ref(self) -> Ref:
        return Ref(kind="resource", id=self.id, name=self.host)

    def address(self, table: str, sys_id: str) -> str:
        return f"{self.id}/{table}/{sys_id}"

    def of(self, scope: str) -> dict[str, Any]:
        """The members that every record of the scope has in common."""
        return {"system": SYSTEM, "scope": scope, "account_id": self.host, "account_name": self.host}

    def table(self, name: str) -> Ref:
        """A table that holds data."""
        return Ref(kind="resource", id=self.address("sys_db_object", name), name=name)

    def resource(self, scope: str) -> Resource:
        """The instance itself, over which administrators have authority."""
        return Resource(id=self.id, provider_id=self.id, name=self.host, type="ServiceNow instance", **self.of(scope))


def linked(
    relation: Relation, source: Ref, target: Ref, scope: str, *, via: str | None = None, grade: Grade = Grade.GRANTED
) -> Link:
    return Link(relation=relation, source=source, target=target, scope=scope, via=via, grade=grade)
