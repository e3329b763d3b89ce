"""Through the real door: what do scans of Jira leave in the inventory, and what do they leave alone?"""

from __future__ import annotations

from dataclasses import replace

import pytest
from pytest_django import Settings

from connectors import connect
from connectors.inventory.models import Change, Edge, Node
from connectors.models import Connection, Scan
from tenants.audit import WORKER
from tenants.models import Tenant
from tests.connectors.scanning import coverage, live, run_script
from tests.connectors.sources.jira.conftest import basic
from tests.emulators.jira import Fault, JiraEmulator
from tests.emulators.jira.small_estate import ESTATE, LAMBDA

SECRET = ("api_token", "organization_key")


@pytest.fixture
def connection(tenant: Tenant, jira: JiraEmulator, settings: Settings) -> Connection:
    settings.AFTER_SCAN = "tests.connectors.scripted.evaluated"
    given = basic(jira)
    secret = {name: given.pop(name) for name in SECRET}
    return connect.create(
        tenant=tenant, kind="jira", name="Jira", every_hours=0, settings=given, secret=secret, actor=WORKER
    )


def keys(connection: Connection) -> set[str]:
    """What is there, by what doesn't change when a name does."""
    there = {"connection": connection, "gone_at": None}
    return {
        key
        for model in (Node, Edge)
        for key in model.objects.of(connection.tenant).filter(**there).values_list("key", flat=True)
    }


def test_a_scan_is_complete_and_another_one_changes_nothing(connection: Connection):
    first = run_script(connection)
    assert (first.state, first.error) == (Scan.State.COMPLETE, None)
    there = live(connection)
    assert {"Export customer tickets", "exporter", "Customer Support (CUST)"} <= there
    assert f"Export customer tickets egress {LAMBDA}" in there
    before = Change.objects.of(connection.tenant).count()
    assert run_script(connection).state == Scan.State.COMPLETE
    assert live(connection) == there
    assert Change.objects.of(connection.tenant).count() == before


def test_what_left_is_gone_and_what_was_refused_stays(
    connection: Connection, jira: JiraEmulator, monkeypatch: pytest.MonkeyPatch
):
    run_script(connection)
    monkeypatch.setattr(jira, "estate", replace(ESTATE, rules=ESTATE.rules[1:]))
    jira.faults.add(Fault(do="forbid", path="*/webhook"))
    assert run_script(connection).state == Scan.State.PARTIAL
    there = live(connection)
    assert "Export customer tickets" not in there
    assert "Everything" in there


def test_accounts_that_could_not_be_read_cost_nothing_that_was_known(connection: Connection, jira: JiraEmulator):
    """Who acts is known by an id alone then; what they hold stays."""
    run_script(connection)
    there = keys(connection)
    jira.faults.add(Fault(do="forbid", path="*users/search"))
    scan = run_script(connection)
    assert coverage(scan)[f"jira:{ESTATE.cloud}:accounts"] == "denied"
    assert keys(connection) >= there


def test_nothing_of_what_must_not_be_kept_is_in_the_database(connection: Connection):
    run_script(connection)
    rows = Node.objects.of(connection.tenant).values_list("data", "search")
    assert rows
    assert "canary" not in repr(list(rows)).lower()
