"""What has Acme Media in AI Foundry? Four accounts: with agents and keys, shut in, private, and of models only."""

from collections.abc import Mapping
from typing import Any

from tests.emulators.microsoft.acme import guid
from tests.emulators.microsoft.arm_estate import Contents, Row, Subscription
from tests.emulators.microsoft.arm_place import Place, made_by, system
from tests.emulators.microsoft.foundry_agents import classic, hosted, prompt, workflow

KIND = "Microsoft.CognitiveServices/accounts"
STEPS = """\
kind: workflow
id: CANARY-workflow
trigger:
  kind: OnConversationStart
  actions:
    - kind: SendActivity
      activity: CANARY-activity
    - kind: InvokeAzureAgent
      agent:
        name: hr-bot
"""
PEOPLE, MARKETING, LEGAL, MODELS = "acme-ai-people", "acme-ai-marketing", "acme-ai-legal", "acme-ai-models"


def fill(contents: Contents, subscription: Subscription) -> None:
    place = Place(contents, subscription, "rg-ai").opened(tags={"owner": "alice@acme-media.example"})
    people(place)
    marketing(place)
    legal = account(place, LEGAL, publicNetworkAccess="Disabled")
    project(place, legal, "contracts")
    models = account(place, MODELS, kind="OpenAI", allowProjectManagement=False)
    place.list(models, "deployments", [deployment(models, "gpt-4o", version="2024-11-20")])
    place.list(models, "connections", [])


def account(place: Place, name: str, *, kind: str = "AIServices", **properties: Any) -> str:
    """An account, open and with keys unless said otherwise."""
    said = {
        "provisioningState": "Succeeded",
        "endpoint": f"https://{name}.cognitiveservices.azure.com/",
        "endpoints": {"AI Foundry API": f"https://{name}.services.ai.azure.com/"},
        "customSubDomainName": name,
        "allowProjectManagement": True,
        "publicNetworkAccess": "Enabled",
        "networkAcls": {"defaultAction": "Allow", "virtualNetworkRules": [], "ipRules": []},
        "disableLocalAuth": False,
        "restrictOutboundNetworkAccess": False,
        "allowedFqdnList": [],
        "dateCreated": "2025-03-03T08:30:00.0000000Z",
        "raiMonitorConfig": {"adxStorageResourceId": "CANARY-monitor"},
        **properties,
    }
    sku = {"name": "S0"}
    told = {"kind": kind, "sku": sku, "systemData": made_by("alice@acme-media.example"), "etag": '"1"'}
    return place.add(KIND, name, said, identity=system(name), tags={"owner": "alice@acme-media.example"}, **told)


def project(place: Place, account_id: str, name: str, **told: Any) -> str:
    """A project, with an identity of its own."""
    host = account_id.rpartition("/")[2]
    properties = {
        "provisioningState": "Succeeded",
        "displayName": name.replace("-", " ").capitalize(),
        "description": "CANARY-project-description",
        "endpoints": {"AI Foundry API": f"https://{host}.services.ai.azure.com/api/projects/{name}"},
        "isDefault": False,
    }
    full = f"{host}/{name}"
    made = place.below(account_id, f"{KIND}/projects", name, properties, identity=system(full), **told)
    place.contents.resources[made.lower()]["name"] = full  # what Azure tells as the name of what is part of another
    return made


def connection(parent: str, name: str, category: str, target: str, auth: str, **told: Any) -> Row:
    """A connection. Its credentials aren't told on reading; what people put in its metadata is."""
    return {
        "id": f"{parent}/connections/{name}",
        "name": name,
        "type": f"{KIND}/{'projects/' if '/projects/' in parent else ''}connections",
        "systemData": made_by("alice@acme-media.example"),
        "properties": {
            "authType": auth,
            "category": category,
            "group": "AzureAI",
            "target": target,
            "isSharedToAll": False,
            "sharedUserList": [],
            "metadata": {"ApiType": "Azure", "note": "CANARY-connection-metadata"},
            "error": None,
            "credentials": None,
            **told,
        },
    }


def deployment(account_id: str, name: str, *, version: str, format: str = "OpenAI") -> Row:  # noqa: A002 - Azure's word
    return {
        "id": f"{account_id}/deployments/{name}",
        "name": name,
        "type": f"{KIND}/deployments",
        "sku": {"name": "GlobalStandard", "capacity": 50},
        "systemData": made_by("bob@acme-media.example"),
        "properties": {
            "model": {"format": format, "name": name, "version": version},
            "versionUpgradeOption": "OnceNewDefaultVersionAvailable",
            "raiPolicyName": "Microsoft.DefaultV2",
            "currentCapacity": 50,
            "capabilities": {"chatCompletion": "true"},
            "provisioningState": "Succeeded",
        },
    }


def people(place: Place) -> None:
    """Agents that know employees' files, one of them with tools that reach outside."""
    id_ = account(place, PEOPLE)
    place.list(
        id_,
        "deployments",
        [deployment(id_, "gpt-4o", version="2024-11-20"), deployment(id_, "gpt-4o-mini", version="2024-07-18")],
    )
    place.list(
        id_,
        "connections",
        [
            connection(
                id_,
                "telemetry",
                "AppInsights",
                "https://westeurope-5.in.applicationinsights.azure.com/",
                "ApiKey",
                isSharedToAll=True,
            )
        ],
    )
    hr = project(place, id_, "hr-assistant")
    place.list(hr, "connections", connections(hr))
    place.list(
        hr,
        "capabilityHosts",
        [
            {
                "id": f"{hr}/capabilityHosts/agents",
                "name": "agents",
                "type": f"{KIND}/projects/capabilityHosts",
                "properties": {
                    "capabilityHostKind": "Agents",
                    "threadStorageConnections": ["threads"],
                    "vectorStoreConnections": ["search-people"],
                    "storageConnections": ["files-people"],
                },
            }
        ],
    )
    place.list(hr, "agents", [*agents(hr)])
    place.list(hr, "assistants", [policies_assistant()])
    recruiting = project(place, id_, "recruiting")
    place.list(recruiting, "connections", [])
    place.list(
        recruiting,
        "agents",
        [prompt("screener", model="gpt-4o-mini", tools=[{"type": "code_interpreter"}], state="disabled")],
    )
    place.list(recruiting, "assistants", [])
    place.grant(
        guid("service principal", f"{PEOPLE}/hr-assistant"),
        "Storage Blob Data Reader",
        on=f"{place.subscription.path}/resourceGroups/rg-people",
    )
    place.grant(
        guid("service principal", "hr-bot"),
        "Search Index Data Reader",
        on=f"{place.subscription.path}/resourceGroups/rg-media",
    )


def connections(hr: str) -> list[Row]:
    media = f"{hr.partition('/resourceGroups')[0]}/resourceGroups/rg-media"
    said: tuple[tuple[str, str, str, str, Row], ...] = (
        (
            "search-people",
            "CognitiveSearch",
            "https://srch-acme.search.windows.net/",
            "AAD",
            {
                "metadata": {
                    "ResourceId": f"{media}/providers/Microsoft.Search/searchServices/srch-acme",
                    "ApiType": "Azure",
                }
            },
        ),
        ("files-people", "AzureBlob", "https://sthrfiles.blob.core.windows.net/employees", "AccountKey", {}),
        ("threads", "CosmosDb", "https://cosmos-catalogue.documents.azure.com:443/", "AAD", {}),
        ("handbook", "SharePointOnlineList", "https://acmemedia.sharepoint.example/sites/hr-handbook", "OAuth2", {}),
        (
            "figures",
            "CustomKeys",
            "https://api.fabric.microsoft.com/v1/workspaces/7f",
            "CustomKeys",
            {"metadata": {"type": "fabric_dataagent_preview"}},
        ),
        (
            "people-tools",
            "CustomKeys",
            "https://mcp.people-tools.example/sse",
            "CustomKeys",
            {"expiryTime": "2027-03-01T00:00:00Z"},
        ),
        ("workday", "CustomKeys", "https://api.workday.example/v1?key=CANARY-target-query", "CustomKeys", {}),
    )
    return [connection(hr, name, category, target, auth, **told) for name, category, target, auth, told in said]


def agents(hr: str) -> list[Row]:
    """An agent with every kind of tool, one in a container, one that leads the others, one of an older version."""
    identity = {"principal_id": guid("service principal", "hr-bot"), "client_id": guid("application", "hr-bot")}
    at = f"{hr}/connections"
    openapi = {
        "openapi": "3.0.0",
        "info": {"title": "CANARY-title", "version": "1"},
        "paths": {},
        "servers": [{"url": "https://api.workday.example/v1"}, {"url": "https://{region}.workday.example"}],
    }
    tools: list[Row] = [
        {"type": "file_search", "vector_store_ids": ["vs_employees"]},
        {
            "type": "azure_ai_search",
            "azure_ai_search": {
                "indexes": [
                    {
                        "project_connection_id": f"{at}/search-people",
                        "index_name": "employees",
                        "query_type": "semantic",
                        "filter": "CANARY-filter",
                    }
                ]
            },
        },
        {
            "type": "mcp",
            "server_label": "people",
            "server_url": "https://mcp.people-tools.example/sse",
            "project_connection_id": "people-tools",
            "require_approval": "never",
            "allowed_tools": ["lookup", "update_salary"],
            "headers": {"x-key": "CANARY-mcp-header"},
            "authorization": "CANARY-mcp-token",
        },
        {
            "type": "openapi",
            "openapi": {
                "name": "workday",
                "description": "CANARY-tool-description",
                "spec": openapi,
                "auth": {"type": "project_connection", "security_scheme": {"project_connection_id": f"{at}/workday"}},
            },
        },
        {
            "type": "azure_function",
            "azure_function": {
                "function": {"name": "raise_ticket", "description": "CANARY", "parameters": {"type": "object"}},
                "input_binding": queue("tickets-in"),
                "output_binding": queue("tickets-out"),
            },
        },
        {
            "type": "function",
            "name": "compute_bonus",
            "description": "CANARY",
            "parameters": {"type": "object"},
            "strict": True,
        },
        {
            "type": "sharepoint_grounding_preview",
            "sharepoint_grounding_preview": {"project_connections": [{"project_connection_id": f"{at}/handbook"}]},
        },
        {
            "type": "fabric_dataagent_preview",
            "fabric_dataagent_preview": {"project_connections": [{"project_connection_id": f"{at}/figures"}]},
        },
        {
            "type": "bing_grounding",
            "bing_grounding": {"search_configurations": [{"project_connection_id": f"{at}/bing", "count": 5}]},
        },
    ]
    return [
        prompt("hr-bot", model="gpt-4o", tools=tools, version=3, identity=identity, blueprint="hr-bot blueprint"),
        hosted(
            "offer-writer",
            image="acme.azurecr.io/offer-writer:2",
            variables={"API_KEY": "CANARY-variable", "LANG": "en"},
        ),
        workflow("onboarding", text=STEPS),
        prompt("greeter", model="gpt-4o-mini", tools=[]),
    ]


def queue(name: str) -> Row:
    return {
        "type": "storage_queue",
        "storage_queue": {"queue_service_endpoint": "https://sthrfiles.queue.core.windows.net", "queue_name": name},
    }


def policies_assistant() -> Row:
    """An agent of the older kind, that asks another one of them."""
    tools: list[Mapping[str, Any]] = [
        {
            "type": "connected_agent",
            "connected_agent": {"id": "asst_payroll", "name": "payroll", "description": "CANARY"},
        },
        {
            "type": "openapi",
            "openapi": {
                "name": "weather",
                "spec": {"servers": [{"url": "https://weather.example/api"}]},
                "auth": {"type": "anonymous"},
            },
        },
        {"type": "code_interpreter"},
    ]
    return classic("asst_policies", name="policies", model="gpt-4o", tools=tools)


def marketing(place: Place) -> None:
    """May talk to named hosts only, and takes no keys."""
    id_ = account(
        place,
        MARKETING,
        disableLocalAuth=True,
        restrictOutboundNetworkAccess=True,
        allowedFqdnList=["api.partner.example"],
    )
    place.list(id_, "deployments", [deployment(id_, "gpt-4o", version="2024-08-06")])
    place.list(id_, "connections", [])
    campaigns = project(
        place, id_, "campaigns", systemData=made_by(guid("application", "Landing Zone Pipeline"), kind="Application")
    )
    place.list(
        campaigns,
        "connections",
        [connection(campaigns, "partner-agent", "CustomKeys", "https://agents.partner.example/a2a", "None")],
    )
    tools = [
        {
            "type": "a2a_preview",
            "base_url": "https://agents.partner.example/a2a",
            "project_connection_id": f"{campaigns}/connections/partner-agent",
        }
    ]
    place.list(campaigns, "agents", [prompt("campaigner", model="gpt-4o", tools=tools)])
    place.list(campaigns, "assistants", [])
