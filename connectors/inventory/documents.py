"""Which collections hold the inventory, and how are they asked so that an index answers?

Bulk work goes through pymongo: the collections here are the models' own, without Django's log of queries.
"""

from __future__ import annotations

from collections.abc import Iterable
from datetime import UTC, datetime
from typing import Any

from bson import ObjectId
from django.db import connection as database
from django.db import models
from pymongo.collection import Collection

Document = dict[str, Any]
NODE_KEY, EDGE_KEY = "node_key", "edge_key"  # the unique indexes; see connectors.inventory.models


def collection(model: type[models.Model]) -> Collection[Document]:
    """The model's collection. It may be used from any thread."""
    found: Collection[Document] = database.database[model._meta.db_table]  # type: ignore[attr-defined]
    return found


def by_key(tenant_id: ObjectId, keys: Iterable[str], *, connection_id: ObjectId | None = None) -> Document:
    """A filter for the nodes or edges with these keys, of one connection or of the tenant's. Hint at `NODE_KEY` or
    `EDGE_KEY`: every index begins with the tenant, and trying them all out takes MongoDB longer than the answer.

    Django's unique constraints are partial indexes, "where each field has its type": MongoDB uses one only for a filter
    that says so too.
    """
    return {
        "tenant_id": {"$eq": tenant_id, "$type": "objectId"},
        "connection_id": {"$type": "objectId", **({"$eq": connection_id} if connection_id else {})},
        "key": {"$in": list(keys), "$type": "string"},
    }


def as_changed() -> Document:
    """What whoever changes a node, an edge or an alert writes beside it. By the clock, not as of the scan: another
    scan's evaluation may have looked meanwhile."""
    return {"changed_at": datetime.now(UTC)}
