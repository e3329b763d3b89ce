"""A scan ends in a state that tells the truth, whatever the source, the worker or the network does."""

from __future__ import annotations

import time
from datetime import timedelta

import pytest
from django.utils import timezone
from pytest_django import Settings

from connectors import lease, secrets, tasks
from connectors.inventory.documents import collection
from connectors.inventory.models import Coverage, Node
from connectors.inventory.read import Inventory
from connectors.inventory.records import ScopeEnded, ScopeState
from connectors.models import Connection, Scan
from connectors.source import ErrorKind, SourceError
from tenants.audit import WORKER
from tenants.models import AuditEvent
from tests.connectors import scripted
from tests.connectors.scanning import changes, coverage, fresh, live, lose_worker, run, run_script
from tests.connectors.scripted import alert, role, scope

PATIENCE = 20  # seconds; a bound for waiting, not a measure


def wait_until_stopped(pull):
    """As a source between two pages, until it is told to stop."""
    deadline = time.monotonic() + PATIENCE
    while not pull.cancelled():
        assert time.monotonic() < deadline, "nobody told the source to stop"
        time.sleep(0.02)


def events(scan: Scan) -> list[str]:
    found = AuditEvent.objects.of(scan.tenant).filter(subject_id=str(scan.pk)).order_by("number")
    return [f"{event.action} {event.detail.get('state', '')}".strip() for event in found]


def test_a_scan_ends_complete_and_tells_its_scopes(connection: Connection):
    scan = run(connection, scope("prod:iam", role("Admin"), role("Ops")), scope("dev:iam"))
    assert (scan.state, scan.live, scan.lease_until, scan.attempts) == (Scan.State.COMPLETE, None, None, 1)
    assert scan.started_at
    assert scan.finished_at
    assert scan.started_at <= scan.finished_at
    assert coverage(scan) == {"prod:iam": "complete", "dev:iam": "complete"}
    assert Coverage.objects.of(connection.tenant).get(scope="prod:iam").objects_read == 2
    assert events(scan) == ["scan:requested", "scan:finished complete"]


def test_one_scope_in_trouble_makes_the_scan_partial_and_keeps_its_reason(connection: Connection):
    records = scope("prod:iam", role("Admin"))
    records[-1] = ScopeEnded(
        scope="prod:iam",
        state=ScopeState.DENIED,
        missing=("iam:ListRoles",),
        error="The role may not list roles.",
        error_kind="config",
        retries=3,
    )
    scan = run(connection, records, scope("dev:iam"))
    row = Coverage.objects.of(connection.tenant).get(scope="prod:iam")
    assert scan.state == Scan.State.PARTIAL
    assert (row.state, row.missing, row.error, row.error_kind, row.retries) == (
        "denied", ["iam:ListRoles"], "The role may not list roles.", "config", 3,
    )  # fmt: skip


def test_a_scope_that_the_source_forgot_to_end_is_not_complete(connection: Connection):
    run(connection, scope("prod:iam", role("Admin")))
    scan = run(connection, scope("prod:iam")[:-1])
    assert (scan.state, coverage(scan)) == (Scan.State.PARTIAL, {"prod:iam": "failed"})
    assert live(connection) == {"Admin"}


def test_a_source_that_cannot_be_read_fails_in_the_sources_words(connection: Connection):
    def script(pull):
        yield from scope("prod:iam", role("Admin"))
        yield from scope("dev:iam")[:-1]
        raise SourceError("The external id is wrong.", kind=ErrorKind.CONFIG)

    scripted.source.script = script
    scan = run_script(connection)
    assert (scan.state, scan.error, scan.error_kind) == (Scan.State.FAILED, "The external id is wrong.", "config")
    assert coverage(scan) == {"prod:iam": "complete", "dev:iam": "failed"}
    assert events(scan)[-1] == "scan:finished failed"


def test_a_fault_of_ours_is_told_by_a_reference_that_the_log_has(
    connection: Connection, caplog: pytest.LogCaptureFixture
):
    def script(pull):
        yield from scope("prod:iam")
        raise KeyError("hunter2")

    scripted.source.script = script
    scan = run_script(connection)
    assert (scan.state, scan.error_kind) == (Scan.State.FAILED, "system")
    told = scan.error or ""
    assert "hunter2" not in told
    reference = told.rstrip(".").rsplit(" ", 1)[-1]
    assert any(reference in str(record.msg) for record in caplog.records)


def test_secrets_that_do_not_open_fail_the_scan(connection: Connection, settings: Settings):
    sealed = secrets.seal(connection.tenant, {"secret": "s"})
    Connection.objects.of(connection.tenant).update(sealed={"secret": sealed["secret"][:-8] + "AAAAAAA="})
    scan = run(connection)
    assert (scan.state, scan.error_kind) == (Scan.State.FAILED, "system")
    assert "MASTER_KEY" in (scan.error or "")


def test_settings_reach_the_source_with_secrets_in_clear(connection: Connection):
    seen = {}
    sealed = secrets.seal(connection.tenant, {"secret": "s"})
    Connection.objects.of(connection.tenant).update(settings={"regions": ["eu-west-1"]}, sealed=sealed)

    def script(pull):
        seen.update(pull.settings)
        yield from scope("prod:iam")

    scripted.source.script = script
    assert run_script(connection).state == Scan.State.COMPLETE
    assert seen == {"regions": ["eu-west-1"], "secret": "s"}


def test_findings_are_evaluated_after_the_sweep(connection: Connection, monkeypatch: pytest.MonkeyPatch):
    run(connection, scope("prod:iam", role("Admin")))
    seen = []

    def evaluated(*, tenant, scan):
        seen.append((fresh(scan).state, live(connection)))
        return {"opened": 2, "resolved": 1}

    monkeypatch.setattr(scripted, "evaluated", evaluated)
    scan = run(connection, scope("prod:iam"))
    assert seen == [("evaluating", set())]
    assert (scan.counts["opened"], scan.counts["resolved"], scan.counts["gone"]) == (2, 1, 1)


def test_an_evaluation_that_fails_fails_the_scan_and_keeps_what_was_read(connection: Connection, settings: Settings):
    settings.AFTER_SCAN = "tests.connectors.scripted.nothing"
    scan = run(connection, scope("prod:iam", role("Admin")))
    assert (scan.state, live(connection)) == (Scan.State.FAILED, {"Admin"})


def test_alerts_are_kept_while_the_source_reports_them(connection: Connection):
    admin = role("Admin")
    odd, old = alert("Odd", admin, reported_at=timezone.now()), alert("Old", admin)
    first = run(connection, scope("prod:iam", admin, odd, old))
    assert (first.counts["alerts"], first.counts["alerts_new"]) == (2, 2)
    second = run(connection, scope("prod:iam", admin, odd))
    assert (second.counts["alerts"], second.counts["alerts_gone"]) == (1, 1)
    assert list(Inventory(connection.tenant, now=timezone.now()).alerts()) == [odd]
    assert changes(connection) == []


# ── Stopping ────────────────────────────────────────────────────────────────────────────────────────────────────────


def test_a_running_scan_that_is_cancelled_stops_and_closes_nothing(connection: Connection):
    run(connection, scope("prod:iam", role("Admin")))
    closed = []

    def script(pull):
        try:
            yield from scope("prod:iam")
            yield from scope("dev:iam", role("Dev"))[:-1]
            tasks.cancel_scan(scan=Scan.objects.of(connection.tenant).get(live=True), actor=WORKER)
            wait_until_stopped(pull)
            yield role("Late")
        finally:
            closed.append(True)

    scripted.source.script = script
    scan = run_script(connection)
    assert (scan.state, scan.cancel_requested_by, scan.live) == (Scan.State.CANCELLED, "sv0", None)
    assert coverage(scan) == {"prod:iam": "complete", "dev:iam": "cancelled"}
    assert "Admin" in live(connection)
    assert "Late" not in live(connection)
    assert closed == [True]
    assert events(scan) == ["scan:requested", "scan:cancelled", "scan:finished cancelled"]


def test_a_source_that_ends_by_itself_when_cancelled_is_cancelled_too(connection: Connection):
    def script(pull):
        tasks.cancel_scan(scan=Scan.objects.of(connection.tenant).get(live=True), actor=WORKER)
        wait_until_stopped(pull)
        yield from scope("prod:iam", state=ScopeState.CANCELLED)

    scripted.source.script = script
    assert run_script(connection).state == Scan.State.CANCELLED


def test_a_scan_that_takes_too_long_is_stopped(connection: Connection, settings: Settings):
    settings.SCAN_TIMEOUT_SECONDS = 0

    def script(pull):
        yield from scope("prod:iam", role("Admin"))[:-1]
        wait_until_stopped(pull)
        yield role("Late")

    scripted.source.script = script
    scan = run_script(connection)
    assert (scan.state, scan.error_kind, scan.live) == (Scan.State.TIMED_OUT, "transient", None)
    assert "Late" not in live(connection)


def test_a_worker_that_lost_its_lease_stops_and_touches_nothing(connection: Connection):
    def script(pull):
        yield from scope("prod:iam", role("Admin"))
        Scan.objects.of(connection.tenant).filter(live=True).update(worker="another", error="theirs")
        wait_until_stopped(pull)
        yield from scope("dev:iam", role("Late"))

    scripted.source.script = script
    scan = run_script(connection)
    assert (scan.state, scan.worker, scan.error, scan.finished_at) == ("running", "another", "theirs", None)
    assert Node.objects.of(connection.tenant).filter(name="Late").count() == 0
    assert "dev:iam" not in coverage(scan)


def test_a_worker_that_fails_after_losing_its_lease_touches_nothing(connection: Connection):
    def script(pull):
        yield from scope("prod:iam")[:-1]
        Scan.objects.of(connection.tenant).filter(live=True).update(worker="another")
        raise SourceError("Too late.", kind=ErrorKind.TRANSIENT)

    scripted.source.script = script
    scan = run_script(connection)
    assert (scan.state, scan.error, coverage(scan)) == ("running", None, {"prod:iam": "running"})


def test_the_heartbeat_renews_the_lease_and_shows_the_counts(connection: Connection, monkeypatch: pytest.MonkeyPatch):
    monkeypatch.setattr(lease, "HEARTBEAT_SECONDS", 0.02)
    seen = []

    def script(pull):
        yield from scope("prod:iam", role("Admin"))
        scan = Scan.objects.of(connection.tenant).get(live=True)
        deadline = time.monotonic() + PATIENCE
        while not (again := fresh(scan)).counts or again.lease_until <= scan.lease_until:
            assert time.monotonic() < deadline, "no heartbeat"
            time.sleep(0.02)
        seen.append(again.counts)

    scripted.source.script = script
    run_script(connection)
    assert seen[0]["objects"] == 1


def test_a_process_that_slept_through_its_lease_writes_nothing_more(
    connection: Connection, monkeypatch: pytest.MonkeyPatch, settings: Settings
):
    settings.SCAN_LEASE_SECONDS = 1

    def script(pull):
        yield from scope("prod:iam")
        later = time.monotonic() + 3600
        monkeypatch.setattr(time, "monotonic", lambda: later)
        yield from scope("dev:iam", role("Late"))

    scripted.source.script = script
    scan = run_script(connection)
    assert (scan.state, live(connection)) == ("running", set())


# ── One at a time ───────────────────────────────────────────────────────────────────────────────────────────────────


def test_of_two_workers_one_runs_the_scan(connection: Connection):
    runs = []

    def script(pull):
        runs.append(True)
        scan = Scan.objects.of(connection.tenant).get(live=True)
        tasks.run(str(scan.pk))  # delivered again
        yield from scope("prod:iam")

    scripted.source.script = script
    scan = run_script(connection)
    tasks.run(str(scan.pk))
    assert (runs, scan.state, scan.attempts) == ([True], Scan.State.COMPLETE, 1)


def test_a_scan_is_claimed_once(connection: Connection):
    scan = tasks.request_scan(connection=connection, actor=WORKER, trigger="person")
    assert lease.claim(scan)
    assert lease.claim(scan) is None
    lose_worker(scan)
    assert lease.claim(scan) is None, "only the reaper gives it back"


def test_what_a_scan_asks_of_coverage_is_answered_by_an_index(connection: Connection):
    scan = run(connection, scope("prod:iam"))
    asked = {"tenant_id": scan.tenant_id, "connection_id": connection.pk, "scope": "prod:iam", "scan": scan.pk}
    plan = collection(Coverage).find(asked).explain()["queryPlanner"]["winningPlan"]
    assert plan["inputStage"]["indexName"] == "coverage_history"


def test_the_time_a_scan_began_is_the_same_for_every_attempt(connection: Connection):
    scan = tasks.request_scan(connection=connection, actor=WORKER, trigger="person")
    began = timezone.now() - timedelta(minutes=5)
    Scan.objects.of(scan.tenant).filter(pk=scan.pk).update(started_at=began, attempts=1)
    scripted.source.script = scripted.play(scope("prod:iam", role("Admin")))
    tasks.run(str(scan.pk))
    ended = fresh(scan)
    assert ended.started_at
    assert abs(ended.started_at - began) < timedelta(milliseconds=1)
    assert ended.counts["new"] == 1


def test_a_scan_that_read_nothing_at_all_is_no_proof(connection: Connection):
    before = run(connection, scope("prod:iam", role("a")))
    empty = run(connection)
    assert (before.state, empty.state, empty.error_kind) == (Scan.State.COMPLETE, Scan.State.FAILED, ErrorKind.SYSTEM)
    assert "Nothing was read" in str(empty.error)
    assert live(connection)
