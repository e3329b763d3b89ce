"""Who may do what as a resource itself says, apart from roles: access policies, administrators, Cosmos DB's own roles?

They are kept as plain values until every managed identity of the tenant is known, and told then.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from typing import Any

from connectors.inventory.records import Access, Grade, Permission, Ref
from connectors.sources.azure import ids
from connectors.sources.azure.actions import Operation, allowed, rights
from connectors.sources.azure.arm import Row
from connectors.sources.azure.permissions import COSMOS_ASSIGNMENTS, COSMOS_DEFINITIONS, DATA
from connectors.sources.azure.place import Place

READS = {  # https://learn.microsoft.com/azure/key-vault/general/assign-access-policy
    "secrets": {"get"},
    "keys": {"decrypt", "unwrapkey", "sign"},
    "certificates": {"get"},
}
WRITES = {
    "secrets": {"set", "delete", "purge", "restore", "recover"},
    "keys": {"create", "import", "update", "delete", "purge", "restore", "recover", "rotate", "encrypt", "wrapkey"},
    "certificates": {"create", "import", "update", "delete", "purge", "restore", "recover", "managecontacts"},
}
ITEMS = "Microsoft.DocumentDB/databaseAccounts/sqlDatabases/containers/items"
READS_ITEMS = (Operation(f"{ITEMS}/read", data=True),)
WRITES_ITEMS = tuple(Operation(f"{ITEMS}/{verb}", data=True) for verb in ("create", "upsert", "replace", "delete"))
PRINCIPALS = {"Application": "ServicePrincipal"}  # SQL's words for what others call
Grant = dict[str, Any]


def of_resource(place: Place, kind: str, row: Row) -> Iterator[Grant]:
    """What the resource says; see `permission` for what a grant holds."""
    target = {"target": ids.key(row["id"]), "name": row["name"]}
    if kind == "microsoft.keyvault/vaults" and not row.get("byRoles"):
        for policy in row.get("policies") or ():
            yield from (target | said for said in _policy(policy))
    elif kind in ("microsoft.sql/servers", "microsoft.sql/managedinstances"):
        yield from (target | said for said in _administrator(row.get("administrators") or {}))
    elif kind == "microsoft.documentdb/databaseaccounts":
        yield from (target | said for said in _cosmos(place, row))


def _policy(policy: Row) -> Iterator[Grant]:
    """An access policy of a vault; "all" is every permission. One for a user through one application is narrower."""
    through = policy.get("applicationId")
    given = {
        area: {str(each).lower() for each in names or ()} for area, names in (policy.get("permissions") or {}).items()
    }
    for access, known in ((Access.READ, READS), (Access.WRITE, WRITES)):
        actions = [
            f"{area} {name}"
            for area, names in sorted(given.items())
            for name in sorted(names)
            if name == "all" or name in known.get(area, ())
        ]
        if actions:
            yield {
                "principal": policy["objectId"].lower(),
                "access": access.value,
                "actions": actions,
                "via": "access policy of the vault",
                "conditions": [f"only through the application {through}"] if through else [],
            }


def _administrator(said: Row) -> Iterator[Grant]:
    if said.get("sid"):
        kind = str(said.get("principalType") or "")
        yield {
            "principal": said["sid"].lower(),
            "type": PRINCIPALS.get(kind, kind or None),
            "access": Access.ADMIN.value,
            "actions": ["administrator"],
            "via": "Entra administrator of the server",
        }


def _cosmos(place: Place, row: Row) -> Iterator[Grant]:
    """The roles that Cosmos DB keeps itself, of those who may read or write items."""
    assignments = place.needed(DATA, COSMOS_ASSIGNMENTS, row["id"])
    definitions = place.needed(DATA, COSMOS_DEFINITIONS, row["id"]) if assignments else []
    known = {each["id"].lower(): each.get("properties") or {} for each in definitions or ()}
    for each in assignments or ():
        said = each["properties"]
        role = known.get(said["roleDefinitionId"].lower())
        for access, operations in ((Access.READ, READS_ITEMS), (Access.WRITE, WRITES_ITEMS)):
            permissions = rights((role or {}).get("permissions"))
            if any(allowed(permissions, operation) for operation in operations):
                yield {
                    "principal": said["principalId"].lower(),
                    "access": access.value,
                    "actions": sorted({name for one in permissions for name in one.data_actions}),
                    "via": f"Cosmos DB role {(role or {}).get('roleName') or ids.name(said['roleDefinitionId'])}",
                    "conditions": _part(said.get("scope") or "", row["id"]),
                }


def _part(scope: str, account: str) -> list[str]:
    part = ids.key(scope).removeprefix(ids.key(account)).strip("/")
    return [f"only in {part}"] if part else []


def permission(said: Mapping[str, Any], source: Ref, scope: str) -> Permission:
    """A grant as a permission of `source`. It holds: principal, target, name, access, actions, via, and perhaps
    conditions and the principal's type."""
    return Permission(
        source=source,
        target=Ref(kind="resource", id=said["target"], name=said["name"]),
        access=Access(said["access"]),
        actions=tuple(said["actions"]),
        scope=scope,
        grade=Grade.GRANTED,
        via=f"{said['via']} {said['name']}" if said["via"].startswith(("access", "Entra")) else said["via"],
        conditions=tuple(said.get("conditions") or ()),
    )
