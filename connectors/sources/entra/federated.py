"""Which tokens of elsewhere does an application accept as its own sign-in, and whom does that let in?

The issuer becomes an identity provider that vouches; which of its subjects it may vouch for are the link's conditions,
as in AWS's trust in OIDC providers. A managed identity of the same tenant is known itself: the link names it.
"""

from __future__ import annotations

import re
from collections.abc import Iterator, Mapping
from typing import Any
from urllib.parse import urlsplit

from connectors.inventory.records import Grade, Identity, Link, Ref, Relation
from connectors.sources.entra.permissions import APPLICATION, FEDERATED_APPLICATIONS, FEDERATED_CREDENTIALS
from connectors.sources.entra.tenant import Reading, Tenant, guid, identity, short
from connectors.sources.entra.trouble import noted

Row = dict[str, Any]
ISSUER = "issuer/"  # how an issuer's address begins
EVERYONES = "api://AzureADTokenExchange"  # the audience that is asked for unless somebody chose another
KEPT = ("id", "name", "issuer", "subject", "audiences")
OF_ENTRA = re.compile(r"https://(?:login\.microsoftonline\.(?:com|us)|sts\.windows\.net)/(?P<tenant>[0-9a-f-]{36})")


def collect(reading: Reading) -> None:
    """Keep the credentials under their application's client ID."""
    scope = reading.scopes["federated-credentials"]
    with noted(scope, needs=APPLICATION):
        for rows in reading.graph.pages(FEDERATED_APPLICATIONS, scope.meter):
            clients = {row["id"]: guid(row["appId"]) for row in rows}
            found = reading.graph.each(FEDERATED_CREDENTIALS, clients, scope.meter)
            reading.shelf.put("federated", ((clients[key], _kept(each)) for key, each in found))


def tell(reading: Reading) -> None:
    """Whom the credentials that were collected let in as which service principal."""
    with reading.opened("federated-credentials") as scope:
        told: set[str] = set()
        for client, rows in reading.shelf.all("federated"):
            target = reading.shelf.take("by application", [client]).get(client)
            names = reading.named([each for each in (target, *map(_subject, rows)) if each])
            if target not in names:
                continue  # an application that is not installed in the tenant itself
            for link in trusts(rows, identity(target, names[target]), names, reading.tenant, scope.key):
                if link.source.id.startswith(ISSUER) and link.source.id not in told:
                    told.add(link.source.id)
                    scope.put(provider(link.source, reading.tenant, scope.key))
                scope.put(link)


def trusts(rows: list[Row], here: Ref, names: Mapping[str, str], tenant: Tenant, scope: str) -> Iterator[Link]:
    """A link for each credential, from whoever it lets in. `names` are those of managed identities, by id."""
    for row in rows:
        inside = OF_ENTRA.match(row["issuer"].lower())
        ours = inside is not None and inside["tenant"] == tenant.id
        yield Link(
            relation=Relation.CAN_ASSUME,
            source=_managed(row, names) if ours else _provider(row["issuer"]),
            target=here,
            scope=scope,
            grade=Grade.GRANTED if ours else Grade.CONDITIONAL,
            via=f"federated credential {row['name']}",
            conditions=() if ours else tuple(_conditions(row)),
        )


def provider(ref: Ref, tenant: Tenant, scope: str) -> Identity:
    """The issuer as an identity: whoever it vouches for is let in through it."""
    return Identity(id=ref.id, provider_id=ref.id, name=ref.name, type="OIDC provider", **tenant.of(scope))


def _managed(row: Row, names: Mapping[str, str]) -> Ref:
    key = _subject(row)
    return identity(key, names.get(key) or f"managed identity {short(key)}")


def _subject(row: Row) -> str:
    return guid(row.get("subject") or "")


def _provider(issuer: str) -> Ref:
    address = issuer.rstrip("/")
    return identity(f"{ISSUER}{address.lower()}", address.removeprefix("https://"))


def _conditions(row: Row) -> Iterator[str]:
    host = urlsplit(row["issuer"]).netloc
    if row.get("subject"):
        yield f"{host}:sub = {row['subject']}"
    else:
        yield "an expression over the token's claims, which is not read"
    for audience in row.get("audiences") or ():
        if audience != EVERYONES:
            yield f"{host}:aud = {audience}"


def _kept(rows: list[Row]) -> list[Row]:
    return [{name: row.get(name) for name in KEPT} for row in rows]
