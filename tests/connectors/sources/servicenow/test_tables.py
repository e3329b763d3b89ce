"""Is a table read whole while others write to it, and is it noticed when the instance holds something back?"""

from __future__ import annotations

import pytest

from connectors.inventory.records import Identity, Link, Record, Relation, ScopeState, Workload
from connectors.source import ErrorKind
from connectors.sources.servicenow import accounts, tables
from connectors.sources.servicenow.permissions import RULES
from tests.connectors.sources.servicenow.conftest import Pulling, ends, of
from tests.emulators.servicenow import ServiceNowEmulator, World, estate_access, estate_running
from tests.emulators.servicenow.world import made_id

PASTES = "new sn_ws.RESTMessageV2('Paste', 'Default GET').execute();"


def many(world: World, number: int) -> dict[str, str]:
    """Name → sys_id of so many rules that call out."""
    return {
        f"Rule {each}": estate_running.rule(world, f"Rule {each}", "incident", PASTES, by="alice")
        for each in range(number)
    }


def told(records: list[Record]) -> set[str]:
    return {each.name for each in of(records, Workload) if each.type == "Business rule"}


def test_pages_join_without_a_gap_or_a_repetition(pull: Pulling, world: World):
    rules = many(world, 40)
    found = [each.name for each in of(pull(), Workload) if each.name in rules]
    assert sorted(found) == sorted(rules)


def test_rows_that_are_made_and_deleted_meanwhile_lose_no_other(pull: Pulling, world: World):
    rules = many(world, 30)
    order = sorted(rules, key=lambda name: rules[name])
    busy = iter(range(1_000))

    def write(table: str) -> None:
        """Between two pages: a row goes from those already read, which moves an offset, and one comes anywhere."""
        number = next(busy)
        if table == "sys_script" and number < 200 and order and len(order) > 20:
            world.delete("sys_script", rules[order.pop(0)])
            estate_running.rule(world, f"New {number}", "incident", "gs.info('quiet')")

    world.between.append(write)
    records = pull()
    assert ends(records)["business_rules"].state is ScopeState.COMPLETE
    assert told(records) >= set(order[3:]), "each that was there throughout"


@pytest.mark.parametrize("hidden", ["some", "first", "last", "a page in the middle", "all but one"])
def test_hidden_rows_make_the_scope_incomplete_and_hide_no_other_row(pull: Pulling, world: World, hidden: str):
    rules = many(world, 20)
    order = sorted(world.tables["sys_script"].by_id)
    chosen = {
        "some": order[1::4],
        "first": order[:5],
        "last": order[-5:],
        "a page in the middle": order[6:14],
        "all but one": order[1:],
    }[hidden]
    world.hidden_rows["sys_script"] = set(chosen)
    records = pull()
    end = ends(records)["business_rules"]
    assert (end.state, end.missing, end.error_kind) == (ScopeState.DENIED, ("sys_script:read",), ErrorKind.CONFIG)
    assert f"{len(chosen)} rows of sys_script are hidden" in (end.error or "")
    assert told(records) >= {name for name, sys_id in rules.items() if sys_id not in chosen}
    assert ends(records)["flows"].state is ScopeState.COMPLETE


def test_a_table_that_is_never_empty_and_shows_nothing_is_hidden(pull: Pulling, world: World):
    world.tables["sys_script"].by_id.clear()
    end = ends(pull())["business_rules"]
    assert (end.state, end.missing) == (ScopeState.DENIED, ("sys_script:read",))


def test_a_table_that_may_be_empty_is_just_empty(pull: Pulling, world: World):
    world.tables["ecc_agent"].by_id.clear()
    assert ends(pull())["mid_servers"].state is ScopeState.COMPLETE


def test_a_hidden_column_is_a_gap_that_is_named_and_says_nothing(pull: Pulling, world: World):
    world.hidden_columns["sys_user"] = {"last_login_time", "active"}
    records = pull()
    end = ends(records)["accounts"]
    assert end.state is ScopeState.DENIED
    assert end.missing == ("sys_user.active:read", "sys_user.last_login_time:read")
    (account,) = [each for each in of(records, Identity) if each.name == "svc.hr.export"]
    assert (account.enabled, account.last_used_at) == (None, None)


def test_a_hidden_script_leaves_the_job_told_and_the_scope_incomplete(pull: Pulling, world: World):
    world.hidden_columns["sysauto_script"] = {"script", "run_as"}
    records = pull()
    assert ends(records)["scheduled_jobs"].missing == ("sysauto_script.run_as:read", "sysauto_script.script:read")
    jobs = {each.name for each in of(records, Workload) if each.type == "Scheduled job"}
    assert jobs == {"Nightly HR export", "Clean up", "Weekly figures", "Mail figures", "Orphan"}
    runs_as = [each for each in of(records, Link) if each.via == "run as" and "/sysauto_script/" in each.source.id]
    assert runs_as == [], "a hidden account is not the system"


def test_a_job_whose_kind_is_hidden_is_not_told_twice(pull: Pulling, world: World):
    world.older["sysauto"] = {"sys_class_name"}  # an unknown column makes a condition on it count for nothing
    records = pull()
    assert ends(records)["schedules"].missing == ("sysauto.sys_class_name:read",)
    assert [each.name for each in of(records, Workload)].count("Clean up") == 1


def test_a_column_of_a_newer_release_is_no_gap(pull: Pulling, world: World):
    world.older["sys_user"] = {"identity_type", "last_password"}
    records = pull()
    assert ends(records)["accounts"].state is ScopeState.COMPLETE
    names = {each.name for each in of(records, Identity) if each.scope.endswith(":accounts")}
    assert names == {"svc.hr.export", "svc.jira.sync", "svc.legacy", "sv0.reader"}
    assert "mid.fra" in {each.name for each in of(records, Identity)}, "the MID server names it"


def test_a_refused_table_ends_its_scope_and_leaves_the_others(pull: Pulling, world: World):
    world.refused = {"sys_hub_flow"}
    found = ends(pull())
    assert (found["flows"].state, found["flows"].missing) == (ScopeState.DENIED, ("sys_hub_flow:read",))
    assert found["business_rules"].state is ScopeState.COMPLETE
    assert found["referenced"].state is ScopeState.FAILED, "the flows may name others"


@pytest.mark.parametrize(
    ("table", "kind"),
    [
        ("sys_security_acl_role", "access"),
        ("oauth_entity_profile", "credentials"),
        ("sys_alias", "outbound"),
        ("sys_ws_definition", "rest_apis"),
        ("sys_scope", "flows"),
        ("sn_aia_tool", "ai_agents"),
    ],
)
def test_a_refused_table_that_rows_lead_to_is_blamed_itself(pull: Pulling, world: World, table: str, kind: str):
    world.refused = {table}
    assert ends(pull())[kind].missing == (f"{table}:read",)


def test_what_builds_on_a_refused_table_is_not_certain(pull: Pulling, world: World):
    world.refused = {"sys_rest_message"}
    found = ends(pull())
    assert found["outbound"].state is ScopeState.DENIED
    for kind in ("business_rules", "scheduled_jobs", "script_includes", "rest_apis"):
        assert found[kind].state is ScopeState.FAILED
        assert found[kind].bookmark is None or found[kind].state is not ScopeState.COMPLETE


def test_a_plugin_that_is_not_there_is_passed_over(pull: Pulling, world: World):
    for table in ("sn_aia_agent", "sn_aia_agent_config", "sn_aia_agent_tool_m2m", "sn_aia_tool"):
        del world.tables[table]
    found = ends(pull())
    assert found["ai_agents"].state is ScopeState.SKIPPED
    assert found["referenced"].state is ScopeState.COMPLETE


@pytest.mark.parametrize("plugin", ["http_connection", "sys_soap_message", "oauth_2_0_credentials"])
def test_a_plugin_that_brings_a_part_leaves_the_rest_whole(pull: Pulling, world: World, plugin: str):
    del world.tables[plugin]
    found = ends(pull())
    assert {kind: end.state for kind, end in found.items() if end.state is not ScopeState.COMPLETE} == {}


def test_an_instance_that_ignores_a_condition_gives_no_person_away_as_a_machine(
    pull: Pulling, world: World, monkeypatch
):
    monkeypatch.setattr(accounts, "FLAGGED", "not_a_column=true")
    world.older["sys_user"] = {"identity_type"}
    names = {each.name for each in of(pull(), Identity) if each.scope.endswith(":accounts")}
    assert names == {"svc.hr.export", "svc.jira.sync", "svc.legacy", "sv0.reader"}


@pytest.mark.parametrize(("user_id", "maker"), [("alice", "ALICE"), ("Alice", "alice")])
def test_people_are_found_by_their_user_id_whatever_its_case(pull: Pulling, world: World, user_id: str, maker: str):
    world.change("sys_user", world.id_of("sys_user", user_name="alice"), user_name=user_id)
    estate_running.rule(world, "Shouting", "incident", PASTES, by=maker)
    owns = [each for each in of(pull(), Link) if each.target.name == "Shouting" and each.relation is Relation.OWNS]
    assert [each.source.name for each in owns] == ["Alice Acme"]


def test_an_account_that_is_hidden_is_not_said_to_be_gone(pull: Pulling, world: World):
    world.hidden_rows["sys_user"] = {world.id_of("sys_user", user_name="bob")}
    facts = {each.name: dict(each.facts) for each in of(pull(), Workload)}
    assert "Runs as" not in facts["Weekly figures"]


def test_an_instance_that_runs_out_of_time_is_asked_for_less(
    pull: Pulling, servicenow: ServiceNowEmulator, world: World
):
    rules = many(world, 60)
    servicenow.page_cap = None
    servicenow.faults.add(do="embed", table="sys_script", above=40)
    records = pull()
    assert ends(records)["business_rules"].state is ScopeState.COMPLETE
    assert told(records) >= set(rules)


def test_an_instance_that_never_gets_done_is_no_whole_answer(pull: Pulling, servicenow: ServiceNowEmulator):
    servicenow.faults.add(do="embed", table="sys_script", above=1)
    end = ends(pull())["business_rules"]
    assert (end.state, end.error_kind) == (ScopeState.FAILED, ErrorKind.TRANSIENT)


def test_an_instance_that_ignores_the_key_is_not_read_for_ever(pull: Pulling, world: World, monkeypatch):
    monkeypatch.setattr(tables, "_asked", _without_the_key(tables._asked))
    many(world, 10)
    end = ends(pull())["business_rules"]
    assert end.state is ScopeState.FAILED


def _without_the_key(ask):
    def asked(fields, query, **how):
        return ask(fields, query, **{**how, "behind": ""})

    return asked


def test_accounts_by_the_hundred_are_asked_for_in_parts(pull: Pulling, servicenow: ServiceNowEmulator, world: World):
    servicenow.page_cap = None
    for number in range(230):
        estate_access.holds(world, estate_access.account(world, f"svc.{number}"), "itil")
    records = pull()
    assert len([each for each in of(records, Identity) if each.scope.endswith(":accounts")]) == 236
    asked = [each.query for each in servicenow.log.entries if each.table == "sys_user_has_role"]
    assert max(query.count(",") for query in asked) < 100
    assert len(asked) < 12


def test_the_order_of_pages_is_by_key_and_never_by_offset(pull: Pulling, servicenow: ServiceNowEmulator, world: World):
    many(world, 10)
    pull()
    queries = [each.query for each in servicenow.log.entries if each.table == RULES.name]
    assert all("ORDERBYsys_id" in query for query in queries)
    assert sum("sys_id>" in query for query in queries) > 3
    assert made_id("sys_script", "Rule 1") not in queries[0]
