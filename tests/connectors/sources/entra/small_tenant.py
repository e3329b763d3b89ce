"""A small tenant, written by hand: one of everything that the source tells of. What must never be told says CANARY."""

from __future__ import annotations

from typing import Any

from tests.emulators.microsoft.acme import OTHER_TENANT, TENANT, guid

Row = dict[str, Any]
MICROSOFT = "f8cdef31-a31e-4b4a-93e4-5f571e91255a"
GRAPH_CLIENT = "00000003-0000-0000-c000-000000000000"


def sp(name: str) -> str:
    return guid("service principal", name)


def client(name: str) -> str:
    return guid("application", name)


def registration(name: str) -> str:
    return guid("registration", name)


def user(name: str) -> str:
    return guid("user", name)


def group(name: str) -> str:
    return guid("group", name)


def role(name: str) -> str:
    return guid("app role", name)


def definition(name: str) -> str:
    return guid("role definition", name)


def secret(name: str, until: str = "2027-06-01T00:00:00Z") -> Row:
    return {
        "keyId": guid("key", name),
        "displayName": "CANARY",
        "hint": "CANARY",
        "secretText": "CANARY",
        "customKeyIdentifier": None,
        "startDateTime": "2025-06-01T00:00:00Z",
        "endDateTime": until,
    }


def certificate(name: str, usage: str = "Verify", mark: str | None = None) -> Row:
    key = {"key": "CANARY", "type": "AsymmetricX509Cert", "usage": usage, "customKeyIdentifier": mark}
    return {**secret(name), **key}


def principal(name: str, type_: str = "Application", **said: Any) -> Row:
    row: Row = {
        "id": sp(name),
        "appId": client(name),
        "displayName": name,
        "servicePrincipalType": type_,
        "accountEnabled": True,
        "disabledByMicrosoftStatus": None,
        "appOwnerOrganizationId": TENANT,
        "alternativeNames": [],
        "signInAudience": "AzureADMyOrg",
        "verifiedPublisher": {"displayName": None, "verifiedPublisherId": None, "addedDateTime": None},
        "passwordCredentials": [],
        "keyCredentials": [],
        "appRoles": [],
        "notes": "CANARY",
        "description": "CANARY",
        "replyUrls": ["https://CANARY.example"],
    }
    return {**row, **said}


def app_role(value: str | None) -> Row:
    return {"id": role(value or "unnamed"), "value": value, "displayName": "Unnamed role", "isEnabled": True}


def application(name: str, **said: Any) -> Row:
    row: Row = {
        "id": registration(name),
        "appId": client(name),
        "displayName": name,
        "createdDateTime": "2025-02-03T04:05:06Z",
        "publisherDomain": "acme-media.example",
        "serviceManagementReference": None,
        "passwordCredentials": [],
        "keyCredentials": [],
        "notes": "CANARY",
    }
    return {**row, **said}


def person(name: str, *, enabled: bool | None = True, **said: Any) -> Row:
    address = f"{name.lower()}@acme-media.example"
    row = {"@odata.type": "#microsoft.graph.user", "id": user(name), "displayName": name, "userType": "Member"}
    return {**row, "userPrincipalName": address, "mail": address, "accountEnabled": enabled, **said}


def assigned(value: str, to: str, key: str, type_: str = "ServicePrincipal") -> Row:
    return {"appRoleId": role(value), "principalId": key, "principalType": type_, "principalDisplayName": to}


GRAPH = principal(
    "Microsoft Graph",
    appId=GRAPH_CLIENT,
    appOwnerOrganizationId=MICROSOFT,
    appRoles=[app_role(each) for each in ("Mail.Read", "Sites.Selected", "AppRoleAssignment.ReadWrite.All")],
)
ORDERS = principal("Orders API", appRoles=[app_role(None), app_role("Support.Handle")])
ROBOT = principal("Invoice Robot", passwordCredentials=[secret("beside")], keyCredentials=[])
DEPLOYER = principal("CI deployer")
VENDOR = principal(
    "Hooli Sync",
    appOwnerOrganizationId=OTHER_TENANT,
    signInAudience="AzureADMultipleOrgs",
    verifiedPublisher={"displayName": "Hooli Inc"},
)
FUNCTION = principal(
    "func-invoices",
    "ManagedIdentity",
    appOwnerOrganizationId=None,
    alternativeNames=["isExplicit=False", "/subscriptions/S1/resourcegroups/RG/providers/Microsoft.Web/sites/Invoices"],
)
BLUEPRINT = principal(
    "Support blueprint", "ServiceIdentity", **{"@odata.type": "#microsoft.graph.agentIdentityBlueprintPrincipal"}
)
AGENT = principal(
    "Support agent",
    "ServiceIdentity",
    appId=sp("Support agent"),
    agentIdentityBlueprintId=client("Support blueprint"),
    createdDateTime="2026-05-01T00:00:00Z",
    **{"@odata.type": "#microsoft.graph.agentIdentity"},
)
PRINCIPALS = [GRAPH, ORDERS, ROBOT, DEPLOYER, VENDOR, FUNCTION, BLUEPRINT, AGENT]
APPLICATIONS = [
    application(
        "Invoice Robot",
        serviceManagementReference="CHG-7",
        passwordCredentials=[secret("main", until="2026-12-31T00:00:00Z")],
        keyCredentials=[
            certificate("cert"),
            certificate("saml", "Sign", "MARK"),
            certificate("check", "Verify", "MARK"),
        ],
    ),
    application("CI deployer"),
    application("Orders API"),
    application("Support blueprint"),
    application("Not installed"),
]
AGENT_USER = {
    "id": user("Support agent"),
    "displayName": "Support agent (user)",
    "userPrincipalName": "support.agent@acme-media.example",
    "accountEnabled": True,
    "identityParentId": sp("Support agent"),
    "createdDateTime": "2026-05-02T00:00:00Z",
}
ROLES = "/roleManagement/directory"
INHERITED = "microsoft.graph.agentIdentityBlueprint/inheritablePermissions"
LISTS: dict[str, list[Row]] = {
    "/organization": [{"id": TENANT, "displayName": "Acme Media"}],
    "/reports/servicePrincipalSignInActivities": [
        {"appId": client("Invoice Robot"), "lastSignInActivity": {"lastSignInDateTime": "2026-12-01T08:00:00Z"}},
        {"appId": client("CI deployer"), "lastSignInActivity": None},
    ],
    "/servicePrincipals/microsoft.graph.agentIdentity": [AGENT],
    "/servicePrincipals/microsoft.graph.agentIdentityBlueprintPrincipal": [BLUEPRINT],
    "/applications/microsoft.graph.agentIdentityBlueprint": [APPLICATIONS[3]],
    "/users/microsoft.graph.agentUser": [AGENT_USER],
    f"/users/{user('Support agent')}/memberOf/microsoft.graph.group": [
        {"id": group("Mail readers"), "displayName": "Mail readers"}
    ],
    f"/applications/{registration('Support blueprint')}/{INHERITED}": [
        {
            "resourceAppId": GRAPH_CLIENT,
            "inheritableScopes": {"@odata.type": "#microsoft.graph.enumeratedScopes", "scopes": ["Mail.Read"]},
        }
    ],
    f"/servicePrincipals/{sp('Support agent')}/microsoft.graph.agentIdentity/sponsors": [person("Bob", enabled=False)],
    f"/applications/{registration('CI deployer')}/federatedIdentityCredentials": [
        {
            "id": guid("federated", "main"),
            "name": "main",
            "issuer": "https://token.actions.githubusercontent.com",
            "subject": "repo:acme/app:ref:refs/heads/main",
            "audiences": ["api://AzureADTokenExchange"],
            "description": "CANARY",
        },
        {
            "id": guid("federated", "function"),
            "name": "function",
            "issuer": f"https://login.microsoftonline.com/{TENANT}/v2.0",
            "subject": sp("func-invoices"),
            "audiences": ["api://AzureADTokenExchange"],
        },
    ],
    f"/servicePrincipals/{sp('Microsoft Graph')}/appRoleAssignedTo": [
        assigned("Mail.Read", "Invoice Robot", sp("Invoice Robot")),
        assigned("Sites.Selected", "Invoice Robot", sp("Invoice Robot")),
        assigned("AppRoleAssignment.ReadWrite.All", "CI deployer", sp("CI deployer")),
        assigned("Mail.Read", "Mail readers", group("Mail readers"), "Group"),
        assigned("Mail.Read", "Alice", user("Alice"), "User"),
    ],
    f"/servicePrincipals/{sp('Orders API')}/appRoleAssignedTo": [
        assigned("unnamed", "Invoice Robot", sp("Invoice Robot")),
        assigned("Support.Handle", "Support agent", user("Support agent"), "User"),
    ],
    "/oauth2PermissionGrants": [
        {
            "clientId": sp("Hooli Sync"),
            "consentType": "AllPrincipals",
            "resourceId": sp("Microsoft Graph"),
            "scope": " Files.Read openid offline_access",
        },
        {
            "clientId": sp("Hooli Sync"),
            "consentType": "Principal",
            "principalId": user("Alice"),
            "resourceId": sp("Microsoft Graph"),
            "scope": "Mail.Send",
        },
        {
            "clientId": sp("Support blueprint"),
            "consentType": "AllPrincipals",
            "resourceId": sp("Microsoft Graph"),
            "scope": "Mail.Read Files.Read",
        },
    ],
    f"{ROLES}/roleDefinitions": [
        {"id": definition("app"), "displayName": "Application Administrator", "isBuiltIn": True, "rolePermissions": []},
        {"id": definition("read"), "displayName": "Reports Reader", "isBuiltIn": True, "rolePermissions": []},
    ],
    f"{ROLES}/roleAssignments": [
        {"principalId": sp("CI deployer"), "roleDefinitionId": definition("app"), "directoryScopeId": "/"},
        {"principalId": group("Automation"), "roleDefinitionId": definition("read"), "directoryScopeId": "/"},
        {"principalId": user("Alice"), "roleDefinitionId": definition("app"), "directoryScopeId": "/"},
        {"principalId": user("Support agent"), "roleDefinitionId": definition("read"), "directoryScopeId": "/"},
    ],
    f"{ROLES}/roleEligibilityScheduleInstances": [
        {"principalId": sp("Invoice Robot"), "roleDefinitionId": definition("read"), "directoryScopeId": "/"},
        {"principalId": group("Automation"), "roleDefinitionId": definition("app"), "directoryScopeId": "/"},
    ],
    "/groups": [{"id": group("Automation"), "displayName": "Automation"}],
    f"/groups/{group('Automation')}/members/microsoft.graph.servicePrincipal": [
        {"id": sp("func-invoices"), "displayName": "func-invoices"}
    ],
    f"/groups/{group('Mail readers')}/members/microsoft.graph.servicePrincipal": [
        {"id": sp("Hooli Sync"), "displayName": "Hooli Sync"}
    ],
    f"/applications/{registration('Invoice Robot')}/owners": [person("Alice"), person("Bob", enabled=False)],
    f"/servicePrincipals/{sp('Invoice Robot')}/owners": [
        person("Alice"),
        {"@odata.type": "#microsoft.graph.servicePrincipal", "id": sp("CI deployer"), "displayName": "CI deployer"},
    ],
}
FEDERATED = [row for row in APPLICATIONS if row["displayName"] == "CI deployer"]
OWNED = [row for row in (*APPLICATIONS, *PRINCIPALS) if row["displayName"] == "Invoice Robot"]
