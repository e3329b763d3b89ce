"""Does the source find what is in Acme Media's Power Platform, and say it in the inventory's words?"""

from __future__ import annotations

import pytest

from connectors.inventory.classification import classify
from connectors.inventory.records import (
    Access,
    AliasKind,
    Egress,
    Grade,
    Identity,
    Link,
    Owner,
    Permission,
    Record,
    Relation,
    Resource,
    ScopeEnded,
    ScopeStarted,
    ScopeState,
    Workload,
)
from connectors.sources.copilot_studio.permissions import ENVIRONMENT_KINDS
from tests.connectors.sources.copilot_studio.conftest import HOME, Running, key, read, states
from tests.emulators.microsoft.acme import TENANT, guid
from tests.emulators.microsoft.powerplatform_acme import CARE, EMPTY, GONE

IN = " in Acme Media (default)"
WHOLE = dict.fromkeys(ENVIRONMENT_KINDS, ScopeState.COMPLETE)


@pytest.fixture(scope="module")
def records(emulated: Running) -> list[Record]:
    """One reading, shared by the tests that only look."""
    with pytest.MonkeyPatch.context() as patch:
        for name, value in emulated.microsoft.environment().items():
            patch.setenv(name, value)
        return read()


def workload(records: list[Record], name: str) -> Workload:
    (found,) = (each for each in records if isinstance(each, Workload) and each.name == name)
    return found


def facts(records: list[Record], name: str) -> dict[str, str]:
    return dict(workload(records, name).facts)


def links(records: list[Record], relation: Relation, source: str | None = None) -> set[tuple[str, str]]:
    found = (each for each in records if isinstance(each, Link) and each.relation is relation)
    return {(each.source.name, each.target.name) for each in found if source in (None, each.source.name)}


def may(records: list[Record], who: str) -> dict[str, Permission]:
    found = (each for each in records if isinstance(each, Permission) and each.source.name == who)
    return {each.target.name.removesuffix(IN): each for each in found}


def egress(records: list[Record], who: str) -> dict[str, Egress]:
    return {each.destination: each for each in records if isinstance(each, Egress) and each.source.name == who}


def resources(records: list[Record]) -> dict[str, Resource]:
    return {each.name.removesuffix(IN): each for each in records if isinstance(each, Resource)}


# ── The whole ───────────────────────────────────────────────────────────────────────────────────────────────────────


def test_every_environment_is_read_to_its_end(records: list[Record]):
    assert states(records, TENANT) == {"environments": ScopeState.COMPLETE, "policies": ScopeState.COMPLETE}
    assert states(records) == WHOLE
    assert states(records, CARE) == WHOLE


def test_an_environment_without_dataverse_holds_nothing_and_one_not_in_use_is_passed_over(records: list[Record]):
    assert states(records, EMPTY) == {"environment": ScopeState.COMPLETE}
    assert states(records, GONE) == {"environment": ScopeState.SKIPPED}


def test_every_record_lies_within_its_scope_and_every_scope_in_what_lists_it(records: list[Record]):
    open_now: set[str] = set()
    for record in records:
        if isinstance(record, ScopeStarted):
            open_now.add(record.scope)
            assert (record.within is None) == (record.kind in ("environments", "policies"))
        elif isinstance(record, ScopeEnded):
            open_now.remove(record.scope)
        else:
            assert record.scope in open_now
    assert not open_now


def test_no_object_is_told_twice_and_edges_lead_to_objects(records: list[Record]):
    ids = [each.id for each in records if isinstance(each, Identity | Workload | Resource | Owner)]
    assert len(ids) == len(set(ids))
    ends = {end for each in records if isinstance(each, Link | Permission) for end in (each.source, each.target)}
    assert {end.name for end in ends if end.id not in ids} == {"agent acme_elsewhere"}


def test_addresses_are_in_small_letters(records: list[Record]):
    ids = {each.id for each in records if isinstance(each, Identity | Workload | Resource | Owner)}
    assert [each for each in ids if each != each.lower() or not each.startswith("dataverse/")] == []


def test_no_text_of_an_agent_and_no_secret_is_kept(records: list[Record]):
    assert [each for each in records if "CANARY" in repr(each)] == []


# ── Agents ──────────────────────────────────────────────────────────────────────────────────────────────────────────


def test_an_agent_open_to_anyone_says_so(records: list[Record]):
    told = facts(records, "HR helper")
    assert told["Sign-in"] == "none"
    assert told["Open to"] == "anyone who has its address, without sign-in"
    assert told["Channels"] == "Microsoft Teams, Microsoft 365 Copilot, website"
    assert (told["Published"], told["Model"], told["Searches the web"]) == ("2026-09-01", "GPT41", "yes")


def test_what_is_published_counts_though_the_draft_asks_for_a_sign_in(records: list[Record]):
    told = facts(records, "Travel desk")
    assert told["Sign-in"] == "Microsoft Entra, when a step asks for it"
    assert told["Sign-in as published"] == "none"
    assert told["Open to"] == "anyone who has its address, without sign-in"


def test_what_isnt_told_is_unknown(records: list[Record]):
    told = facts(records, "Old FAQ")
    assert told["Sign-in"] == "unknown: the agent is older than the setting"
    assert told["Open to"] == "unknown, as its sign-in is"
    assert not {"Channels", "Orchestration", "Model", "Starts by itself"} & told.keys()
    assert workload(records, "Old FAQ").enabled is False


def test_an_agent_is_told_with_what_it_is(records: list[Record]):
    found = workload(records, "HR helper")
    assert found.id == f"dataverse/{HOME}/bot/{guid('bot', 'HR helper')}"
    assert (found.type, found.role, found.enabled) == ("Copilot Studio agent", "agent", True)
    assert (found.system, found.scope, found.account_id) == ("copilot_studio", key("agents"), HOME)


def test_with_whom_an_agent_is_shared(records: list[Record]):
    assert facts(records, "HR helper")["Shared with"] == "1 person, those in its own team"
    assert facts(records, "Travel desk")["Shared with"] == "everyone in the environment"
    assert facts(records, "Night watch")["Shared with"] == "nobody"


def test_who_answers_for_agents(records: list[Record]):
    owns = {
        (each.source.name, each.target.name): each.via
        for each in records
        if isinstance(each, Link) and each.relation is Relation.OWNS and "/bot/" in each.target.id
    }
    assert owns["Bob", "HR helper"] == "owner"
    assert owns["Alice", "HR helper"] == "published it"
    assert owns["Mallory", "HR helper"] == "it is shared with them, to be changed"
    assert owns["Data Platform", "Travel desk"] == "owner"
    people = {each.name: (each.type, each.active, each.email) for each in records if isinstance(each, Owner)}
    assert people["Alice"] == ("person", True, "alice@acme-media.example")
    assert people["Bob"] == ("person", False, "bob@acme-media.example")
    assert people["Data Platform"] == ("team", None, None)


def test_an_owner_whom_dataverse_doesnt_show_is_neither_active_nor_gone(records: list[Record]):
    (nobody,) = (each for each in records if isinstance(each, Owner) and each.name.startswith("user "))
    assert (nobody.active, nobody.email) == (None, None)
    assert (nobody.name, "Old FAQ") in links(records, Relation.OWNS)


# ── Authority ───────────────────────────────────────────────────────────────────────────────────────────────────────


def test_a_tool_in_makers_mode_acts_with_the_stored_connection(records: list[Record]):
    assert links(records, Relation.RUNS_AS, "HR helper") == {
        ("HR helper", "SharePoint connection of bob@acme-media.example"),
        ("HR helper", "ServiceNow connection of svc-copilot@acme-media.example"),
    }
    found = may(records, "HR helper")
    assert {name: (each.access, each.actions, each.grade) for name, each in found.items()} == {
        "SharePoint": (Access.READ, ("GetItems",), Grade.GRANTED),
        "ServiceNow": (Access.WRITE, ("CreateRecord",), Grade.GRANTED),
    }
    assert facts(records, "HR helper")["Tools that act with a connection stored for everyone"] == "2"


def test_a_tool_in_invokers_mode_acts_as_whoever_talks_to_the_agent(records: list[Record]):
    found = may(records, "Travel desk")
    assert found["Office 365 Outlook"].grade is Grade.CONDITIONAL
    assert "only with the rights of whoever talks to it" in found["Office 365 Outlook"].conditions
    assert found["SQL Server"].conditions == ("only with the rights of whoever talks to it",)
    assert "Office 365 Outlook connection of alice@acme-media.example" not in {
        target for _, target in links(records, Relation.RUNS_AS, "Travel desk")
    }


def test_a_tool_that_doesnt_tell_its_mode_may_act_either_way(records: list[Record]):
    found = may(records, "Travel desk")["Microsoft Dataverse"]
    assert (found.grade, found.access, found.actions) == (
        Grade.UNKNOWN,
        Access.WRITE,
        ("every operation of the connector",),
    )
    (link,) = (
        each
        for each in records
        if isinstance(each, Link) and each.relation is Relation.RUNS_AS and each.source.name == "Travel desk"
    )
    assert (link.target.name, link.grade) == ("Microsoft Dataverse connection of Alice", Grade.UNKNOWN)


def test_what_a_data_policy_bars_is_conditional(records: list[Record]):
    assert "barred by the data policy No outside mail" in may(records, "Travel desk")["Office 365 Outlook"].conditions
    assert facts(records, "HR helper")["Data policies"] == "Baseline, No outside mail"
    assert facts(records, "Care")["Data policies"] == "Baseline, Care only"


def test_stored_connections_say_whose_account_they_hold(records: list[Record]):
    told = {each.name: each for each in records if isinstance(each, Identity) and each.type == "stored connection"}
    assert {name: each.enabled for name, each in told.items()} == {
        "SharePoint connection of bob@acme-media.example": True,
        "ServiceNow connection of svc-copilot@acme-media.example": True,
        "Office 365 Outlook connection of alice@acme-media.example": False,
        "Acme Payroll connection of Alice": True,
        "Microsoft Dataverse connection of Alice": True,
    }
    owns = links(records, Relation.OWNS)
    assert ("Bob", "SharePoint connection of bob@acme-media.example") in owns
    assert ("Alice", "ServiceNow connection of svc-copilot@acme-media.example") in owns


def test_other_systems_know_a_connections_account_by_what_it_is(records: list[Record]):
    told = {
        each.name.partition(" connection")[0]: [(alias.kind, alias.value) for alias in each.aliases]
        for each in records
        if isinstance(each, Identity) and each.type == "stored connection"
    }
    assert told == {
        "SharePoint": [(AliasKind.ADDRESS, guid("user", "bob"))],
        "ServiceNow": [(AliasKind.EMAIL, "svc-copilot@acme-media.example")],
        "Office 365 Outlook": [(AliasKind.ADDRESS, guid("user", "alice"))],
        "Acme Payroll": [],
        "Microsoft Dataverse": [(AliasKind.CLIENT_ID, guid("application", "Invoice Robot"))],
    }


def test_application_users_are_identities_with_their_roles(records: list[Record]):
    (robot,) = (
        each
        for each in records
        if isinstance(each, Identity) and each.name == "Invoice Robot" and each.scope == key("application-users")
    )
    assert {(alias.kind, alias.value) for alias in robot.aliases} == {
        (AliasKind.CLIENT_ID, guid("application", "Invoice Robot")),
        (AliasKind.ADDRESS, guid("service principal", "Invoice Robot")),
    }
    held = [
        each
        for each in records
        if isinstance(each, Permission) and each.source.id == robot.id and each.target.id == f"dataverse/{HOME}"
    ]
    assert [(each.access, each.actions, each.grade) for each in held] == [
        (Access.ADMIN, ("System Administrator",), Grade.GRANTED)
    ]
    assert ("Invoice Robot", "Nightly") in links(records, Relation.OWNS)


# ── Reach ───────────────────────────────────────────────────────────────────────────────────────────────────────────


def test_where_agents_send(records: list[Record]):
    assert {host: each.grade for host, each in egress(records, "HR helper").items()} == {
        "hooks.mallory.example": Grade.GRANTED
    }
    evidence = egress(records, "HR helper")["hooks.mallory.example"].evidence
    assert evidence == "The part Escalate of HR helper sends to hooks.mallory.example."


def test_a_formula_hides_where_it_sends_but_not_that_it_does(records: list[Record]):
    assert {host: each.grade for host, each in egress(records, "Travel desk").items()} == {
        "rates.example.net": Grade.GRANTED,
        "internet": Grade.UNKNOWN,
    }


def test_a_custom_connector_sends_to_its_host(records: list[Record]):
    assert set(egress(records, "Night watch")) == {"payroll.acme-media.example", "internet"}
    assert "a custom connector, which sends to" in egress(records, "Night watch")["payroll.acme-media.example"].evidence
    assert resources(records)["Acme Payroll"].type == "custom connector"
    assert ("Alice", "Acme Payroll" + IN) in links(records, Relation.OWNS)


def test_what_agents_know_from(records: list[Record]):
    assert links(records, Relation.USES_DATA) == {
        ("HR helper", "acmemedia.sharepoint.com/sites/HR"),
        ("Travel desk", "www.example.com"),
        ("Night watch", "Tables"),
    }
    told = resources(records)
    assert (told["acmemedia.sharepoint.com/sites/HR"].type, told["www.example.com"].public) == ("SharePoint site", True)
    assert facts(records, "HR helper")["Knows from"] == "acmemedia.sharepoint.com/sites/HR, 1 file"


def test_what_is_reached_is_recognised(records: list[Record]):
    domains = {name: {domain.name for domain in classify(each).domains} for name, each in resources(records).items()}
    assert domains["SharePoint"] == {"files"}
    assert domains["acmemedia.sharepoint.com/sites/HR"] == {"files", "hr"}
    assert domains["Office 365 Outlook"] == {"mail"}
    assert "customer" in domains["Microsoft Dataverse"]
    assert "hr" in domains["Acme Payroll"]


def test_whom_agents_call_and_what_sets_them_off(records: list[Record]):
    assert links(records, Relation.CALLS) == {
        ("HR helper", "Create ticket"),
        ("Night watch", "HR helper"),
        ("Night watch", "agent acme_elsewhere"),
        ("Nightly", "Night watch"),
        ("Open door", "Create ticket"),
    }
    assert facts(records, "Night watch")["Starts by itself"].startswith("yes")


def test_what_isnt_understood_is_counted(records: list[Record]):
    assert facts(records, "Night watch")["Not understood"] == "3 pieces of its parts"
    assert "Not understood" not in facts(records, "HR helper")
    assert facts(records, "Broken") == {"Not understood": "its definition"}


# ── Flows ───────────────────────────────────────────────────────────────────────────────────────────────────────────


def test_flows_say_what_starts_them(records: list[Record]):
    told = {each.name: dict(each.facts).get("Started by") for each in records if isinstance(each, Workload)}
    assert {name: started for name, started in told.items() if started} == {
        "Create ticket": "an agent",
        "Nightly": "every day",
        "Open door": "a request from whoever has its address",
    }
    assert facts(records, "Open door")["Open to"] == "whoever has its address"
    assert "A copy" not in told


def test_flows_act_with_stored_connections_or_as_their_caller(records: list[Record]):
    assert links(records, Relation.RUNS_AS, "Create ticket") == {
        ("Create ticket", "ServiceNow connection of svc-copilot@acme-media.example")
    }
    assert links(records, Relation.RUNS_AS, "Nightly") == set()
    mail = may(records, "Nightly")["Office 365 Outlook"]
    assert (mail.actions, mail.access) == (("GetEmailsV3", "SendEmailV2"), Access.WRITE)
    assert "only with the rights of whoever starts it" in mail.conditions


def test_where_flows_send(records: list[Record]):
    assert {host: each.grade for host, each in egress(records, "Create ticket").items()} == {
        "api.example.net": Grade.GRANTED,
        "internet": Grade.UNKNOWN,
    }
