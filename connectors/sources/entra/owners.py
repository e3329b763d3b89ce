"""Who answers for applications, service principals and agents, and is that person's account still switched on?"""

from __future__ import annotations

from typing import Any

from connectors.inventory.records import Link, Owner, Ref, Relation, ScopeState
from connectors.scope import Scope, Trouble
from connectors.source import ErrorKind
from connectors.sources.entra.permissions import (
    APPLICATION,
    OWNED_APPLICATIONS,
    OWNED_SERVICE_PRINCIPALS,
    OWNERS_OF_APPLICATION,
    OWNERS_OF_SERVICE_PRINCIPAL,
    USERS,
    Call,
)
from connectors.sources.entra.tenant import Reading, Tenant, guid, identity, short
from connectors.sources.entra.trouble import noted

Row = dict[str, Any]
USER = "#microsoft.graph.user"
PEOPLE = {USER: "user", "#microsoft.graph.group": "group"}
UNREADABLE = f"{USERS} is refused: owners are not named, and nobody can tell whether their accounts are switched on."


def read(reading: Reading) -> None:
    """Only those are asked about that have an owner: Graph counts them."""
    with reading.opened("owners") as scope:
        telling = Telling(reading, scope)
        with noted(scope, needs=APPLICATION):
            for rows in reading.graph.pages(OWNED_APPLICATIONS, scope.meter):
                telling.owners(OWNERS_OF_APPLICATION, _installed(reading, rows), via="owner of the application")
            for rows in reading.graph.pages(OWNED_SERVICE_PRINCIPALS, scope.meter):
                own = {row["id"]: guid(row["id"]) for row in rows}
                telling.owners(OWNERS_OF_SERVICE_PRINCIPAL, own, via="owner of the service principal")
        reading.doubt(scope, because_of=("service-principals",))


class Telling:
    """Tells of each owner once, and of everything that each owns."""

    def __init__(self, reading: Reading, scope: Scope) -> None:
        self._reading, self._scope = reading, scope
        self._readable = True

    def owners(self, call: Call, owned: dict[str, str], *, via: str) -> None:
        """The owners of objects; `owned` is the id that Graph is asked about → the service principal's."""
        names = self._reading.named(list(owned.values()))
        for asked, rows in self._reading.graph.each(call, owned, self._scope.meter):
            target = identity(owned[asked], names.get(owned[asked]) or f"service principal {short(owned[asked])}")
            for row in rows:
                source = self._source(row)
                link = Link(relation=Relation.OWNS, source=source, target=target, scope=self._scope.key, via=via)
                self._scope.put(link)

    def _source(self, row: Row) -> Ref:
        """Points at the owner; one that isn't a person or a group is an identity that others tell of."""
        if row["@odata.type"] not in PEOPLE:
            return identity(guid(row["id"]), name_of(row))
        told = owner(row, self._reading.tenant, self._scope.key)
        if self._reading.shelf.new("owner", told.id):
            self._scope.put(told)
            self._notice(row)
        return Ref(kind="owner", id=told.id, name=told.name)

    def _notice(self, row: Row) -> None:
        """Graph gives the bare id of what sv0 may not read, and calls that a success."""
        hidden = row["@odata.type"] == USER and not row.get("userPrincipalName")
        if hidden and self._readable:
            self._readable = False
            self._scope.note(Trouble(ScopeState.DENIED, UNREADABLE, ErrorKind.CONFIG, (USERS,)))


def owner(row: Row, tenant: Tenant, scope: str) -> Owner:
    """A person or a group. Whether the account is switched on is unknown where Graph doesn't say."""
    key = guid(row["id"])
    guest = row.get("userType") == "Guest"
    return Owner(
        id=key,
        provider_id=key,
        name=name_of(row),
        type="guest user" if guest else PEOPLE[row["@odata.type"]],
        email=(row.get("mail") or row.get("userPrincipalName") or "").lower() or None,
        active=row.get("accountEnabled"),
        **tenant.of(scope),
    )


def name_of(row: Row) -> str:
    """What people call the owner."""
    kind = row["@odata.type"].rsplit(".", 1)[-1]
    return row.get("displayName") or f"{PEOPLE.get(row['@odata.type'], kind)} {short(guid(row['id']))}"


def _installed(reading: Reading, rows: list[Row]) -> dict[str, str]:
    """The application's id → its service principal's, of those that have one here."""
    clients = {row["id"]: guid(row["appId"]) for row in rows}
    keys = reading.shelf.take("by application", clients.values())
    return {each: keys[client] for each, client in clients.items() if client in keys}
