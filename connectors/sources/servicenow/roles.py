"""Which roles are there, which includes which, and how strong is holding one?"""

from __future__ import annotations

from collections.abc import Iterator

from connectors.inventory.records import Access, Record, Resource
from connectors.sources.servicenow.permissions import CONTAINS, ROLES
from connectors.sources.servicenow.place import Place, Role
from connectors.sources.servicenow.values import Row, flag, moment

ADMINISTRATOR = "admin"
# Roles with which one can change what oneself or others may do (ServiceNow: Base system roles).
GOVERNING = {
    ADMINISTRATOR, "security_admin", "user_admin", "role_delegator", "impersonator", "maint", "oauth_admin",
    "credential_admin", "connection_admin", "web_service_admin", "script_include_admin", "business_rule_admin",
    "delegated_developer",
}  # fmt: skip
RESOURCE_TYPE = "ServiceNow role"


def roles(place: Place) -> Iterator[Record]:
    """The instance itself and its roles; which includes which is remembered."""
    yield place.instance.resource(place.scope.key)
    for row in place.tables.rows(ROLES):
        role = _role(row)
        place.known.roles[role.id] = role
        yield Resource(
            id=place.instance.address(ROLES.name, role.id),
            provider_id=role.id,
            name=role.name,
            type=RESOURCE_TYPE,
            created_at=moment(row, "sys_created_on"),
            **place.of(),
        )


def contained(place: Place) -> Iterator[Record]:
    """Tells nothing itself: an account holds what its roles include, and is told so."""
    for row in place.tables.rows(CONTAINS):
        place.known.contains.setdefault(row["role"], set()).add(row["contains"])
    yield from ()


def _role(row: Row) -> Role:
    governs = row["name"] in GOVERNING or flag(row, "scoped_admin") is True
    return Role(
        id=row["sys_id"],
        name=row["name"],
        access=Access.ADMIN if governs else Access.READ,
        elevated=flag(row, "elevated_privilege") is True,
    )
