"""The production source reading an emulated Jira over HTTP, without waiting for it."""

from __future__ import annotations

import time
from collections.abc import Iterator
from datetime import UTC, datetime
from typing import Any

import pytest

from connectors.http import client
from connectors.inventory.records import Record, ScopeEnded
from connectors.source import Pull
from connectors.sources.jira import source
from tests.emulators.jira import JiraEmulator
from tests.emulators.jira.small_estate import CLOUD, ESTATE

NOW = datetime(2026, 11, 25, 12, tzinfo=UTC)


class Clock:
    """Time that also passes by sleeping, at once."""

    def __init__(self) -> None:
        self.slept = 0.0

    def monotonic(self) -> float:
        return time.monotonic() + self.slept

    def sleep(self, seconds: float) -> None:
        self.slept += seconds


@pytest.fixture(scope="module")
def running() -> Iterator[JiraEmulator]:
    """The small estate, in pages of three."""
    with JiraEmulator(ESTATE, page_cap=3) as jira:
        yield jira


@pytest.fixture
def clock(monkeypatch: pytest.MonkeyPatch) -> Clock:
    clock = Clock()
    monkeypatch.setattr(client, "sleep", clock.sleep)
    monkeypatch.setattr(client, "monotonic", clock.monotonic)
    monkeypatch.setattr(client, "TRIES", 3)
    return clock


@pytest.fixture
def jira(running: JiraEmulator, monkeypatch: pytest.MonkeyPatch, clock: Clock) -> Iterator[JiraEmulator]:
    """Well-behaved, classic token, with an empty log; whatever it answered was as Atlassian describes it."""
    running.faults.clear()
    running.log.clear()
    running.violations.clear()
    running.token_is, running.scopes = "classic", None
    monkeypatch.setenv("SV0_ENDPOINT_JIRA", running.url)
    yield running
    assert running.violations == []


def basic(jira: JiraEmulator, **more: Any) -> dict[str, Any]:
    """What a customer who did everything right fills in."""
    estate = jira.estate
    given = {"email": estate.email, "api_token": estate.api_token, "organization_key": estate.organization_key}
    return {"address": f"https://{estate.host}", **given, **more}


def oauth(jira: JiraEmulator) -> dict[str, Any]:
    estate = jira.estate
    return {
        "address": f"https://{estate.host}",
        "client_id": estate.client_id,
        "client_secret": estate.client_secret,
    }


def read(settings: dict[str, Any], **pull: Any) -> list[Record]:
    """One whole reading."""
    return list(source.pull(Pull(settings=settings, now=NOW, **pull)))


def ends(records: list[Record]) -> dict[str, ScopeEnded]:
    """How each part ended, by its kind."""
    return {record.scope.split(":", 2)[2]: record for record in records if isinstance(record, ScopeEnded)}


def key(kind: str, id: str) -> str:  # noqa: A002 - the vendor's word
    """The address of an object of the small estate."""
    return f"jira/{CLOUD}/{kind}/{id}"
