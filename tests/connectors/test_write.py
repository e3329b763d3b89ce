"""Scans leave exactly what they saw, and tell what changed since the scan before."""

from __future__ import annotations

from dataclasses import replace
from datetime import UTC, datetime

import pytest

from connectors.inventory import write
from connectors.inventory.documents import by_key, collection
from connectors.inventory.models import Change, Edge, Node
from connectors.inventory.records import Access, Credential, Relation, ScopeState, Usage
from connectors.models import Connection, Scan
from tests.connectors.scanning import changes, live, run
from tests.connectors.scripted import bucket, function, link, may, role, scope

ADMIN, DATA = role("Admin"), bucket("customer-data")
EXPORT = function("export")
USED = datetime(2026, 11, 1, tzinfo=UTC)


def estate(*more):
    return scope("prod:iam", ADMIN, DATA, EXPORT, link(Relation.RUNS_AS, EXPORT, ADMIN), *more)


def test_the_same_scan_twice_changes_nothing(connection: Connection):
    first, again = run(connection, estate()), run(connection, estate())
    assert first.counts == {"objects": 3, "new": 3, "edges": 1, "edges_new": 1, "opened": 0}
    assert {name: count for name, count in again.counts.items() if count} == {"objects": 3, "edges": 1}
    assert changes(connection) == []


def test_first_seen_never_moves_and_last_seen_does(connection: Connection):
    first, _, last = (run(connection, estate()) for _ in range(3))
    for model in (Node, Edge):
        for row in model.objects.of(connection.tenant):
            assert (row.first_seen, row.last_seen, row.seen_scan) == (first.started_at, last.started_at, last.pk)


def test_what_appears_and_goes_and_comes_back_is_told_each_time(connection: Connection):
    run(connection, estate())
    run(connection, estate(role("New")))
    run(connection, estate())
    run(connection, estate(role("New")))
    assert changes(connection) == [
        ("New", "exists", False, True),
        ("New", "exists", False, True),
        ("New", "exists", True, False),
    ]
    assert "New" in live(connection)


def test_an_edge_is_told_in_words_under_the_object_that_holds_it(connection: Connection):
    run(connection, estate())
    run(connection, estate(may(ADMIN, Access.READ, DATA), link(Relation.CAN_ASSUME, ADMIN, role("Ops"))))
    rows = Change.objects.of(connection.tenant).filter(subject_kind="edge").order_by("subject_name")
    assert [(row.subject, row.subject_name, row.after) for row in rows] == [
        (role("Ops").id, "Admin can assume Ops", True),
        (ADMIN.id, "Admin can read customer-data", True),
    ]


def test_each_changed_field_is_told_with_its_values(connection: Connection):
    run(connection, estate(may(ADMIN, Access.READ, DATA)))
    changed = replace(ADMIN, enabled=False, created_at=USED, tags=(("env", "prod"),))
    grant = may(ADMIN, Access.READ, DATA, actions=("s3:*",), conditions=("aws:SourceIp",))
    second = run(connection, scope("prod:iam", changed, DATA, EXPORT, link(Relation.RUNS_AS, EXPORT, ADMIN), grant))
    assert changes(connection) == [
        ("Admin can read customer-data", "actions", ["s3:GetObject"], ["s3:*"]),
        ("Admin can read customer-data", "conditions", [], ["aws:SourceIp"]),
        ("Admin", "created_at", "2024-03-01T08:30:00+00:00", "2026-11-01T00:00:00+00:00"),
        ("Admin", "enabled", None, False),
        ("Admin", "tags", None, [["env", "prod"]]),
    ]
    assert (second.counts["changed"], second.counts["edges_changed"]) == (1, 1)


def test_use_is_stored_at_each_scan_and_told_once(connection: Connection):
    key = Credential(kind="access key", id="AKIA1")
    run(connection, scope("prod:iam", replace(ADMIN, usage=Usage.NEVER, credentials=(key,))))
    for day in (1, 2, 3):
        used = datetime(2026, 11, day, tzinfo=UTC)
        keys = (replace(key, last_used_at=used),)
        run(connection, scope("prod:iam", replace(ADMIN, usage=Usage.USED, last_used_at=used, credentials=keys)))
    assert changes(connection) == [("Admin", "usage", "never", "used")]
    node = Node.objects.of(connection.tenant).get()
    assert node.data["last_used_at"] == node.data["credentials"][0]["last_used_at"] == "2026-11-03T00:00:00+00:00"


def test_the_order_of_a_list_is_no_change(connection: Connection):
    one, two = ("env", "prod"), ("team", "data")
    run(connection, scope("prod:iam", replace(ADMIN, tags=(one, two))))
    run(connection, scope("prod:iam", replace(ADMIN, tags=(two, one))))
    assert changes(connection) == []


def test_a_renamed_object_renames_its_edges_silently(connection: Connection):
    run(connection, estate())
    renamed = replace(ADMIN, name="Root")
    run(connection, scope("prod:iam", renamed, DATA, EXPORT, link(Relation.RUNS_AS, EXPORT, renamed)))
    assert changes(connection) == [("Root", "name", "Admin", "Root")]
    assert Edge.objects.of(connection.tenant).get().target_name == "Root"


def test_of_two_records_with_one_key_the_last_wins_and_is_counted_once(
    connection: Connection, monkeypatch: pytest.MonkeyPatch
):
    for batch in (1, 1000):
        monkeypatch.setattr(write, "BATCH", batch)
        scan = run(connection, scope("prod:iam", replace(ADMIN, name="Stub"), ADMIN))
        assert (scan.counts["objects"], live(connection)) == (1, {"Admin"})


@pytest.mark.parametrize("state", [state for state in ScopeState if state is not ScopeState.COMPLETE])
def test_a_scope_that_was_not_read_completely_closes_nothing(connection: Connection, state: ScopeState):
    run(connection, estate(), scope("dev:iam", role("Dev", within="dev:iam")))
    scan = run(connection, scope("prod:iam", state=state), scope("dev:iam"))
    assert scan.state == (Scan.State.COMPLETE if state is ScopeState.SKIPPED else Scan.State.PARTIAL)
    assert live(connection) == {"Admin", "customer-data", "export", "export runs_as Admin"}
    assert changes(connection) == [("Dev", "exists", True, False)]


def test_a_scope_that_is_not_mentioned_closes_nothing(connection: Connection):
    run(connection, estate())
    run(connection, scope("dev:iam"))
    assert "Admin" in live(connection)


def test_what_a_scope_shows_when_it_is_first_read_completely_is_not_new(connection: Connection):
    run(connection, scope("prod:iam", ADMIN, state=ScopeState.DENIED))
    run(connection, estate())
    assert changes(connection) == []


def test_what_two_scopes_show_is_kept_by_either(connection: Connection):
    shared = replace(role("Anyone"), scope="prod:iam")
    run(connection, scope("prod:iam", shared), scope("dev:iam", replace(shared, scope="dev:iam")))
    run(connection, scope("prod:iam", shared), scope("dev:iam"))
    assert live(connection) == {"Anyone"}
    assert changes(connection) == []


def test_long_and_odd_names_are_kept(connection: Connection):
    name = "<b>\u202e" + "x" * 10_000 + "\0"
    run(connection, scope("prod:iam", replace(ADMIN, name=name)))
    node = Node.objects.of(connection.tenant).get()
    assert node.name == node.data["name"] == name.replace("\0", "\N{REPLACEMENT CHARACTER}")
    assert max(map(len, node.search)) == 128


def test_one_tenants_writer_leaves_another_tenants_objects_alone(connection: Connection, other_tenant):
    theirs = Connection.objects.create(tenant=other_tenant, kind="scripted", name="Theirs")
    run(theirs, estate())
    run(connection, estate())
    run(connection, scope("prod:iam"))
    assert live(connection) == set()
    assert "Admin" in live(theirs)


def test_objects_and_edges_are_found_by_key_through_an_index(connection: Connection):
    run(connection, estate())
    for model in (Node, Edge):
        keys = [row.key for row in model.objects.of(connection.tenant)]
        asked = by_key(connection.tenant.pk, keys, connection_id=connection.pk)
        plan = collection(model).find(asked).explain()["executionStats"]
        assert plan["totalDocsExamined"] == plan["nReturned"] == len(keys)
    asked = by_key(connection.tenant.pk, [ADMIN.id])
    assert collection(Node).find(asked).explain()["executionStats"]["totalDocsExamined"] == 1
