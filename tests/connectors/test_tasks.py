"""A scan gets into the queue once, out of it on demand, and back when its worker dies."""

from __future__ import annotations

from concurrent.futures import ThreadPoolExecutor
from datetime import timedelta

import pytest
from bson import ObjectId
from django.utils import timezone
from django_q.models import OrmQ
from pytest_django import Settings

from connectors import connect, tasks
from connectors import scan as scanning
from connectors.models import Connection, Scan
from tenants.audit import WORKER, Actor
from tenants.models import AuditEvent, Tenant
from tests.connectors.scanning import fresh, lose_worker, run
from tests.connectors.scripted import scope
from tests.factories import make_connection

ALICE = Actor(id="1", name="Alice", via="web")


def request(connection: Connection) -> Scan:
    return tasks.request_scan(connection=connection, actor=ALICE, trigger="person")


def leave(scan: Scan, **fields) -> None:
    """As a worker that died left it."""
    Scan.objects.of(scan.tenant).filter(pk=scan.pk).update(
        **{"state": Scan.State.RUNNING, "worker": "dead", "started_at": timezone.now(), "attempts": 1, **fields}
    )
    lose_worker(scan)


def queued() -> list[str]:
    """The scans that wait in django-q2's queue."""
    return [task.task["args"][0] for task in OrmQ.objects.all()]


def test_the_queue_remembers_no_name_of_a_connection(tenant: Tenant):
    tasks.request_scan(connection=make_connection(tenant, name="Billing of Acme"), actor=WORKER, trigger="person")
    (queued,) = OrmQ.objects.all()
    assert "Acme" not in repr(queued.task)


def test_a_scan_is_queued_by_its_id_alone_and_audited(connection: Connection):
    scan = request(connection)
    assert (queued(), scan.state, scan.requested_by) == ([str(scan.pk)], Scan.State.QUEUED, "Alice")
    assert AuditEvent.objects.of(connection.tenant).get().action == "scan:requested"


def test_a_connection_has_one_live_scan(connection: Connection):
    request(connection)
    with pytest.raises(tasks.ScanAlreadyLive):
        request(connection)
    assert len(queued()) == Scan.objects.of(connection.tenant).count() == 1


def test_when_a_scan_is_over_the_next_may_come(connection: Connection):
    run(connection, scope("prod:iam"))
    assert request(connection).state == Scan.State.QUEUED


def test_a_queued_scan_is_cancelled_at_once_and_never_runs(connection: Connection):
    scan = request(connection)
    tasks.cancel_scan(scan=scan, actor=ALICE)
    tasks.run(str(scan.pk))
    scan = fresh(scan)
    assert (scan.state, scan.live, scan.cancel_requested_by, scan.attempts) == ("cancelled", None, "Alice", 0)


@pytest.mark.parametrize("state", [Scan.State.EVALUATING, Scan.State.COMPLETE])
def test_it_is_too_late_to_cancel_what_was_read(connection: Connection, state: str):
    scan = request(connection)
    Scan.objects.of(connection.tenant).update(state=state)
    tasks.cancel_scan(scan=scan, actor=ALICE)
    assert (fresh(scan).state, fresh(scan).cancel_requested_by) == (state, None)
    assert [event.action for event in AuditEvent.objects.of(connection.tenant)] == ["scan:requested"]


def test_a_task_for_a_scan_that_is_not_there_does_nothing(db: None):
    tasks.run(str(ObjectId()))


@pytest.mark.parametrize("state", [Scan.State.RUNNING, Scan.State.EVALUATING])
def test_a_scan_whose_worker_died_is_queued_again(connection: Connection, state: str):
    scan = request(connection)
    OrmQ.objects.all().delete()
    leave(scan, state=state)
    tasks.reap()
    tasks.reap()
    assert (queued(), fresh(scan).state, fresh(scan).worker) == ([str(scan.pk)], Scan.State.QUEUED, None)


def test_a_scan_whose_worker_lives_is_left_alone(connection: Connection):
    scan = request(connection)
    leave(scan)
    Scan.objects.of(scan.tenant).update(lease_until=timezone.now() + timedelta(minutes=1))
    tasks.reap()
    assert fresh(scan).state == Scan.State.RUNNING


def test_a_scan_whose_workers_all_died_fails(connection: Connection):
    scan = request(connection)
    leave(scan, attempts=tasks.ATTEMPTS)
    tasks.reap()
    assert (fresh(scan).state, fresh(scan).error_kind, fresh(scan).live) == (Scan.State.FAILED, "system", None)
    assert request(connection).state == Scan.State.QUEUED


def test_an_abandoned_scan_that_is_too_old_timed_out(connection: Connection, settings: Settings):
    scan = request(connection)
    leave(scan, started_at=timezone.now() - timedelta(seconds=settings.SCAN_TIMEOUT_SECONDS + 1))
    tasks.reap()
    assert (fresh(scan).state, fresh(scan).live) == (Scan.State.TIMED_OUT, None)


def test_an_abandoned_scan_that_somebody_cancelled_is_cancelled(connection: Connection):
    scan = request(connection)
    leave(scan, cancel_requested_by="Alice")
    tasks.reap()
    assert fresh(scan).state == Scan.State.CANCELLED


def test_a_scan_that_nobody_picked_up_is_queued_again_now_and_then(connection: Connection):
    scan = request(connection)
    OrmQ.objects.all().delete()
    tasks.reap()
    assert queued() == []
    lose_worker(scan)
    tasks.reap()
    tasks.reap()
    assert queued() == [str(scan.pk)]


def test_of_two_reapers_one_recovers_a_scan(connection: Connection):
    scan = request(connection)
    OrmQ.objects.all().delete()
    leave(scan)
    with ThreadPoolExecutor(4) as pool:
        list(pool.map(lambda _: tasks.reap(), range(8)))
    assert queued() == [str(scan.pk)]


# ── The schedule ────────────────────────────────────────────────────────────────────────────────────────────────────


def due(connection: Connection, **fields) -> None:
    values = {"next_scan_at": timezone.now() - timedelta(minutes=1), "every_hours": 24, **fields}
    Connection.objects.of(connection.tenant).filter(pk=connection.pk).update(**values)


def test_a_connection_whose_time_has_come_is_scanned_and_comes_again(connection: Connection):
    came = timezone.now() - timedelta(hours=49)
    due(connection, next_scan_at=came)
    tasks.start_due()
    scan = Scan.objects.of(connection.tenant).get()
    assert (scan.trigger, scan.requested_by) == ("schedule", WORKER.name)
    again = Connection.objects.of(connection.tenant).get().next_scan_at
    assert again > timezone.now()
    assert abs(again - came - timedelta(hours=72)) < timedelta(milliseconds=1)


@pytest.mark.parametrize(
    "fields",
    [
        {"state": Connection.State.PAUSED},
        {"next_scan_at": None},
        {"next_scan_at": timezone.now() + timedelta(days=400)},
    ],
)
def test_a_connection_whose_time_has_not_come_is_left_alone(connection: Connection, fields):
    due(connection, **fields)
    tasks.start_due()
    assert Scan.objects.of(connection.tenant).count() == 0


def test_a_connection_that_is_scanned_only_when_asked_does_not_come_again(connection: Connection):
    due(connection, every_hours=0)
    tasks.start_due()
    assert Connection.objects.of(connection.tenant).get().next_scan_at is None


def test_a_scan_that_is_due_while_one_runs_waits_for_its_next_time(connection: Connection):
    request(connection)
    due(connection)
    tasks.start_due()
    assert Scan.objects.of(connection.tenant).count() == 1
    assert Connection.objects.of(connection.tenant).get().next_scan_at > timezone.now()


def test_two_schedulers_start_one_scan(connection: Connection):
    due(connection)
    with ThreadPoolExecutor(4) as pool:
        list(pool.map(lambda _: tasks.start_due(), range(8)))
    assert Scan.objects.of(connection.tenant).count() == len(queued()) == 1


def test_one_connection_in_trouble_keeps_no_other_waiting(connection: Connection, monkeypatch: pytest.MonkeyPatch):
    other = make_connection(connection.tenant, kind="scripted", name="other")
    due(connection)
    due(other)
    real = tasks.request_scan

    def request_scan(*, connection: Connection, actor: Actor, trigger: str) -> Scan:
        if connection.name != "other":
            raise RuntimeError("trouble")
        return real(connection=connection, actor=actor, trigger=trigger)

    monkeypatch.setattr(tasks, "request_scan", request_scan)
    tasks.start_due()
    assert [scan.connection_name for scan in Scan.objects.of(connection.tenant)] == ["other"]


# ── The connection goes ─────────────────────────────────────────────────────────────────────────────────────────────


def test_a_connection_with_a_live_scan_is_not_deleted(connection: Connection):
    tasks.request_scan(connection=connection, actor=WORKER, trigger="person")
    with pytest.raises(connect.StillScanning):
        connect.delete(connection=connection, actor=WORKER)
    assert Connection.objects.of(connection.tenant).filter(pk=connection.pk).exists()


def test_a_connection_that_is_deleted_gets_no_scan_any_more(connection: Connection):
    connect.delete(connection=connection, actor=WORKER)
    with pytest.raises(tasks.ScanAlreadyLive):
        tasks.request_scan(connection=connection, actor=WORKER, trigger="schedule")
    connect.purge(str(connection.tenant.pk), str(connection.pk))
    assert not Scan.objects.of(connection.tenant).exists()


@pytest.mark.parametrize("state", [Scan.State.QUEUED, Scan.State.RUNNING])
def test_a_scan_whose_connection_is_gone_ends(connection: Connection, state: str):
    scan = tasks.request_scan(connection=connection, actor=WORKER, trigger="person")
    Scan.objects.of(scan.tenant).filter(pk=scan.pk).update(state=state)
    Connection.objects.of(scan.tenant).filter(pk=connection.pk)._raw_delete("default")
    lose_worker(scan)
    tasks.reap()
    tasks.run(str(scan.pk))
    ended = fresh(scan)
    assert (ended.state, ended.live, ended.error) == ("failed", None, scanning.DELETED)
