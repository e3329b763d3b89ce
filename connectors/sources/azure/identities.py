"""Which managed identities are there, and which tokens of elsewhere do they accept?"""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from urllib.parse import urlsplit

from connectors.inventory.records import Alias, AliasKind, Grade, Identity, Link, Record, Ref, Relation, Workload
from connectors.sources.azure import edges, ids
from connectors.sources.azure.arm import Row, abreast
from connectors.sources.azure.permissions import FEDERATED, IDENTITIES
from connectors.sources.azure.place import Place
from connectors.sources.azure.shelf import Member
from connectors.sources.azure.tree import SYSTEM

ISSUER = "azure/issuer/"  # how the address of an issuer of tokens begins
CLUSTERS = ".oic.prod-aks.azure.com"  # the issuers of AKS clusters
ACCOUNT = "system:serviceaccount:"
EVERYONES = "api://AzureADTokenExchange"  # the audience that is asked for unless somebody chose another


def user_assigned(place: Place, row: Row) -> Iterator[Record]:
    """A row of permissions.USER_ASSIGNED."""
    key, principal = ids.key(row["id"]), row.get("principalId")
    client = row.get("clientId")
    aliases = _aliases(principal, client)
    yield _identity(place, row, key, "User-assigned managed identity", principal, aliases)
    here = Ref(kind="identity", id=key, name=row["name"])
    _keep(place, here, principal, type_="microsoft.managedidentity/userassignedidentities")
    yield from place.owners(here, row, IDENTITIES)


def system_assigned(place: Place, row: Row) -> Iterator[Record]:
    """A row of permissions.ACTING; nothing for one without an identity of its own."""
    here = next((identity for identity, how in edges.managed(row) if how == "system-assigned"), None)
    if here is not None:
        principal = (row.get("identity") or {}).get("principalId")
        type_ = "System-assigned managed identity"
        yield _identity(place, row, here.id, type_, principal, _aliases(principal, None))
        _keep(place, here, principal, type_="")


def _identity(
    place: Place, row: Row, key: str, type_: str, principal: str | None, aliases: tuple[Alias, ...]
) -> Identity:
    common = place.of(IDENTITIES, row)
    return Identity(id=key, provider_id=principal or key, name=row["name"], type=type_, aliases=aliases, **common)


def _aliases(principal: str | None, client: str | None) -> tuple[Alias, ...]:
    found = []
    if principal:
        because = "its principal id"
        found.append(Alias(kind=AliasKind.ADDRESS, value=principal.lower(), because=because))
    if client:
        found.append(Alias(kind=AliasKind.CLIENT_ID, value=client.lower(), because="its client id"))
    return tuple(found)


def _keep(place: Place, here: Ref, principal: str | None, *, type_: str) -> None:
    shelf = place.reading.shelf
    if principal:
        shelf.keep_principal(principal.lower(), key=here.id, name=here.name)
    if type_:
        shelf.keep_member(place.subscription.id, Member(here.id, "identity", here.name, type_, frozenset()))


def federated(place: Place, identities: list[Ref]) -> Iterator[Record]:
    """Whom the federated credentials of the user-assigned identities let in."""
    found = abreast(lambda here: (here, place.asked(IDENTITIES, FEDERATED, here.id)), identities)
    for here, rows in found:
        for row in rows or ():
            yield from _trust(place, here, row)


def _trust(place: Place, here: Ref, row: Row) -> Iterator[Record]:
    said = row["properties"]
    issuer, subject = said["issuer"], said.get("subject") or ""
    via, scope = f"federated credential {row['name']}", place.scopes[IDENTITIES].key
    host = urlsplit(issuer).netloc.lower()
    if host.endswith(CLUSTERS) and subject.startswith(ACCOUNT):
        account = _account(place, issuer, subject)
        place.reading.referenced.put(account)
        yield Link(relation=Relation.RUNS_AS, source=edges.ref(account), target=here, scope=scope, via=via)
        return
    provider = _provider(place, issuer)
    place.reading.referenced.put(provider)
    yield Link(
        relation=Relation.CAN_ASSUME,
        source=Ref(kind="identity", id=provider.id, name=provider.name),
        target=here,
        scope=scope,
        grade=Grade.CONDITIONAL,
        via=via,
        conditions=tuple(_conditions(host, subject, said.get("audiences") or ())),
    )


def _conditions(host: str, subject: str, audiences: Iterable[str]) -> Iterator[str]:
    yield f"{host}:sub = {subject}" if subject else "an expression over the token's claims, which is not read"
    yield from (f"{host}:aud = {each}" for each in audiences if each != EVERYONES)


def _provider(place: Place, issuer: str) -> Identity:
    address = issuer.rstrip("/")
    key = f"{ISSUER}{address.lower()}"
    name, scope = address.removeprefix("https://"), place.reading.referenced.scope.key
    return Identity(id=key, provider_id=key, name=name, type="OIDC provider", external=True, system=SYSTEM, scope=scope)


def _account(place: Place, issuer: str, subject: str) -> Workload:
    """The pods that run under one service account of a cluster."""
    cluster = place.issuers.get(issuer.rstrip("/").lower())
    name = subject.removeprefix(ACCOUNT).replace(":", "/")
    return Workload(
        id=f"{issuer.rstrip('/').lower()}|{subject}",
        provider_id=subject,
        name=f"{name} in {cluster}" if cluster else name,
        type="Kubernetes service account",
        system=SYSTEM,
        scope=place.reading.referenced.scope.key,
        account_id=place.subscription.id,
        account_name=place.subscription.label,
        role="service",
        facts=(("Cluster", cluster or issuer),),
    )
