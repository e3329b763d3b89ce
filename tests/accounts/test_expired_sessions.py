"""Sessions that are over leave the database; the others stay."""

from __future__ import annotations

from datetime import timedelta

from django.test import Client
from django.utils import timezone

from accounts.models import Session
from accounts.tasks import clear_expired_sessions


def test_only_expired_sessions_go(as_alice: Client, as_bob: Client):
    Session.objects.filter(session_key=as_bob.session.session_key).update(
        expire_date=timezone.now() - timedelta(days=1)
    )
    clear_expired_sessions()
    assert [session.session_key for session in Session.objects.all()] == [as_alice.session.session_key]
