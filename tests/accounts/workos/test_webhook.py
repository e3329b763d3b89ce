"""Webhooks: only what WorkOS signed, just now, and each event once."""

from __future__ import annotations

from typing import Any

import pytest
from django.test import Client
from django_q.models import OrmQ
from pytest_django.fixtures import Settings

from accounts.tasks import apply_workos_event
from accounts.workos.models import Event
from tests.accounts.workos.conftest import Browser
from tests.emulators.workos import WorkOSEmulator
from tests.emulators.workos.world import Thing
from tests.sv0.test_headers import hardened, unframed


def deliver(body: bytes, signature: str | None) -> Any:
    headers = {"WorkOS-Signature": signature} if signature is not None else {}
    client = Client(enforce_csrf_checks=True)
    return client.post("/accounts/workos/events/", body, content_type="application/json", headers=headers)


def revoked(annas: Browser) -> Thing:
    return annas.workos.world.revoke_session(next(iter(annas.workos.world.sessions.values())))


def test_a_signed_event_is_stored_and_acted_on_by_a_task(annas: Browser):
    told = revoked(annas)
    assert deliver(*annas.workos.webhook(told)).status_code == 200
    assert annas.is_in, "the answer doesn't wait for what follows"
    task = OrmQ.objects.get().task
    assert (task["func"], task["args"]) == ("accounts.tasks.apply_workos_event", (told["id"],))
    apply_workos_event(told["id"])
    assert not annas.is_in


def test_a_second_delivery_is_accepted_and_not_queued(annas: Browser):
    told = revoked(annas)
    assert [deliver(*annas.workos.webhook(told)).status_code for _ in range(3)] == [200] * 3
    assert (Event.objects.count(), OrmQ.objects.count()) == (1, 1)


@pytest.mark.parametrize(
    "signature",
    [None, "", "t=1, v1=00", "nonsense", "t=x, v1=y", "t=, v1=", "v1=00, t=1", "t=1,v1=00", "t=99999999999999, v1=é"],
)
def test_a_signature_of_no_known_form_is_refused(annas: Browser, signature: str | None):
    body, _ = annas.workos.webhook(revoked(annas))
    assert deliver(body, signature).status_code == 400
    assert not Event.objects.exists()


def test_another_secret_another_body_and_an_old_signature_are_refused(annas: Browser):
    told = revoked(annas)
    body, signature = annas.workos.webhook(told)
    assert deliver(*annas.workos.webhook(told, secret="whsec_other")).status_code == 400
    assert deliver(body.replace(b"session.revoked", b"session.created"), signature).status_code == 400
    assert deliver(*annas.workos.webhook(told, ago=600)).status_code == 400
    assert deliver(*annas.workos.webhook(told, ago=-600)).status_code == 400
    assert not Event.objects.exists()


@pytest.mark.parametrize(
    "content", [[], "event", {}, {"event": "user.updated"}, {"event": "user.updated", "data": 1}, None]
)
def test_what_is_signed_but_no_event_is_refused(workos: WorkOSEmulator, content: Any):
    assert deliver(*workos.webhook(content)).status_code == 400


def test_an_event_that_nothing_follows_from_is_accepted_and_forgotten(workos: WorkOSEmulator):
    told = workos.world.happen("invitation.created", {})
    assert deliver(*workos.webhook(told)).status_code == 200
    assert not Event.objects.exists()


def test_without_a_secret_there_is_no_such_address(annas: Browser, settings: Settings):
    settings.WORKOS_WEBHOOK_SECRET = ""
    assert deliver(*annas.workos.webhook(revoked(annas), secret="")).status_code == 404


def test_it_is_only_posted_to(workos: WorkOSEmulator, client: Client):
    assert client.get("/accounts/workos/events/").status_code == 405


def test_a_body_that_is_not_text_is_refused(workos: WorkOSEmulator):
    _, signature = workos.webhook({})
    assert deliver(b"\xff\xfe", signature).status_code == 400


def test_its_answers_are_hardened_and_kept_by_nobody(annas: Browser):
    for body, signature in (annas.workos.webhook(revoked(annas)), (b"{}", "nonsense")):
        answer = deliver(body, signature)
        hardened(answer)
        unframed(answer)
        assert answer["Cache-Control"] == "no-store"
