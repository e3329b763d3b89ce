"""Do a tenant's managers learn that support acts as one of their people, and decide whether they get a mail?"""

from __future__ import annotations

from typing import Any

import pytest
from django.core import mail
from django.test import Client
from django_q.models import OrmQ, Schedule

from accounts import support_access
from accounts.models import User
from accounts.roles import Role
from tenants.models import AuditEvent, Tenant
from tests.accounts.acting import QUEUE, REASON, begin, events
from tests.conftest import signed_in
from tests.factories import make_member

CHOOSE = "/t/acme/members/support-access/"


@pytest.fixture
def desk(support: User) -> Client:
    """The browser of a staff member who may act as others."""
    return signed_in(support)


def queued() -> list[tuple[Any, ...]]:
    tasks = [each.task for each in OrmQ.objects.all()]
    return [task["args"] for task in tasks if task["func"] == "accounts.support_access.mail"]


def work_off() -> None:
    for arguments in queued():
        support_access.mail(*arguments)


def test_managers_and_only_they_get_a_mail(desk: Client, tenant: Tenant, alice: User, bob: User, mallory: User):
    User.objects.filter(pk=make_member(tenant, "gone", role=Role.MANAGER).pk).update(is_active=False)
    begin(desk, tenant, bob)
    assert mail.outbox == []
    work_off()
    (sent,) = mail.outbox
    assert sent.to == [alice.email]
    assert sent.subject == "[sv0] sv0 support acts as Bob at Acme Media"
    for word in ("Support of sv0's support", "Bob", REASON, "UTC at the latest", "/t/acme/audit/", "/t/acme/members/"):
        assert word in sent.body


def test_a_name_with_a_line_break_keeps_nobody_uninformed(desk: Client, tenant: Tenant, alice: User, bob: User):
    User.objects.filter(pk=bob.pk).update(name="Bob\r\nBcc: mallory@evil.example")
    begin(desk, tenant, bob)
    work_off()
    (sent,) = mail.outbox
    assert sent.subject == "[sv0] sv0 support acts as Bob Bcc: mallory@evil.example at Acme Media"
    assert sent.recipients() == [alice.email]


def test_a_mail_server_that_fails_blocks_nothing_is_tried_again_and_leaves_an_event(
    desk: Client, tenant: Tenant, alice: User, bob: User, monkeypatch: pytest.MonkeyPatch
):
    def down(*_: Any, **__: Any) -> None:
        raise ConnectionRefusedError("no mail today")

    monkeypatch.setattr(support_access, "send_mail", down)
    assert begin(desk, tenant, bob).status_code == 302
    assert str(desk.get(QUEUE).wsgi_request.user) == "Bob"
    work_off()
    for attempt in range(2, support_access.ATTEMPTS + 1):
        (again,) = Schedule.objects.filter(func="accounts.support_access.mail")
        arguments = eval(again.args)
        assert (arguments[1], arguments[4]) == (alice.email, attempt)
        again.delete()
        support_access.mail(*arguments)
    assert not Schedule.objects.filter(func="accounts.support_access.mail").exists()
    (told,) = events(tenant, "not_told")
    assert told.detail == {"to": alice.email, "why": "ConnectionRefusedError"}


def test_a_manager_turns_the_mails_off_and_on(desk: Client, tenant: Tenant, as_alice: Client, bob: User):
    assert "Stop these mails" in as_alice.get("/t/acme/members/").content.decode()
    answer = as_alice.post(CHOOSE, {"notify": "off", "next": "/t/acme/findings/"})
    assert answer["Location"] == "/t/acme/findings/"
    as_alice.post(CHOOSE, {"notify": "off"})
    (changed,) = AuditEvent.objects.of(tenant).filter(action="tenant:changed")
    assert changed.actor == "Alice"
    begin(desk, tenant, bob)
    assert queued() == []
    page = as_alice.get("/t/acme/members/").content.decode()
    assert "Send these mails" in page
    assert as_alice.post(CHOOSE, {"notify": "on", "next": "https://evil.example/"})["Location"] == "/t/acme/members/"
    tenant.refresh_from_db()
    assert tenant.notify_support_access


def test_nobody_else_may(as_audrey: Client, tenant: Tenant):
    assert as_audrey.post(CHOOSE, {"notify": "off"}).status_code == 403


def test_the_audit_page_shows_who_acted_as_whom_and_why(desk: Client, tenant: Tenant, as_audrey: Client, bob: User):
    begin(desk, tenant, bob)
    desk.get("/admin/")
    desk.post("/acting/end/")
    page = as_audrey.get("/t/acme/audit/").content.decode()
    assert page.count("acting as <bdi>Bob</bdi>") == 3
    for word in (REASON, "session:impersonation:started", "session:impersonation:refused", "Support stopped."):
        assert word in page
