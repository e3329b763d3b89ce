"""What do scans of an instance leave in the inventory: nothing lost, nothing told as gone that is there?"""

from __future__ import annotations

import pytest
from pytest_django import Settings

from connectors.models import Connection, Scan
from tenants.models import Tenant
from tests.connectors.scanning import changes, live, run_script
from tests.connectors.sources.servicenow.conftest import BY_CLIENT
from tests.emulators.servicenow import ServiceNowEmulator, World, estate_running
from tests.factories import make_connection

PASTES = "new sn_ws.RESTMessageV2('Paste', 'Default GET').execute();"


@pytest.fixture
def acme(tenant: Tenant, servicenow: ServiceNowEmulator, world: World, settings: Settings) -> Connection:
    """A connection to the small estate, made an hour after it."""
    settings.AFTER_SCAN = "tests.connectors.scripted.evaluated"
    servicenow.page_cap = None
    world.tick(3_600)
    return make_connection(tenant, kind="servicenow", name="ServiceNow", settings=BY_CLIENT)


def test_a_second_scan_changes_nothing(acme: Connection, world: World):
    assert run_script(acme).state == Scan.State.COMPLETE
    found = live(acme)
    world.tick(3_600)
    assert run_script(acme).state == Scan.State.COMPLETE
    assert live(acme) == found
    assert changes(acme) == []


def test_what_is_hidden_is_not_told_as_gone(acme: Connection, world: World):
    run_script(acme)
    found = live(acme)
    world.hidden_rows["sys_script"] = {world.id_of("sys_script", name="Paste incidents")}
    world.hidden_rows["sys_user"] = {world.id_of("sys_user", user_name="svc.jira.sync")}
    world.refused = {"sn_aia_agent", "sys_hub_flow"}
    world.tick(8 * 86_400)
    assert run_script(acme).state == Scan.State.PARTIAL
    assert found <= live(acme)


def test_an_increment_takes_out_what_was_deleted_and_keeps_what_was_not_read(acme: Connection, world: World):
    run_script(acme)
    found = live(acme)
    world.delete("sys_script", world.id_of("sys_script", name="Paste incidents"))
    estate_running.rule(world, "Fresh", "incident", PASTES)
    world.tick(60)
    assert run_script(acme).state == Scan.State.COMPLETE
    now = live(acme)
    assert found - now == {each for each in found if "Paste incidents" in each}
    assert {"Fresh", "Sync people to Entra", "Bob Berg"} <= now
