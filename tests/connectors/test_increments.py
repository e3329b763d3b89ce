"""What a scan was not told again stays; what was told again, or said to be gone, is as the system says now."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import replace
from typing import Any

import pytest

from connectors.inventory import increment
from connectors.inventory.models import Coverage, Node
from connectors.inventory.records import Access, Record, Relation, Removed, ScopeState
from connectors.models import Connection
from connectors.source import Pull
from tenants.models import Tenant
from tests.connectors import scripted
from tests.connectors.scanning import changes, live, run, run_script, snapshot
from tests.connectors.scripted import bucket, function, link, may, role, scope
from tests.connectors.test_resume import scan_killed
from tests.factories import make_connection

A, B = "prod:iam", "dev:iam"
DEPLOY, BACKUP, JOB, DATA = role("deploy"), role("backup"), function("job"), bucket("data")
RUNS, READS, WRITES = (
    link(Relation.RUNS_AS, JOB, DEPLOY),
    may(DEPLOY, Access.READ, DATA),
    may(BACKUP, Access.WRITE, DATA),
)
ALL = (DEPLOY, BACKUP, JOB, DATA, RUNS, READS, WRITES)
WHOLE = scope(A, *ALL, bookmark="one")


def told(*records: Any, **more: Any) -> list[Record]:
    return scope(A, *records, increment=True, bookmark="two", **more)


@pytest.mark.parametrize("batch", [1, 1000])
def test_nothing_told_is_nothing_changed(connection: Connection, monkeypatch: pytest.MonkeyPatch, batch: int):
    monkeypatch.setattr(increment, "BATCH", batch)
    first = run(connection, WHOLE)
    before = live(connection)
    second = run(connection, told())
    assert live(connection) == before
    assert changes(connection) == []
    seen = set(Node.objects.of(connection.tenant).values_list("seen_scan", flat=True))
    assert seen == {second.pk}
    assert (second.counts["objects"], second.counts["edges"]) == (first.counts["objects"], first.counts["edges"])


def test_what_is_told_again_is_changed_and_its_edges_are_told_with_it(connection: Connection):
    run(connection, WHOLE)
    run(connection, told(replace(DEPLOY, enabled=False)))
    assert live(connection) == {"deploy", "backup", "job", "data", "job runs_as deploy", "backup permission data"}
    assert ("deploy", "enabled", None, False) in changes(connection)


def test_what_is_said_to_be_gone_is_gone_with_its_edges(connection: Connection):
    run(connection, WHOLE)
    run(connection, told(Removed(id=BACKUP.id, scope=A)))
    assert live(connection) == {"deploy", "job", "data", "job runs_as deploy", "deploy permission data"}
    assert {row[0] for row in changes(connection)} == {"backup", "backup can write to data"}


def test_an_edge_to_what_is_gone_is_gone(connection: Connection):
    run(connection, WHOLE)
    run(connection, told(Removed(id=DATA.id, scope=A)))
    assert live(connection) == {"deploy", "backup", "job", "job runs_as deploy"}


def test_two_increments_leave_what_reading_all_of_it_would(connection: Connection):
    changed, new = replace(DEPLOY, enabled=True), role("new")
    run(connection, WHOLE)
    run(connection, told(changed, READS, Removed(id=JOB.id, scope=A)))
    run(connection, told(new, may(new, Access.ADMIN, DATA)))
    told_by_increments = live(connection)
    run(connection, scope(A, changed, BACKUP, DATA, READS, WRITES, new, may(new, Access.ADMIN, DATA)))
    assert live(connection) == told_by_increments


def test_an_increment_cut_short_ends_nothing(connection: Connection):
    run(connection, WHOLE)
    before = live(connection)
    run(connection, told(Removed(id=BACKUP.id, scope=A), state=ScopeState.FAILED))
    assert live(connection) == before


def test_what_another_scope_told_of_last_is_kept_by_an_increment_of_the_first(connection: Connection):
    theirs = replace(DATA, scope=B)
    run(connection, WHOLE, scope(B, theirs))
    assert Node.objects.of(connection.tenant).get(name="data").scope == B
    run(connection, told(), scope(B))
    assert "data" in live(connection)
    run(connection, told(Removed(id=DATA.id, scope=A)), scope(B))
    assert "data" not in live(connection)


@pytest.mark.parametrize("at", range(1, 22, 4))
@pytest.mark.parametrize("when", ["before", "after"])
def test_a_worker_killed_in_an_increment_leaves_what_another_one_completes(
    connection: Connection, other_tenant: Tenant, at: int, when: str
):
    unbothered = make_connection(other_tenant, kind=connection.kind, name="unbothered")
    after = [told(replace(DEPLOY, enabled=True), Removed(id=BACKUP.id, scope=A)), scope(B, role("late", within=B))]
    for each in (connection, unbothered):
        run(each, WHOLE, scope(B))
    run(unbothered, *after)
    assert scan_killed(connection, after, at=at, when=when).attempts == 2
    assert snapshot(connection) == snapshot(unbothered)


# ── Bookmarks ───────────────────────────────────────────────────────────────────────────────────────────────────────


def handed(connection: Connection) -> dict[str, str]:
    """The bookmarks that the next scan is given."""
    given: dict[str, str] = {}

    def script(pull: Pull) -> Iterator[Record]:
        given.update(pull.bookmarks)
        yield from scope("other:iam")

    scripted.source.script = script
    run_script(connection)
    return given


def test_the_bookmark_of_the_last_proof_is_handed_to_the_next_scan(connection: Connection):
    assert handed(connection) == {}
    run(connection, WHOLE)
    assert handed(connection) == {A: "one"}
    run(connection, told())
    run(connection, told(state=ScopeState.THROTTLED))
    assert handed(connection) == {A: "two"}
    run(connection, scope(A, *ALL))
    assert handed(connection) == {}


def test_a_scope_that_was_gone_in_between_is_read_whole(connection: Connection):
    run(connection, scope("prod:list"), scope(A, *ALL, listed_by="prod:list", bookmark="one"))
    run(connection, scope("prod:list"))
    assert Coverage.objects.of(connection.tenant).filter(scope=A, state="gone").exists()
    assert handed(connection) == {}


def test_where_another_connection_reads_the_same_all_is_read(connection: Connection):
    run(connection, WHOLE)
    other = make_connection(connection.tenant, kind=connection.kind, name="the other")
    run(other, scope(A, DEPLOY))
    assert handed(connection) == {}
