"""A scan killed at any point and run again leaves what an uninterrupted one leaves."""

from __future__ import annotations

from collections.abc import Callable
from contextlib import ExitStack
from dataclasses import replace
from functools import partial
from typing import Any
from unittest import mock

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from connectors import scan as scanning
from connectors import tasks
from connectors.inventory import write
from connectors.inventory.documents import collection
from connectors.inventory.records import Access, ScopeState, Usage
from connectors.models import Connection, Scan
from tenants.audit import WORKER
from tests.connectors import scripted
from tests.connectors.scanning import fresh, lose_worker, run, snapshot
from tests.connectors.scripted import alert, bucket, may, role, scope
from tests.factories import make_connection

LISTING, SCOPES = "org:accounts", ("prod:iam", "dev:iam", "test:iam")
CALLS = {"find", "insert_many", "update_many", "update_one", "bulk_write", "delete_many"}
BULK = {"insert_many", "bulk_write"}
HELD = {"scope", "hash", "data", "changed_at"}  # of an object, what follows from the scope that told of it last
STEPS = ("_begin_scope", "_end_scope", "_become")


class Killed(BaseException):
    """SIGKILL, as far as one process can play it: nothing handles it."""


class Reaper:
    """Counts the calls that change or read what a scan leaves; at the n-th the worker dies: before it does anything,
    after it, or half-way through what it writes in bulk."""

    def __init__(self, at: int, when: str) -> None:
        self._at, self._when = at, when
        self._calls = iter(range(10_000))

    def meet(self, name: str, call: Callable[..., Any], *args: Any, **kwargs: Any) -> Any:
        if next(self._calls) != self._at:
            return call(*args, **kwargs)
        if self._when == "after":
            call(*args, **kwargs)
        elif self._when == "half-way" and name in BULK:
            items, *rest = args
            call(items[: (len(items) + 1) // 2], *rest, **kwargs)
        raise Killed

    def step(self, name: str) -> Any:
        """A method of the scan that it may die at."""
        method = getattr(scanning._Run, name)
        return mock.patch.object(scanning._Run, name, lambda *args: self.meet(name, method, *args))


class Deadly:
    """A collection at whose calls the worker may die."""

    def __init__(self, real: Any, reaper: Reaper) -> None:
        self._real, self._reaper = real, reaper

    def __getattr__(self, name: str) -> Any:
        method = getattr(self._real, name)
        return partial(self._reaper.meet, name, method) if name in CALLS else method


def estate(seed: dict[str, list[int]], unlike: str = "", state: ScopeState | None = ScopeState.COMPLETE) -> list[Any]:
    """Per scope, roles by number; what a role looks like and may read follows from how often it is mentioned. The
    first are told by several scopes, alike. The scope `unlike` ends in `state`; None: it isn't there."""
    scopes = [scope(LISTING)]
    for name in SCOPES:
        records: list[Any] = [data := bucket("data", within=name), alert(f"a{len(seed[name])}", data)]
        for number in sorted(set(seed[name])):
            times = 1 if number < 2 else seed[name].count(number)
            one = role(f"r{number}", within=SCOPES[0] if number < 2 else name, scope=name)
            one = replace(one, usage=Usage.USED if times > 1 else Usage.NEVER)
            records += [one, may(one, Access.READ, bucket("data"), actions=("s3:*",) * times)]
        ended = state if name == unlike else ScopeState.COMPLETE
        if ended:
            scopes.append(scope(name, *records, state=ended, listed_by=LISTING))
    return scopes


def scan_killed(connection: Connection, scopes: list[Any], *, at: int, when: str) -> Scan:
    """Run a scan whose worker dies at its `at`-th call, and the next attempt."""
    reaper = Reaper(at, when)
    scripted.source.script = scripted.play(*scopes)
    scan = tasks.request_scan(connection=connection, actor=WORKER, trigger="person")
    with ExitStack() as stack:
        stack.enter_context(mock.patch.object(write, "collection", lambda model: Deadly(collection(model), reaper)))
        for name in STEPS:
            stack.enter_context(reaper.step(name))
        try:
            tasks.run(str(scan.pk))
        except Killed:
            lose_worker(scan)
            tasks.reap()
            tasks.run(str(scan.pk))
    return fresh(scan)


def counted(scan: Scan) -> dict[str, int]:
    return {name: count for name, count in scan.counts.items() if count}


ROLES = st.lists(st.integers(0, 6), max_size=10)
ESTATES = st.fixed_dictionaries(dict.fromkeys(SCOPES, ROLES))


STATES = st.sampled_from((ScopeState.COMPLETE, ScopeState.DENIED, None))


@settings(max_examples=25, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(
    before=st.none() | ESTATES,
    after=ESTATES,
    unlike=st.sampled_from(SCOPES),
    state=STATES,
    at=st.integers(0, 60),
    when=st.sampled_from(("before", "half-way", "after")),
)
def test_a_scan_killed_anywhere_and_resumed_is_as_if_it_had_not_been(
    connection: Connection,
    before: dict[str, list[int]] | None,
    after: dict[str, list[int]],
    unlike: str,
    state: ScopeState | None,
    at: int,
    when: str,
):
    number = Connection.objects.of(connection.tenant).count()
    whole, killed = (
        make_connection(connection.tenant, kind="scripted", name=f"{number} {name}") for name in ("whole", "killed")
    )
    with (
        mock.patch.object(write, "BATCH", 3),
        mock.patch.object(scanning._Run, "_prevail"),  # the two are not to be of one system
    ):
        for each in (whole, killed) if before is not None else ():
            run(each, *estate(before or {}))
        undisturbed = run(whole, *estate(after, unlike, state))
        resumed = scan_killed(killed, estate(after, unlike, state), at=at, when=when)
    assert _shared_aside(snapshot(killed)) == _shared_aside(snapshot(whole))
    assert resumed.state == undisturbed.state
    assert counted(resumed) == counted(undisturbed)


def _shared_aside(kept: dict[str, Any]) -> dict[str, Any]:
    """Of what several scopes tell of, the one that told of it last holds it; a resumed scan reads only some of them
    again, so that another may be the last (ADR 6)."""
    shared = {name.split()[1] for name in kept if name.startswith("telling ")}
    for name, said in kept.items():
        if isinstance(said, dict) and said.get("key") in shared:
            kept[name] = {each: value for each, value in said.items() if each not in HELD}
    return kept


def test_the_kill_points_are_reached(connection: Connection):
    told = estate({name: [1, 2, 3] for name in SCOPES})
    kills = ((0, "before"), (8, "after"), (20, "half-way"))
    assert {scan_killed(connection, told, at=at, when=when).attempts for at, when in kills} == {2}


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
