"""Is a scan that was interrupted, cancelled or given up taken up again without loss, and without telling twice?"""

from __future__ import annotations

import threading
from itertools import count

import pytest

from connectors.inventory.records import Identity, Link, Record, ScopeEnded, ScopeStarted, ScopeState
from connectors.source import Pull
from connectors.sources.jira import source
from connectors.sources.jira.permissions import LABELS
from tests.connectors.sources.jira.conftest import NOW, basic, ends, read
from tests.emulators.jira import JiraEmulator
from tests.emulators.jira.small_estate import CLOUD


@pytest.fixture(scope="module")
def whole(running: JiraEmulator) -> list[Record]:
    """What a scan that nothing interrupts tells."""
    with pytest.MonkeyPatch.context() as patch:
        patch.setenv("SV0_ENDPOINT_JIRA", running.url)
        return read(basic(running))


def scopes(*kinds: str) -> frozenset[str]:
    return frozenset(f"jira:{CLOUD}:{kind}" for kind in kinds)


def of(records: list[Record], kind: str) -> set[str]:
    return {repr(record) for record in records if getattr(record, "scope", "") in scopes(kind)}


@pytest.mark.parametrize("kind", [kind for kind in LABELS if kind != "people"])
def test_a_part_that_was_done_is_not_told_again_and_the_others_are_the_same(
    jira: JiraEmulator, whole: list[Record], kind: str
):
    resumed = read(basic(jira), done=scopes(kind))
    assert of(resumed, kind) == set()
    for other in set(LABELS) - {kind}:
        assert of(resumed, other) == of(whole, other)


def test_what_nobody_else_needs_is_not_even_read_again(jira: JiraEmulator):
    read(basic(jira), done=scopes("memberships", "global permissions", "projects", "project roles"))
    asked = {entry.path.rpartition("/")[2] for entry in jira.log.entries}
    assert asked.isdisjoint({"groups", "check", "role", "default"})
    assert not [
        entry for entry in jira.log.entries if entry.path.endswith("/permissionscheme") and "/project/" in entry.path
    ]


def test_a_cancelled_scan_ends_what_it_began(jira: JiraEmulator):
    asked = count()
    records = read(basic(jira), cancelled=lambda: next(asked) > 3)
    begun = {record.scope for record in records if isinstance(record, ScopeStarted)}
    ended = {record.scope for record in records if isinstance(record, ScopeEnded)}
    assert begun == ended
    assert ScopeState.CANCELLED in {end.state for end in ends(records).values()}
    assert len(jira.log.entries) < 40


def test_a_scan_cancelled_before_the_first_call_tells_nothing(jira: JiraEmulator):
    assert len(read(basic(jira), cancelled=lambda: True)) < 20


def test_giving_up_stops_the_reading(jira: JiraEmulator):
    """Closing waits for the threads: nothing is asked after it."""
    records = source.pull(Pull(settings=basic(jira), now=NOW))
    assert isinstance(next(records), ScopeStarted)
    records.close()  # type: ignore[attr-defined]  # a generator
    assert not [
        thread.name for thread in threading.enumerate() if thread.name.startswith("jira") and "emul" not in thread.name
    ]
    assert len(jira.log.entries) < 60


def test_the_same_site_is_told_the_same_twice(jira: JiraEmulator, whole: list[Record]):
    told = [
        sorted(repr(each) for each in records if not isinstance(each, ScopeEnded))
        for records in (whole, read(basic(jira)))
    ]
    assert told[0] == told[1]
    assert any(isinstance(each, Identity | Link) for each in whole)
