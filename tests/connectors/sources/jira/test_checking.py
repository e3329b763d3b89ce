"""Does "Test connection" name what is wrong, one row for each thing?"""

from __future__ import annotations

from dataclasses import replace

import pytest

from connectors.source import Check
from connectors.sources.jira import source
from connectors.sources.jira.permissions import CALLS
from tests.connectors.sources.jira.conftest import basic, oauth
from tests.emulators.jira import Fault, JiraEmulator
from tests.emulators.jira.small_estate import ESTATE


def rows(settings: dict[str, object]) -> dict[str, Check]:
    return {row.label: row for row in source.check(settings=settings)}


def test_all_is_well(jira: JiraEmulator):
    found = rows(basic(jira))
    assert {row.ok for row in found.values()} == {True}
    assert found["Sign-in"].detail == "sv0 acts as sv0 reader on acme-media.atlassian.net."
    assert set(found) >= {"API tokens", "Automation rules", "Webhooks", "Projects", "Groups", "Permission schemes"}


def test_a_scoped_token_is_as_good(jira: JiraEmulator):
    jira.token_is = "scoped"
    assert {row.ok for row in rows(basic(jira)).values()} == {True}


def test_oauth_leaves_rules_webhooks_and_tokens_untried(jira: JiraEmulator):
    found = rows(oauth(jira))
    assert {label for label, row in found.items() if row.ok is None} == {"API tokens", "Automation rules", "Webhooks"}
    assert not [row for row in found.values() if row.ok is False]


@pytest.mark.parametrize(("change", "label"), [({"address": "acme"}, "Settings"), ({"api_token": "wrong"}, "Sign-in")])
def test_behind_the_first_wrong_thing_nothing_is_tried(jira: JiraEmulator, change: dict[str, str], label: str):
    found = rows(basic(jira, **change))
    assert found[label].ok is False
    assert {row.ok for name, row in found.items() if name != label} <= {None}


@pytest.mark.parametrize(
    ("path", "label", "missing"),
    [
        ("*users/search", "Accounts of apps, bots and services", "Browse users and groups"),
        ("*/applicationrole", "Groups", "Administer Jira"),
        ("*/rule/summary", "Automation rules", "Administer Jira"),
        ("*/webhook", "Webhooks", "Administer Jira"),
        ("*/admin/v1/orgs", "API tokens", "organization API key"),
    ],
)
def test_a_missing_permission_is_named_in_its_row(jira: JiraEmulator, path: str, label: str, missing: str):
    jira.faults.add(Fault(do="forbid", path=path))
    found = rows(basic(jira))
    assert (found[label].ok, found[label].missing) == (False, (missing,))
    assert {name for name, row in found.items() if row.ok is False} == {label}


def test_a_missing_scope_is_named_in_its_row(jira: JiraEmulator):
    jira.token_is = "scoped"
    jira.scopes = frozenset(scope for call in CALLS for scope in call.scopes) - {"read:permission-scheme:jira"}
    found = rows(basic(jira))["Permission schemes"]
    assert found.ok is False
    assert "read:permission-scheme:jira" in found.missing


def test_an_account_that_may_not_administer_is_told_so(jira: JiraEmulator, monkeypatch: pytest.MonkeyPatch):
    monkeypatch.setattr(jira, "estate", replace(ESTATE, permitted=lambda _: ("USER_PICKER",)))
    found = rows(basic(jira))["Permissions of the account"]
    assert (found.ok, found.missing) == (False, ("Administer Jira",))


def test_a_site_that_is_down_is_told_so(jira: JiraEmulator):
    jira.faults.add(Fault(do="unavailable"))
    assert rows(basic(jira))["Sign-in"].detail == "acme-media.atlassian.net couldn't be reached."
