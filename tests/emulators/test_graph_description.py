"""Are the answers of the stand-in for Microsoft Graph what Microsoft's own description says that they are?"""

from __future__ import annotations

import re
from collections.abc import Iterator
from typing import Any

import pytest

from tests.emulators.microsoft import graph_acme as acme
from tests.emulators.microsoft.graph import Graph
from tests.emulators.microsoft.graph_acme_agents import CARE, CARE_BLUEPRINT
from tests.emulators.microsoft.graph_acme_apis import GRAPH
from tests.emulators.microsoft.graph_model import BESIDE, Property, is_described, kinds, properties
from tests.emulators.microsoft.graph_scale import Scaled, estate
from tests.emulators.test_graph import pages, rows

GUID = re.compile(r"[0-9a-f]{8}(-[0-9a-f]{4}){3}-[0-9a-f]{12}")
TIME = re.compile(r"\d{4}-\d\d-\d\dT\d\d:\d\d:\d\d(\.\d{1,7})?Z")
BASE64 = re.compile(r"[A-Za-z0-9+/]+=*")
# What is told as null although it is said never to be: Graph leaves certificates out where they aren't selected.
LEFT_OUT = {"keyCredentials"}
CHECKED = {
    "Edm.String": lambda value: isinstance(value, str),
    "Edm.Boolean": lambda value: isinstance(value, bool),
    "Edm.Int32": lambda value: isinstance(value, int),
    "Edm.Guid": lambda value: bool(GUID.fullmatch(value)),
    "Edm.DateTimeOffset": lambda value: bool(TIME.fullmatch(value)),
    "Edm.Binary": lambda value: bool(BASE64.fullmatch(value)),
}
REGISTRATIONS = acme.REGISTRATIONS
OF_ACME = {
    "/v1.0/servicePrincipals": "servicePrincipal",
    "/v1.0/servicePrincipals?$select=id,keyCredentials,passwordCredentials": "servicePrincipal",
    "/v1.0/servicePrincipals/microsoft.graph.agentIdentity": "agentIdentity",
    "/v1.0/servicePrincipals/microsoft.graph.agentIdentityBlueprintPrincipal": "agentIdentityBlueprintPrincipal",
    "/v1.0/applications": "application",
    "/v1.0/applications?$select=id,keyCredentials": "application",
    "/v1.0/applications/microsoft.graph.agentIdentityBlueprint": "agentIdentityBlueprint",
    "/v1.0/users": "user",
    "/v1.0/users?$select=id,accountEnabled,userType,identityParentId,createdDateTime": "user",
    "/v1.0/users/microsoft.graph.agentUser?$select=id,identityParentId": "agentUser",
    "/v1.0/groups": "group",
    "/v1.0/organization": "organization",
    "/v1.0/oauth2PermissionGrants": "oAuth2PermissionGrant",
    "/v1.0/roleManagement/directory/roleDefinitions": "unifiedRoleDefinition",
    "/v1.0/roleManagement/directory/roleAssignments": "unifiedRoleAssignment",
    "/v1.0/roleManagement/directory/roleEligibilityScheduleInstances": "unifiedRoleEligibilityScheduleInstance",
    "/beta/reports/servicePrincipalSignInActivities": "servicePrincipalSignInActivity",
    f"/v1.0/servicePrincipals/{GRAPH['id']}/appRoleAssignedTo": "appRoleAssignment",
    f"/v1.0/servicePrincipals/{acme.ROBOT['id']}/appRoleAssignments": "appRoleAssignment",
    f"/v1.0/servicePrincipals/{acme.ROBOT['id']}/owners": "directoryObject",
    f"/v1.0/servicePrincipals/{CARE['id']}/microsoft.graph.agentIdentity/sponsors": "directoryObject",
    f"/v1.0/applications/{REGISTRATIONS['GitHub Deploy']['id']}/federatedIdentityCredentials": (
        "federatedIdentityCredential"
    ),
    f"/v1.0/applications/{CARE_BLUEPRINT['id']}/microsoft.graph.agentIdentityBlueprint/inheritablePermissions": (
        "inheritablePermission"
    ),
    f"/v1.0/groups/{acme.DATA['id']}/transitiveMembers": "directoryObject",
}


def faults(row: dict[str, Any], kind: str, where: str) -> Iterator[str]:
    """What of a row isn't as described."""
    said = row.get("@odata.type", f"#microsoft.graph.{kind}").removeprefix("#microsoft.graph.")
    if kind not in kinds(said):
        yield f"{where}: {said} is no {kind}"
    described = properties(said)
    for name, value in row.items():
        if name == "@odata.type":
            continue
        if name not in described:
            yield f"{where}: {said} has no {name}"
        elif not (name in LEFT_OUT and value is None):
            yield from _of_value(value, described[name], f"{where}.{name}")


def _of_value(value: Any, property: Property, where: str) -> Iterator[str]:  # noqa: A002 - the description's word
    kind = property.type
    if kind.startswith("Collection("):
        for each in value if isinstance(value, list) else [value]:
            yield from _of_value(each, Property(kind[11:-1], nullable=False), where)
    elif value is None:
        if not property.nullable:
            yield f"{where} is null"
    elif kind in CHECKED:
        if not CHECKED[kind](value):
            yield f"{where} is no {kind}: {value!r}"
    elif is_described(name := kind.removeprefix("graph.")):
        yield from faults(value, name, where)


@pytest.mark.parametrize("path", OF_ACME)
def test_acmes_answers_are_as_described(path):
    found = rows(Graph(acme.directory()), path)
    assert found
    assert [fault for row in found for fault in faults(row, OF_ACME[path], path)] == []


def relations(directory: Scaled) -> dict[str, str]:
    api = directory.id(1, 0)
    registration = directory.id(3, directory.own.start + 25 - directory.own.start % 25)
    return {
        f"/v1.0/servicePrincipals/{api}/appRoleAssignedTo": "appRoleAssignment",
        f"/v1.0/applications/{registration}/federatedIdentityCredentials": "federatedIdentityCredential",
    }


def test_answers_of_any_size_are_as_described():
    directory = estate(300)
    lists = {path: kind for path, kind in OF_ACME.items() if not GUID.search(path)}
    for path, kind in {**lists, **relations(directory)}.items():
        for page in pages(Graph(directory), path):
            assert [fault for row in page for fault in faults(row, kind, path)] == []


def test_what_the_excerpt_lacks_is_not_in_it():
    """Else the excerpt would be the one to ask."""
    assert all(properties(name) for name in BESIDE)
    assert "userPrincipalName" in properties("agentUser")


@pytest.mark.parametrize(
    ("row", "fault"),
    [
        ({"id": "x", "color": "red"}, "has no color"),
        ({"accountEnabled": "true"}, "is no Edm.Boolean"),
        ({"appOwnerOrganizationId": "Acme"}, "is no Edm.Guid"),
        ({"passwordCredentials": [{"endDateTime": "tomorrow"}]}, "is no Edm.DateTimeOffset"),
        ({"tags": None}, "is null"),
        ({"@odata.type": "#microsoft.graph.user"}, "is no servicePrincipal"),
    ],
)
def test_a_row_that_is_not_as_described_is_found_out(row, fault):
    assert any(fault in each for each in faults(row, "servicePrincipal", "here"))
