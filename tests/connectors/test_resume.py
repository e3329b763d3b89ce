"""A scan killed at any point and run again leaves what an uninterrupted one leaves."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any
from unittest import mock

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from connectors import tasks
from connectors.inventory import write
from connectors.inventory.documents import collection
from connectors.inventory.records import Access, Usage
from connectors.models import Connection, Scan
from tenants.audit import WORKER
from tenants.models import Tenant
from tests.connectors import scripted
from tests.connectors.scanning import fresh, lose_worker, run, snapshot
from tests.connectors.scripted import bucket, may, role, scope
from tests.factories import make_connection

SCOPES = ("prod:iam", "dev:iam", "test:iam")
CALLS = {"find", "insert_many", "update_many", "bulk_write"}


class Killed(BaseException):
    """SIGKILL, as far as one process can play it: nothing handles it."""


class Deadly:
    """A collection whose n-th call, counted over all of them, never returns: before it does anything, or after."""

    def __init__(self, real: Any, die: Callable[[], bool], *, after: bool) -> None:
        self._real, self._die, self._after = real, die, after

    def __getattr__(self, name: str) -> Any:
        method = getattr(self._real, name)

        def called(*args: Any, **kwargs: Any) -> Any:
            dying = name in CALLS and self._die()
            if dying and not self._after:
                raise Killed
            result = method(*args, **kwargs)
            if dying:
                raise Killed
            return result

        return called


def estate(seed: dict[str, list[int]]) -> list[Any]:
    """Per scope, roles by number; what a role looks like and may read follows from how often it is mentioned."""
    scopes = []
    for name in SCOPES:
        records: list[Any] = [data := bucket("data", within=name)]
        for number in sorted(set(seed[name])):
            times = seed[name].count(number)
            one = role(f"r{number}", within=name, usage=Usage.USED if times > 1 else Usage.NEVER)
            records += [one, may(one, Access.READ, data, actions=("s3:*",) * times)]
        scopes.append(scope(name, *records))
    return scopes


def scan_killed(connection: Connection, scopes: list[Any], *, at: int, after: bool) -> int:
    """Run a scan whose worker dies at its `at`-th call to the database, and the next attempt; how many there were."""
    calls = iter(range(10_000))

    def dies() -> bool:
        return next(calls) == at

    scripted.source.script = scripted.play(*scopes)
    scan = tasks.request_scan(connection=connection, actor=WORKER, trigger="person")
    with mock.patch.object(write, "collection", lambda model: Deadly(collection(model), dies, after=after)):
        try:
            tasks.run(str(scan.pk))
        except Killed:
            lose_worker(scan)
            tasks.reap()
            tasks.run(str(scan.pk))
    ended = fresh(scan)
    assert ended.state == Scan.State.COMPLETE
    return ended.attempts


def counted(scan: Scan) -> dict[str, int]:
    return {name: count for name, count in scan.counts.items() if count}


ROLES = st.lists(st.integers(0, 6), max_size=10)
ESTATES = st.fixed_dictionaries(dict.fromkeys(SCOPES, ROLES))


@settings(max_examples=15, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(before=ESTATES, after=ESTATES, at=st.integers(0, 40), when=st.sampled_from(("before", "after")))
def test_a_scan_killed_anywhere_and_resumed_is_as_if_it_had_not_been(
    connection: Connection, before: dict[str, list[int]], after: dict[str, list[int]], at: int, when: str
):
    number = Connection.objects.of(connection.tenant).count()
    twin = make_connection(connection.tenant, kind="scripted", name=f"{number} whole")
    other = make_connection(connection.tenant, kind="scripted", name=f"{number} killed")
    with mock.patch.object(write, "BATCH", 3):
        for each in (twin, other):
            run(each, *estate(before))
        whole = run(twin, *estate(after))
        scan_killed(other, estate(after), at=at, after=when == "after")
    assert snapshot(other) == snapshot(twin)
    resumed = Scan.objects.of(other.tenant).filter(connection=other).latest("queued_at")
    assert counted(resumed) == counted(whole)


def test_the_kill_points_are_reached(connection: Connection, tenant: Tenant):
    attempts = {
        scan_killed(connection, estate({name: [1, 2, 3] for name in SCOPES}), at=at, after=True) for at in (0, 8)
    }
    assert attempts == {2}


def test_a_scope_that_an_attempt_completed_is_not_read_again(connection: Connection):
    done = []

    def script(pull):
        done.append(pull.done)
        yield from scope("prod:iam", role("Admin"))
        if len(done) == 1:
            raise Killed
        yield from scope("dev:iam")

    scripted.source.script = script
    scan = tasks.request_scan(connection=connection, actor=WORKER, trigger="person")
    with pytest.raises(Killed):
        tasks.run(str(scan.pk))
    lose_worker(scan)
    tasks.reap()
    tasks.run(str(scan.pk))
    assert done == [frozenset(), frozenset({"prod:iam"})]
    assert (fresh(scan).state, fresh(scan).attempts) == (Scan.State.COMPLETE, 2)
