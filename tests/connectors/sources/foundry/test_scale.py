"""Is a large tenant read in one pass, each thing asked for once, and no faster than its records are taken?"""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterator
from itertools import islice

import pytest

from connectors import stream
from connectors.inventory.records import ScopeEnded, ScopeState, Workload
from connectors.source import Pull
from connectors.sources.foundry import source
from tests.connectors.sources.foundry.conftest import NOW, Emulated, point
from tests.emulators.microsoft import arm_scale
from tests.emulators.microsoft.server import MicrosoftEmulator

SUBSCRIPTIONS = 24


@pytest.fixture(scope="module")
def large() -> Iterator[Emulated]:
    with MicrosoftEmulator() as microsoft:
        yield Emulated(microsoft, arm_scale.estate(subscriptions=SUBSCRIPTIONS), page=100)


def test_everything_is_asked_for_once(large: Emulated, monkeypatch: pytest.MonkeyPatch):
    point(monkeypatch, large)
    large.restore()
    records = list(source.pull(Pull(settings=large.settings(), now=NOW)))
    assert sum(isinstance(each, Workload) for each in records) == SUBSCRIPTIONS * arm_scale.AGENTS
    ended = [each.state for each in records if isinstance(each, ScopeEnded)]
    assert Counter(ended) == {ScopeState.COMPLETE: 2 + 2 * SUBSCRIPTIONS}
    asked = Counter(asked.path.rpartition("/")[2] for asked, _ in large.log)
    assert asked["agents"] == asked["assistants"] == asked["projects"] == asked["accounts"] == SUBSCRIPTIONS


def test_nobody_reads_ahead_of_who_takes_the_records(large: Emulated, monkeypatch: pytest.MonkeyPatch):
    """As many records wait as the stream holds; the readers that are behind it have each asked for one page."""
    point(monkeypatch, large)
    large.restore()
    monkeypatch.setattr(stream, "WAITING", 20)
    records = source.pull(Pull(settings=large.settings(), now=NOW))
    assert len(list(islice(records, 10))) == 10
    records.close()  # type: ignore[attr-defined]
    read_of = {asked.path for asked, _ in large.log if asked.path.endswith("/agents")}
    assert len(read_of) < SUBSCRIPTIONS
