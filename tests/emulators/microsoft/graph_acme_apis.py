"""Which APIs does Acme Media's directory know, with the permissions that they offer?"""

from tests.emulators.microsoft.graph_directory import Row
from tests.emulators.microsoft.graph_rows import MICROSOFT, app_role, scope, service_principal

# Microsoft Graph's own application permissions have the same ids everywhere.
OF_GRAPH = {
    "Mail.Read": "810c84a8-4a9e-49e6-bf7d-12d183f40d01",
    "Mail.Send": "b633e1c5-b582-4048-a93e-9f11b44c7e96",
    "Files.Read.All": "01d4889c-1287-42c6-ac1f-5d1e02578ef6",
    "Directory.Read.All": "7ab1d382-f21e-4acd-a863-ba3e13f7da61",
    "Application.Read.All": "9a5d68dd-52b0-4cc2-bd40-abcf44ac3a30",
    "RoleManagement.ReadWrite.Directory": "9e3f62cf-ca93-4989-b6ce-bf83c28f9fe8",
    "AppRoleAssignment.ReadWrite.All": "06b708a9-e830-4db3-a914-8e69da51d44f",
    "Sites.Selected": "883ea226-0bf2-4a8f-9f9d-92c9162a727d",
    "User.Read.All": "df021288-bdef-4463-88db-98f22de89214",
}


def api(name: str, *, client: str | None = None, roles: dict[str, str | None], scopes: tuple[str, ...] = ()) -> Row:
    """A service principal that offers permissions; Microsoft's own where its client ID is given."""
    more = {"home": MICROSOFT, "appId": client} if client else {}
    return service_principal(
        name,
        appRoles=[app_role(name, value, id=key) for value, key in roles.items()],
        oauth2PermissionScopes=[scope(name, value) for value in scopes],
        **more,
    )


def role(of: Row, value: str) -> str:
    """The id of a permission that an API offers."""
    return str(next(each["id"] for each in of["appRoles"] if each["value"] == value))


GRAPH = api(
    "Microsoft Graph",
    client="00000003-0000-0000-c000-000000000000",
    roles=dict(OF_GRAPH),
    scopes=("User.Read", "Mail.Read", "Chat.Read", "Files.ReadWrite.All", "Calendars.Read"),
)
EXCHANGE = api(
    "Office 365 Exchange Online",
    client="00000002-0000-0ff1-ce00-000000000000",
    roles={"full_access_as_app": "dc890d15-9560-4a4c-9b7f-a736ec74ec40"},
)
SHAREPOINT = api(
    "Office 365 SharePoint Online",
    client="00000003-0000-0ff1-ce00-000000000000",
    roles={"Sites.Selected": "20d37865-089c-4dee-8c41-6967602d4ac8"},
)
PAYROLL = api("Payroll API", roles={"Payroll.Read.All": None}, scopes=("user_impersonation",))
APIS = [GRAPH, EXCHANGE, SHAREPOINT, PAYROLL]
