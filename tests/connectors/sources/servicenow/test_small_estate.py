"""Does the source find what the small estate's author says is true of it?"""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterator
from typing import Any

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
    Usage,
    Workload,
)
from connectors.source import Pull
from connectors.sources.servicenow import source
from tests.connectors.sources.servicenow.conftest import BY_CLIENT, ends, of
from tests.emulators.servicenow import ServiceNowEmulator, small_estate
from tests.emulators.servicenow.ids import ENTRA_SYNC, EXPORT_EMAIL, JIRA_SYNC_EMAIL, REPORTING
from tests.emulators.servicenow.small_estate import GROUND_TRUTH as TRUTH
from tests.emulators.servicenow.small_estate import HOST


@pytest.fixture(scope="module")
def records() -> Iterator[list[Record]]:
    """One reading of everything, shared by tests that only look."""
    world = small_estate.world()
    with ServiceNowEmulator(world, page_cap=3) as emulator, pytest.MonkeyPatch.context() as patch:
        patch.setenv("SV0_ENDPOINT_SERVICENOW", emulator.url)
        yield list(source.pull(Pull(settings=BY_CLIENT, now=world.now)))


def named(records: list[Record], kind: type, name: str) -> list[Any]:
    return [each for each in of(records, kind) if each.name == name]


def by_name(edges: list[Any]) -> dict[str, frozenset[str]]:
    found: dict[str, set[str]] = {}
    for edge in edges:
        target = edge.destination if isinstance(edge, Egress) else edge.target.name
        found.setdefault(edge.source.name, set()).add(target)
    return {name: frozenset(targets) for name, targets in found.items()}


def test_every_scope_is_complete(records):
    assert {kind: end.state for kind, end in ends(records).items() if end.state is not ScopeState.COMPLETE} == {}


def test_every_scope_is_started_once_ended_once_and_holds_its_records(records):
    open_: set[str] = set()
    for record in records:
        if isinstance(record, ScopeStarted):
            assert record.scope not in open_
            open_.add(record.scope)
        elif isinstance(record, ScopeEnded):
            open_.remove(record.scope)
        else:
            assert record.scope in open_
    assert open_ == set()


def test_every_object_is_told_once_and_every_edge_too(records):
    objects = Counter(each.id for each in records if isinstance(each, Workload | Identity | Resource | Owner))
    assert [id_ for id_, times in objects.items() if times > 1] == []
    edges = Counter(
        (type(each).__name__, getattr(each, "relation", None), each.source.id, each.target.id, each.via)
        for each in (*of(records, Link), *of(records, Permission))
    )
    assert [edge for edge, times in edges.items() if times > 1] == []
    sent = Counter((each.source.id, each.destination) for each in of(records, Egress))
    assert [edge for edge, times in sent.items() if times > 1] == []


def test_accounts_that_are_not_peoples_are_found_and_the_others_only_where_they_are_named(records):
    accounts = {each.name: each for each in of(records, Identity) if "/sys_user/" in each.id}
    assert {name for name, each in accounts.items() if each.scope.endswith(":accounts")} == TRUTH.accounts
    assert {name for name, each in accounts.items() if each.scope.endswith(":referenced")} == TRUTH.named
    assert accounts["svc.hr.export"].human is False
    assert accounts["svc.hr.export"].usage is Usage.USED
    assert accounts["Bob Berg"].human is True
    assert accounts["Bob Berg"].enabled is False
    assert accounts["svc.legacy"].enabled is False
    assert accounts["svc.legacy"].usage is Usage.UNKNOWN, "no login is told: that isn't never"
    assert accounts["System"].provider_managed


def test_workloads_run_as_whom_the_author_says_here_and_elsewhere(records):
    links = [each for each in of(records, Link) if each.relation is Relation.RUNS_AS]
    assert by_name(links) == TRUTH.runs_as


def test_data_goes_where_the_author_says_and_for_sure_only_where_it_is_sure(records):
    sent = of(records, Egress)
    assert by_name([each for each in sent if each.grade is Grade.GRANTED]) == TRUTH.sends
    assert by_name([each for each in sent if each.grade is not Grade.GRANTED]) == TRUTH.may_send


def test_scripts_that_call_nobody_are_not_told(records):
    assert {each.name for each in of(records, Workload)} & TRUTH.quiet == set()


def test_contained_and_groups_roles_are_resolved_with_their_reason(records):
    held = {
        (each.source.name, each.target.name): each.via
        for each in of(records, Permission)
        if "/sys_user_role/" in each.target.id and each.target.id.count("/") == 3
    }
    assert held["svc.hr.export", "sn_hr_core.admin"] == "role sn_hr_core.admin, granted directly"
    told = "role sn_hr_core.case_reader, included in sn_hr_core.admin"
    assert held["svc.hr.export", "sn_hr_core.case_reader"] == told
    assert held["svc.jira.sync", "itil"] == "role itil, from the group Integrations"


def test_administrators_hold_the_instance(records):
    admins = {
        each.source.name
        for each in of(records, Permission)
        if each.access is Access.ADMIN and each.target.id == f"servicenow/{HOST}"
    }
    assert admins == TRUTH.administrators


def test_elevated_roles_are_conditional(records):
    (elevated,) = [each for each in of(records, Permission) if each.target.name == "security_admin"]
    assert elevated.grade is Grade.CONDITIONAL


def test_roles_open_tables_as_far_as_their_controls_show(records):
    opened = {
        (each.source.name, each.target.name): each.grade
        for each in of(records, Link)
        if each.relation is Relation.CONTAINS and each.source.id != f"servicenow/{HOST}"
    }
    assert opened == {
        ("tables that itil may read", "incident"): Grade.GRANTED,
        ("tables that itil may change", "incident"): Grade.GRANTED,
        ("tables that itil may read", "customer_account"): Grade.CONDITIONAL,
        ("tables that sn_hr_core.case_reader may read", "sn_hr_core_case"): Grade.GRANTED,
        ("tables that sn_hr_core.admin may change", "sn_hr_core_case"): Grade.GRANTED,
        ("tables that x_sv0.reader may read", "sys_user"): Grade.GRANTED,
    }


def test_administrators_reach_a_table_unless_its_controls_say_otherwise(records):
    reached = {
        each.target.name: each.grade
        for each in of(records, Link)
        if each.relation is Relation.CONTAINS and each.source.id == f"servicenow/{HOST}"
    }
    assert reached["incident"] is Grade.GRANTED
    assert reached["sn_hr_core_case"] is Grade.CONDITIONAL


def test_tables_are_classified_by_what_they_are_called(records):
    domains = {each.name: {domain.name for domain in classify(each).domains} for each in of(records, Resource)}
    assert domains["sn_hr_core_case"] == {"hr"}
    assert domains["customer_account"] == {"customer"}
    assert domains["sys_user"] == {"directory"}
    assert domains["incident"] == set()
    assert domains["tables that sn_hr_core.admin may change"] == set(), "a set holds nothing itself"


def test_an_oauth_client_acts_as_its_user_and_is_known_elsewhere_by_its_client_id(records):
    (client,) = named(records, Identity, "Reporting gateway")
    assert [(each.kind, each.value) for each in client.aliases] == [(AliasKind.CLIENT_ID, REPORTING)]
    tokens = {each.kind: each.expires_at for each in client.credentials}
    assert tokens["client secret"] is None, "the instance doesn't say: that isn't never"
    assert f"{tokens['token']:%Y-%m-%d}" == "2027-02-12"
    (acts_as,) = [each for each in of(records, Link) if each.relation is Relation.CAN_ASSUME]
    assert (acts_as.source.name, acts_as.target.name) == ("Reporting gateway", "svc.hr.export")
    (outward,) = named(records, Identity, "Entra ID")
    assert [each.value for each in outward.aliases] == [ENTRA_SYNC]


def test_accounts_are_known_elsewhere_by_their_e_mail_address(records):
    emails = {each.name: each.aliases[0].value for each in of(records, Identity) if each.aliases}
    assert emails["svc.hr.export"] == EXPORT_EMAIL
    assert emails[f"{JIRA_SYNC_EMAIL} (Jira API token)"] == JIRA_SYNC_EMAIL


def test_inbound_apis_say_whether_they_ask_who_calls(records):
    apis = [each for each in of(records, Workload) if each.type == "Scripted REST API"]
    open_ = {each.name for each in apis if dict(each.facts)["Authentication"].startswith("not required")}
    assert {each.name for each in apis} == {"Orders: create order", "Hooks: receive"}
    assert open_ == TRUTH.unauthenticated


def test_agents_use_tools_which_set_flows_going(records):
    calls = {
        (each.source.name, each.target.name): each.via for each in of(records, Link) if each.relation is Relation.CALLS
    }
    assert calls["Helpdesk helper", "Escalate to Jira"] == "tool, used on its own"
    assert calls["Helpdesk helper", "Disable account"] == "tool, used when a person agrees"
    assert calls["Escalate to Jira", "Sync incidents to Jira"] == "what the tool sets going"
    assert ("Sync incidents to Jira", "Jira sandbox connection") not in calls, "it is switched off"


def test_a_script_names_the_table_that_starts_it_and_those_it_reads(records):
    used = by_name([each for each in of(records, Link) if each.relation is Relation.USES_DATA])
    assert used["Nightly HR export"] == {"sn_hr_core_case"}
    assert used["Sync people to Entra"] == {"sys_user"}


def test_owners_are_who_made_a_thing_and_whether_they_are_still_there(records):
    owners = {each.name: each.active for each in of(records, Owner)}
    assert owners == {"Alice Acme": True, "Bob Berg": False, "Mallory Moss": True}
    owned = by_name([each for each in of(records, Link) if each.relation is Relation.OWNS])
    assert "Weekly figures" in owned["Bob Berg"]
    assert "Clean up" not in {name for names in owned.values() for name in names}, "the vendor's account owns nothing"


def test_what_is_odd_is_said(records):
    facts = {each.name: dict(each.facts) for each in of(records, Workload)}
    assert facts["Nightly HR export"]["Password in its text"] == "yes"
    assert facts["Orphan"]["Runs as"] == "an account that isn't there any more"
