"""Does the stand-in for AI Foundry's projects page and refuse as they do?"""

from __future__ import annotations

import json
from typing import Any

import pytest

from tests.emulators.microsoft import arm_scale
from tests.emulators.microsoft import arm_truth as truth
from tests.emulators.microsoft.acme import guid
from tests.emulators.microsoft.arm_acme import ESTATE, PRODUCTION
from tests.emulators.microsoft.arm_estate import Row
from tests.emulators.microsoft.arm_rights import Rights
from tests.emulators.microsoft.foundry import AGENTS_READ, Foundry
from tests.emulators.microsoft.wire import Asked, Reply

HR = "/acme-ai-people.services.ai.azure.com/api/projects/hr-assistant"
LEGAL = "/acme-ai-legal.services.ai.azure.com/api/projects/contracts"


@pytest.fixture
def foundry() -> Foundry:
    return Foundry(ESTATE, Rights(), page=2)


def get(foundry: Foundry, path: str, **query: str) -> Reply:
    return foundry.answer(Asked("GET", path, {"api-version": "v1", **query}))


def names(reply: Reply) -> list[str]:
    return [row["name"] for row in reply.body["data"]]


def test_the_last_page_names_no_last_id(foundry: Foundry):
    first = get(foundry, f"{HR}/agents", order="asc")
    assert (names(first), first.body["last_id"], first.body["has_more"]) == (
        ["hr-bot", "offer-writer"],
        "offer-writer",
        True,
    )
    last = get(foundry, f"{HR}/agents", order="asc", after="offer-writer")
    assert (names(last), last.body["last_id"], last.body["has_more"]) == (["onboarding", "greeter"], None, False)
    assert names(get(foundry, f"{HR}/agents")) == ["greeter", "onboarding"]  # the newest first


def test_an_agent_and_its_versions_can_be_asked_for(foundry: Foundry):
    assert get(foundry, f"{HR}/agents/hr-bot").body["versions"]["latest"]["version"] == "3"
    assert names(get(foundry, f"{HR}/agents/hr-bot/versions")) == ["hr-bot"]
    assert get(foundry, f"{HR}/agents/nobody").status == 404


def test_reading_takes_the_data_action(foundry: Foundry):
    foundry.rights.withhold(AGENTS_READ)
    refused = get(foundry, f"{HR}/agents")
    assert (refused.status, refused.body["error"]["code"]) == (403, "PermissionDenied")
    assert f"`{AGENTS_READ}`" in refused.body["error"]["message"]


def test_a_private_account_answers_nobody(foundry: Foundry):
    refused = get(foundry, f"{LEGAL}/agents")
    assert refused.status == 403
    assert refused.body["error"]["message"] == "Public access is disabled. Please configure private endpoint."


@pytest.mark.parametrize(
    ("path", "query", "status"),
    [
        (f"{HR}/agents", {"api-version": "v9"}, 400),
        (f"{HR}/agents", {"limit": "101"}, 400),
        (f"{HR}/agents", {"after": "nobody"}, 400),
        (f"{HR}/threads", {}, 404),
        ("/acme-ai-people.services.ai.azure.com/api/projects/nothing/agents", {}, 404),
        ("/elsewhere.example/api/projects/hr-assistant/agents", {}, 404),
    ],
)
def test_what_is_not_there_is_refused(foundry: Foundry, path: str, query: dict[str, str], status: int):
    assert get(foundry, path, **query).status == status


def test_nothing_but_reading_is_allowed(foundry: Foundry):
    asked = Asked("POST", f"{HR}/agents", {"api-version": "v1"}, {"name": "x"})
    assert foundry.answer(asked).status == 403


def test_a_tenant_of_any_size_has_agents_too():
    foundry = Foundry(arm_scale.estate(subscriptions=2000), Rights())
    found = get(foundry, "/ai-1999.services.ai.azure.com/api/projects/only/agents", limit="100")
    assert len(found.body["data"]) == arm_scale.AGENTS
    assert get(foundry, "/ai-2000.services.ai.azure.com/api/projects/only/agents").status == 404


# ── Does Acme's estate hold what its ground truth says? ─────────────────────────────────────────────────────────────


def principals(row: Row) -> set[str]:
    block = row.get("identity") or {}
    own = {block["principalId"]} if block.get("principalId") else set()
    return own | {each["principalId"] for each in (block.get("userAssignedIdentities") or {}).values()}


def test_what_acts_acts_as_its_author_said():
    found: dict[str, set[str]] = {}
    for subscription in ESTATE.subscriptions:
        for row in ESTATE.contents(subscription).resources.values():
            if principals(row):
                found[row["id"].rpartition("/")[2]] = principals(row)
    expected = {name: {guid("service principal", each) for each in all_} for name, all_ in truth.RUNS_AS.items()}
    assert found == expected


def test_every_agent_of_the_truth_is_there():
    listed = ESTATE.contents(PRODUCTION).listed
    there: dict[str, Any] = {
        row["name"]: row for path, rows in listed.items() if path.endswith(("/agents", "/assistants")) for row in rows
    }
    assert there.keys() == truth.AGENT_RUNS_AS.keys()
    for agent, hosts in truth.AGENT_REACHES.items():
        text = json.dumps([there[agent], [row for rows in listed.values() for row in rows]])
        assert [host for host in hosts - {"internet"} if host not in text] == []
