"""What has Acme Media in AI Foundry? Four accounts: with agents and keys, shut in, private, and of models only."""

from typing import Any

from tests.emulators.microsoft.acme import guid
from tests.emulators.microsoft.arm_estate import Contents, Row, Subscription
from tests.emulators.microsoft.arm_place import Place, made_by, system
from tests.emulators.microsoft.foundry_agents import classic, hosted, prompt, workflow
from tests.emulators.microsoft.foundry_tools import azure_function, function, grounded, index, mcp, openapi

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
            **({} if auth in {"AAD", "None"} else {"credentials": None}),
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
    kept = {"threadStorageConnections": ["threads"], "vectorStoreConnections": ["search-people"]}
    stores = {"capabilityHostKind": "Agents", "storageConnections": ["files-people"], **kept}
    place.told(hr, "capabilityHosts", {"agents": stores})
    place.list(hr, "agents", [*agents(hr)])
    place.list(hr, "assistants", [policies_assistant()])
    recruit(place, id_)
    group = f"{place.subscription.path}/resourceGroups"
    place.grant(
        guid("service principal", f"{PEOPLE}/hr-assistant"), "Storage Blob Data Reader", on=f"{group}/rg-people"
    )
    place.grant(guid("service principal", "hr-bot"), "Search Index Data Reader", on=f"{group}/rg-media")


def recruit(place: Place, people_account: str) -> None:
    recruiting = project(place, people_account, "recruiting")
    screener = prompt("screener", model="gpt-4o-mini", tools=[{"type": "code_interpreter"}], state="disabled")
    place.list(recruiting, "connections", [])
    place.list(recruiting, "agents", [screener])
    place.list(recruiting, "assistants", [])


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
    tools: list[Row] = [
        {"type": "file_search", "vector_store_ids": ["vs_employees"]},
        {"type": "azure_ai_search", "azure_ai_search": {"indexes": [index(f"{at}/search-people", "employees")]}},
        mcp("people", "https://mcp.people-tools.example/sse", connection="people-tools"),
        openapi("workday", "https://api.workday.example/v1", "https://{region}.workday.example", keys=f"{at}/workday"),
        azure_function("raise_ticket", "https://sthrfiles.queue.core.windows.net", "tickets-in", "tickets-out"),
        function("compute_bonus"),
        grounded("sharepoint_grounding_preview", f"{at}/handbook"),
        grounded("fabric_dataagent_preview", f"{at}/figures"),
        {
            "type": "bing_grounding",
            "bing_grounding": {"search_configurations": [{"project_connection_id": f"{at}/bing"}]},
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


def policies_assistant() -> Row:
    """An agent of the older kind, that asks another one of them."""
    payroll = {"id": "asst_payroll", "name": "payroll", "description": "CANARY"}
    tools: list[Row] = [
        {"type": "connected_agent", "connected_agent": payroll},
        openapi("weather", "https://weather.example/api"),
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
