"""Which AI agents does Acme Media's directory know, of which blueprints, with whose sponsorship?"""

from collections.abc import Mapping
from typing import Any

from tests.emulators.microsoft.acme import DOMAIN, guid
from tests.emulators.microsoft.graph_acme_apis import GRAPH, PAYROLL
from tests.emulators.microsoft.graph_directory import Row, Written
from tests.emulators.microsoft.graph_rows import application, secret, service_principal, user


def blueprint(name: str, **more: Any) -> Row:
    return {"@odata.type": "#microsoft.graph.agentIdentityBlueprint", **application(name, **more)}


def principal(name: str) -> Row:
    row = service_principal(name, kind="ServiceIdentity")
    return {"@odata.type": "#microsoft.graph.agentIdentityBlueprintPrincipal", **row}


def agent(name: str, of: Row) -> Row:
    """An agent identity: it has no credentials of its own."""
    row = service_principal(
        name,
        kind="ServiceIdentity",
        createdByAppId=of["appId"],
        agentIdentityBlueprintId=of["appId"],
        createdDateTime="2026-06-01T10:00:00Z",
    )
    return {"@odata.type": "#microsoft.graph.agentIdentity", **row}


def agent_user(name: str, parent: str) -> Row:
    """The account that an agent has in the directory."""
    address = f"{name.lower().replace(' ', '.')}@{DOMAIN}"
    row = user(name, displayName=name, mail=address, userPrincipalName=address, identityParentId=parent)
    return {"@odata.type": "#microsoft.graph.agentUser", **row}


CARE_BLUEPRINT = blueprint("Care Blueprint", passwordCredentials=[secret("care")])
PEOPLE_BLUEPRINT = blueprint("People Blueprint")
CARE_PRINCIPAL, PEOPLE_PRINCIPAL = principal("Care Blueprint"), principal("People Blueprint")
CARE = agent("Care Agent", CARE_BLUEPRINT)
NIGHT = agent("Night Agent", CARE_BLUEPRINT)
LOST = agent("Lost Agent", CARE_BLUEPRINT)
HR = agent("hr-bot", PEOPLE_BLUEPRINT)
CARE_USER = agent_user("Care Agent", CARE["id"])
STRAY_USER = agent_user("Stray Agent", guid("service principal", "deleted agent"))  # its agent is deleted, it is not

BLUEPRINTS = [CARE_BLUEPRINT, PEOPLE_BLUEPRINT]
PRINCIPALS = [CARE_PRINCIPAL, PEOPLE_PRINCIPAL, CARE, NIGHT, LOST, HR]
USERS = [CARE_USER, STRAY_USER]


def relate(found: Written, *, sponsors: Mapping[str, str]) -> None:
    """Who answers for each, and what a blueprint hands down to its agents."""
    found.links[CARE["id"], "sponsors"] = [sponsors["alice"]]
    found.links[NIGHT["id"], "sponsors"] = [sponsors["bob"]]
    found.links[HR["id"], "sponsors"] = [sponsors["alice"]]
    found.links[CARE_BLUEPRINT["id"], "owners"] = [sponsors["alice"]]
    found.parts[CARE_BLUEPRINT["id"], "inheritablePermissions"] = [
        _inherited(GRAPH, "enumeratedScopes", scopes=["Mail.Read"]),
        _inherited(PAYROLL, "noScopes"),
    ]
    found.parts[PEOPLE_BLUEPRINT["id"], "inheritablePermissions"] = [_inherited(GRAPH, "allAllowedScopes")]


def _inherited(api: Row, kind: str, **more: Any) -> Row:
    word = {"allAllowedScopes": "allAllowed", "enumeratedScopes": "enumerated", "noScopes": "none"}[kind]
    scopes = {"@odata.type": f"#microsoft.graph.{kind}", "kind": word, **more}
    return {"resourceAppId": api["appId"], "inheritableScopes": scopes}
