"""Is only what changed told where that is certain, and everything where it isn't?"""

from __future__ import annotations

from datetime import timedelta

import pytest

from connectors.inventory.records import Identity, Owner, Record, Removed, ScopeStarted, ScopeState, Workload
from tests.connectors.sources.servicenow.conftest import Pulling, ends, key, of
from tests.emulators.servicenow import ServiceNowEmulator, World, estate_running

PASTES = "new sn_ws.RESTMessageV2('Paste', 'Default GET').execute();"
KINDS = ("scheduled_jobs", "business_rules")


@pytest.fixture
def bookmarks(pull: Pulling, world: World, servicenow: ServiceNowEmulator) -> dict[str, str]:
    """What the reading of everything left, an hour ago; an hour after the estate was made."""
    world.tick(3_600)
    ended = ends(pull())
    found = {key(kind): ended[kind].bookmark or "" for kind in KINDS}
    world.tick(3_600)
    servicenow.log.clear()
    return found


def increments(records: list[Record]) -> set[str]:
    return {each.kind for each in of(records, ScopeStarted) if each.increment}


def rules(records: list[Record]) -> set[str]:
    return {each.name for each in of(records, Workload) if each.type == "Business rule"}


def removed(records: list[Record]) -> set[str]:
    return {each.id.rpartition("/")[2] for each in of(records, Removed)}


def test_nothing_changed_nothing_told(pull: Pulling, bookmarks: dict[str, str]):
    records = pull(bookmarks=bookmarks)
    assert increments(records) == set(KINDS)
    assert rules(records) == set()
    assert removed(records) == set()
    assert {ends(records)[kind].state for kind in KINDS} == {ScopeState.COMPLETE}


def test_the_texts_that_did_not_change_are_not_read_again(
    pull: Pulling, bookmarks: dict[str, str], servicenow: ServiceNowEmulator
):
    pull(bookmarks=bookmarks)
    read = [each for each in servicenow.log.entries if each.table == "sys_script" and "script" in (each.fields or ())]
    assert [each.query for each in read if "sys_updated_on>" not in each.query] == []


def test_who_is_named_by_what_did_not_change_is_still_told(pull: Pulling, bookmarks: dict[str, str]):
    records = pull(bookmarks=bookmarks)
    assert {each.name for each in of(records, Owner)} == {"Alice Acme", "Bob Berg", "Mallory Moss"}
    assert {"Bob Berg", "System"} <= {each.name for each in of(records, Identity)}


def test_new_and_changed_rules_are_told_and_one_that_calls_nobody_any_more_is_removed(
    pull: Pulling, bookmarks: dict[str, str], world: World
):
    estate_running.rule(world, "Fresh", "incident", PASTES)
    calmed = world.id_of("sys_script", name="Tell HR cases")
    world.change("sys_script", calmed, script="gs.info('quiet')")
    world.change("sys_script", world.id_of("sys_script", name="Set defaults"), script=PASTES)
    records = pull(bookmarks=bookmarks)
    assert increments(records) == set(KINDS)
    assert rules(records) == {"Fresh", "Set defaults"}
    assert removed(records) == {calmed}


def test_a_deleted_rule_is_removed(pull: Pulling, bookmarks: dict[str, str], world: World):
    gone = world.id_of("sys_script", name="Paste incidents")
    world.delete("sys_script", gone)
    records = pull(bookmarks=bookmarks)
    assert "business_rules" in increments(records)
    assert removed(records) == {gone}


def test_increments_follow_one_another(pull: Pulling, bookmarks: dict[str, str], world: World):
    gone = estate_running.rule(world, "Short-lived", "incident", PASTES)
    records = pull(bookmarks=bookmarks)
    second = {key(kind): ends(records)[kind].bookmark or "" for kind in KINDS}
    world.tick(3_600)
    world.delete("sys_script", gone)
    records = pull(bookmarks=second)
    assert increments(records) == set(KINDS)
    assert removed(records) == {gone}


def everything(records: list[Record]) -> bool:
    return "business_rules" not in increments(records) and "Sync people to Entra" in rules(records)


def test_a_deletion_without_a_trace_makes_everything_be_read(pull: Pulling, bookmarks: dict[str, str], world: World):
    world.unaudited = {"sys_script"}
    world.delete("sys_script", world.id_of("sys_script", name="Paste incidents"))
    records = pull(bookmarks=bookmarks)
    assert everything(records)
    assert "Paste incidents" not in rules(records)


@pytest.mark.parametrize("trouble", ["refused", "hidden", "absent"])
def test_deletions_that_cannot_be_read_make_everything_be_read(
    pull: Pulling, bookmarks: dict[str, str], world: World, trouble: str
):
    gone = estate_running.rule(world, "Gone", "incident", PASTES)
    world.delete("sys_script", gone)
    if trouble == "refused":
        world.refused = {"sys_audit_delete"}
    elif trouble == "hidden":
        world.hidden_rows["sys_audit_delete"] = set(world.tables["sys_audit_delete"].by_id)
    else:
        del world.tables["sys_audit_delete"]
    records = pull(bookmarks=bookmarks)
    assert everything(records)
    assert ends(records)["business_rules"].state is ScopeState.COMPLETE


def test_a_message_that_leads_elsewhere_makes_everything_be_read(
    pull: Pulling, bookmarks: dict[str, str], world: World
):
    message = world.id_of("sys_rest_message", name="Azure Graph")
    world.change("sys_rest_message", message, rest_endpoint="https://collect.example.net/users")
    records = pull(bookmarks=bookmarks)
    assert everything(records)


def test_after_a_week_everything_is_read(pull: Pulling, bookmarks: dict[str, str], world: World):
    world.tick(timedelta(days=7).total_seconds())
    assert everything(pull(bookmarks=bookmarks))


def test_a_bookmark_of_another_release_is_no_bookmark(pull: Pulling):
    assert everything(pull(bookmarks={key(kind): "2026-01-01" for kind in KINDS}))
