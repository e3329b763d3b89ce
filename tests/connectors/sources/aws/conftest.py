"""The production source reading an emulated AWS over HTTP, with few patience for faults that last."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from datetime import UTC, datetime
from typing import Any

import pytest

from connectors.inventory.records import Record, ScopeEnded
from connectors.source import Pull
from connectors.sources.aws import session, source
from tests.emulators.aws import AwsEmulator

NOW = datetime(2027, 1, 15, 12, tzinfo=UTC)
Pulling = Callable[..., list[Record]]


@pytest.fixture(scope="module")
def running(request: pytest.FixtureRequest) -> Iterator[AwsEmulator]:
    """The estate that the test module names as ESTATE, in pages of three."""
    with AwsEmulator(request.module.ESTATE, page_cap=3) as aws:
        yield aws


@pytest.fixture
def aws(running: AwsEmulator, monkeypatch: pytest.MonkeyPatch) -> AwsEmulator:
    running.faults.clear()
    running.log.clear()
    monkeypatch.setenv("AWS_ENDPOINT_URL", running.url)
    monkeypatch.setattr(session, "ATTEMPTS", 2)
    return running


def right(aws: AwsEmulator) -> dict[str, Any]:
    """What a customer who did everything right fills in."""
    return {
        "role_arn": aws.estate.hub_role_arn,
        "external_id": aws.estate.external_id,
        "member_role_name": "sv0-reader",
        "regions": ["eu-west-1"],
        "access_key_id": aws.estate.access_key_id,
        "secret_access_key": aws.estate.secret_access_key,
    }


def whole(aws: AwsEmulator, **changed: Any) -> list[Record]:
    """One scan of everything, with nothing going wrong."""
    with pytest.MonkeyPatch.context() as patch:
        patch.setenv("AWS_ENDPOINT_URL", aws.url)
        return list(source.pull(Pull(settings={**right(aws), **changed}, now=NOW)))


@pytest.fixture
def settings(aws: AwsEmulator) -> dict[str, Any]:
    return right(aws)


@pytest.fixture
def pull(settings: dict[str, Any]) -> Pulling:
    """Pulls everything; keyword arguments replace settings."""

    def pull(*, done: frozenset[str] = frozenset(), **changed: Any) -> list[Record]:
        return list(source.pull(Pull(settings={**settings, **changed}, now=NOW, done=done)))

    return pull


def ends(records: list[Record]) -> dict[str, ScopeEnded]:
    return {record.scope: record for record in records if isinstance(record, ScopeEnded)}
