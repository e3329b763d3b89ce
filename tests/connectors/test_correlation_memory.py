"""Does matching actors take the same memory for few pairs and for many, and only stamp what it finds again?"""

from __future__ import annotations

import tracemalloc
from collections.abc import Callable, Iterator

import pytest
from bson import ObjectId
from django.db import connection as database

from connectors import correlation
from connectors.inventory.documents import collection
from connectors.inventory.matching import Actor, Claim, matches
from connectors.inventory.models import Change, Correlation, Edge, Node
from connectors.inventory.records import Alias, AliasKind, Identity
from connectors.inventory.shape import node_document
from connectors.models import Scan
from tenants.models import Tenant
from tests.connectors.stored import role
from tests.factories import NOW, make_connection, make_scan

FEW, MANY = 100, 1_000
SOME = 1.5  # times the memory, for ten times the pairs


def actors(first: int, last: int) -> Iterator[Identity]:
    """Managed identities that Azure tells of by their address, and Entra's service principals of the same client."""
    for number in range(first, last):
        client = Alias(kind=AliasKind.CLIENT_ID, value=f"client-{number:06}", because="its application")
        address = Alias(kind=AliasKind.ADDRESS, value=f"entra-{number:06}", because="its principal")
        yield role(f"identity {number}", id=f"azure-{number:06}", system="azure", aliases=(address, client))
        yield role(f"principal {number}", id=f"entra-{number:06}", system="entra", aliases=(client,))


def keep(scan: Scan, first: int, last: int) -> None:
    whose = {"tenant_id": scan.tenant_id, "connection_id": scan.connection_id, "seen_scan": scan.pk, "hash": ""}
    whose |= {"first_seen": NOW, "last_seen": NOW, "gone_at": None}
    collection(Node).insert_many([{**node_document(record), **whose} for record in actors(first, last)])


def peak(work: Callable[[], object]) -> int:
    """The most bytes of Python's that were in use at once."""
    tracemalloc.start()
    try:
        work()
        return tracemalloc.get_traced_memory()[1]
    finally:
        tracemalloc.stop()


@pytest.fixture
def scan(tenant: Tenant, monkeypatch: pytest.MonkeyPatch) -> Scan:
    monkeypatch.setattr(correlation, "BATCH", 50)
    return make_scan(make_connection(tenant))


def test_memory_does_not_grow_with_the_pairs(tenant: Tenant, scan: Scan):
    def correlate() -> None:
        correlation.correlate(tenant=tenant, cause=ObjectId())

    keep(scan, 0, 10)
    correlate()  # what is imported and prepared once is none of it
    keep(scan, 10, FEW)
    new, again = peak(correlate), peak(correlate)
    keep(scan, FEW, MANY)
    assert peak(correlate) < SOME * new
    assert peak(correlate) < SOME * again
    assert Correlation.objects.of(tenant).count() == MANY
    assert Edge.objects.of(tenant).filter(relation="same_as", gone_at=None).count() == 2 * MANY
    collection(Node).update_many({"tenant_id": tenant.pk, "system": "entra"}, {"$set": {"gone_at": NOW}})
    assert peak(correlate) < SOME * new
    assert not Edge.objects.of(tenant).filter(gone_at=None).exists()


def test_evidence_of_several_claims_is_merged_in_flat_memory():
    def claims(pairs: int) -> Iterator[Claim]:
        for kind in (AliasKind.EMAIL, AliasKind.CLIENT_ID):
            for number in range(pairs):
                sides = (Actor(f"{system}-{number}", "x", system, "identity") for system in ("entra", "jira"))
                yield Claim(kind, str(number), tuple((each, "says so") for each in sides))

    def read(pairs: int) -> None:
        found = 0
        for match in matches(claims(pairs)):
            assert (match.confidence.value, [each["kind"] for each in match.evidence]) == (
                "certain", ["client id", "e-mail"],
            )  # fmt: skip
            found += 1
        assert found == pairs

    read(FEW)
    assert peak(lambda: read(5 * MANY)) < 100 * 1024  # bytes: less than twenty for a pair


def test_an_unchanged_rescan_only_stamps(tenant: Tenant, scan: Scan):
    keep(scan, 0, FEW)
    correlation.correlate(tenant=tenant, cause=ObjectId())
    before = Change.objects.of(tenant).count()
    mongo = database.database  # type: ignore[attr-defined]
    mongo.command("profile", 0)
    mongo.drop_collection("system.profile")
    mongo.command("profile", 2)
    correlation.correlate(tenant=tenant, cause=ObjectId())
    mongo.command("profile", 0)
    writes = list(mongo["system.profile"].find({"op": {"$in": ["insert", "update", "remove"]}}))
    mongo.drop_collection("system.profile")
    batches = FEW // correlation.BATCH
    assert len(writes) == 2 * batches + 2  # a stamp of each batch of pairs and of edges; and what is no more found
    assert Change.objects.of(tenant).count() == before
