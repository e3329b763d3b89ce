"""Is each permission and role as strong as its holder can become by it?"""

from __future__ import annotations

from typing import Any

import pytest

from connectors.inventory.records import Access
from connectors.sources.entra.strength import of_permission, of_role


@pytest.mark.parametrize(
    ("value", "access"),
    [
        ("Mail.Read", Access.READ),
        ("User.ReadBasic.All", Access.READ),
        ("User.Export.All", Access.READ),
        ("DeviceManagementApps.Read.All", Access.READ),
        ("Policy.Read.B2BManagementPolicy", Access.READ),
        ("Mail.ReadWrite", Access.WRITE),
        ("Mail.Send", Access.WRITE),
        ("Files.ReadWrite.AppFolder", Access.WRITE),
        ("user_impersonation", Access.WRITE),
        ("full_access_as_app", Access.WRITE),
        ("Orders", Access.WRITE),
        ("AppRoleAssignment.ReadWrite.All", Access.ADMIN),
        ("approleassignment.readwrite.all", Access.ADMIN),
        ("RoleManagement.ReadWrite.Directory", Access.ADMIN),
        ("RoleManagement.Read.Directory", Access.READ),
    ],
)
def test_a_permission_is_judged_by_what_it_is_called(value: str, access: Access):
    assert of_permission(value) is access


def definition(name: str, *actions: str, built_in: bool = True) -> dict[str, Any]:
    permissions = [{"allowedResourceActions": list(actions)}] if actions else []
    return {"displayName": name, "isBuiltIn": built_in, "rolePermissions": permissions}


@pytest.mark.parametrize(
    ("row", "access"),
    [
        (definition("Global Administrator", "microsoft.directory/users/allProperties/allTasks"), Access.ADMIN),
        (definition("Agent ID Administrator"), Access.ADMIN),
        (definition("Reports Reader"), Access.READ),
        (definition("Directory Readers", "microsoft.directory/users/standard/read"), Access.READ),
        (definition("Printer Administrator", "microsoft.azure.print/allEntities/allProperties/update"), Access.WRITE),
        (definition("Global Administrator", "x/users/standard/read", built_in=False), Access.READ),
        (definition("Rotates", "microsoft.directory/applications/credentials/update", built_in=False), Access.ADMIN),
        (definition("Names", "microsoft.directory/applications/basic/update", built_in=False), Access.WRITE),
        (definition("Unknown", built_in=False), Access.WRITE),
    ],
)
def test_a_role_is_judged_by_its_name_or_its_actions(row: dict[str, Any], access: Access):
    assert of_role(row) is access
