"""Small batches, and what holds after every test."""

from __future__ import annotations

from typing import Any

import pytest

from findings import tally
from findings.operation import batches, carrying, undoing
from tenants import audit
from tenants.models import Tenant
from tests.findings.operation.desk import tallies


@pytest.fixture
def small(monkeypatch: pytest.MonkeyPatch) -> None:
    """Batches of three."""
    for module in (batches, carrying, undoing):
        monkeypatch.setattr(module, "BATCH", 3)


@pytest.fixture(autouse=True)
def whole(tenant: Tenant) -> Any:
    """Whatever a test does, the log holds and the tallies are what a recount finds."""
    yield
    assert audit.verify(tenant).why is None
    kept = tallies(tenant)
    tally.recount(tenant)
    assert kept == tallies(tenant)
