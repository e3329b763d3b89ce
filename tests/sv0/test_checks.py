"""An unsafe production is refused, each reason by its own words; a safe one passes."""

from __future__ import annotations

import base64

import pytest
from pytest_django.fixtures import Settings

from sv0.checks import production_is_safe

SAFE = {
    "DEVELOPMENT": False,
    "DEBUG": False,
    "SECRET_KEY": "k9" * 30,
    "AUDIT_KEY": b"a7" * 30,
    "MASTER_KEY": base64.b64encode(b"m" * 96).decode(),
    "EMAIL_BACKEND": "django.core.mail.backends.smtp.EmailBackend",
    "MONGODB_URI": "mongodb://sv0:secret@db.example:27017/?replicaSet=rs0&tls=true",
}


def refused(settings: Settings, **changes: object) -> list[str]:
    for name, value in (SAFE | changes).items():
        setattr(settings, name, value)
    return [str(message.id) for message in production_is_safe(app_configs=None)]


def test_a_safe_production_passes(settings: Settings):
    assert refused(settings) == []
    assert refused(settings, MONGODB_URI="mongodb+srv://sv0:secret@cluster.example.com/") == []


@pytest.mark.parametrize(
    ("changes", "error"),
    [
        ({"DEBUG": True}, "sv0.E001"),
        ({"SECRET_KEY": "short"}, "sv0.E002"),
        ({"AUDIT_KEY": b"development-only-not-a-secret-"}, "sv0.E002"),
        ({"EMAIL_BACKEND": "django.core.mail.backends.console.EmailBackend"}, "sv0.E004"),
        ({"WORKOS_API_KEY": "sk_live"}, "sv0.E009"),
        ({"MONGODB_URI": "http://nonsense"}, "sv0.E005"),
        ({"MONGODB_URI": "mongodb://db.example:27017/?replicaSet=rs0&tls=true"}, "sv0.E006"),
        ({"MONGODB_URI": "mongodb://sv0:secret@db.example:27017/?replicaSet=rs0"}, "sv0.E007"),
        ({"MONGODB_URI": "mongodb://sv0:secret@db.example:27017/?tls=true"}, "sv0.E008"),
    ],
)
def test_an_unsafe_production_is_refused(settings: Settings, changes: dict[str, object], error: str):
    assert error in refused(settings, **changes)


def test_the_development_master_key_is_refused(settings: Settings):
    assert "sv0.E003" in refused(settings, MASTER_KEY=settings.DEVELOPMENT_MASTER_KEY)


def test_development_may_have_all_of_it(settings: Settings):
    assert refused(settings, DEVELOPMENT=True, DEBUG=True, SECRET_KEY="x") == []
