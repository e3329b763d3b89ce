"""Are the answers of the stand-in for Azure as Microsoft describes them, and do Microsoft's own clients read them?"""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any

import pytest
from azure.ai.agents import AgentsClient
from azure.ai.projects import AIProjectClient
from azure.ai.projects import models as projects
from azure.identity import ClientSecretCredential
from azure.mgmt.authorization import AuthorizationManagementClient
from azure.mgmt.authorization.v2020_10_01 import models as eligibility
from azure.mgmt.authorization.v2022_04_01 import models as authorization
from azure.mgmt.cognitiveservices import CognitiveServicesManagementClient
from azure.mgmt.cognitiveservices import models as cognitive
from azure.mgmt.logic import models as logic
from azure.mgmt.msi import ManagedServiceIdentityClient
from azure.mgmt.resourcegraph import ResourceGraphClient
from azure.mgmt.resourcegraph import models as resource_graph

from tests.emulators.microsoft.acme import TENANT
from tests.emulators.microsoft.arm import Arm
from tests.emulators.microsoft.arm_acme import ESTATE, LANDING, PLATFORM, PRODUCTION
from tests.emulators.microsoft.described import differences
from tests.emulators.microsoft.foundry import Foundry
from tests.emulators.microsoft.login import CLIENT, SECRET
from tests.emulators.microsoft.server import MicrosoftEmulator
from tests.emulators.microsoft.wire import Asked

ROLES = "providers/Microsoft.Authorization"
ACCOUNTS = f"{PRODUCTION.path}/resourceGroups/rg-ai/providers/Microsoft.CognitiveServices/accounts"
PEOPLE = f"{ACCOUNTS}/acme-ai-people"
MANAGER, PROJECT = "https://management.azure.com", "https://ai.azure.com"
STORES = "resources | where type =~ 'microsoft.storage/storageaccounts' | project id | order by id asc"
LISTINGS = [
    (authorization.RoleAssignment, f"{PLATFORM.path}/{ROLES}/roleAssignments", "2022-04-01"),
    (authorization.RoleDefinition, f"{PLATFORM.path}/{ROLES}/roleDefinitions", "2022-04-01"),
    (authorization.DenyAssignment, f"{PLATFORM.path}/{ROLES}/denyAssignments", "2022-04-01"),
    (authorization.Permission, f"{PLATFORM.path}/{ROLES}/permissions", "2022-04-01"),
    (
        eligibility.RoleEligibilityScheduleInstance,
        f"{LANDING.id}/{ROLES}/roleEligibilityScheduleInstances",
        "2020-10-01",
    ),
    (cognitive.Account, f"{PRODUCTION.path}/providers/Microsoft.CognitiveServices/accounts", "2025-09-01"),
    (cognitive.Project, f"{PEOPLE}/projects", "2025-09-01"),
    (cognitive.Deployment, f"{PEOPLE}/deployments", "2025-09-01"),
    (cognitive.ConnectionPropertiesV2BasicResource, f"{PEOPLE}/connections", "2025-09-01"),
    (cognitive.ConnectionPropertiesV2BasicResource, f"{PEOPLE}/projects/hr-assistant/connections", "2025-09-01"),
    (cognitive.CapabilityHost, f"{PEOPLE}/projects/hr-assistant/capabilityHosts", "2025-09-01"),
    (logic.Workflow, f"{PRODUCTION.path}/providers/Microsoft.Logic/workflows", "2019-05-01"),
]


@pytest.mark.parametrize(("model", "path", "version"), LISTINGS, ids=lambda each: getattr(each, "__name__", ""))
def test_rows_are_as_described(model: Any, path: str, version: str):
    found = Arm(ESTATE, page=500).answer(Asked("GET", path, {"api-version": version}))
    assert found.status == 200
    assert found.body["value"]
    assert [wrong for row in found.body["value"] for wrong in differences(model, row)] == []


def test_an_answer_of_resource_graph_is_as_described():
    asked = {"query": STORES, "options": {"$top": 2}}
    path = "/providers/Microsoft.ResourceGraph/resources"
    found = Arm(ESTATE).answer(Asked("POST", path, {"api-version": "2022-10-01"}, asked))
    assert list(differences(resource_graph.QueryResponse, found.body)) == []


def test_what_is_not_as_described_is_found():
    row = {"id": 7, "surprise": 1, "properties": {"scope": "/", "principalId": [], "deeper": {}}}
    assert list(differences(authorization.RoleAssignment, row)) == [
        "id is no str",
        "surprise is not described",
        "properties.principalId is no str",
        "properties.deeper is not described",
    ]
    keys = {"properties": {"authType": "ApiKey", "credentials": {"key": 1}}}
    assert list(differences(cognitive.ConnectionPropertiesV2BasicResource, keys)) == [
        "properties.credentials.key is no str"
    ]


@pytest.fixture(scope="module")
def microsoft() -> Iterator[MicrosoftEmulator]:
    with MicrosoftEmulator() as microsoft, pytest.MonkeyPatch.context() as patch:
        arm = Arm(ESTATE, page=2)
        microsoft.mount("arm", arm.answer, takes=(MANAGER,))
        microsoft.mount("foundry", Foundry(ESTATE, arm.rights, page=2).answer, takes=(PROJECT,))
        for name, value in microsoft.environment().items():
            patch.setenv(name, value)
        yield microsoft


@pytest.fixture
def where(microsoft: MicrosoftEmulator) -> dict[str, Any]:
    """What a client of Resource Manager is made with."""
    return {"base_url": f"{microsoft.url}/arm", "credential_scopes": [f"{MANAGER}/.default"]}


@pytest.fixture
def credential(microsoft: MicrosoftEmulator) -> ClientSecretCredential:
    return ClientSecretCredential(TENANT, CLIENT, SECRET, authority=microsoft.url, disable_instance_discovery=True)


def test_microsofts_clients_follow_the_pages(where: dict[str, Any], credential: ClientSecretCredential):
    roles = AuthorizationManagementClient(credential, PLATFORM.id, **where)
    held = [each.principal_id for each in roles.role_assignments.list_for_subscription()]
    assert len(held) == 6  # three of the subscription's own, three from above
    identities = ManagedServiceIdentityClient(credential, PLATFORM.id, **where)
    (deploy,) = identities.user_assigned_identities.list_by_subscription()
    (trusted,) = identities.federated_identity_credentials.list("rg-deploy", deploy.name)
    assert trusted.subject == "repo:acme-media/site:ref:refs/heads/main"
    services = CognitiveServicesManagementClient(credential, PRODUCTION.id, **where)
    assert len(list(services.accounts.list())) == 4
    kept = services.project_connections.list("rg-ai", "acme-ai-people", "hr-assistant")
    assert len(list(kept)) == 7


def test_microsofts_client_pages_through_resource_graph(where: dict[str, Any], credential: ClientSecretCredential):
    client = ResourceGraphClient(credential, **where)
    found: list[str] = []
    token = None
    while True:
        options = resource_graph.QueryRequestOptions(top=2, skip_token=token, result_format="objectArray")
        page: Any = client.resources(resource_graph.QueryRequest(query=STORES, options=options))
        found += [row["id"] for row in page.data]
        token = page.skip_token
        if not token:
            break
    assert len(found) == page.total_records == 4


def test_microsofts_client_reads_every_agent(microsoft: MicrosoftEmulator, credential: ClientSecretCredential):
    """It knows each agent's kind, and each of its tools by a class of its own."""
    address = f"{microsoft.url}/foundry/acme-ai-people.services.ai.azure.com/api/projects/hr-assistant"
    agents = list(AIProjectClient(endpoint=address, credential=credential).agents.list(order="asc"))
    kinds = {each.name: type(each.versions.latest.definition) for each in agents}
    assert kinds == {
        "hr-bot": projects.PromptAgentDefinition,
        "offer-writer": projects.HostedAgentDefinition,
        "onboarding": projects.WorkflowAgentDefinition,
        "greeter": projects.PromptAgentDefinition,
    }
    bot: Any = agents[0].versions.latest.definition
    tools = bot.tools
    assert len(tools) == 9
    assert [tool for tool in tools if type(tool) is projects.Tool] == []
    older = AgentsClient(endpoint=address, credential=credential, credential_scopes=[f"{PROJECT}/.default"])
    assert [each.id for each in older.list_agents()] == ["asst_policies"]
