"""Whose word holds of a scope that two connections read?

That of the connection which read it completely last. What the other one told is put aside, like what is gone: it comes
back when the other one reads the scope again, or when the connection that stood above it is deleted.
"""

from __future__ import annotations

from collections.abc import Iterable

from bson import ObjectId

from connectors.inventory.documents import as_changed, collection
from connectors.inventory.models import PROOF, Coverage, Edge, Node, ReportedAlert
from tenants.models import Tenant

_MARK = "superseded by "


def mark(connection_id: ObjectId) -> str:
    """What stands in place of a hash in what was put aside for this connection's word. No record hashes to it."""
    return f"{_MARK}{connection_id}"


def is_aside(digest: str) -> bool:
    """Whether that is such a mark."""
    return digest.startswith(_MARK)


def restore(*, tenant_id: ObjectId, connection_id: ObjectId) -> None:
    """Let what was put aside for this connection's word hold again: the connection isn't there any more."""
    for model in (Node, Edge, ReportedAlert):
        aside = {"tenant_id": tenant_id, "hash": mark(connection_id)}
        collection(model).update_many(aside, {"$set": {"gone_at": None} | as_changed()})


def decisive(tenant: Tenant, scopes: Iterable[str]) -> dict[str, ObjectId]:
    """Scope → the connection that read it completely last."""
    rows = Coverage.objects.of(tenant).filter(scope__in=list(scopes), state__in=PROOF).order_by("started_at")
    return dict(rows.values_list("scope", "connection_id"))
