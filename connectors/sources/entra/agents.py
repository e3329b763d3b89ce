"""Which AI agents have an identity of their own, who answers for each, and as whom else can it act?

An agent identity has no credentials: its blueprint's service principal signs in as it, and it signs in as its agent
user, an account that it has in the directory (https://learn.microsoft.com/entra/agent-id).
"""

from __future__ import annotations

from collections.abc import Iterable
from typing import Any

from connectors.inventory.records import Alias, AliasKind, Identity, Link, Ref, Relation, ScopeState, Workload
from connectors.scope import Scope
from connectors.sources.entra import groups
from connectors.sources.entra.owners import Telling
from connectors.sources.entra.permissions import (
    AGENT_BLUEPRINTS,
    AGENT_IDENTITIES,
    AGENT_USERS,
    AGENTS,
    BLUEPRINT_PRINCIPALS,
    BLUEPRINTS,
    GROUPS,
    INHERITED,
    MEMBERSHIPS,
    PRINCIPALS,
    SPONSORS,
    USERS,
)
from connectors.sources.entra.tenant import Reading, Tenant, guid, identity, moment, short
from connectors.sources.entra.trouble import noted

Row = dict[str, Any]
NOTHING, LISTED = "noScopes", "enumeratedScopes"  # how Graph says what a blueprint hands down
TOGETHER = 500  # agents that are told together
GIVEN = ("app-roles", "directory-roles", "eligible-roles", "delegated-grants")  # where agents' rights are read


def collect(reading: Reading) -> None:
    """Keep blueprints, agent identities and agent users, for those who name them and to be told at the end."""
    scope, graph, shelf = reading.scopes["agents"], reading.graph, reading.shelf
    with noted(scope, needs=PRINCIPALS):
        for rows in graph.pages(BLUEPRINT_PRINCIPALS, scope.meter):
            shelf.put("blueprint", ((guid(row["appId"]), [guid(row["id"]), _name(row)]) for row in rows))
            shelf.put("blueprint principal", ((guid(row["id"]), guid(row["appId"])) for row in rows))
    with noted(scope, needs=BLUEPRINTS):
        for rows in graph.pages(AGENT_BLUEPRINTS, scope.meter):
            clients = {row["id"]: guid(row["appId"]) for row in rows}
            each = graph.each(INHERITED, clients, scope.meter)
            shelf.put("inherited", ((clients[key], inherited(found)) for key, found in each))
    with noted(scope, needs=AGENTS):
        for rows in graph.pages(AGENT_IDENTITIES, scope.meter):
            kept = [(guid(row["id"]), kept_agent(row)) for row in rows]
            shelf.put("agent", kept)
            shelf.put("heir", ((f"{each['blueprint']} {key}", each["name"]) for key, each in kept))
    with noted(scope, needs=USERS):
        for rows in graph.pages(AGENT_USERS, scope.meter):
            shelf.put("agent user", ((guid(row["id"]), row) for row in rows))


def tell(reading: Reading) -> None:
    """After everything else: what agents inherit and what their users hold was read with what everybody has."""
    with reading.opened("agents") as scope:
        owners = Telling(reading, scope)
        with noted(scope, needs=AGENTS):
            for some in reading.shelf.by("agent", TOGETHER):
                _tell_agents(reading, scope, some)
                owners.owners(SPONSORS, {key: key for key, _ in some}, via="sponsor of the agent")
        for some in reading.shelf.by("agent user", TOGETHER):
            _tell_users(reading, scope, some)
        for _, row in reading.shelf.all("handed down"):
            key, name = row["heir"]
            scope.put(groups.handed_on(row, identity(key, name), scope.key))
        tried = (kind for kind in GIVEN if reading.scopes[kind].state is not ScopeState.SKIPPED)
        reading.doubt(scope, because_of=tuple(tried) if reading.shelf.has("agent") else ())


def inherited(rows: Iterable[Row]) -> Row:
    """Client ID of a resource → the delegated permissions that agents of the blueprint inherit; None: all it has."""
    found: Row = {}
    for row in rows:
        scopes = row.get("inheritableScopes") or {}
        kind = str(scopes.get("@odata.type", "")).rsplit(".", 1)[-1]
        if kind != NOTHING:
            found[guid(row["resourceAppId"])] = list(scopes.get("scopes") or ()) if kind == LISTED else None
    return found


def kept_agent(row: Row) -> Row:
    """What is told of an agent identity."""
    return {
        "name": _name(row),
        "blueprint": guid(row["agentIdentityBlueprintId"]),
        "created": row.get("createdDateTime"),
        "enabled": row.get("accountEnabled"),
    }


def workload(key: str, kept: Row, blueprint: str, tenant: Tenant, scope: str) -> Workload:
    """The agent that acts with an agent identity."""
    return Workload(
        id=f"{key}/agent",
        provider_id=key,
        name=kept["name"],
        type="Entra agent",
        role="agent",
        enabled=kept["enabled"],
        created_at=moment(kept["created"]),
        facts=(("Blueprint", blueprint),),
        **tenant.of(scope),
    )


def user(key: str, row: Row, tenant: Tenant, scope: str) -> Identity:
    """The account that an agent has in the directory, as if it were a person."""
    address, because = row.get("userPrincipalName"), "the name that it signs in with"
    return Identity(
        id=key,
        provider_id=key,
        name=_name(row),
        type="agent user",
        enabled=row.get("accountEnabled"),
        human=False,
        created_at=moment(row.get("createdDateTime")),
        aliases=(Alias(kind=AliasKind.EMAIL, value=address.lower(), because=because),) if address else (),
        facts=(("Last sign-in", "unknown: it was not read"),),
        **tenant.of(scope),
    )


def _tell_agents(reading: Reading, scope: Scope, some: list[tuple[str, Row]]) -> None:
    blueprints = reading.shelf.take("blueprint", (kept["blueprint"] for _, kept in some))
    for key, kept in some:
        here = identity(key, kept["name"])
        principal, name = blueprints.get(kept["blueprint"]) or (None, f"blueprint {short(kept['blueprint'])}")
        agent = workload(key, kept, name, reading.tenant, scope.key)
        scope.put(agent)
        runs = Ref(kind="workload", id=agent.id, name=agent.name)
        scope.put(_link(Relation.RUNS_AS, runs, here, scope, via="agent identity"))
        if principal:
            scope.put(_link(Relation.CAN_ASSUME, identity(principal, name), here, scope, via="its blueprint"))


def _tell_users(reading: Reading, scope: Scope, some: list[tuple[str, Row]]) -> None:
    parents = reading.shelf.take("agent", (guid(row["identityParentId"]) for _, row in some if row["identityParentId"]))
    for key, row in some:
        told = user(key, row, reading.tenant, scope.key)
        here = identity(key, told.name)
        scope.put(told)
        if parent := guid(row["identityParentId"] or ""):
            name = parents[parent]["name"] if parent in parents else f"agent identity {short(parent)}"
            scope.put(_link(Relation.CAN_ASSUME, identity(parent, name), here, scope, via="its agent user"))
        for held in groups.held_by(reading, key):
            scope.put(groups.handed_on(held, here, scope.key))
    names = {key: _name(row) for key, row in some}
    with noted(scope, needs=GROUPS):
        for key, rows in reading.graph.each(MEMBERSHIPS, names, scope.meter):
            for group, held in ((row, held) for row in rows for held in groups.held_by(reading, guid(row["id"]))):
                here, name = identity(key, names[key]), group.get("displayName")
                scope.put(groups.handed_on(held, here, scope.key, group=name or held["holder"]))


def _link(relation: Relation, source: Ref, target: Ref, scope: Scope, *, via: str) -> Link:
    return Link(relation=relation, source=source, target=target, scope=scope.key, via=via)


def _name(row: Row) -> str:
    return row.get("displayName") or f"agent {short(guid(row['id']))}"
