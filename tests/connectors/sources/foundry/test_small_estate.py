"""Does the source find what the small estate's author wrote down?"""

from __future__ import annotations

import dataclasses
import json
from collections import Counter
from collections.abc import Iterable
from datetime import UTC, datetime
from typing import Any

import pytest

from connectors.inventory.classification import classify
from connectors.inventory.records import (
    Access,
    Egress,
    Grade,
    Identity,
    Link,
    Owner,
    Permission,
    Record,
    Ref,
    Relation,
    Resource,
    ScopeEnded,
    ScopeState,
    Workload,
)
from tests.connectors.sources.foundry.conftest import Emulated, ends, point, read
from tests.emulators.microsoft import arm_truth as truth
from tests.emulators.microsoft.acme import TENANT, guid
from tests.emulators.microsoft.arm_acme import PRODUCTION

ACCOUNTS = f"{PRODUCTION.path}/resourcegroups/rg-ai/providers/microsoft.cognitiveservices/accounts"
PEOPLE = f"{ACCOUNTS}/acme-ai-people"
HR = f"{PEOPLE}/projects/hr-assistant"
LEGAL_AGENTS = f"foundry:{ACCOUNTS}/acme-ai-legal/projects/contracts:agents"


@pytest.fixture(scope="module")
def records(running: Emulated) -> list[Record]:
    """One scan of everything, shared by the tests that only look."""
    running.restore()
    with pytest.MonkeyPatch.context() as patch:
        point(patch, running)
        return read(running)


def of(records: Iterable[Record], kind: Any) -> list[Any]:
    return [record for record in records if isinstance(record, kind)]


def pointed(records: list[Record], relation: Relation) -> dict[str, set[str]]:
    """The ids that each object points at by a relation, by the object's name."""
    found: dict[str, set[str]] = {}
    for link in of(records, Link):
        if link.relation is relation:
            found.setdefault(link.source.name, set()).add(link.target.id)
    return found


def named(records: list[Record], kind: Any, name: str) -> Any:
    """The one object of a kind whose name begins so."""
    (found,) = [record for record in of(records, kind) if record.name.split(" (")[0] == name]
    return found


def test_every_agent_runs_as_its_own_identity_or_its_projects(records: list[Record]):
    """An agent's own identity is told by Entra's id, a project's by the Azure source's address."""
    expected = {
        agent: guid("service principal", identity) if agent == identity else f"{ACCOUNTS}/{project(identity)}"
        for agent, identity in truth.AGENT_RUNS_AS.items()
    }
    found = pointed(records, Relation.RUNS_AS)
    own = {agent: {each for each in ids if not each.endswith("#credential")} for agent, ids in found.items()}
    assert own == {agent: {identity} for agent, identity in expected.items()}


def project(identity: str) -> str:
    account, name = identity.split("/")
    return f"{account}/projects/{name}#system-assigned"


def test_where_a_connection_signs_in_by_a_key_the_agent_acts_as_that(records: list[Record]):
    found = pointed(records, Relation.RUNS_AS)
    keys = {agent: {each for each in ids if each.endswith("#credential")} for agent, ids in found.items()}
    expected = {
        agent: {f"{HR}/connections/{name}#credential" for name in names}
        for agent, names in truth.AGENT_HOLDS_KEYS_OF.items()
    }
    assert {agent: ids for agent, ids in keys.items() if ids} == expected


def test_agents_reach_the_hosts_of_their_tools(records: list[Record]):
    found: dict[str, set[str]] = {}
    for egress in of(records, Egress):
        found.setdefault(egress.source.name, set()).add(egress.destination)
    assert found == truth.AGENT_REACHES


def test_a_host_that_the_account_does_not_let_out_to_is_told_as_such(records: list[Record]):
    (egress,) = [each for each in of(records, Egress) if each.source.name == "campaigner"]
    assert egress.grade is Grade.CONDITIONAL
    assert "lets traffic out to other hosts only" in egress.evidence
    assert {each.grade for each in of(records, Egress) if each.source.name == "hr-bot"} == {Grade.GRANTED}


def test_agents_ask_other_agents(records: list[Record]):
    calls = {(link.source.name, link.target.name) for link in of(records, Link) if link.relation is Relation.CALLS}
    assert calls == {(agent, asked) for agent, names in truth.AGENT_ASKS.items() for asked in names}
    addresses = pointed(records, Relation.CALLS)
    assert addresses["onboarding"] == {f"{HR}/agents/hr-bot"}
    assert addresses["policies"] == {f"{HR}/assistants/asst_payroll"}


def test_agents_use_the_connections_of_their_tools_and_of_their_project(records: list[Record]):
    used = {
        agent: {each.rpartition("/")[2] for each in ids if "/connections/" in each}
        for agent, ids in pointed(records, Relation.USES_DATA).items()
    }
    kept = truth.KEPT_IN["hr-assistant"]
    expected = {agent: set(names) for agent, names in truth.AGENT_USES.items()}
    for agent in ("hr-bot", "offer-writer", "onboarding", "greeter", "policies"):
        expected[agent] = expected.get(agent, set()) | kept
    assert {agent: names for agent, names in used.items() if names} == expected


def test_a_connection_leads_to_the_resource_behind_it(records: list[Record]):
    leads = pointed(records, Relation.CONTAINS)["search-people"]
    search = f"{PRODUCTION.path}/resourcegroups/rg-media/providers/microsoft.search/searchservices/srch-acme"
    assert leads == {search, f"{HR}/indexes/search-people/employees"}


def test_connections_are_classified_by_where_they_lead(records: list[Record]):
    found = {each.name: {domain.name for domain in classify(each).domains} for each in of(records, Resource)}
    assert found["handbook (acmemedia.sharepoint.example/sites/hr-handbook)"] >= {"hr", "files"}
    assert "hr" in found["files-people (sthrfiles.blob.core.windows.net/employees)"]
    assert "hr" in found["employees"]


def test_connections_tell_where_they_lead_and_how_they_sign_in(records: list[Record]):
    kinds = {each.name.split(" (")[0]: each.type for each in of(records, Resource) if each.type.endswith("connection")}
    assert kinds == {
        "search-people": "AI Search connection",
        "files-people": "Storage connection",
        "threads": "Cosmos DB connection",
        "handbook": "SharePoint connection",
        "figures": "Fabric connection",
        "people-tools": "Custom keys connection",
        "workday": "Custom keys connection",
        "telemetry": "Application Insights connection",
        "partner-agent": "Custom keys connection",
    }
    tools = named(records, Identity, "custom keys of connection people-tools")
    assert [(each.kind, each.expires_at) for each in tools.credentials] == [
        ("custom keys", datetime(2027, 3, 1, tzinfo=UTC))
    ]
    opens = {each.target.name: each for each in of(records, Permission) if each.source.id.endswith("#credential")}
    assert opens["files-people"].grade is Grade.GRANTED
    assert opens["workday"].grade is Grade.UNKNOWN
    assert "search-people" not in opens  # signs in as the agent itself


def test_accounts_that_take_keys_have_them_as_an_identity(records: list[Record]):
    keys = [each for each in of(records, Identity) if each.type == "AI account keys"]
    assert {each.id.removeprefix(f"{ACCOUNTS}/").removesuffix("#keys") for each in keys} == truth.TAKES_KEYS
    assert {credential.enabled for each in keys for credential in each.credentials} == {True}
    reach = {(each.source.id, each.target.id, each.access) for each in of(records, Permission)}
    assert (f"{PEOPLE}#keys", PEOPLE, Access.WRITE) in reach


def test_accounts_say_whether_the_internet_reaches_them(records: list[Record]):
    accounts = {each.name: each.public for each in of(records, Resource) if each.type.endswith("account")}
    assert accounts == {
        "acme-ai-people": True,
        "acme-ai-marketing": True,
        "acme-ai-models": True,
        "acme-ai-legal": False,
    }


def test_an_agent_says_what_it_is_made_of_but_never_in_which_words(records: list[Record]):
    bot = named(records, Workload, "hr-bot")
    facts = dict(bot.facts)
    assert facts["Model"] == "gpt-4o"
    assert facts["Called without approval"] == "MCP server people"
    assert facts["Instructions"].startswith("26 characters, SHA-256 ")
    assert "Azure Function raise_ticket" in facts["Tools"]
    assert dict(named(records, Workload, "offer-writer").facts)["Environment variables"] == "API_KEY, LANG"
    assert named(records, Workload, "screener").enabled is False
    assert named(records, Workload, "policies").enabled is None


def test_models_are_named_and_used(records: list[Record]):
    models = [each for each in of(records, Resource) if each.type == "Model deployment"]
    assert len(models) == 4
    assert f"{PEOPLE}/deployments/gpt-4o" in pointed(records, Relation.USES_DATA)["hr-bot"]


def test_owners_are_whom_tags_name_else_who_made_it(records: list[Record]):
    (alice,) = of(records, Owner)
    assert (alice.email, alice.active) == ("alice@acme-media.example", None)
    said = {(link.target.name, link.via) for link in of(records, Link) if link.relation is Relation.OWNS}
    assert ("acme-ai-people", "tag owner") in said
    assert ("hr-bot", "tag owner of the account acme-ai-people") in said
    assert ("workday", "who made it") in said


def test_a_private_account_is_told_as_such_and_nothing_else_suffers(records: list[Record]):
    found = ends(records)
    shut = found.pop(LEGAL_AGENTS)
    assert (shut.state, shut.missing) == (ScopeState.DENIED, ())
    assert "private endpoints only" in (shut.error or "")
    assert {each.state for each in found.values()} == {ScopeState.COMPLETE}


def test_ids_are_small_letters_and_told_once(records: list[Record]):
    ids = [each.id for each in records if isinstance(each, Workload | Identity | Resource | Owner)]
    assert [each for each, times in Counter(ids).items() if times > 1] == []
    pointed_at = [ref.id for each in records for ref in ends_of(each)]
    assert [each for each in (*ids, *pointed_at) if each != each.lower()] == []
    edges = Counter(edge(each) for each in records if isinstance(each, Link | Permission | Egress))
    assert [each for each, times in edges.items() if times > 1] == []


def ends_of(record: Any) -> list[Ref]:
    return [ref for ref in (getattr(record, "source", None), getattr(record, "target", None)) if ref is not None]


def edge(record: Any) -> tuple[Any, ...]:
    target = record.destination if isinstance(record, Egress) else record.target
    return type(record), getattr(record, "relation", None), record.source.id, target, record.scope


def test_another_reading_says_the_same(azure: Emulated, records: list[Record]):
    def told(some: list[Record]) -> list[str]:
        return sorted(repr(each) for each in some if not isinstance(each, ScopeEnded))

    assert told(read(azure)) == told(records)


def test_nothing_of_what_people_wrote_is_kept(records: list[Record]):
    text = json.dumps([dataclasses.asdict(record) for record in records], default=str)
    assert "CANARY" not in text


def test_scopes_are_within_those_that_list_them(records: list[Record]):
    started = {each.scope: each for each in records if hasattr(each, "within")}
    listing = f"foundry:{PRODUCTION.id}:accounts"
    assert started[LEGAL_AGENTS].within == listing
    assert started[listing].within == f"foundry:{TENANT}:subscriptions"
