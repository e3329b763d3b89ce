"""Two vendors' ticket systems, running, of which nothing was asked yet."""

from __future__ import annotations

from collections.abc import Iterator

import pytest

from connectors.http import client
from tests.emulators.jira import small_estate as jira_estate
from tests.emulators.jira.issues import Issues
from tests.emulators.jira.server import JiraEmulator
from tests.emulators.servicenow import small_estate as servicenow_estate
from tests.emulators.servicenow.server import ServiceNowEmulator
from tests.ticketing.desk import writable


@pytest.fixture
def site(monkeypatch: pytest.MonkeyPatch) -> Iterator[JiraEmulator]:
    """A Jira site with a project for security work, to which every question is one that Atlassian describes."""
    monkeypatch.setattr(client, "FIRST_WAIT", 0.001)
    with JiraEmulator(jira_estate.ESTATE) as jira:
        jira.issues = Issues(jira_estate.ESTATE.host)
        monkeypatch.setenv("SV0_ENDPOINT_JIRA", jira.url)
        yield jira
        assert jira.violations == []


@pytest.fixture
def issues(site: JiraEmulator) -> Issues:
    """Its issues."""
    assert site.issues is not None
    return site.issues


@pytest.fixture
def instance(monkeypatch: pytest.MonkeyPatch) -> Iterator[ServiceNowEmulator]:
    """A ServiceNow instance whose incidents may be written."""
    monkeypatch.setattr(client, "FIRST_WAIT", 0.001)
    with ServiceNowEmulator(writable(servicenow_estate.world())) as servicenow:
        monkeypatch.setenv("SV0_ENDPOINT_SERVICENOW", servicenow.url)
        yield servicenow
