"""To which data and tools is a project connected, and how does it sign in there? Never a credential.

A connection is a resource; where it signs in by a key, whoever holds that key is an identity of its own, because an
agent then acts as that and not as itself.
"""

from __future__ import annotations

import re
from collections.abc import Iterator

from connectors.inventory.records import Access, Credential, Grade, Identity, Permission, Record, Ref, Resource
from connectors.sources.foundry import targets
from connectors.sources.foundry.asking import Row
from connectors.sources.foundry.permissions import Call
from connectors.sources.foundry.place import Connection, Place, created, key, moment

CREDENTIAL = "#credential"  # what the address of what a connection signs in with ends with
NAMES = {  # category → what people call it
    "ADLSGen2": "Storage",
    "AIServices": "AI services",
    "AppInsights": "Application Insights",
    "AzureBlob": "Storage",
    "AzureOneLake": "OneLake",
    "AzureOpenAI": "Azure OpenAI",
    "AzureSqlDb": "SQL database",
    "AzureStorageAccount": "Storage",
    "CognitiveSearch": "AI Search",
    "CosmosDb": "Cosmos DB",
    "CosmosDB": "Cosmos DB",
    "CustomKeys": "Custom keys",
    "S3": "Amazon S3",
    "SharePointOnlineList": "SharePoint",
}
BY_HOST = {".fabric.microsoft.com": "Fabric", ".sharepoint.com": "SharePoint"}  # whatever the category says
NAMES_DATA = {"Amazon S3", "Cosmos DB", "OneLake", "SharePoint", "Storage"}  # their path names what holds the data
BY_IDENTITY = {"AAD", "ManagedIdentity", "None", "AgenticIdentityToken", "AgenticIdentityToken_Preview"}
SIGNS_IN = {
    "PAT": "access token",
    "SAS": "shared access signature",
    "AccountKey": "account key",
    "AccessKey": "access key",
    "ApiKey": "API key",
    "CustomKeys": "custom keys",
    "OAuth2": "OAuth client",
    "ServicePrincipal": "service principal's secret",
    "UsernamePassword": "password",
}
_WORD = re.compile(r"(?<=[a-z0-9])(?=[A-Z])")


def read(place: Place, call: Call, holder: Ref, found: dict[str, Connection]) -> Iterator[Record]:
    """The connections of an account or a project, which are also put into `found`."""
    for row in place.listed(call, holder.id):
        said = row["properties"]
        connection = _connection(row, said)
        found[row["name"].lower()] = connection
        yield Resource(
            id=connection.key,
            provider_id=connection.key,
            name=_title(row["name"], connection, said),
            type=f"{connection.kind} connection",
            created_at=created(row),
            **place.of(row),
        )
        yield place.contains(holder, connection.ref)
        yield from _leads_to(place, connection, said)
        yield from place.owners(connection.ref, row)
        if connection.identity is not None:
            yield from _credential(place, row, connection, connection.identity)


def _connection(row: Row, said: Row) -> Connection:
    address, category = key(row["id"]), str(said.get("category") or "")
    by_key = str(said.get("authType") or "None") not in BY_IDENTITY
    name = f"{SIGNS_IN.get(said.get('authType') or '', 'key')} of connection {row['name']}"
    identity = Ref(kind="identity", id=f"{address}{CREDENTIAL}", name=name) if by_key else None
    host = targets.host_of(said.get("target"))
    return Connection(address, row["name"], host, _kind(category, host or ""), identity)


def _kind(category: str, host: str) -> str:
    found = next((kind for end, kind in BY_HOST.items() if host.endswith(end)), None)
    return found or NAMES.get(category) or _WORD.sub(" ", category) or "Other"


def _title(name: str, connection: Connection, said: Row) -> str:
    """Its name, and where it leads."""
    place = targets.place_of(said.get("target")) if connection.kind in NAMES_DATA else connection.host
    return f"{name} ({place})" if place else name


def _leads_to(place: Place, connection: Connection, said: Row) -> Iterator[Record]:
    """The resource of Azure behind it, where it is named."""
    metadata = said.get("metadata") or {}
    named = targets.resource_of(metadata.get("ResourceId")) or targets.resource_of(said.get("target"))
    if named is not None:
        yield place.contains(connection.ref, Ref(kind="resource", id=named, name=named.rpartition("/")[2]))


def _credential(place: Place, row: Row, connection: Connection, identity: Ref) -> Iterator[Record]:
    said = row["properties"]
    auth = said["authType"]
    kept = Credential(kind=SIGNS_IN.get(auth, auth), id=row["name"], expires_at=moment(said.get("expiryTime")))
    shared = [("Shared with", "all projects of the account")] if said.get("isSharedToAll") else []
    yield Identity(
        id=identity.id,
        provider_id=identity.id,
        name=identity.name,
        type="AI Foundry connection credential",
        credentials=(kept,),
        facts=(("Signs in by", SIGNS_IN.get(auth, auth)), *shared),
        **place.of(row) | {"created_at": created(row)},
    )
    yield Permission(
        source=identity,
        target=connection.ref,
        access=Access.WRITE,
        actions=(f"whatever its {SIGNS_IN.get(auth, auth)} opens",),
        scope=place.scope.key,
        grade=Grade.GRANTED if auth == "AccountKey" else Grade.UNKNOWN,
        via=f"connection {connection.name}",
    )
