"""What sv0 knows of its own connections, as rules see it."""

from __future__ import annotations

from typing import Any

from bson import ObjectId

from connectors.inventory.read import Inventory
from connectors.inventory.subjects import OwnConnection
from tenants.models import Tenant
from tests.factories import NOW, make_connection, make_scan
from tests.findings.estate import ago


def connected(**fields: Any) -> OwnConnection:
    """A connection that was made long ago and is read every day."""
    values = {
        "id": "connection/1",
        "connection": ObjectId("1" * 24),
        "name": "Jira",
        "system": "jira",
        "every_hours": 24,
        "paused": False,
        "created_at": ago(400),
        "silent_since": ago(1),
        **fields,
    }
    return OwnConnection(**values)


def test_a_connection_says_where_it_reads_and_since_when_it_is_silent(tenant: Tenant):
    jira = make_connection(tenant, kind="jira", name="Jira", settings={"address": "https://acme-media.atlassian.net"})
    make_connection(tenant, kind="entra", name="Entra", state="paused")
    scan = make_scan(jira)
    entra, found = Inventory(tenant, now=NOW).connections()
    assert (found.connection, found.hosts) == (jira.pk, ("acme-media.atlassian.net",))
    assert found.silent_since == scan.finished_at
    assert (entra.paused, entra.hosts, entra.silent_since) == (True, ("graph.microsoft.com",), None)
    assert Inventory(tenant, now=NOW).own_hosts == {"acme-media.atlassian.net", "graph.microsoft.com"}
