"""How does Azure AD Graph, which came before Microsoft Graph, tell of the same directory?

What `roadrecon gather` reads: benchmarks/entra.py compares with it. Only as much as it asks for, in pages of the size
that Microsoft Graph gives; what the directory lacks (devices, contacts …) is empty.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator, Sequence
from typing import Any

from tests.emulators.microsoft.graph_directory import Directory, Row, Table
from tests.emulators.microsoft.wire import Asked, Reply, refused

AUDIENCE = "https://graph.windows.net"
PAGE = 999
TYPES = {"servicePrincipal": "ServicePrincipal", "user": "User", "group": "Group", "application": "Application"}
# The names of today → of then, by collection.
WORDS: dict[str, dict[str, str]] = {
    "users": dict.fromkeys(("accountEnabled", "displayName", "mail", "userPrincipalName", "userType"), ""),
    "groups": dict.fromkeys(("displayName", "isAssignableToRole", "securityEnabled"), ""),
    "servicePrincipals": {
        **dict.fromkeys(
            ("accountEnabled", "alternativeNames", "appDisplayName", "appId", "appRoles", "displayName"), ""
        ),
        **dict.fromkeys(
            ("passwordCredentials", "replyUrls", "servicePrincipalNames", "servicePrincipalType", "tags"), ""
        ),
        **dict.fromkeys(("appRoleAssignmentRequired", "verifiedPublisher", "disabledByMicrosoftStatus"), ""),
        "appOwnerOrganizationId": "appOwnerTenantId",
        "oauth2PermissionScopes": "oauth2Permissions",
    },
    "applications": {
        **dict.fromkeys(("appId", "appRoles", "displayName", "identifierUris", "passwordCredentials"), ""),
        **dict.fromkeys(("publisherDomain", "requiredResourceAccess"), ""),
    },
    "oauth2PermissionGrants": dict.fromkeys(("clientId", "consentType", "principalId", "resourceId", "scope"), ""),
    "roleDefinitions": {
        **dict.fromkeys(("displayName", "isBuiltIn", "isEnabled", "resourceScopes", "rolePermissions"), ""),
        "templateId": "",
    },
    "tenantDetails": {"displayName": ""},
}
NAMES = {"tenantDetails": "organization"}
WITHOUT_TYPE = frozenset({"oauth2PermissionGrants"})


class OlderGraph:
    """Azure AD Graph in front of a directory: /{tenant}/{collection}…"""

    def __init__(self, directory: Directory) -> None:
        self._directory = directory

    def answer(self, asked: Asked) -> Reply:
        _, name, *rest = asked.path.strip("/").split("/")
        if asked.method != "GET":
            return refused(405, "Request_MethodNotAllowed", "Only reads are answered here.")
        if name in {"roleAssignments", "eligibleRoleAssignments"}:
            return Reply(200, {"value": self._roles(name, asked.query.get("$filter", "").split("'")[1])})
        if name not in WORDS:
            return Reply(200, {"value": []})
        if rest:
            return Reply(200, {"value": self._related(rest[0], rest[-1], as_links="$links" in rest)})
        return self._page(asked, name, self._directory.tables[NAMES.get(name, name)])

    def _page(self, asked: Asked, name: str, table: Table) -> Reply:
        start = int(asked.query.get("$skiptoken", "0"))
        told = self._told(asked, name)
        value = [told(row) for _, row in table.between(start, min(start + PAGE, len(table)))]
        body: dict[str, Any] = {"value": value}
        if start + PAGE < len(table):
            kept = [f"{key}={value}" for key, value in asked.query.items() if key in {"$expand", "$select"}]
            body["odata.nextLink"] = f"{name}?{'&'.join([*kept, f'$skiptoken={start + PAGE}'])}"
        return Reply(200, body)

    def _told(self, asked: Asked, name: str) -> Callable[[Row], Row]:
        if "$select" in asked.query:
            return lambda row: {"objectId": row["id"], "keyCredentials": row.get("keyCredentials", [])}
        if asked.query.get("$expand") == "owners":
            return lambda row: {"objectId": row["id"], "owners": list(self._owners(row["id"]))}
        words = [(now, then or now) for now, then in WORDS[name].items()]
        typed = {} if name in WITHOUT_TYPE else {"objectType": name.removesuffix("s").title()}
        return lambda row: {**typed, "objectId": row["id"], **{then: row.get(now) for now, then in words}}

    def _owners(self, key: str) -> Iterator[Row]:
        for row in self._directory.related(key, "owners"):
            yield {"odata.type": _type(row), "objectId": row["id"]}

    def _related(self, key: str, relation: str, *, as_links: bool) -> list[Row]:
        rows = self._directory.related(key, relation)
        return [{"url": f"directoryObjects/{row['id']}/{_type(row)}"} for row in rows] if as_links else _held(rows)

    def _roles(self, name: str, definition: str) -> list[Row]:
        kind = "roleAssignments" if name == "roleAssignments" else "roleEligibilityScheduleInstances"
        table = self._directory.tables[kind]
        held = (row for _, row in table.between(0, len(table)) if row["roleDefinitionId"] == definition)
        return [
            {
                "id": row["id"],
                "principalId": row["principalId"],
                "resourceScopes": [row["directoryScopeId"]],
                "roleDefinitionId": definition,
            }
            for row in held
        ]


def _held(rows: Sequence[Row]) -> list[Row]:
    """App roles."""
    return [
        {
            "objectType": "AppRoleAssignment",
            "objectId": row["id"],
            "creationTimestamp": row["createdDateTime"],
            "id": row["appRoleId"],
            **{name: row[name] for name in ("principalDisplayName", "principalId", "principalType")},
            **{name: row[name] for name in ("resourceDisplayName", "resourceId")},
        }
        for row in rows
    ]


def _type(row: Row) -> str:
    kind = row["@odata.type"].removeprefix("#microsoft.graph.")
    return f"Microsoft.DirectoryServices.{TYPES.get(kind, 'ServicePrincipal')}"
