"""When may only what changed be read?"""

from __future__ import annotations

import json
from datetime import UTC, datetime, timedelta
from typing import Any

import pytest

from connectors.sources.entra import bookmark
from connectors.sources.entra.bookmark import Tokens

NOW = datetime(2026, 11, 25, tzinfo=UTC)
TOKENS = Tokens(principals="https://g/sp?$deltatoken=1", applications="https://g/app?$deltatoken=1")


def written(**changed: Any) -> str:
    said: dict[str, Any] = {"since": NOW, "size": 500_000, "lacking": {"sign-ins"}, "federated": "f"}
    text = bookmark.written(TOKENS, **said)
    assert text is not None
    return json.dumps(json.loads(text) | changed)


def test_what_is_written_is_read():
    found = bookmark.read(written(), now=NOW + timedelta(days=6))
    assert found is not None
    assert (found.tokens, found.since, found.size) == (TOKENS, NOW, 500_000)
    assert found.federated == "f"
    assert found.lacking == frozenset({"sign-ins"})


@pytest.mark.parametrize("after", [timedelta(days=6, seconds=1), timedelta(seconds=-1)])
def test_one_that_is_too_old_or_of_the_future_is_no_use(after: timedelta):
    assert bookmark.read(written(), now=NOW + after) is None


@pytest.mark.parametrize(
    "text", [None, "", "x", "[]", "{}", written(version=0), written(since="x"), written(lacking=None)]
)
def test_one_of_another_understanding_is_no_use(text: str | None):
    assert bookmark.read(text, now=NOW) is None


def test_without_tokens_there_is_none():
    assert bookmark.written(None, since=NOW, size=1, lacking=(), federated="") is None


def test_few_changes_are_asked_for_and_many_are_read_with_everything():
    found, small = bookmark.read(written(), now=NOW), bookmark.read(written(size=10), now=NOW)
    assert found is not None
    assert small is not None
    assert (found.limit, small.limit) == (7507, 300)
