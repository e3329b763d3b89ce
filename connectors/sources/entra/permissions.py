"""Which reads of Microsoft Graph does the source make, which permission does each need, and why?

The one list: `graph.py` makes no call that isn't here, "Test connection" tries each, and the requirements packet,
SETUP.md and the contract test come from it. Ids of app roles are the same in every tenant
(https://learn.microsoft.com/graph/permissions-reference).
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from urllib.parse import quote, urlencode

from connectors.source import RequiredPermission

MOST = "999"  # rows of a page, Graph's largest
MOST_AGENTS = "100"  # Graph's largest for agent identities
NOBODY = "00000000-0000-0000-0000-000000000000"


@dataclass(frozen=True, slots=True)
class Grant:
    """An application permission of Microsoft Graph: its name, its id as an app role, what it is for."""

    name: str
    id: str
    why: str
    kinds: tuple[str, ...]
    optional: bool = False


@dataclass(frozen=True, slots=True)
class Call:
    """One read. {id} in the path stands for an object's id. `counted`: it asks for what Graph must count, which needs
    a header of its own and may lag a few minutes behind."""

    path: str
    needs: str  # a Grant's name
    kinds: tuple[str, ...]
    params: Mapping[str, str] = field(default_factory=dict)
    version: str = "v1.0"
    counted: bool = False

    @property
    def headers(self) -> Mapping[str, str]:
        return {"ConsistencyLevel": "eventual"} if self.counted else {}

    def address(self, **where: str) -> str:
        """On the host. {id} in the path is filled, and {which} in a parameter."""
        return f"/{self.version}{self.in_batch(**where)}"

    def in_batch(self, **where: str) -> str:
        """The same as a request of a batch spells it: without the version."""
        params = {key: value.format(**where) if "{which}" in value else value for key, value in self.params.items()}
        query = urlencode(params, quote_via=quote, safe="$,'()/")
        return f"{self._filled(where)}?{query}" if query else self._filled(where)

    def _filled(self, where: Mapping[str, str]) -> str:
        return self.path.format(**{key: quote(value, safe="") for key, value in where.items() if key != "which"})


APPLICATION = "Application.Read.All"
DELEGATED = "DelegatedPermissionGrant.Read.All"
ROLES = "RoleManagement.Read.Directory"
USERS = "User.Read.All"
GROUPS = "GroupMember.Read.All"
AUDIT = "AuditLog.Read.All"
AGENTS = "AgentIdentity.Read.All"
BLUEPRINTS = "AgentIdentityBlueprint.Read.All"
PRINCIPALS = "AgentIdentityBlueprintPrincipal.Read.All"
ORGANIZATION = "Organization.Read.All"

# fmt: off
GRANTS = (
    Grant(APPLICATION, "9a5d68dd-52b0-4cc2-bd40-abcf44ac3a30",
          "reads service principals and applications: their permissions, owners, and when their credentials end",
          ("service-principals", "applications", "certificates", "app-roles", "owners", "federated-credentials")),
    Grant(DELEGATED, "81b4724a-58aa-41c1-8a55-84ef97466587",
          "tells what applications may do on behalf of signed-in users", ("delegated-grants",)),
    Grant(ROLES, "483bed4a-2ad3-4361-a73b-c83ccdbdc53c",
          "tells who holds a directory role, or may activate one", ("directory-roles", "eligible-roles")),
    Grant(GROUPS, "98830695-27a2-44f7-8c18-0c3ebc9698f6",
          "tells which service principals and agents are in groups that hold roles", ("groups", "agents")),
    Grant(USERS, "df021288-bdef-4463-88db-98f22de89214",
          "names owners and sponsors, and tells whether their accounts are switched on", ("owners", "agents")),
    Grant(AUDIT, "b0afded3-3588-46d8-8b3d-9842eff778da",
          "tells when an identity signed in last; needs an Entra ID P1 licence", ("sign-ins",), optional=True),
    Grant(AGENTS, "b2b8f011-2898-4234-9092-5059f6c1ebfa",
          "finds the identities of AI agents and their sponsors", ("agents",), optional=True),
    Grant(BLUEPRINTS, "7547a7d1-36fa-4479-9c31-559a600eaa4f",
          "tells from which blueprint an agent is made, and what it inherits", ("agents",), optional=True),
    Grant(PRINCIPALS, "9361dea9-4524-493d-941d-f1b65aaf6c7c",
          "finds who can act as an agent: its blueprint", ("agents",), optional=True),
    Grant(ORGANIZATION, "498476ce-e0fe-48b0-b801-37ba7e2685c6",
          "names the tenant, so that pages show its name instead of its id", (), optional=True),
)

PRINCIPAL_FIELDS = ("id,appId,displayName,servicePrincipalType,accountEnabled,disabledByMicrosoftStatus,"
                    "appOwnerOrganizationId,alternativeNames,signInAudience,verifiedPublisher,passwordCredentials,appRoles")
APPLICATION_FIELDS = "id,appId,createdDateTime,publisherDomain,serviceManagementReference,passwordCredentials"
ASSIGNMENT_FIELDS = "appRoleId,principalId,principalType,principalDisplayName"
OWNER_FIELDS = "id,displayName,userPrincipalName,mail,accountEnabled,userType"
NAMED = "id in ({which})"
HELD = "appId in ({which})"

TENANT = Call("/organization", ORGANIZATION, (), {"$select": "id,displayName"})

SERVICE_PRINCIPALS = Call("/servicePrincipals", APPLICATION, ("service-principals",),
                          {"$select": PRINCIPAL_FIELDS, "$top": MOST})
# What the other parts must know where the service principals themselves aren't told.
NAMES = Call("/servicePrincipals", APPLICATION, ("service-principals",),
             {"$select": "id,appId,displayName,servicePrincipalType,appRoles", "$top": MOST})
SERVICE_PRINCIPALS_BY_ID = Call("/servicePrincipals", APPLICATION, ("service-principals",),
                                {"$filter": NAMED, "$select": PRINCIPAL_FIELDS})
SERVICE_PRINCIPALS_BY_APPLICATION = Call("/servicePrincipals", APPLICATION, ("service-principals",),
                                         {"$filter": HELD, "$select": PRINCIPAL_FIELDS})
SERVICE_PRINCIPALS_SINCE = Call("/servicePrincipals/delta", APPLICATION, ("service-principals",),
                                {"$select": f"{PRINCIPAL_FIELDS},keyCredentials", "$deltatoken": "latest"})
APPLICATIONS = Call("/applications", APPLICATION, ("applications",), {"$select": APPLICATION_FIELDS, "$top": MOST})
APPLICATIONS_BY_ID = Call("/applications", APPLICATION, ("applications",),
                          {"$filter": NAMED, "$select": APPLICATION_FIELDS})
APPLICATIONS_BY_APPLICATION = Call("/applications", APPLICATION, ("applications",),
                                   {"$filter": HELD, "$select": APPLICATION_FIELDS})
APPLICATIONS_SINCE = Call("/applications/delta", APPLICATION, ("applications",),
                          {"$select": f"{APPLICATION_FIELDS},keyCredentials", "$deltatoken": "latest"})
# Graph allows 150 reads of keyCredentials a minute in a tenant, whoever makes them.
KEYS_OF_APPLICATIONS = Call("/applications", APPLICATION, ("certificates",),
                            {"$select": "id,appId,keyCredentials", "$top": MOST})
KEYS_OF_SERVICE_PRINCIPALS = Call("/servicePrincipals", APPLICATION, ("certificates",),
                                  {"$select": "id,keyCredentials", "$top": MOST})
KEYS_OF_APPLICATIONS_BY_APPLICATION = Call("/applications", APPLICATION, ("certificates",),
                                           {"$filter": HELD, "$select": "id,appId,keyCredentials"})
KEYS_OF_SERVICE_PRINCIPALS_BY_ID = Call("/servicePrincipals", APPLICATION, ("certificates",),
                                        {"$filter": NAMED, "$select": "id,keyCredentials"})
SIGN_INS = Call("/reports/servicePrincipalSignInActivities", AUDIT, ("sign-ins",), {"$top": MOST}, version="beta")

FEDERATED_APPLICATIONS = Call("/applications", APPLICATION, ("federated-credentials",),
                              {"$filter": "federatedIdentityCredentials/$count ne 0", "$count": "true",
                               "$select": "id,appId", "$top": MOST}, counted=True)
FEDERATED_CREDENTIALS = Call("/applications/{id}/federatedIdentityCredentials", APPLICATION, ("federated-credentials",),
                             {"$select": "id,name,issuer,subject,audiences"})

AGENT_IDENTITIES = Call("/servicePrincipals/microsoft.graph.agentIdentity", AGENTS, ("agents",),
                        {"$select": "id,displayName,accountEnabled,agentIdentityBlueprintId,createdDateTime",
                         "$top": MOST_AGENTS})
BLUEPRINT_PRINCIPALS = Call("/servicePrincipals/microsoft.graph.agentIdentityBlueprintPrincipal", PRINCIPALS,
                            ("agents",), {"$select": "id,appId,displayName", "$top": MOST_AGENTS})
AGENT_BLUEPRINTS = Call("/applications/microsoft.graph.agentIdentityBlueprint", BLUEPRINTS, ("agents",),
                        {"$select": "id,appId,displayName", "$top": MOST_AGENTS})
INHERITED = Call("/applications/{id}/microsoft.graph.agentIdentityBlueprint/inheritablePermissions", BLUEPRINTS,
                 ("agents",))
AGENT_USERS = Call("/users/microsoft.graph.agentUser", USERS, ("agents",),
                   {"$select": "id,displayName,userPrincipalName,accountEnabled,identityParentId,createdDateTime",
                    "$top": MOST})

ASSIGNED_TO = Call("/servicePrincipals/{id}/appRoleAssignedTo", APPLICATION, ("app-roles",),
                   {"$select": ASSIGNMENT_FIELDS, "$top": MOST})
FIRST_ASSIGNED_TO = Call("/servicePrincipals/{id}/appRoleAssignedTo", APPLICATION, ("app-roles",),
                         {"$select": ASSIGNMENT_FIELDS, "$top": "100"})
DELEGATED_GRANTS = Call("/oauth2PermissionGrants", DELEGATED, ("delegated-grants",),
                        {"$select": "clientId,consentType,resourceId,scope", "$top": MOST})
ROLE_DEFINITIONS = Call("/roleManagement/directory/roleDefinitions", ROLES, ("directory-roles", "eligible-roles"),
                        {"$select": "id,displayName,isBuiltIn,rolePermissions"})
ROLE_ASSIGNMENTS = Call("/roleManagement/directory/roleAssignments", ROLES, ("directory-roles",),
                        {"$select": "principalId,roleDefinitionId,directoryScopeId"})
ELIGIBLE_ROLES = Call("/roleManagement/directory/roleEligibilityScheduleInstances", ROLES, ("eligible-roles",),
                      {"$select": "principalId,roleDefinitionId,directoryScopeId"})
ROLE_GROUPS = Call("/groups", GROUPS, ("groups",),
                   {"$filter": "isAssignableToRole eq true", "$select": "id,displayName", "$top": MOST})
MEMBERS = Call("/groups/{id}/members/microsoft.graph.servicePrincipal", GROUPS, ("groups",),
               {"$select": "id,displayName", "$count": "true", "$top": MOST}, counted=True)
MEMBERSHIPS = Call("/users/{id}/memberOf/microsoft.graph.group", GROUPS, ("agents",),
                   {"$select": "id,displayName", "$top": MOST})
OWNED_APPLICATIONS = Call("/applications", APPLICATION, ("owners",),
                          {"$filter": "owners/$count ne 0", "$count": "true", "$select": "id,appId", "$top": MOST},
                          counted=True)
OWNED_SERVICE_PRINCIPALS = Call("/servicePrincipals", APPLICATION, ("owners",),
                                {"$filter": "owners/$count ne 0", "$count": "true", "$select": "id,displayName",
                                 "$top": MOST}, counted=True)
OWNERS_OF_APPLICATION = Call("/applications/{id}/owners", APPLICATION, ("owners",),
                             {"$select": OWNER_FIELDS, "$top": MOST})
OWNERS_OF_SERVICE_PRINCIPAL = Call("/servicePrincipals/{id}/owners", APPLICATION, ("owners",),
                                   {"$select": OWNER_FIELDS, "$top": MOST})
SPONSORS = Call("/servicePrincipals/{id}/microsoft.graph.agentIdentity/sponsors", AGENTS, ("agents",),
                {"$select": OWNER_FIELDS, "$top": MOST})
# fmt: on

CALLS = tuple(each for each in list(globals().values()) if isinstance(each, Call))
PERMISSIONS = tuple(RequiredPermission(name=each.name, why=each.why, scope_kinds=each.kinds) for each in GRANTS)
