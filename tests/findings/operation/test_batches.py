"""Are many done each exactly once, whatever becomes of their workers, and how is that told?"""

from __future__ import annotations

import hashlib
from datetime import timedelta
from threading import Barrier, Thread

import pytest
from django.db import connection
from django.utils import timezone
from django_q.models import OrmQ

from findings import evidence, history, log, operation, tasks
from findings.models import Finding, Operation
from findings.operation.sheet import Sheet
from tenants import audit
from tenants.models import AuditEvent, Tenant
from tests.findings.operation.desk import (
    BOB,
    did,
    events,
    fresh,
    fresh_one,
    make,
    stored,
)


def test_many_are_left_to_a_worker(tenant: Tenant, small: None):
    were_made = make(tenant, 7)
    were = stored(tenant)
    held = did(tenant, "close", were_made)
    assert (held.state, held.done) == ("running", 0)
    queued = OrmQ.objects.get()
    assert queued.task["func"] == "findings.tasks.carry_out"
    tasks.carry_out(*queued.task["args"])
    assert (fresh(held).state, fresh(held).done) == ("done", 7)
    assert events(tenant) == ["operation:started", "operation:carried_out"]
    told = AuditEvent.objects.of(tenant).get(action="operation:carried_out").detail
    ids = sorted(str(each.pk) for each in were_made)
    assert told["members_sha256"] == hashlib.sha256("\n".join(ids).encode()).hexdigest()
    operation.undo(operation=fresh(held), actor=BOB)
    assert fresh(held).state == "undoing"
    tasks.carry_out(str(tenant.pk), str(held.pk))
    assert (fresh(held).state, fresh(held).restored) == ("undone", 7)
    assert stored(tenant) == were


@pytest.mark.parametrize("undo", ["", "undo"])
def test_a_worker_that_dies_leaves_whole_batches_and_another_goes_on(
    tenant: Tenant, small: None, undo: str, monkeypatch: pytest.MonkeyPatch
):
    found = make(tenant, 8)
    were, held = stored(tenant), did(tenant, "close", found)
    if undo:
        tasks.carry_out(str(tenant.pk), str(held.pk))
        operation.undo(operation=fresh(held), actor=BOB)
    with monkeypatch.context() as patched:
        die_in(patched, batch=2)
        with pytest.raises(KeyboardInterrupt):
            tasks.carry_out(str(tenant.pk), str(held.pk))
    audit._leave_transaction()
    assert fresh(held).settled == 3
    assert Finding.objects.of(tenant).filter(status="closed").count() == (5 if undo else 3)
    tasks.resume_operations()
    assert fresh(held).settled == 3  # it may still be at work
    Operation.objects.of(tenant).update(beat_at=timezone.now() - operation.LEFT_ALONE)
    tasks.resume_operations()
    ended = fresh(held)
    assert (ended.state, ended.done) == ("undone" if undo else "done", 8)
    assert Finding.objects.of(tenant).filter(status="closed").count() == (0 if undo else 8)
    assert not undo or stored(tenant) == were


def die_in(patched: pytest.MonkeyPatch, *, batch: int) -> None:
    """The process is killed while that batch is written: what of it was sent is not committed."""
    batches_written, write = [], Sheet.write

    def dying(sheet: Sheet) -> None:
        write(sheet)
        batches_written.append(1)
        if len(batches_written) == batch:
            raise KeyboardInterrupt

    patched.setattr(Sheet, "write", dying)


@pytest.mark.django_db(transaction=True)
def test_two_workers_on_one_operation_do_nothing_twice(tenant: Tenant, small: None):
    held = did(tenant, "close", make(tenant, 20))
    together = Barrier(2)

    def work() -> None:
        together.wait()
        tasks.carry_out(str(tenant.pk), str(held.pk))
        connection.close()

    workers = [Thread(target=work) for _ in range(2)]
    for worker in workers:
        worker.start()
    for worker in workers:
        worker.join()
    ended = fresh(held)
    assert (ended.state, ended.done) == ("done", 20)
    assert {each.version for each in Finding.objects.of(tenant)} == {2}
    assert events(tenant) == ["operation:started", "operation:carried_out"]


def test_an_operation_that_is_gone_is_no_trouble(tenant: Tenant, small: None):
    held = did(tenant, "close", make(tenant, 4))
    Operation.objects.of(tenant).delete()
    tasks.carry_out(str(tenant.pk), str(held.pk))
    assert {each.status for each in Finding.objects.of(tenant)} == {"open"}


def test_every_members_timeline_and_evidence_tell_it(tenant: Tenant):
    one, other = make(tenant, 2)
    held = did(tenant, "close", [one, other], reason="Deleted")
    (told,) = evidence.pack(fresh_one(one))["timeline"]
    assert (told["action"], told["did"]) == ("operation:carried_out", "finding:closed")
    assert (told["detail"]["reason"], told["detail"]["member_ids"]) == ("Deleted", sorted([str(one.pk), str(other.pk)]))
    operation.undo(operation=held, actor=BOB)
    assert [each.did for each in log.about(one)] == ["finding:closed", "finding:undone"]


def test_posture_counts_what_was_done_to_many_and_not_what_was_undone(tenant: Tenant):
    start = timezone.now()
    make(tenant, 3, first_seen=start - timedelta(days=2))
    held = did(tenant, "close", [*Finding.objects.of(tenant)])
    done = timezone.now()
    assert history.happened(tenant=tenant, start=start, end=done)["closed"] == 3
    assert history.open_by_severity(tenant=tenant, moments=[start, done])["high"] == [3, 0]
    operation.undo(operation=held, actor=BOB)
    moments = [start, done, timezone.now()]
    assert history.happened(tenant=tenant, start=start, end=moments[2])["closed"] == 0
    assert history.open_by_severity(tenant=tenant, moments=moments)["high"] == [3, 0, 3]
