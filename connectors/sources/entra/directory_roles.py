"""Which directory roles does each identity hold, and which may it activate?"""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass
from typing import Any

from connectors.inventory.records import Access, Grade, Permission, Ref, Resource
from connectors.scope import Scope
from connectors.sources.entra import groups, strength
from connectors.sources.entra.permissions import ELIGIBLE_ROLES, ROLE_ASSIGNMENTS, ROLE_DEFINITIONS, ROLES, Call
from connectors.sources.entra.tenant import Reading, Tenant, guid, identity, short
from connectors.sources.entra.trouble import noted

Row = dict[str, Any]
EVERYWHERE = "/"
UNITS = "/administrativeunits/"
ELIGIBLE = "eligible: must be activated"


@dataclass(frozen=True, slots=True)
class Role:
    """A directory role where it is assigned: in the whole tenant or a part of it."""

    key: str
    name: str
    access: Access


def read(reading: Reading) -> None:
    """Roles held now, then those that may be activated; what groups and agents' users hold is kept."""
    with reading.opened("directory-roles") as scope, noted(scope, needs=ROLES):
        _read(reading, scope, ROLE_ASSIGNMENTS)
    with reading.opened("eligible-roles") as scope, noted(scope, needs=ROLES):
        _read(reading, scope, ELIGIBLE_ROLES)


def role(definition: Mapping[str, Any], where: str) -> Role:
    """A role by its definition; `where` is a directory scope: "/", "/administrativeUnits/{id}" or "/{object id}"."""
    key, name, within = f"directory-role/{guid(definition['id'])}", str(definition["displayName"]), where.lower()
    if within != EVERYWHERE:
        key += f"@{within}"
        part = "administrative unit" if within.startswith(UNITS) else "object"
        name += f" over {part} {short(within.rsplit('/', 1)[-1])}"
    return Role(key, name, strength.of_role(definition))


def resource(found: Role, tenant: Tenant, scope: str) -> Resource:
    """The role as what is reached by it."""
    return Resource(id=found.key, provider_id=found.key, name=found.name, type="directory role", **tenant.of(scope))


def permission(holder: Ref, found: Role, scope: str, *, eligible: bool) -> Permission:
    """That the holder has the role, or may activate it."""
    return Permission(
        source=holder,
        target=Ref(kind="resource", id=found.key, name=found.name),
        access=found.access,
        actions=(found.name,),
        scope=scope,
        grade=Grade.CONDITIONAL if eligible else Grade.GRANTED,
        via="eligible role assignment" if eligible else "role assignment",
        conditions=(ELIGIBLE,) if eligible else (),
    )


def _read(reading: Reading, scope: Scope, call: Call) -> None:
    definitions = {guid(row["id"]): row for rows in reading.graph.pages(ROLE_DEFINITIONS, scope.meter) for row in rows}
    for rows in reading.graph.pages(call, scope.meter):
        names = reading.named([guid(row["principalId"]) for row in rows])
        held = []
        for row, found in _roles(rows, definitions):
            if reading.shelf.new("directory role", found.key):
                scope.put(resource(found, reading.tenant, scope.key))
            key = guid(row["principalId"])
            holder = identity(key, names.get(key) or f"principal {short(key)}")
            told = permission(holder, found, scope.key, eligible=call is ELIGIBLE_ROLES)
            if key in names:
                scope.put(told)
            else:
                held.append(groups.kept(told, "unknown"))
        reading.shelf.put(groups.HELD, held)
    reading.doubt(scope, because_of=("service-principals",))


def _roles(rows: Iterable[Row], definitions: Mapping[str, Row]) -> Iterator[tuple[Row, Role]]:
    """Each assignment with its role. One whose definition isn't told is of a role that Graph doesn't list."""
    for row in rows:
        key = guid(row["roleDefinitionId"])
        unknown = {"id": key, "displayName": f"directory role {short(key)}"}
        yield row, role(definitions.get(key, unknown), row.get("directoryScopeId") or EVERYWHERE)
