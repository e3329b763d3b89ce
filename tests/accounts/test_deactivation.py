"""A tenant that is deactivated: nobody enters, nobody signs in to it, nothing is scanned, and it all comes back."""

from __future__ import annotations

from datetime import timedelta

import pytest
from django.core import mail
from django.test import Client
from django.utils import timezone
from django_q.models import OrmQ

from accounts.models import Membership, User
from accounts.provisioning import activation
from accounts.roles import Role
from connectors import tasks
from connectors.models import Connection, Scan
from tenants.audit import WORKER
from tenants.models import AuditEvent, Tenant
from tests.conftest import signed_in
from tests.factories import make_connection

QUEUE = "/t/acme/findings/"
PAGE = "/admin/tenants/tenant/{}/{}/"


def deactivate(tenant: Tenant) -> None:
    assert activation.deactivate(tenant=tenant, reason="Contract ended", actor=WORKER)


def test_sessions_end_at_once_and_others_go_on(tenant: Tenant, as_alice: Client, as_mallory: Client):
    assert as_alice.get(QUEUE).status_code == 200
    deactivate(tenant)
    assert as_alice.get(QUEUE)["Location"].startswith("/accounts/login/")
    assert as_mallory.get("/t/globex/findings/").status_code == 200


def test_a_member_is_told_and_a_stranger_is_not(tenant: Tenant, alice: User, mallory: User):
    deactivate(tenant)
    told = signed_in(alice).get(QUEUE)
    assert told.status_code == 403
    assert "This organization is deactivated" in told.content.decode()
    assert signed_in(mallory).get(QUEUE).status_code == 404


def test_signing_in_is_refused_in_words(tenant: Tenant, alice: User, client: Client):
    deactivate(tenant)
    client.post("/accounts/login/", {"email": alice.email})
    code = next(line.strip() for line in mail.outbox[-1].body.splitlines() if line.strip().count("-") == 1)
    answer = client.post("/accounts/login/code/confirm/", {"code": code})
    assert answer.status_code == 403
    assert "Your organization is deactivated here" in answer.content.decode()
    assert "Back to sign-in" in answer.content.decode()
    assert "can change your role" not in answer.content.decode()


def test_who_belongs_elsewhere_signs_in_there(tenant: Tenant, other_tenant: Tenant, alice: User):
    Membership.objects.create(tenant=other_tenant, user=alice, role=Role.VIEWER)
    deactivate(tenant)
    client = signed_in(alice)
    assert client.get("/")["Location"] == "/t/globex/findings/"


@pytest.fixture
def connection(tenant: Tenant) -> Connection:
    return make_connection(tenant, next_scan_at=timezone.now() - timedelta(minutes=1))


def test_a_queued_scan_is_cancelled_and_a_running_one_asked_to_stop(tenant: Tenant, connection: Connection):
    other = make_connection(tenant, name="Second")
    queued = tasks.request_scan(connection=connection, actor=WORKER, trigger="person")
    running = tasks.request_scan(connection=other, actor=WORKER, trigger="person")
    Scan.objects.of(tenant).filter(pk=running.pk).update(state=Scan.State.RUNNING)
    deactivate(tenant)
    queued, running = (Scan.objects.of(tenant).get(pk=scan.pk) for scan in (queued, running))
    assert (queued.state, queued.live) == (Scan.State.CANCELLED, None)
    assert running.cancel_requested_by == "sv0"


def test_no_schedule_starts_and_no_worker_runs(tenant: Tenant, connection: Connection):
    late = tasks.request_scan(connection=connection, actor=WORKER, trigger="person")
    Tenant.objects.filter(pk=tenant.pk).update(deactivated_at=timezone.now())
    tasks.run(str(late.pk))
    assert Scan.objects.of(tenant).get(pk=late.pk).state == Scan.State.CANCELLED
    OrmQ.objects.all().delete()
    tasks.start_due()
    assert Scan.objects.of(tenant).count() == 1
    assert not OrmQ.objects.exists()


def test_it_comes_back_with_everything(tenant: Tenant, connection: Connection, alice: User):
    deactivate(tenant)
    assert activation.reactivate(tenant=tenant, reason="Paid", actor=WORKER)
    assert signed_in(alice).get(QUEUE).status_code == 200
    Connection.objects.of(tenant).update(next_scan_at=timezone.now() - timedelta(minutes=1))
    tasks.start_due()
    assert Scan.objects.of(tenant).filter(live=True).exists()


def test_the_second_is_told(tenant: Tenant):
    deactivate(tenant)
    assert not activation.deactivate(tenant=tenant, reason="Again", actor=WORKER)
    assert AuditEvent.objects.of(tenant).filter(action="tenant:deactivated").count() == 1


def test_staff_does_it_with_a_reason(tenant: Tenant, staff: User, support: User):
    page = PAGE.format(tenant.pk, "deactivate")
    assert signed_in(support).post(page, {"reason": "x"}).status_code == 403
    client = signed_in(staff)
    assert client.post(page, {"reason": " "}).status_code == 200
    assert Tenant.objects.get(pk=tenant.pk).deactivated_at is None
    assert client.post(page, {"reason": "Contract ended"}).status_code == 302
    event = AuditEvent.objects.of(tenant).get(action="tenant:deactivated")
    assert (event.actor, event.via, event.detail) == ("Staff", "admin", {"reason": "Contract ended"})
    assert client.get(page).status_code == 404
    assert client.post(PAGE.format(tenant.pk, "reactivate"), {"reason": "Paid"}).status_code == 302
    assert AuditEvent.objects.of(tenant).filter(action="tenant:reactivated", detail={"reason": "Paid"}).count() == 1
