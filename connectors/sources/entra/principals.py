"""Which identity is a service principal?

Pure: Graph's row, and what was read of its application, keys and sign-ins elsewhere, become one record.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any

from connectors.inventory.records import Alias, AliasKind, Identity, Usage
from connectors.sources.entra import credentials
from connectors.sources.entra.tenant import Tenant, guid, moment, short

Row = dict[str, Any]
MICROSOFT = frozenset(  # whose applications come with the tenant: Microsoft Services, and Microsoft itself
    {"f8cdef31-a31e-4b4a-93e4-5f571e91255a", "72f988bf-86f1-41af-91ab-2d7cd011db47"}
)
TYPES = {
    "Application": "service principal",
    "ManagedIdentity": "managed identity",
    "ServiceIdentity": "agent identity",
    "Legacy": "legacy service principal",
    "SocialIdp": "social identity provider",
}
TYPES_BY_CLASS = {
    "#microsoft.graph.agentIdentity": "agent identity",
    "#microsoft.graph.agentIdentityBlueprintPrincipal": "agent blueprint principal",
}
AUDIENCES = {
    "AzureADMyOrg": "this tenant only",
    "AzureADMultipleOrgs": "any organization",
    "AzureADandPersonalMicrosoftAccount": "any organization, and personal accounts",
    "PersonalMicrosoftAccount": "personal accounts",
}
NOT_READ = "unknown: it was not read"
NO_RECORD = "unknown: Entra has no record of one, which proves nothing"


@dataclass(frozen=True, slots=True)
class Joined:
    """What other readings say of one service principal. The sets name the readings that didn't end well."""

    application: Row = field(default_factory=dict)
    application_keys: tuple[Row, ...] = ()
    keys: tuple[Row, ...] = ()
    federated: tuple[Row, ...] = ()
    signed_in: str | None = None
    agent: Row = field(default_factory=dict)
    lacking: frozenset[str] = frozenset()


def type_of(row: Row) -> str:
    """In words: "managed identity"."""
    said = row.get("servicePrincipalType")
    return TYPES_BY_CLASS.get(row.get("@odata.type", "")) or TYPES.get(str(said), "service principal")


def name_of(row: Row) -> str:
    """What people call it; some have no name."""
    return row.get("displayName") or f"{type_of(row)} {short(guid(row['id']))}"


def identity(row: Row, joined: Joined, tenant: Tenant, scope: str) -> Identity:
    """The service principal as an identity. Its own credentials and its application's are told together."""
    key, type_ = guid(row["id"]), type_of(row)
    home = guid(row.get("appOwnerOrganizationId") or "")
    workloads = type_ in {"managed identity", "agent identity"}  # the tenant's own, whoever's code makes them
    passwords = [*(row.get("passwordCredentials") or ()), *(joined.application.get("passwordCredentials") or ())]
    used = moment(joined.signed_in)
    return Identity(
        id=key,
        provider_id=key,
        name=name_of(row),
        type=type_,
        created_at=moment(joined.application.get("createdDateTime") or joined.agent.get("created")),
        enabled=row.get("accountEnabled"),
        last_used_at=used,
        usage=Usage.USED if used else Usage.UNKNOWN,
        human=False,
        provider_managed=home in MICROSOFT and not workloads,
        external=bool(home) and home != tenant.id and home not in MICROSOFT and not workloads,
        credentials=credentials.of(passwords, _keys(row, [*joined.keys, *joined.application_keys]), joined.federated),
        aliases=tuple(_aliases(row, joined, home)),
        facts=tuple(_facts(row, joined, tenant, home)),
        **tenant.of(scope),
    )


def _keys(row: Row, keys: Sequence[Row]) -> Sequence[Row]:
    """Azure rotates a managed identity's certificates, and nobody else has them."""
    return () if row.get("servicePrincipalType") == "ManagedIdentity" else keys


def _aliases(row: Row, joined: Joined, home: str) -> Iterator[Alias]:
    if row.get("appId") and home not in MICROSOFT:
        yield Alias(kind=AliasKind.CLIENT_ID, value=guid(row["appId"]), because="its application's client ID")
    if address := managed(row):
        yield Alias(kind=AliasKind.ADDRESS, value=address, because="Entra names the Azure resource it belongs to")
    for each in joined.federated:
        if each.get("subject"):
            subject = f"{each['issuer']}|{each['subject']}"
            because = f"federated credential {each['name']}"
            yield Alias(kind=AliasKind.FEDERATED_SUBJECT, value=subject, because=because)


def managed(row: Row) -> str | None:
    """The address that Azure's source gives a managed identity."""
    if row.get("servicePrincipalType") != "ManagedIdentity":
        return None
    names = {each.lower() for each in row.get("alternativeNames") or ()}
    resource = next((each for each in sorted(names) if each.startswith("/subscriptions/")), None)
    return f"{resource}#system-assigned" if resource and "isexplicit=false" in names else resource


def _facts(row: Row, joined: Joined, tenant: Tenant, home: str) -> Iterator[tuple[str, str]]:
    if row.get("appId"):
        yield "Application ID", guid(row["appId"])
    if home and home != tenant.id:
        yield "Home tenant", "Microsoft's" if home in MICROSOFT else home
    yield from _publisher(row, joined.application)
    if audience := str(row.get("signInAudience") or ""):
        yield "Who may sign in", AUDIENCES.get(audience, audience)
    if status := row.get("disabledByMicrosoftStatus"):
        yield "Disabled by Microsoft", str(status)
    if address := managed(row):
        yield "Managed identity of", address
    if blueprint := joined.agent.get("blueprint"):
        yield "Blueprint", blueprint
    if reference := joined.application.get("serviceManagementReference"):
        yield "Service management reference", reference
    yield from _own(row, joined)
    yield from _unread(joined)


def _publisher(row: Row, application: Mapping[str, Any]) -> Iterator[tuple[str, str]]:
    """The verified publisher; "none" is what Graph says, where it says nothing nothing is told."""
    if "verifiedPublisher" in row:
        yield "Verified publisher", (row["verifiedPublisher"] or {}).get("displayName") or "none"
    if domain := application.get("publisherDomain"):
        yield "Publisher domain", domain


def _own(row: Row, joined: Joined) -> Iterator[tuple[str, str]]:
    """Credentials on the service principal itself work beside its application's: who owns the application may not
    know of them."""
    passwords, keys = row.get("passwordCredentials") or (), _keys(row, joined.keys)
    if (passwords or keys) and (found := credentials.of(passwords, keys, ())):
        yield "Credentials beside the application's", str(len(found))


def _unread(joined: Joined) -> Iterator[tuple[str, str]]:
    if joined.signed_in is None:
        yield "Last sign-in", NOT_READ if "sign-ins" in joined.lacking else NO_RECORD
    if lacking := sorted(joined.lacking - {"sign-ins"}):
        yield "Credentials", f"not all of them were read ({', '.join(lacking)})"
