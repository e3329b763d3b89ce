"""Whom does a Logic App call, and with whose account?"""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import replace

from connectors.inventory.records import Alias, AliasKind, Identity, Link, Record, Ref, Relation, Workload
from connectors.sources.azure import edges, ids
from connectors.sources.azure.arm import Row, abreast
from connectors.sources.azure.flow import Flow, flow
from connectors.sources.azure.permissions import CONNECTION, WORKFLOW, WORKLOADS
from connectors.sources.azure.place import Place, first
from connectors.tags import EMAIL

ACCOUNT = "#account"  # what the address of a connection's account ends with


def logic_app(place: Place, found: Workload, row: Row) -> Iterator[Record]:
    """The Logic App with what its definition says, of which nothing else is kept."""
    told = place.told(WORKLOADS, WORKFLOW, row["id"])
    said = flow(told["properties"]) if told else None
    if said is None:
        yield found
        return
    yield replace(found, facts=(*found.facts, *_facts(said)))
    source, scope = edges.ref(found), place.scopes[WORKLOADS].key
    yield from edges.talks_to(source, said.hosts, scope, evidence="One of its HTTP actions calls {host}.")
    yield from edges.calls(source, said.functions, scope, via="an action that calls a function")
    yield from edges.calls(source, said.flows, scope, via="an action that starts another Logic App")
    for key, connector in said.connections.items():
        if key not in said.by_identity:
            yield from _as_account(place, source, key, connector)


def _facts(said: Flow) -> Iterator[tuple[str, str]]:
    if said.starts:
        yield "Started by", ", ".join(dict.fromkeys(said.starts))
    if said.connections:
        yield "Connectors", ", ".join(sorted(set(said.connections.values())))
    if said.sign_ins:
        yield "Signs in to HTTP hosts by", ", ".join(sorted(set(said.sign_ins)))
    if said.hidden:
        yield "HTTP calls whose host only the run knows", str(said.hidden)


def _as_account(place: Place, source: Ref, key: str, connector: str) -> Iterator[Link]:
    """It acts with the account that consented to the connection, where there is one."""
    account = place.accounts.get(key)
    if account is not None:
        target = Ref(kind="identity", id=f"{key}{ACCOUNT}", name=account)
        via = f"API connection {ids.name(key)} to {connector}"
        scope = place.scopes[WORKLOADS].key
        yield Link(relation=Relation.RUNS_AS, source=source, target=target, scope=scope, via=via)


def connections(place: Place, rows: list[Row]) -> Iterator[Record]:
    """The accounts behind API connections (rows of permissions.CONNECTIONS)."""
    for row, told in abreast(lambda row: (row, place.told(WORKLOADS, CONNECTION, row["id"])), rows):
        said = (told or {}).get("properties") or {}
        name = (said.get("authenticatedUser") or {}).get("name")
        if name:
            yield from _account(place, row, said, str(name))


def _account(place: Place, row: Row, said: Row, name: str) -> Iterator[Record]:
    key = ids.key(row["id"])
    place.accounts[key] = name
    email = EMAIL.fullmatch(name)
    because = f"its consent is what the API connection {row['name']} works with"
    here = Identity(
        id=f"{key}{ACCOUNT}",
        provider_id=f"{key}{ACCOUNT}",
        name=name,
        type="API connection account",
        human=True if email else None,
        created_at=first(said, "createdTime"),
        aliases=(Alias(kind=AliasKind.EMAIL, value=name.lower(), because=because),) if email else (),
        facts=tuple(_of_connection(said)),
        **place.of(WORKLOADS, row),
    )
    yield here
    if email:
        owner = place.reading.referenced.person(name.lower(), name.lower(), email=name.lower())
        target = Ref(kind="identity", id=here.id, name=here.name)
        via = f"consented to the API connection {row['name']}"
        yield Link(relation=Relation.OWNS, source=owner, target=target, scope=here.scope, via=via)


def _of_connection(said: Row) -> Iterator[tuple[str, str]]:
    api = (said.get("api") or {}).get("name")
    if api:
        yield "Connector", str(api)
    states = [str(each.get("status")) for each in said.get("statuses") or () if each.get("status")]
    if states:
        yield "State", ", ".join(dict.fromkeys(states)).lower()
