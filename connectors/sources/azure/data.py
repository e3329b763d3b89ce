"""Which resources hold data or keys, and how far are they open?

Only what describes them is read: never a secret, a blob, a row, a message or a log line.
"""

from __future__ import annotations

from collections.abc import Iterator

from connectors.inventory.records import Record, Ref, Resource
from connectors.sources.azure import grants, ids
from connectors.sources.azure.arm import Row
from connectors.sources.azure.permissions import DATA
from connectors.sources.azure.place import Place, first
from connectors.sources.azure.shelf import Member

VAULT, STORAGE = "microsoft.keyvault/vaults", "microsoft.storage/storageaccounts"
COSMOS, AI = "microsoft.documentdb/databaseaccounts", "microsoft.cognitiveservices/accounts"
TYPES = {
    VAULT: "Key vault",
    STORAGE: "Storage account",
    COSMOS: "Cosmos DB account",
    "microsoft.sql/servers": "SQL server",
    "microsoft.sql/servers/databases": "SQL database",
    "microsoft.sql/managedinstances": "SQL managed instance",
    "microsoft.dbforpostgresql/flexibleservers": "PostgreSQL server",
    "microsoft.dbformysql/flexibleservers": "MySQL server",
    "microsoft.search/searchservices": "AI Search service",
    "microsoft.servicebus/namespaces": "Service Bus namespace",
    "microsoft.eventhub/namespaces": "Event Hubs namespace",
    "microsoft.operationalinsights/workspaces": "Log Analytics workspace",
}


def resource(place: Place, row: Row) -> Iterator[Record]:
    """A row of permissions.RESOURCES. The Foundry source tells of AI services; here they are only what rights reach."""
    kind, key = row["type"].lower(), ids.key(row["id"])
    shelf, here = place.reading.shelf, Ref(kind="resource", id=key, name=row["name"])
    shelf.keep_member(place.subscription.id, Member(key, "resource", row["name"], kind, frozenset(_traits(kind, row))))
    if kind == AI:
        return
    yield Resource(
        id=key,
        provider_id=key,
        name=row["name"],
        type=TYPES[kind],
        public=public(kind, row),
        created_at=first(row, "creation", "created", "createdAt"),
        **place.of(DATA, row),
    )
    yield from place.contained(here, DATA)
    yield from place.owners(here, row, DATA)
    for said in grants.of_resource(place, kind, row):
        shelf.keep_grant(place.subscription.id, said)


def _traits(kind: str, row: Row) -> Iterator[str]:
    """What decides by which operations it is opened (reach.toml)."""
    if kind == VAULT:
        yield "roles" if row.get("byRoles") else "policies"
    elif kind == STORAGE:
        if row.get("sharedKeys") is not False:
            yield "keys"
    elif not row.get("localAuthOff"):
        yield "keys"


def public(kind: str, row: Row) -> bool | None:
    """Whether it answers the internet; of a storage account, which is made to, whether it may answer without a sign-in:
    then its containers decide, and nothing is known."""
    said = row.get("publicNetworkAccess") or row.get("network")
    if kind == "microsoft.sql/managedinstances":
        return row.get("publicData")
    closed = str(said or "").lower() == "disabled" or str(row.get("defaultAction") or "").lower() == "deny"
    if closed or (kind == STORAGE and row.get("anonymous") is False):
        return False
    if kind == STORAGE or kind == "microsoft.sql/servers/databases":
        return None
    return True if said and str(said).lower() == "enabled" else None
