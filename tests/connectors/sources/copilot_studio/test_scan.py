"""Through the real door: what do scans of Power Platform leave in the inventory, and what do they leave alone?"""

from __future__ import annotations

from dataclasses import replace

import pytest
from bson import json_util
from pytest_django import Settings

from connectors import connect
from connectors.inventory.documents import collection
from connectors.inventory.models import Change, Coverage, Edge, Node
from connectors.models import Connection, Scan
from tenants.audit import WORKER
from tenants.models import Tenant
from tests.connectors.scanning import live, run_script
from tests.connectors.sources.copilot_studio.conftest import SETTINGS, Running
from tests.emulators.microsoft.powerplatform_acme import BOTS, CARE, DEFAULT_HOST, ESTATE, HOME

MAKER = "HR helper runs_as ServiceNow connection of svc-copilot@acme-media.example"


@pytest.fixture
def connection(tenant: Tenant, running: Running, settings: Settings) -> Connection:
    settings.AFTER_SCAN = "tests.connectors.scripted.evaluated"
    given = {name: value for name, value in SETTINGS.items() if name != "client_secret"}
    secret = {"client_secret": SETTINGS["client_secret"]}
    return connect.create(
        tenant=tenant,
        kind="copilot_studio",
        name="Copilot Studio",
        every_hours=0,
        settings=given,
        secret=secret,
        actor=WORKER,
    )


def test_a_scan_is_told_whole_and_another_one_changes_nothing(connection: Connection):
    first = run_script(connection)
    assert (first.state, first.error) == (Scan.State.COMPLETE, None)
    there = live(connection)
    assert {
        "HR helper",
        "Nightly",
        "SharePoint in Acme Media (default)",
        "HR helper egress hooks.mallory.example",
    } <= there
    assert MAKER in there
    before = Change.objects.of(connection.tenant).count()
    run_script(connection)
    assert live(connection) == there
    assert Change.objects.of(connection.tenant).count() == before


def test_what_left_is_gone_with_all_it_did(connection: Connection, running: Running, monkeypatch: pytest.MonkeyPatch):
    run_script(connection)
    home = replace(HOME, tables={**HOME.tables, "bots": BOTS[1:]})
    estate = replace(ESTATE, environments=[each for each in ESTATE.environments if each["name"] != CARE])
    monkeypatch.setattr(running.platform, "estate", replace(estate, contents={DEFAULT_HOST: home}.get))
    run_script(connection)
    there = live(connection)
    assert {"HR helper", "Care", "Customer Care", MAKER} & there == set()
    assert "Travel desk" in there
    gone = Coverage.objects.of(connection.tenant).filter(state=Coverage.GONE).values_list("scope", flat=True)
    assert f"copilot_studio:{CARE}:agents" in gone


@pytest.mark.parametrize("privilege", ["prvReadbot", "prvReadconnectionreference", "prvReadUser"])
def test_what_is_refused_stays(connection: Connection, running: Running, privilege: str):
    """But for the names in edges to owners, who can't be looked up."""
    run_script(connection)
    there = {each for each in live(connection) if " owns " not in each}
    running.weather.lacking[DEFAULT_HOST] = {privilege}
    assert run_script(connection).state == Scan.State.PARTIAL
    assert there <= live(connection)


def test_an_environment_that_keeps_us_out_loses_nothing(connection: Connection, running: Running):
    run_script(connection)
    there = live(connection)
    running.weather.strangers.add(DEFAULT_HOST)
    run_script(connection)
    assert live(connection) == there


def test_the_database_holds_no_text_of_an_agent_and_no_secret(connection: Connection):
    run_script(connection)
    for model in (Node, Edge, Change, Coverage):
        rows = json_util.dumps(list(collection(model).find({"tenant_id": connection.tenant_id})))
        assert rows != "[]" or model is Change
        assert "CANARY" not in rows
