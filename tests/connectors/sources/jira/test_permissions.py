"""Does the source ask for what it declares, as Atlassian describes it, and for nothing else?"""

from __future__ import annotations

import re
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest

from connectors.sources import jira as package
from connectors.sources.jira.blind_spots import BLIND_SPOTS
from connectors.sources.jira.permissions import CALLS, LABELS, PERMISSIONS, Call
from tests.connectors.sources.jira.conftest import basic, oauth, read
from tests.emulators.jira import JiraEmulator, description
from tests.emulators.jira.log import Entry

SETUP = (Path(package.__file__).parent / "SETUP.md").read_text(encoding="utf-8")
DESCRIBED = [call for call in CALLS if call.path.startswith(description.PREFIX)]
TOKEN = ("POST", "auth.atlassian.com", "/oauth/token")


def asked_path(call: Call) -> str:
    """A path with something in its places."""
    return re.sub(r"\{\w+\}", "1", call.path)


def declared(entry: Entry) -> Call | None:
    """The call of the list that this one is."""
    for call in CALLS:
        path = re.sub(r"\\\{\w+\\\}", "[^/]+", re.escape(call.path))
        if entry.method == call.method and re.fullmatch(
            rf"(/ex/jira/[^/]+|/automation/public/jira/[^/]+)?{path}", entry.path
        ):
            return call
    return None


@pytest.mark.parametrize("call", DESCRIBED, ids=lambda call: call.path)
def test_the_scopes_are_those_of_atlassians_description(call: Call):
    assert frozenset(call.scopes) == description.scopes(call.method, asked_path(call))


@pytest.mark.parametrize("call", DESCRIBED, ids=lambda call: call.path)
def test_who_may_ask_without_signing_in_is_as_described(call: Call):
    assert call.anonymous == description.anonymous(call.method, asked_path(call))


def test_every_scope_only_reads():
    scopes = {scope for call in CALLS for scope in call.scopes}
    assert [scope for scope in scopes if not scope.startswith("read:")] == []
    assert {call.path for call in CALLS if call.method != "GET"} == {"/rest/api/3/permissions/check"}


@pytest.mark.parametrize("settings", [basic, oauth])
def test_every_call_made_is_declared(jira: JiraEmulator, settings: Callable[[JiraEmulator], dict[str, Any]]):
    read(settings(jira))
    package.source.check(settings=settings(jira))
    strange = [
        entry
        for entry in jira.log.entries
        if declared(entry) is None and (entry.method, entry.host, entry.path) != TOKEN
    ]
    assert strange == []


def test_every_declared_call_is_made(jira: JiraEmulator):
    read(basic(jira))
    assert {declared(entry) for entry in jira.log.entries} == set(CALLS)


def test_every_permission_says_why_and_what_goes_blind():
    assert [each.name for each in PERMISSIONS if not each.why or not set(each.scope_kinds) <= set(LABELS)] == []
    assert len({each.name for each in PERMISSIONS}) == len(PERMISSIONS)


def test_the_setup_page_lists_them_all():
    for permission in PERMISSIONS:
        assert f"| `{permission.name}` | {permission.why} |" in SETUP
    assert set(re.findall(r"`((?:read|manage|write):[a-z:.-]+)`", SETUP)) == {
        permission.name for permission in PERMISSIONS if ":" in permission.name
    }


def test_the_setup_page_says_what_no_api_tells():
    for spot in BLIND_SPOTS:
        assert f"- {spot}" in SETUP


def test_the_blind_spots_are_sentences():
    assert [spot for spot in BLIND_SPOTS if not spot.endswith(".")] == []
