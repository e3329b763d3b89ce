"""Is a scan that was interrupted, cancelled or given up taken up again without loss, and without telling twice?"""

from __future__ import annotations

from itertools import count

import pytest

from connectors.inventory.records import Record, ScopeEnded, ScopeStarted, ScopeState
from connectors.source import Pull
from connectors.sources.copilot_studio import source
from connectors.sources.copilot_studio.permissions import ENVIRONMENT_KINDS
from connectors.sources.copilot_studio.reading import INNER
from tests.connectors.sources.copilot_studio.conftest import NOW, SETTINGS, Running, key, read
from tests.emulators.microsoft.acme import TENANT
from tests.emulators.microsoft.powerplatform_acme import DEFAULT_HOST


def of(records: list[Record], scope: str) -> set[str]:
    return {repr(record) for record in records if getattr(record, "scope", "") == scope}


@pytest.mark.parametrize("kind", ENVIRONMENT_KINDS)
def test_a_part_that_was_done_is_not_told_again_and_the_others_are_the_same(running: Running, kind: str):
    whole, resumed = read(), read(done=frozenset({key(kind)}))
    assert of(resumed, key(kind)) == set()
    for other in set(ENVIRONMENT_KINDS) - {kind}:
        assert of(resumed, key(other)) == of(whole, key(other))


def test_an_environment_that_was_done_is_not_even_read_again(running: Running):
    read(done=frozenset(key(kind) for kind in INNER))
    asked = [path for path in running.asked() if path.startswith(f"/{DEFAULT_HOST.replace('.', '.api.', 1)}")]
    assert [path.rpartition("/")[2] for path in asked] == ["RetrieveCurrentOrganization(AccessType=@p)"]


def test_the_list_of_environments_is_read_again_but_not_told(running: Running):
    listing = key("environments", TENANT)
    resumed = read(done=frozenset({listing}))
    assert of(resumed, listing) == set()
    assert of(resumed, key("agents"))


@pytest.mark.parametrize("times", [1, 5, 9, 14])
def test_a_cancelled_scan_ends_what_it_began(running: Running, times: int):
    asked = count()
    records = read(cancelled=lambda: next(asked) > times)
    begun = [record.scope for record in records if isinstance(record, ScopeStarted)]
    ended = [record.scope for record in records if isinstance(record, ScopeEnded)]
    assert sorted(begun) == sorted(ended)
    assert len(running.asked()) < 40


def test_a_part_that_is_cancelled_says_so(running: Running):
    whole = len(read())
    asked = count()
    records = read(cancelled=lambda: next(asked) > 6)
    assert len(records) < whole
    states = {record.state for record in records if isinstance(record, ScopeEnded)}
    assert ScopeState.CANCELLED in states


def test_giving_up_stops_the_reading(running: Running):
    records = source.pull(Pull(settings=SETTINGS, now=NOW))
    assert isinstance(next(records), ScopeStarted)
    records.close()  # type: ignore[attr-defined]  # a generator
    asked = len(running.asked())
    assert len(running.asked()) == asked


def test_the_same_tenant_is_told_the_same_twice(running: Running):
    first, second = (
        sorted(repr(each) for each in records if not isinstance(each, ScopeEnded)) for records in (read(), read())
    )
    assert first == second
