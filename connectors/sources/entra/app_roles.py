"""Which application permissions does each identity have: what it may do as itself, with nobody signed in?

Read from the side of the few that offer permissions, not from that of the many that hold them.
"""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any

from connectors.inventory.records import Access, Grade, Permission, Ref, Resource
from connectors.scope import Scope
from connectors.sources.entra import groups, strength
from connectors.sources.entra.permissions import APPLICATION, ASSIGNED_TO, FIRST_ASSIGNED_TO
from connectors.sources.entra.tenant import Reading, Tenant, guid, identity, short
from connectors.sources.entra.trouble import noted

Row = dict[str, Any]
DEFAULT = "00000000-0000-0000-0000-000000000000"  # being let in, without a role
PRINCIPAL = "ServicePrincipal"
HOLDERS = {PRINCIPAL: "service principal", "Group": "group"}
NEXT = "@odata.nextLink"
SELECTED = ".selected"  # Sites.Selected: what each site grants is told by the site
BY_SITE = "only where the resource itself names it"


def read(reading: Reading) -> None:
    """Whoever holds a role of anyone; what groups and agents' users hold is kept."""
    with reading.opened("app-roles") as scope, noted(scope, needs=APPLICATION):
        for offer, rows in _assignments(reading, scope):
            _tell(reading, scope, offer, rows)
        reading.doubt(scope, because_of=("service-principals",))


class Offer:
    """The app roles of one service principal. Tells each once, when somebody holds it."""

    def __init__(self, key: str, name: str, roles: Row, reading: Reading, scope: Scope) -> None:
        self.name = name
        self._key, self._names, self._reading, self._scope = key, roles, reading, scope
        self._told: dict[str, Resource] = {}

    def role(self, said: str) -> Resource:
        """The role with that id."""
        key = guid(said)
        if key not in self._told:
            default = f"Sign-in to {self.name}" if key == DEFAULT else f"app role {short(key)}"
            name = self._names.get(key) or default
            found = app_role(self._key, key, name, self.name, self._reading.tenant, self._scope.key)
            self._told[key] = found
            self._scope.put(found)
        return self._told[key]


def app_role(resource: str, role: str, name: str, of: str, tenant: Tenant, scope: str) -> Resource:
    """An application permission as what is reached by it."""
    return Resource(
        id=f"{resource}/{role}",
        provider_id=role,
        name=name,
        type="app role",
        tags=(("API", of),),
        **tenant.of(scope),
    )


def permission(holder: Ref, role: Resource, scope: str, *, via: str) -> Permission:
    """That the holder has the role."""
    narrowed = role.name.casefold().endswith(SELECTED)
    return Permission(
        source=holder,
        target=Ref(kind="resource", id=role.id, name=role.name),
        access=Access.READ if role.provider_id == DEFAULT else strength.of_permission(role.name),
        actions=(role.name,),
        scope=scope,
        grade=Grade.CONDITIONAL if narrowed else Grade.GRANTED,
        via=via,
        conditions=(BY_SITE,) if narrowed else (),
    )


def _assignments(reading: Reading, scope: Scope) -> Iterator[tuple[Offer, list[Row]]]:
    """Each offer with its assignments. A few of them come in a batch; where there are many, page by page."""
    many = []
    resources = (key for key, _ in reading.shelf.all("resource"))
    for key, body in reading.graph.bodies(FIRST_ASSIGNED_TO, resources, scope.meter):
        if body and NEXT in body:
            many.append(key)
        elif body:
            yield _offer(key, reading, scope), body["value"]
    for key in many:
        offer = _offer(key, reading, scope)
        for rows in reading.graph.pages(ASSIGNED_TO, scope.meter, id=key):
            yield offer, rows


def _offer(key: str, reading: Reading, scope: Scope) -> Offer:
    roles = reading.shelf.take("resource", [key])[key]
    return Offer(key, reading.named([key])[key], roles, reading, scope)


def _tell(reading: Reading, scope: Scope, offer: Offer, rows: list[Row]) -> None:
    """A person who is let in holds nothing that acts by itself; an agent's user does."""
    keys = [guid(row["principalId"]) for row in rows]
    names, users = reading.named(keys), reading.shelf.take("agent user", keys)
    held, via = [], f"app role of {offer.name}"
    for row, key in zip(rows, keys, strict=True):
        kind = row["principalType"]
        if kind in HOLDERS or key in users:
            name = names.get(key) or row.get("principalDisplayName") or f"{HOLDERS.get(kind, 'user')} {short(key)}"
            told = permission(identity(key, name), offer.role(row["appRoleId"]), scope.key, via=via)
            if kind == PRINCIPAL:
                scope.put(told)
            else:
                held.append(groups.kept(told, kind))
    reading.shelf.put(groups.HELD, held)
