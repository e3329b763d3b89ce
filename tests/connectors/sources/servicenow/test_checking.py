"""Does "Test connection" find each thing that can be wrong, and name what is missing?"""

from __future__ import annotations

import pytest

from connectors.source import Check
from connectors.sources.servicenow import source
from tests.connectors.sources.servicenow.conftest import BY_CLIENT, BY_PASSWORD
from tests.emulators.servicenow import ServiceNowEmulator, World, estate_access


def checks(**changed: object) -> dict[str, Check]:
    return {each.label: each for each in source.check(settings={**BY_CLIENT, **changed})}


def test_what_is_right_is_said_to_be(servicenow: ServiceNowEmulator):
    found = checks()
    assert {label for label, each in found.items() if each.ok is not True} == set()
    assert found["Sign-in"].detail.startswith("sv0 signs in to acme.service-now.com as the OAuth client")


def test_a_wrong_secret_is_found_and_the_rest_not_tried(servicenow: ServiceNowEmulator):
    found = checks(client_secret="wrong")
    assert [(each.label, each.ok) for each in found.values()] == [("Sign-in", False), ("Tables", None)]


def test_wrong_settings_are_found_before_anything_is_sent(servicenow: ServiceNowEmulator):
    found = checks(address="acme")
    assert [(each.label, each.ok) for each in found.values()] == [("Settings", False)]
    assert servicenow.log.entries == []


def test_a_refused_table_is_named(servicenow: ServiceNowEmulator, world: World):
    world.refused = {"oauth_entity", "sys_hub_flow"}
    found = checks()
    assert found["OAuth clients and credentials"].missing == ("oauth_entity:read",)
    assert found["Flows"].missing == ("sys_hub_flow:read",)
    assert found["Business rules"].ok is True


def test_hidden_columns_and_tables_are_named(servicenow: ServiceNowEmulator, world: World):
    world.hidden_columns["sys_user"] = {"email"}
    world.hidden_rows["sysauto_script"] = set(world.tables["sysauto_script"].by_id)
    found = checks()
    assert found["Integration accounts"].missing == ("sys_user.email:read",)
    assert found["Scheduled jobs"].missing == ("sysauto_script:read",)


def test_a_plugin_that_is_not_there_is_nothing_wrong(servicenow: ServiceNowEmulator, world: World):
    for table in ("sn_aia_agent", "sn_aia_agent_config", "sn_aia_agent_tool_m2m", "sn_aia_tool"):
        del world.tables[table]
    assert checks()["AI agents"].ok is True


@pytest.mark.parametrize("settings", [BY_CLIENT, BY_PASSWORD], ids=["client", "password"])
def test_an_account_that_could_do_harm_is_told_of(servicenow: ServiceNowEmulator, world: World, settings):
    estate_access.holds(world, world.id_of("sys_user", user_name="sv0.reader"), "admin")
    found = checks(**settings)["Least privilege"]
    assert found.ok is False
    assert "admin" in found.detail


def test_an_instance_that_sleeps_is_said_to(servicenow: ServiceNowEmulator):
    servicenow.faults.add(do="hibernate", table="sys_*")
    assert "hibernating" in checks()["Sign-in"].detail
