"""Which calls does the source make, which permission does each need, and why?

The one list: nothing else names an address of Microsoft's. "Test connection" tries from it, the requirements packet,
SETUP.md and the contract test come from it. Columns are those of Microsoft's reference of Dataverse's tables
(https://learn.microsoft.com/power-apps/developer/data-platform/reference/entities); a privilege is spelled as
Dataverse spells it when it is missing.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field

from connectors.source import RequiredPermission

MANAGEMENT = "Power Platform management application"
APPLICATION_USER = "application user in the environment"
BOT, PART, REFERENCE = "prvReadbot", "prvReadbotcomponent", "prvReadconnectionreference"
CONNECTOR, FLOW, USER, TEAM, ROLE = "prvReadconnector", "prvReadWorkflow", "prvReadUser", "prvReadTeam", "prvReadRole"

MANY = 500  # rows of a page
TEXTS = 50  # rows of a page where a row brings a text of up to a megabyte
TOGETHER = 40  # ids in one question
API = "/api/data/v9.2"
ENVIRONMENT_KINDS = (
    *("environment", "application-users", "connections", "connectors", "flows", "agents", "parts", "sharing"),
    "referenced",
)


@dataclass(frozen=True, slots=True)
class Grant:
    """One thing that the customer gives sv0. `table`: what the privilege is called in a security role's form."""

    name: str
    why: str
    kinds: tuple[str, ...]
    table: str | None = None
    optional: bool = False


@dataclass(frozen=True, slots=True)
class Call:
    """One read. `door`: bap, powerapps or dataverse; {environment} and {id} in a path are filled in."""

    door: str
    path: str
    needs: str
    kinds: tuple[str, ...]
    params: Mapping[str, str] = field(default_factory=dict, hash=False)
    page: int = MANY

    @property
    def headers(self) -> Mapping[str, str]:
        if self.door != "dataverse":
            return {}
        return {"OData-MaxVersion": "4.0", "OData-Version": "4.0", "Prefer": f"odata.maxpagesize={self.page}"}


# fmt: off
GRANTS = (
    Grant(MANAGEMENT, "lists the tenant's environments, its data policies, and whose accounts connections hold",
          ("environments", "policies", "connections"), optional=True),
    Grant(APPLICATION_USER, "lets sv0 read an environment's Dataverse at all", ENVIRONMENT_KINDS),
    Grant(BOT, "finds agents, how people sign in to them, and where they are published",
          ("agents", "parts", "sharing"), "Copilot"),
    Grant(PART, "tells which tools, flows, knowledge and addresses an agent uses; its texts are dropped",
          ("parts",), "Copilot component"),
    Grant(REFERENCE, "tells which stored connection a tool or flow uses", ("connections",), "Connection Reference"),
    Grant(CONNECTOR, "tells to which hosts custom connectors send", ("connectors",), "Connector"),
    Grant(FLOW, "finds flows, what starts them, and whom they call; bodies are dropped", ("flows",), "Process"),
    Grant(USER, "names owners, whether they are still active, and application users",
          ("application-users", "referenced"), "User"),
    Grant(TEAM, "names teams that own agents and flows", ("referenced",), "Team"),
    Grant(ROLE, "tells which security roles application users have", ("application-users",), "Security Role"),
)

_BAP = "/providers/Microsoft.BusinessAppPlatform/scopes/admin"
ENVIRONMENTS = Call("bap", f"{_BAP}/environments", MANAGEMENT, ("environments",),
    {"api-version": "2020-10-01", "$expand": "properties/linkedEnvironmentMetadata"})
POLICIES = Call("bap", "/providers/PowerPlatform.Governance/v2/policies", MANAGEMENT, ("policies",),
    {"api-version": "2016-11-01"})
CONNECTIONS = Call("powerapps", "/providers/Microsoft.PowerApps/scopes/admin/environments/{environment}/connections",
    MANAGEMENT, ("connections",), {"api-version": "2016-11-01"})

ORGANIZATION = Call("dataverse", f"{API}/RetrieveCurrentOrganization(AccessType=@p)", APPLICATION_USER,
    ("environment",), {"@p": "Microsoft.Dynamics.CRM.EndpointAccessType'Default'"})
_PERSON = ("systemuserid,fullname,domainname,internalemailaddress,azureactivedirectoryobjectid,applicationid,"
           "isdisabled,accessmode,createdon")
APPLICATION_USERS = Call("dataverse", f"{API}/systemusers", USER, ("application-users",),
    {"$select": _PERSON, "$filter": "applicationid ne null"})
USERS = Call("dataverse", f"{API}/systemusers", USER, ("referenced",), {"$select": _PERSON})
TEAMS = Call("dataverse", f"{API}/teams", TEAM, ("referenced",), {"$select": "teamid,name"})
ROLES_OF = Call("dataverse", f"{API}/systemusers({{id}})/systemuserroles_association", ROLE, ("application-users",),
    {"$select": "roleid,name,_roletemplateid_value"})
CONNECTORS = Call("dataverse", f"{API}/connectors", CONNECTOR, ("connectors",),
    {"$select": "connectorid,name,displayname,connectorinternalid,connectortype,openapidefinition,createdon,"
                "_owninguser_value,_owningteam_value", "$filter": "connectortype eq 1"}, page=TEXTS)
REFERENCES = Call("dataverse", f"{API}/connectionreferences", REFERENCE, ("connections",),
    {"$select": "connectionreferenceid,connectionreferencelogicalname,connectorid,connectionid,"
                "_customconnectorid_value,statecode,createdon,_owninguser_value,_owningteam_value"})
FLOWS = Call("dataverse", f"{API}/workflows", FLOW, ("flows",),
    {"$select": "workflowid,name,statecode,createdon,modifiedon,clientdata,_owninguser_value,_owningteam_value",
     "$filter": "category eq 5 and type eq 1"}, page=TEXTS)
BOTS = Call("dataverse", f"{API}/bots", BOT, ("agents",),
    {"$select": "botid,name,schemaname,accesscontrolpolicy,authenticationmode,authenticationtrigger,"
                "authorizedsecuritygroupids,publishedon,createdon,modifiedon,statecode,ismanaged,configuration,"
                "synchronizationstatus,_owninguser_value,_owningteam_value,_createdby_value,_publishedby_value"},
    page=TEXTS)
# 9 topic or tool, 13 skill, 14 file, 15 the agent's own settings, 16 knowledge source, 17 external trigger
PARTS = Call("dataverse", f"{API}/botcomponents", PART, ("parts",),
    {"$select": "botcomponentid,name,componenttype,statecode,data,_parentbotid_value",
     "$filter": "componenttype eq 9 or componenttype eq 13 or componenttype eq 14 or componenttype eq 15"
                " or componenttype eq 16 or componenttype eq 17"}, page=TEXTS)
SHARED = Call("dataverse", f"{API}/RetrieveSharedPrincipalsAndAccess(Target=@p)", BOT, ("sharing",),
    {"@p": "{{'@odata.id':'bots({id})'}}"})
# fmt: on

CALLS = (
    *(ENVIRONMENTS, POLICIES, CONNECTIONS, ORGANIZATION, APPLICATION_USERS, USERS, TEAMS, ROLES_OF, CONNECTORS),
    *(REFERENCES, FLOWS, BOTS, PARTS, SHARED),
)
TRIED = (APPLICATION_USERS, TEAMS, ROLES_OF, CONNECTORS, REFERENCES, FLOWS, BOTS, PARTS)  # by "Test connection"
PERMISSIONS = tuple(RequiredPermission(each.name, each.why, each.kinds) for each in GRANTS)
