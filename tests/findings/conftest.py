"""A tenant with one connection, one scan that read IAM completely, and an empty inventory."""

from __future__ import annotations

from collections.abc import Iterator

import pytest

from tenants import audit
from tenants.models import Tenant
from tests.factories import make_connection, make_scan
from tests.findings.estate import IAM, cover
from tests.findings.world import World
from tests.ticketing.conftest import instance, issues, site

__all__ = ["instance", "issues", "site", "world"]  # fixtures


@pytest.fixture
def world(tenant: Tenant) -> Iterator[World]:
    connection = make_connection(tenant)
    scan = make_scan(connection)
    cover(connection, scan, IAM)
    yield World(tenant, connection, scan)
    assert audit.verify(tenant).why is None
