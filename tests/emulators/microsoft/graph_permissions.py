"""Which application permission of Microsoft Graph does each read take? Any of those named will do.

https://learn.microsoft.com/graph/permissions-reference, and each operation's own page.
"""

from collections.abc import Mapping, Sequence

DIRECTORY = ("Directory.Read.All", "Directory.ReadWrite.All")
APPLICATIONS = frozenset({"Application.Read.All", "Application.ReadWrite.All", *DIRECTORY})
USERS = frozenset({"User.Read.All", "User.ReadWrite.All", *DIRECTORY})
GROUPS = frozenset({"GroupMember.Read.All", "Group.Read.All", "Group.ReadWrite.All", *DIRECTORY})
ROLES = frozenset({"RoleManagement.Read.Directory", "RoleManagement.Read.All", "RoleManagement.ReadWrite.Directory"})
NEEDS: Mapping[str, frozenset[str]] = {
    "servicePrincipals": APPLICATIONS,
    "applications": APPLICATIONS,
    "users": USERS,
    "groups": GROUPS,
    "directoryObjects": frozenset({*DIRECTORY, *APPLICATIONS, *USERS, *GROUPS}),
    "organization": frozenset({"Organization.Read.All", *DIRECTORY}),
    "oauth2PermissionGrants": frozenset({"DelegatedPermissionGrant.Read.All", *DIRECTORY}),
    "roleDefinitions": ROLES | set(DIRECTORY),
    "roleAssignments": ROLES | set(DIRECTORY),
    "roleEligibilityScheduleInstances": ROLES | {"RoleEligibilitySchedule.Read.Directory"},
    "roleAssignmentScheduleInstances": ROLES | {"RoleAssignmentSchedule.Read.Directory"},
    "servicePrincipalSignInActivities": frozenset({"AuditLog.Read.All"}),
    "appCredentialSignInActivities": frozenset({"AuditLog.Read.All"}),
    "agentIdentity": frozenset({"AgentIdentity.Read.All", "AgentIdentity.ReadWrite.All", *DIRECTORY}),
    "agentIdentityBlueprint": frozenset({"AgentIdentityBlueprint.Read.All", *DIRECTORY}),
    "agentIdentityBlueprintPrincipal": frozenset({"AgentIdentityBlueprintPrincipal.Read.All", *DIRECTORY}),
}
# What it takes to be told more than the id of an object that another leads to.
SEEN = {"user": USERS, "group": GROUPS, "servicePrincipal": APPLICATIONS, "application": APPLICATIONS}
# What a source that only reads asks for.
READER = frozenset(
    {
        "Application.Read.All",
        "DelegatedPermissionGrant.Read.All",
        "RoleManagement.Read.Directory",
        "GroupMember.Read.All",
        "User.Read.All",
        "AuditLog.Read.All",
        "AgentIdentity.Read.All",
        "AgentIdentityBlueprint.Read.All",
        "AgentIdentityBlueprintPrincipal.Read.All",
        "Organization.Read.All",
    }
)


def needed(segments: Sequence[str]) -> frozenset[str]:
    """For the path in its segments, without what groups collections ("roleManagement/directory")."""
    for each in segments[1:]:
        cast = each.removeprefix("microsoft.graph.")
        if cast != each and cast in NEEDS:
            return NEEDS[cast]
    if segments[0] == "users" and "memberOf" in segments:
        return GROUPS
    return NEEDS[segments[0]]
