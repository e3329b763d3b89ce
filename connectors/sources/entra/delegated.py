"""What may applications do on behalf of whoever is signed in to them?

Such a permission never acts alone: it takes a signed-in user, and reaches what that user reaches. So it is told as
conditional. With consent of an administrator it holds for every user, else for those who consented themselves.
"""

from __future__ import annotations

from dataclasses import replace
from typing import Any

from connectors.inventory.records import Grade, Permission, Ref, Resource
from connectors.scope import Scope
from connectors.sources.entra import groups, strength
from connectors.sources.entra.permissions import DELEGATED, DELEGATED_GRANTS
from connectors.sources.entra.tenant import Reading, Tenant, guid, identity, short
from connectors.sources.entra.trouble import noted

Row = dict[str, Any]
SIGN_IN_ONLY = frozenset({"openid", "profile", "email", "offline_access"})  # tells who signed in, reaches no data
EVERYBODY = "AllPrincipals"
FOR_ALL = "delegated permission, consented for every user"
FOR_SOME = "delegated permission, consented by single users"
ON_BEHALF = "acts only on behalf of a signed-in user"
ON_BEHALF_OF_SOME = "acts only on behalf of users who consented"


def read(reading: Reading) -> None:
    """Every grant; what agents inherit of their blueprint's is kept for `agents`."""
    with reading.opened("delegated-grants") as scope, noted(scope, needs=DELEGATED):
        for rows in reading.graph.pages(DELEGATED_GRANTS, scope.meter):
            _tell(reading, scope, rows)
        reading.doubt(scope, because_of=("service-principals",))


def scopes_of(row: Row) -> list[str]:
    """The permissions of one grant, each once; those that only sign in are left out."""
    return [each for each in dict.fromkeys((row.get("scope") or "").split()) if each not in SIGN_IN_ONLY]


def delegated_permission(key: str, name: str, of: str, tenant: Tenant, scope: str) -> Resource:
    """A delegated permission as what is reached by it."""
    return Resource(
        id=key, provider_id=key, name=name, type="delegated permission", tags=(("API", of),), **tenant.of(scope)
    )


def permission(client: Ref, target: Ref, row: Row, scope: str) -> Permission:
    """That the client has it."""
    for_all = row["consentType"] == EVERYBODY
    return Permission(
        source=client,
        target=target,
        access=strength.of_permission(target.name),
        actions=(target.name,),
        scope=scope,
        grade=Grade.CONDITIONAL,
        via=FOR_ALL if for_all else FOR_SOME,
        conditions=(ON_BEHALF if for_all else ON_BEHALF_OF_SOME,),
    )


def _tell(reading: Reading, scope: Scope, rows: list[Row]) -> None:
    ids = {guid(row[end]) for row in rows for end in ("clientId", "resourceId")}
    names, blueprints = reading.named(sorted(ids)), reading.shelf.take("blueprint principal", ids)
    for row in rows:
        client, resource = (_ref(guid(row[end]), names) for end in ("clientId", "resourceId"))
        told = [permission(client, _target(reading, scope, resource, name), row, scope.key) for name in scopes_of(row)]
        for each in told:
            scope.put(each)
        if blueprint := blueprints.get(client.id):
            _hand_down(reading, blueprint, resource, told)


def _target(reading: Reading, scope: Scope, resource: Ref, name: str) -> Ref:
    """Points at the permission, and tells of it the first time."""
    key = f"{resource.id}/scope/{name.lower()}"
    if reading.shelf.new("delegated permission", key):
        scope.put(delegated_permission(key, name, resource.name, reading.tenant, scope.key))
    return Ref(kind="resource", id=key, name=name)


def _ref(key: str, names: dict[str, str]) -> Ref:
    return identity(key, names.get(key) or f"service principal {short(key)}")


def _hand_down(reading: Reading, blueprint: str, resource: Ref, told: list[Permission]) -> None:
    """Keep what agents inherit of what their blueprint's service principal may do."""
    rules = reading.shelf.take("inherited", [blueprint]).get(blueprint) or {}
    offering = reading.shelf.take("by application", rules)  # client ID → id
    allowed = [names for client, names in rules.items() if offering.get(client) == resource.id]
    passed = [each for each in told if any(names is None or each.target.name in names for names in allowed)]
    for heir in reading.shelf.under("heir", f"{blueprint} ") if passed else ():
        rows = (groups.kept(inherited(each), "heir") for each in passed)
        reading.shelf.put("handed down", ((f"{heir[0]} {key}", {**row, "heir": heir}) for key, row in rows))


def inherited(held: Permission) -> Permission:
    """What a blueprint has, as its agents have it."""
    return replace(held, via=f"{held.via}, inherited from {held.source.name}")
