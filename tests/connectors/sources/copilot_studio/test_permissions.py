"""Does the source ask for what it declares, and for nothing else; and do its columns exist?"""

from __future__ import annotations

import re
from pathlib import Path

import pytest

from connectors.sources import copilot_studio as package
from connectors.sources.copilot_studio.limits import LIMITS
from connectors.sources.copilot_studio.permissions import CALLS, ENVIRONMENT_KINDS, GRANTS, PERMISSIONS, Call
from tests.connectors.sources.copilot_studio.conftest import SETTINGS, Running, read
from tests.emulators.microsoft.log import Entry
from tests.emulators.microsoft.powerplatform_acme import DEFAULT_HOST
from tests.emulators.microsoft.powerplatform_columns import COLUMNS, COMMON, PRIVILEGES

SETUP = (Path(package.__file__).parent / "SETUP.md").read_text(encoding="utf-8")
KINDS = {"environments", "policies", *ENVIRONMENT_KINDS}
TABLES = [call for call in CALLS if call.path.rpartition("/")[2] in COLUMNS]


def declared(entry: Entry) -> set[Call]:
    """The calls of the list that this one may be."""
    path = re.sub(r"^/[^/]+\.dynamics\.com(?=/)", "", entry.path)
    return {call for call in CALLS if re.fullmatch(re.sub(r"\\\{\w+\\\}", "[^/]+", re.escape(call.path)), path)}


def test_every_call_made_is_declared_and_reads(running: Running):
    read()
    read({**SETTINGS, "environments": [f"https://{DEFAULT_HOST}"]})
    package.source.check(settings=SETTINGS)
    entries = [entry for entry in running.microsoft.log.entries if entry.part == "powerplatform"]
    assert [entry for entry in entries if not declared(entry) or entry.method != "GET"] == []
    assert {call for entry in entries for call in declared(entry)} == set(CALLS)


def test_only_the_sign_in_is_a_post(running: Running):
    read()
    posted = {entry.path for entry in running.microsoft.log.entries if entry.method != "GET"}
    assert posted == {f"/{SETTINGS['tenant']}/oauth2/v2.0/token"}


@pytest.mark.parametrize("call", TABLES, ids=lambda call: f"{call.path.rpartition('/')[2]} {call.needs}")
def test_the_columns_are_those_of_microsofts_reference(call: Call):
    table = call.path.rpartition("/")[2]
    tested = re.findall(r"(\w+) (?:eq|ne)", call.params.get("$filter", ""))
    assert {*call.params["$select"].split(","), *tested} <= COLUMNS[table] | COMMON
    assert call.needs == PRIVILEGES[table]


@pytest.mark.parametrize("column", ["description", "content", "iconbase64", "applicationmanifestinformation", "value"])
def test_columns_of_nothing_but_text_are_never_asked_for(column: str):
    selected = {each for call in CALLS for each in call.params.get("$select", "").split(",")}
    assert column not in selected


def test_every_call_needs_something_that_is_explained():
    names = {grant.name for grant in GRANTS}
    assert {call.needs for call in CALLS} <= names
    assert [call.path for call in CALLS if not set(call.kinds) <= KINDS] == []


def test_every_permission_says_why_and_what_goes_blind():
    assert [each.name for each in PERMISSIONS if not each.why or not set(each.scope_kinds) <= KINDS] == []
    assert len({each.name for each in PERMISSIONS}) == len(PERMISSIONS)


def test_what_is_refused_is_blind_where_its_permission_says(running: Running):
    for grant in GRANTS:
        if grant.table:
            running.weather.lacking[DEFAULT_HOST] = {grant.name}
            ended = [each for each in read() if grant.name in getattr(each, "missing", ())]
            assert {each.scope.rpartition(":")[2] for each in ended} <= set(grant.kinds)


def test_the_setup_page_lists_them_all():
    for grant in GRANTS:
        table = grant.table or "–"
        needed = "optional" if grant.optional else "yes"
        assert f"| `{grant.name}` | {table} | {needed} | {grant.why} |" in SETUP


def test_the_setup_page_says_what_no_interface_tells():
    for limit in LIMITS:
        assert f"- {limit}" in SETUP
