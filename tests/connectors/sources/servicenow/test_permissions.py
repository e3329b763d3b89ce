"""Does the source ask for what its one list says and nothing else, and does nothing secret get out?"""

from __future__ import annotations

import logging
import re
from pathlib import Path

import pytest

from connectors.sources import servicenow as package
from connectors.sources.servicenow import source
from connectors.sources.servicenow.permissions import PERMISSIONS, TABLES
from tests.connectors.sources.servicenow.conftest import BY_CLIENT, BY_PASSWORD, Pulling, ends, key
from tests.emulators.servicenow import ServiceNowEmulator, World
from tests.emulators.servicenow.schema import SCHEMAS

SETUP = (Path(package.__file__).parent / "SETUP.md").read_text(encoding="utf-8")
DECLARED = {(table.name, column) for table in TABLES for column in (*table.fields, *table.newer)}


def test_every_call_is_a_read_of_a_declared_column(pull: Pulling, servicenow: ServiceNowEmulator, world: World):
    bookmarks = {key(kind): end.bookmark for kind, end in ends(pull()).items() if end.bookmark}
    world.tick(60)
    pull(bookmarks=bookmarks)
    source.check(settings=BY_PASSWORD)
    calls = [each for each in servicenow.log.entries if each.table != "oauth_token"]
    assert {each.method for each in calls} == {"GET"}
    assert servicenow.log.asked() - {("oauth_token", "*")} <= DECLARED
    assert {each.table for each in calls} == {table.name for table in TABLES}, "what isn't read needs no permission"


def test_no_declared_column_is_one_that_nobody_may_keep():
    secret = {(table, column) for table, schema in SCHEMAS.items() for column in schema.secret}
    assert DECLARED & secret == set()


def test_every_declared_column_exists():
    known = {(table, column) for table, schema in SCHEMAS.items() for column in schema.all}
    assert DECLARED - known == set()


@pytest.mark.parametrize("settings", [BY_CLIENT, BY_PASSWORD], ids=["client", "password"])
def test_nothing_secret_gets_into_a_record_a_log_or_a_sentence(
    pull: Pulling, servicenow: ServiceNowEmulator, settings: dict[str, str], caplog: pytest.LogCaptureFixture
):
    caplog.set_level(logging.DEBUG)
    servicenow.faults.add(do="break", table="sys_script")
    servicenow.faults.add(do="cut", table="sysauto_script", every=2, times=1)
    records = pull(settings=settings)
    told = "\n".join([*map(repr, records), *map(repr, source.check(settings=settings)), caplog.text])
    assert "CANARY" not in told
    assert "svc.hr.export" in told


def test_every_permission_says_why():
    assert [each.name for each in PERMISSIONS if not each.why or not each.scope_kinds] == []


def test_the_setup_page_lists_the_tables_and_their_columns():
    printed = dict(re.findall(r"^\| `(\w+)` \| ([^|]+) \|", SETUP, re.MULTILINE))
    wanted = {table.name: ", ".join((*table.fields, *table.newer)) for table in TABLES}
    assert {name: columns.strip() for name, columns in printed.items()} == wanted


def test_the_setup_page_says_what_each_is_for():
    assert [table.name for table in TABLES if table.why not in SETUP] == []
