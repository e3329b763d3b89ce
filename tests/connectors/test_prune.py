"""Is what is old forgotten, and nothing that is still needed?"""

from __future__ import annotations

from datetime import timedelta

import pytest
from bson import ObjectId
from django.utils import timezone

from connectors.inventory.models import Change, Coverage, Edge, Node
from connectors.inventory.prune import prune
from connectors.inventory.records import Access
from connectors.models import Connection
from findings import evidence
from tenants.models import Tenant
from tests.connectors.scanning import run
from tests.connectors.scripted import bucket, may, role, scope
from tests.factories import make_finding

OLD = timedelta(days=800)


def test_what_is_old_goes_and_what_is_live_or_recent_stays(connection: Connection, tenant: Tenant):
    run(
        connection,
        scope("prod:iam", role("Admin"), role("goes"), bucket("logs"), may(role("goes"), Access.READ, bucket("logs"))),
    )
    logs, goes = bucket("logs"), role("goes")
    run(connection, scope("prod:iam", role("Admin"), goes, logs, may(goes, Access.READ, logs)))
    run(connection, scope("prod:iam", role("Admin"), logs))
    long_ago = timezone.now() - OLD
    Change.objects.of(tenant).update(at=long_ago)
    for model in (Node, Edge):
        model.objects.of(tenant).update(first_seen=long_ago, last_seen=long_ago)
        model.objects.of(tenant).exclude(gone_at=None).update(gone_at=long_ago)
    run(connection, scope("prod:iam", logs))
    prune()
    assert set(Node.objects.of(tenant).values_list("name", flat=True)) == {"Admin", "logs"}
    assert not Edge.objects.of(tenant).exists()
    assert set(Change.objects.of(tenant).values_list("subject_name", "field")) == {("Admin", "exists")}


@pytest.fixture
def old_reading(connection: Connection, tenant: Tenant) -> None:
    """One scope read twice, another once, all long ago."""
    for days in (900, 850):
        read(connection, "aws:1:iam", days)
    read(connection, "aws:1:s3", 900)


def read(connection: Connection, scope: str, days: int) -> None:
    moment = timezone.now() - timedelta(days=days)
    Coverage.objects.create(
        tenant=connection.tenant,
        connection=connection,
        scan=ObjectId(),
        scope=scope,
        label=scope,
        group="1",
        group_label="prod",
        kind="iam",
        state="complete",
        started_at=moment,
        ended_at=moment,
    )


def test_an_evidence_pack_stays_the_same_byte_for_byte(connection: Connection, tenant: Tenant, old_reading: None):
    finding = make_finding(tenant, connection_id=connection.pk, scopes=["aws:1:iam", "aws:1:s3", "aws:1:never"])
    before = evidence.canonical(evidence.pack(finding))
    assert Coverage.objects.of(tenant).count() == 3
    prune()
    assert Coverage.objects.of(tenant).count() == 2
    assert evidence.canonical(evidence.pack(finding)) == before
