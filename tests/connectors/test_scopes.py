"""Something is gone once every scope that may hold it was read completely without it, or is not there any more."""

from __future__ import annotations

from dataclasses import replace
from typing import Any

import pytest
from django.utils import timezone

from connectors import connect
from connectors.inventory import write
from connectors.inventory.models import Coverage, Node, Telling
from connectors.inventory.read import Inventory
from connectors.inventory.records import Access, ScopeState
from connectors.models import Connection, Scan
from connectors.source import ErrorKind, SourceError
from tenants.audit import WORKER
from tests.connectors import scripted
from tests.connectors.scanning import changes, coverage, live, run, run_script
from tests.connectors.scripted import bucket, may, role, scope
from tests.factories import make_connection

GROUP, DATA = role("Analysts"), bucket("data")
A, B, C = "prod:iam", "dev:iam", "test:iam"


def told_in(name: str, *more: Any, state: ScopeState = ScopeState.COMPLETE) -> list[Any]:
    """A scope that tells of the group and what it may read, which other scopes tell of, too."""
    grant = replace(may(GROUP, Access.READ, DATA), scope=name)
    return scope(name, replace(GROUP, scope=name), replace(DATA, scope=name), grant, *more, state=state)


def unread(name: str) -> list[Any]:
    return scope(name, state=ScopeState.DENIED)


SHARED = {"Analysts", "data", "Analysts permission data"}

# ── Told by several scopes ──────────────────────────────────────────────────────────────────────────────────────────


@pytest.mark.parametrize("batch", [1, 1000])
@pytest.mark.parametrize("last", [A, B])
def test_what_two_scopes_told_of_is_kept_until_both_were_read_without_it(
    connection: Connection, monkeypatch: pytest.MonkeyPatch, last: str, batch: int
):
    monkeypatch.setattr(write, "BATCH", batch)
    other = B if last == A else A
    run(connection, told_in(other), told_in(last))
    run(connection, scope(last), unread(other))
    assert live(connection) == SHARED
    run(connection, unread(last), scope(other))
    assert live(connection) == set()
    assert [row[1:] for row in changes(connection)] == [("exists", True, False)] * 3


def test_two_scopes_that_are_read_at_once_both_keep_what_they_told_of(connection: Connection):
    first, second = told_in(A), told_in(B)
    woven = [record for pair in zip(first, second, strict=True) for record in pair]
    run(connection, woven)
    run(connection, scope(B), unread(A))
    assert live(connection) == SHARED
    assert changes(connection) == []


def test_what_a_scope_was_read_without_is_not_held_for_it_any_more(connection: Connection):
    run(connection, told_in(A), told_in(B))
    run(connection, told_in(A), scope(B))
    run(connection, scope(A), unread(B))
    assert live(connection) == set()
    assert not Telling.objects.of(connection.tenant).filter(scope=B).exists()


def test_a_third_scope_holds_it_when_the_two_are_read_without_it(connection: Connection):
    run(connection, told_in(A), told_in(B), told_in(C))
    run(connection, scope(A), unread(B), scope(C))
    assert live(connection) == SHARED
    node = Node.objects.of(connection.tenant).get(name="Analysts")
    assert (node.scope, node.data["scope"]) == (B, B)
    run(connection, told_in(A), unread(B), scope(C))
    run(connection, scope(A), unread(B), scope(C))
    assert live(connection) == SHARED, "B was never read without it"
    run(connection, unread(A), scope(B), unread(C))
    assert live(connection) == set()


def test_a_scope_alone_takes_no_row(connection: Connection):
    run(connection, told_in(A))
    run(connection, told_in(A))
    assert Telling.objects.of(connection.tenant).count() == 0


# ── Scopes that are not there any more ──────────────────────────────────────────────────────────────────────────────

LISTING = "organization"


def account(name: str, *regions: str) -> list[Any]:
    """An account that the organization lists, and what is in its regions, which the account lists."""
    told: list[Any] = scope(f"{name}:account", listed_by=LISTING)
    for region in regions:
        key = f"{name}:{region}"
        told += scope(key, replace(role(f"{name} {region}"), scope=key), listed_by=f"{name}:account")
    return told


def test_an_account_that_left_takes_along_what_it_held(connection: Connection):
    run(connection, scope(LISTING), account("prod", "iam"), account("dev", "iam", "eu"))
    scan = run(connection, scope(LISTING), account("prod", "iam"))
    assert live(connection) == {"prod iam"}
    assert changes(connection) == [("dev eu", "exists", True, False), ("dev iam", "exists", True, False)]
    assert (scan.state, scan.counts["gone"]) == (Scan.State.COMPLETE, 2)
    assert coverage(scan) == {
        LISTING: "complete", "prod:account": "complete", "prod:iam": "complete",
        "dev:account": "gone", "dev:iam": "gone", "dev:eu": "gone",
    }  # fmt: skip
    row = Coverage.objects.of(connection.tenant).get(scan=scan.pk, scope="dev:account")
    assert row.error == "Not there any more: IAM in organization no longer lists it."
    inventory = Inventory(connection.tenant, now=timezone.now())
    assert inventory.complete(("dev:iam",)), "what was found there is proven to be gone"
    assert inventory.gaps("dev", ("iam",)) == []


def test_what_left_is_told_once_and_may_come_back(connection: Connection):
    run(connection, scope(LISTING), account("dev", "iam"))
    run(connection, scope(LISTING))
    assert coverage(run(connection, scope(LISTING))) == {LISTING: "complete"}
    run(connection, scope(LISTING), account("dev", "iam"))
    assert live(connection) == {"dev iam"}


def test_a_region_that_was_taken_out_takes_along_what_it_held(connection: Connection):
    run(connection, scope(LISTING), account("prod", "iam", "eu"))
    run(connection, scope(LISTING), account("prod", "iam"))
    assert live(connection) == {"prod iam"}


@pytest.mark.parametrize("listing", [scope(LISTING, state=ScopeState.DENIED), []])
def test_a_list_that_was_not_read_ends_nothing(connection: Connection, listing: list[Any]):
    run(connection, scope(LISTING), account("prod", "iam"), account("dev", "iam"))
    run(connection, listing, account("prod", "iam"))
    assert live(connection) == {"prod iam", "dev iam"}


def test_an_account_that_could_not_be_entered_keeps_its_regions(connection: Connection):
    run(connection, scope(LISTING), account("prod", "iam"))
    run(connection, scope(LISTING), scope("prod:account", state=ScopeState.DENIED, listed_by=LISTING))
    assert live(connection) == {"prod iam"}


def test_a_scan_that_breaks_off_ends_nothing(connection: Connection):
    run(connection, scope(LISTING), account("prod", "iam"), account("dev", "iam"))

    def script(pull):
        yield from scope(LISTING)
        raise SourceError("No answer.", kind=ErrorKind.TRANSIENT)

    scripted.source.script = script
    run_script(connection)
    assert live(connection) == {"prod iam", "dev iam"}


# ── Read through two connections ────────────────────────────────────────────────────────────────────────────────────


@pytest.fixture
def other(connection: Connection) -> Connection:
    """A second connection to the same system."""
    return make_connection(connection.tenant, kind="scripted", name="Other", settings={})


def there(connection: Connection) -> list[str]:
    """Names of the tenant's live objects, through whichever connection."""
    inventory = Inventory(connection.tenant, now=timezone.now())
    return [each.name for each in (*inventory.identities(), *inventory.resources())]


def test_of_two_connections_the_last_complete_reading_decides(connection: Connection, other: Connection):
    run(connection, told_in(A))
    run(other, scope(A, GROUP))
    assert there(connection) == ["Analysts"]
    assert live(connection) == set()
    assert changes(connection) == [], "it is told by the reading that shows it"
    assert [row[:2] for row in changes(other)] == [("Analysts can read data", "exists"), ("data", "exists")]


def test_a_reading_that_is_not_complete_decides_nothing(connection: Connection, other: Connection):
    run(connection, told_in(A))
    run(other, scope(A, GROUP, state=ScopeState.DENIED))
    assert live(connection) == SHARED
    assert there(connection) == ["Analysts", "Analysts", "data"]
    assert Inventory(connection.tenant, now=timezone.now()).complete((A,)), "as the first connection read it"


def test_the_first_connection_decides_again_once_it_reads_again(connection: Connection, other: Connection):
    run(connection, told_in(A))
    run(other, told_in(A))
    run(connection, told_in(A))
    assert (live(connection), live(other)) == (SHARED, set())
    run(other, told_in(A, state=ScopeState.FAILED))
    assert live(connection) == SHARED
    assert changes(connection) == changes(other) == []
    assert Inventory(connection.tenant, now=timezone.now()).complete((A,))


def test_what_only_the_other_connection_reads_is_left_alone(connection: Connection, other: Connection):
    run(connection, told_in(A), scope(B, replace(role("Dev"), scope=B)))
    run(other, told_in(A))
    assert live(connection) == {"Dev"}


def test_a_deleted_connections_word_no_longer_stands_above_the_others(connection: Connection, other: Connection):
    run(connection, told_in(A))
    run(other, told_in(A))
    connect.delete(connection=other, actor=WORKER)
    connect.purge(str(connection.tenant.pk), str(other.pk))
    assert live(connection) == SHARED
