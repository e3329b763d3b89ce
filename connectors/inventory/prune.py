"""What of the past is forgotten, and when?

Changes, objects that are gone, and how scopes were read, once they are older than HISTORY_DAYS. Evidence packs hold
their path themselves and ask only how a scope was read last: that row stays whatever its age.
"""

from __future__ import annotations

from collections.abc import Iterator
from datetime import datetime, timedelta

import structlog
from bson import ObjectId
from django.conf import settings
from django.utils import timezone

from connectors.inventory.documents import collection
from connectors.inventory.models import Change, Coverage, Edge, Node
from tenants.models import Tenant

BATCH = 1000
log = structlog.get_logger(__name__)


def horizon(now: datetime) -> datetime:
    """How far back changes are kept."""
    return now - timedelta(days=settings.HISTORY_DAYS)


def prune() -> None:
    """Forget what is old, tenant by tenant. Bears being run twice at a time."""
    before = horizon(timezone.now()).replace(tzinfo=None)
    for tenant in Tenant.objects.all():
        forgotten = {
            "changes": collection(Change).delete_many({"tenant_id": tenant.pk, "at": {"$lt": before}}).deleted_count,
            "coverage": _forget_coverage(tenant.pk, before),
        }
        for model, name in ((Node, "objects"), (Edge, "edges")):
            gone = {"tenant_id": tenant.pk, "gone_at": {"$lt": before}}  # not None: that is no date
            forgotten[name] = collection(model).delete_many(gone).deleted_count
        if any(forgotten.values()):
            log.info("history pruned", tenant=tenant.slug, before=before.isoformat(), **forgotten)


def _forget_coverage(tenant_id: ObjectId, before: datetime) -> int:
    rows, batch, forgotten = collection(Coverage), [], 0
    for row_id in _read_again_since(tenant_id, before):
        batch.append(row_id)
        if len(batch) == BATCH:
            forgotten += rows.delete_many({"_id": {"$in": batch}}).deleted_count
            batch = []
    return forgotten + (rows.delete_many({"_id": {"$in": batch}}).deleted_count if batch else 0)


def _read_again_since(tenant_id: ObjectId, before: datetime) -> Iterator[ObjectId]:
    """Rows that are old and not the last of their scope."""
    last: tuple[ObjectId, str] | None = None
    newest_first = [("tenant_id", 1), ("connection_id", 1), ("scope", 1), ("started_at", -1)]
    asked = {"connection_id": 1, "scope": 1, "started_at": 1}
    for row in collection(Coverage).find({"tenant_id": tenant_id}, asked).sort(newest_first).hint("coverage_history"):
        scope = (row["connection_id"], row["scope"])
        if scope == last and row["started_at"] < before:
            yield row["_id"]
        last = scope
