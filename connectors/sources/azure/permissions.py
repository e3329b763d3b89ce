"""What does the source read, which permission does each read need, and why?

The one list. `arm.py` makes no call and asks no question that isn't here; the custom role to deploy, "Test connection",
the requirements packet, SETUP.md and the contract test come from it.

Resource Graph leaves out silently what the caller may not read. So each subscription is asked first for the caller's
own permissions there, and what is missing among them ends the kinds of coverage that it blinds as denied.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Any

from connectors.source import RequiredPermission

KINDS = ("tree", "subscription", "rbac", "identities", "workloads", "data")
TREE, ACCESS, ROLES, IDENTITIES, WORKLOADS, DATA = KINDS
GRAPH = "Microsoft.ResourceGraph/resources/read"
MANAGEMENT_GROUPS = "Microsoft.Management/managementGroups/read"
ROLE_NAME = "sv0 metadata reader"


@dataclass(frozen=True, slots=True)
class Need:
    """One permission, why, and which kinds of coverage are blind without it."""

    action: str
    why: str
    kinds: tuple[str, ...]


@dataclass(frozen=True, slots=True)
class Call:
    """One read of Resource Manager. {id} stands for the address of what is asked about."""

    path: str
    version: str
    needs: str
    params: Mapping[str, str] = field(default_factory=dict)


@dataclass(frozen=True, slots=True)
class Query:
    """One question to Resource Graph, for rows of a table. `columns` as alias → path; rows come ordered by id, which
    paging needs (https://learn.microsoft.com/azure/governance/resource-graph/concepts/work-with-data)."""

    table: str
    where: str
    columns: Mapping[str, str]

    @property
    def text(self) -> str:
        said = (alias if alias == path else f"{alias}={path}" for alias, path in self.columns.items())
        return f"{self.table} | where {self.where} | project {', '.join(said)} | order by id asc"


def _types(*types: str) -> str:
    return f"type in~ ({', '.join(repr(each) for each in types)})"


def _columns(*own: str, **paths: str) -> dict[str, str]:
    return {each: each for each in own} | paths


# fmt: off
NEEDS = (
    Need(MANAGEMENT_GROUPS,
         "shows how subscriptions are grouped, so that rights on a group reach them", (TREE,)),
    Need("Microsoft.Resources/subscriptions/read", "finds the subscriptions to read", (TREE,)),
    Need("Microsoft.Resources/subscriptions/resourceGroups/read",
         "names resource groups, on which rights are held", (ROLES, DATA)),
    Need(GRAPH, "asks for many resources at once", KINDS),
    Need("Microsoft.Authorization/permissions/read",
         "tells what sv0 itself may read, so that nothing is missed silently", KINDS),
    Need("Microsoft.Authorization/roleAssignments/read", "tells who holds which role", (ROLES,)),
    Need("Microsoft.Authorization/roleDefinitions/read", "tells what a role may do", (ROLES,)),
    Need("Microsoft.Authorization/denyAssignments/read", "tells what is denied in spite of a role", (ROLES,)),
    Need("Microsoft.Authorization/roleEligibilityScheduleInstances/read",
         "tells who may activate a role for a while", (ROLES,)),
    Need("Microsoft.ManagedIdentity/userAssignedIdentities/read", "finds managed identities", (IDENTITIES,)),
    Need("Microsoft.ManagedIdentity/userAssignedIdentities/federatedIdentityCredentials/read",
         "tells which tokens of elsewhere a managed identity accepts", (IDENTITIES,)),
    Need("Microsoft.Web/sites/read", "finds function and web apps, and the identities they run as",
         (IDENTITIES, WORKLOADS)),
    Need("Microsoft.Web/sites/slots/read", "finds the slots of function and web apps", (IDENTITIES, WORKLOADS)),
    Need("Microsoft.Web/sites/functions/read",
         "tells what starts a function; its code and settings are not read", (WORKLOADS,)),
    Need("Microsoft.Web/connections/read", "tells with whose account a Logic App works", (WORKLOADS,)),
    Need("Microsoft.Logic/workflows/read",
         "finds Logic Apps, and which hosts they call; bodies and headers are not kept", (IDENTITIES, WORKLOADS)),
    Need("Microsoft.Automation/automationAccounts/read", "finds Automation accounts", (IDENTITIES, WORKLOADS)),
    Need("Microsoft.Automation/automationAccounts/runbooks/read", "names runbooks; never their text", (WORKLOADS,)),
    Need("Microsoft.Automation/automationAccounts/schedules/read", "tells when runbooks run", (WORKLOADS,)),
    Need("Microsoft.Automation/automationAccounts/jobSchedules/read", "tells which runbooks a schedule starts",
         (WORKLOADS,)),
    Need("Microsoft.Automation/automationAccounts/webhooks/read",
         "tells which runbooks an address from outside starts", (WORKLOADS,)),
    Need("Microsoft.Compute/virtualMachines/read", "finds virtual machines that act with an identity",
         (IDENTITIES, WORKLOADS)),
    Need("Microsoft.Compute/virtualMachineScaleSets/read", "finds scale sets that act with an identity",
         (IDENTITIES, WORKLOADS)),
    Need("Microsoft.App/containerApps/read", "finds container apps; values of variables are not asked for",
         (IDENTITIES, WORKLOADS)),
    Need("Microsoft.App/jobs/read", "finds container jobs", (IDENTITIES, WORKLOADS)),
    Need("Microsoft.App/managedEnvironments/read", "tells in which network container apps run", (WORKLOADS,)),
    Need("Microsoft.ContainerService/managedClusters/read",
         "finds clusters, and which of their accounts act as managed identities", (IDENTITIES, WORKLOADS)),
    Need("Microsoft.DataFactory/factories/read", "finds data factories", (IDENTITIES, WORKLOADS)),
    Need("Microsoft.DataFactory/factories/linkedServices/read",
         "tells which hosts a data factory talks to; connection strings are not kept", (WORKLOADS,)),
    Need("Microsoft.DataFactory/factories/triggers/read", "tells when pipelines run", (WORKLOADS,)),
    Need("Microsoft.EventGrid/topics/read", "finds topics that send events on", (IDENTITIES, WORKLOADS)),
    Need("Microsoft.EventGrid/systemTopics/read", "finds topics that send events on", (IDENTITIES, WORKLOADS)),
    Need("Microsoft.EventGrid/topics/eventSubscriptions/read", "tells where events are sent", (WORKLOADS,)),
    Need("Microsoft.EventGrid/systemTopics/eventSubscriptions/read", "tells where events are sent", (WORKLOADS,)),
    Need("Microsoft.ContainerInstance/containerGroups/read", "finds container groups that act with an identity",
         (IDENTITIES, WORKLOADS)),
    Need("Microsoft.Synapse/workspaces/read", "finds Synapse workspaces that act with an identity",
         (IDENTITIES, WORKLOADS)),
    Need("Microsoft.Databricks/accessConnectors/read", "finds the identities that Databricks reaches storage with",
         (IDENTITIES, WORKLOADS)),
    Need("Microsoft.BotService/botServices/read", "finds bots that act with an identity", (IDENTITIES, WORKLOADS)),
    Need("Microsoft.Batch/batchAccounts/read", "finds Batch accounts that act with an identity",
         (IDENTITIES, WORKLOADS)),
    Need("Microsoft.ApiManagement/service/read", "finds API gateways that act with an identity",
         (IDENTITIES, WORKLOADS)),
    Need("Microsoft.MachineLearningServices/workspaces/read", "finds AI hubs' and projects' identities", (IDENTITIES,)),
    Need("Microsoft.Network/virtualNetworks/read", "tells through which network workloads reach out", (WORKLOADS,)),
    Need("Microsoft.Network/networkSecurityGroups/read", "tells whether a network lets traffic out", (WORKLOADS,)),
    Need("Microsoft.Network/routeTables/read", "tells whether a firewall stands in the way out", (WORKLOADS,)),
    Need("Microsoft.Network/networkInterfaces/read", "tells in which network a machine is", (WORKLOADS,)),
    Need("Microsoft.KeyVault/vaults/read", "names key vaults and who has access to them; never their secrets", (DATA,)),
    Need("Microsoft.Storage/storageAccounts/read", "names storage accounts; never what is in them", (DATA,)),
    Need("Microsoft.Sql/servers/read", "names SQL servers and their administrators", (DATA,)),
    Need("Microsoft.Sql/servers/databases/read", "names databases; never their rows", (DATA,)),
    Need("Microsoft.Sql/managedInstances/read", "names managed SQL instances", (DATA,)),
    Need("Microsoft.DocumentDB/databaseAccounts/read", "names Cosmos DB accounts; never their items", (DATA,)),
    Need("Microsoft.DocumentDB/databaseAccounts/sqlRoleAssignments/read",
         "tells who may read items by Cosmos DB's own roles", (DATA, ROLES)),
    Need("Microsoft.DocumentDB/databaseAccounts/sqlRoleDefinitions/read",
         "tells what Cosmos DB's own roles allow", (DATA, ROLES)),
    Need("Microsoft.DBforPostgreSQL/flexibleServers/read", "names PostgreSQL servers", (DATA,)),
    Need("Microsoft.DBforMySQL/flexibleServers/read", "names MySQL servers", (DATA,)),
    Need("Microsoft.Search/searchServices/read", "names search services; never their documents", (DATA,)),
    Need("Microsoft.ServiceBus/namespaces/read", "names message queues; never their messages", (DATA,)),
    Need("Microsoft.EventHub/namespaces/read", "names event streams; never their events", (DATA,)),
    Need("Microsoft.OperationalInsights/workspaces/read", "names log workspaces; never their logs", (DATA,)),
    Need("Microsoft.CognitiveServices/accounts/read",
         "finds AI services, and the identities they run as", (IDENTITIES, DATA)),
    Need("Microsoft.CognitiveServices/accounts/projects/read",
         "finds AI projects' identities", (IDENTITIES,)),
)

# ── Resource Manager ────────────────────────────────────────────────────────────────────────────────────────────────
AUTHORIZATION = "{id}/providers/Microsoft.Authorization"
SUBSCRIPTIONS = Call("/subscriptions", "2022-12-01", "Microsoft.Resources/subscriptions/read")
OWN_PERMISSIONS = Call(f"{AUTHORIZATION}/permissions", "2022-04-01", "Microsoft.Authorization/permissions/read")
ASSIGNMENTS_AT = Call(f"{AUTHORIZATION}/roleAssignments", "2022-04-01",
                      "Microsoft.Authorization/roleAssignments/read", {"$filter": "atScope()"})
DENY_ASSIGNMENTS = Call(f"{AUTHORIZATION}/denyAssignments", "2022-04-01",
                        "Microsoft.Authorization/denyAssignments/read")
ELIGIBLE = Call(f"{AUTHORIZATION}/roleEligibilityScheduleInstances", "2020-10-01",
                "Microsoft.Authorization/roleEligibilityScheduleInstances/read")
ROLE_DEFINITION = Call("/providers/Microsoft.Authorization/roleDefinitions/{id}", "2022-04-01",
                       "Microsoft.Authorization/roleDefinitions/read")
FEDERATED = Call("{id}/federatedIdentityCredentials", "2024-11-30",
                 "Microsoft.ManagedIdentity/userAssignedIdentities/federatedIdentityCredentials/read")
WORKFLOW = Call("{id}", "2019-05-01", "Microsoft.Logic/workflows/read")
CONNECTION = Call("{id}", "2016-06-01", "Microsoft.Web/connections/read")
FUNCTIONS = Call("{id}/functions", "2024-04-01", "Microsoft.Web/sites/functions/read")
SCHEDULES = Call("{id}/schedules", "2024-10-23", "Microsoft.Automation/automationAccounts/schedules/read")
JOB_SCHEDULES = Call("{id}/jobSchedules", "2024-10-23", "Microsoft.Automation/automationAccounts/jobSchedules/read")
WEBHOOKS = Call("{id}/webhooks", "2024-10-23", "Microsoft.Automation/automationAccounts/webhooks/read")
LINKED_SERVICES = Call("{id}/linkedservices", "2018-06-01", "Microsoft.DataFactory/factories/linkedServices/read")
TRIGGERS = Call("{id}/triggers", "2018-06-01", "Microsoft.DataFactory/factories/triggers/read")
TOPIC_SUBSCRIPTIONS = Call("{id}/eventSubscriptions", "2025-02-15",
                           "Microsoft.EventGrid/topics/eventSubscriptions/read")
SYSTEM_TOPIC_SUBSCRIPTIONS = Call("{id}/eventSubscriptions", "2025-02-15",
                                  "Microsoft.EventGrid/systemTopics/eventSubscriptions/read")
COSMOS_ASSIGNMENTS = Call("{id}/sqlRoleAssignments", "2025-04-15",
                          "Microsoft.DocumentDB/databaseAccounts/sqlRoleAssignments/read")
COSMOS_DEFINITIONS = Call("{id}/sqlRoleDefinitions", "2025-04-15",
                          "Microsoft.DocumentDB/databaseAccounts/sqlRoleDefinitions/read")

# ── Resource Graph ──────────────────────────────────────────────────────────────────────────────────────────────────
ROW = ("id", "name", "type", "location", "subscriptionId", "tags")
CONTAINERS = Query(
    "resourcecontainers",
    _types("microsoft.management/managementgroups", "microsoft.resources/subscriptions"),
    _columns("id", "name", "type", "subscriptionId", "tags", displayName="properties.displayName",
             chain="properties.managementGroupAncestorsChain",
             above="properties.details.managementGroupAncestorsChain"),
)
ROLE_DEFINITIONS = Query(
    "authorizationresources",
    "type =~ 'microsoft.authorization/roledefinitions'",
    _columns("id", roleName="properties.roleName", kind="properties.type", permissions="properties.permissions"),
)
GROUPS = Query(
    "resourcecontainers", "type =~ 'microsoft.resources/subscriptions/resourcegroups'",
    _columns("id", "name", "subscriptionId", "location", "tags"),
)
NETWORKS = Query(
    "resources",
    _types("microsoft.network/networksecuritygroups", "microsoft.network/routetables",
           "microsoft.network/virtualnetworks"),
    _columns("id", "name", "type", "subscriptionId", rules="properties.securityRules", routes="properties.routes",
             subnets="properties.subnets"),
)
INTERFACES = Query(
    "resources", "type =~ 'microsoft.network/networkinterfaces'",
    _columns("id", "subscriptionId", addresses="properties.ipConfigurations",
             group="properties.networkSecurityGroup.id"),
)
USER_ASSIGNED = Query(
    "resources", "type =~ 'microsoft.managedidentity/userassignedidentities'",
    _columns(*ROW, principalId="properties.principalId", clientId="properties.clientId"),
)
ACTING = Query(
    "resources",
    "isnotnull(identity) or " + _types(
        "microsoft.web/sites", "microsoft.logic/workflows", "microsoft.automation/automationaccounts",
        "microsoft.app/containerapps", "microsoft.app/jobs", "microsoft.datafactory/factories",
        "microsoft.containerservice/managedclusters"),
    _columns(*ROW, "kind", "identity", state="properties.state",
             powerState="properties.extended.instanceView.powerState.code",
             created="properties.createdTime", creation="properties.creationTime", vmCreated="properties.timeCreated",
             changed="properties.changedTime", modified="properties.lastModifiedTimeUtc",
             lastModified="properties.lastModifiedTime", hostName="properties.defaultHostName",
             subnet="properties.virtualNetworkSubnetId", routesAll="properties.outboundVnetRouting.allTraffic",
             routeAll="properties.siteConfig.vnetRouteAllEnabled", oldRouteAll="properties.vnetRouteAllEnabled",
             interfaces="properties.networkProfile.networkInterfaces", environment="properties.managedEnvironmentId",
             jobEnvironment="properties.environmentId", ingress="properties.configuration.ingress.external",
             trigger="properties.configuration.triggerType",
             issuer="properties.oidcIssuerProfile.issuerURL",
             kubelet="properties.identityProfile.kubeletidentity.resourceId",
             publicNetworkAccess="properties.publicNetworkAccess"),
)
RUNBOOKS = Query(
    "resources", "type =~ 'microsoft.automation/automationaccounts/runbooks'",
    _columns(*ROW, runbookType="properties.runbookType", state="properties.state",
             created="properties.creationTime", modified="properties.lastModifiedTime"),
)
CONNECTIONS = Query("resources", "type =~ 'microsoft.web/connections'", _columns(*ROW))
TOPICS = Query(
    "resources", _types("microsoft.eventgrid/topics", "microsoft.eventgrid/systemtopics"),
    _columns(*ROW, about="properties.source"),
)
ENVIRONMENTS = Query(
    "resources", "type =~ 'microsoft.app/managedenvironments'",
    _columns("id", "subscriptionId", subnet="properties.vnetConfiguration.infrastructureSubnetId"),
)
RESOURCES = Query(
    "resources",
    _types("microsoft.keyvault/vaults", "microsoft.storage/storageaccounts", "microsoft.sql/servers",
           "microsoft.sql/servers/databases", "microsoft.sql/managedinstances", "microsoft.documentdb/databaseaccounts",
           "microsoft.dbforpostgresql/flexibleservers", "microsoft.dbformysql/flexibleservers",
           "microsoft.search/searchservices", "microsoft.servicebus/namespaces", "microsoft.eventhub/namespaces",
           "microsoft.operationalinsights/workspaces", "microsoft.cognitiveservices/accounts"),
    _columns(*ROW, "kind", publicNetworkAccess="properties.publicNetworkAccess",
             network="properties.network.publicNetworkAccess", defaultAction="properties.networkAcls.defaultAction",
             publicData="properties.publicDataEndpointEnabled", anonymous="properties.allowBlobPublicAccess",
             sharedKeys="properties.allowSharedKeyAccess", localAuthOff="properties.disableLocalAuth",
             byRoles="properties.enableRbacAuthorization", policies="properties.accessPolicies",
             administrators="properties.administrators", creation="properties.creationTime",
             created="properties.createdDate", createdAt="properties.createdAt"),
)
ROLE_ASSIGNMENTS = Query(
    "authorizationresources", "type =~ 'microsoft.authorization/roleassignments'",
    _columns("id", scope="properties.scope", principalId="properties.principalId",
             principalType="properties.principalType", roleDefinitionId="properties.roleDefinitionId",
             condition="properties.condition"),
)
# fmt: on

CALLS = tuple(each for each in list(globals().values()) if isinstance(each, Call))
QUERIES = tuple(each for each in list(globals().values()) if isinstance(each, Query))
PERMISSIONS = tuple(RequiredPermission(name=each.action, why=each.why, scope_kinds=each.kinds) for each in NEEDS)


def custom_role(scope: str) -> dict[str, Any]:
    """The role to assign to sv0's application, to be defined at `scope`: the id of a management group."""
    return {
        "Name": ROLE_NAME,
        "IsCustom": True,
        "Description": "Lets sv0 read what exists and who may do what; never content, keys or settings' values.",
        "Actions": sorted(each.action for each in NEEDS),
        "NotActions": [],
        "DataActions": [],
        "NotDataActions": [],
        "AssignableScopes": [scope],
    }
