"""A connection whose source does what the test says."""

from __future__ import annotations

import pytest
from pytest_django import Settings

from connectors import registry
from connectors.models import Connection
from tenants.models import Tenant
from tests.connectors import scripted
from tests.factories import make_connection


@pytest.fixture
def connection(tenant: Tenant, monkeypatch: pytest.MonkeyPatch, settings: Settings) -> Connection:
    """Of kind "scripted"; see tests.connectors.scripted."""
    monkeypatch.setitem(registry.SOURCES, "scripted", "tests.connectors.scripted")
    monkeypatch.setattr(scripted.source, "script", scripted.play(), raising=False)
    settings.AFTER_SCAN = "tests.connectors.scripted.evaluated"
    return make_connection(tenant, kind="scripted", name="Scripted", settings={})
