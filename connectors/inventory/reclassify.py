"""What changes in the inventory when a person decides about data domains?

What is stored is what the next scan would have written, so that it finds nothing changed. The change rows name the
verdict in place of a scan.
"""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from itertools import islice
from typing import Any, cast

from bson import ObjectId
from django.utils import timezone
from pymongo import ReplaceOne, UpdateOne

from connectors.inventory.change import change_documents, differences
from connectors.inventory.classification import Verdict, classify
from connectors.inventory.codec import decode, settle
from connectors.inventory.documents import Document, as_changed, by_key, collection
from connectors.inventory.models import Change, Node
from connectors.inventory.records import Resource
from connectors.inventory.shape import node_document

BATCH = 500


def reclassify(*, tenant_id: ObjectId, verdicts: Sequence[Verdict], key: str | None, cause: ObjectId) -> int:
    """Classify the tenant's live resources anew, or the one with that address; how many came out differently."""
    resources = collection(Node).find(_asked(tenant_id, key), batch_size=BATCH)
    changed = 0
    while batch := list(islice(resources, BATCH)):
        changed += _write(list(_different(batch, verdicts)), cause)
    return changed


def _asked(tenant_id: ObjectId, key: str | None) -> Document:
    if key is not None:
        return {**by_key(tenant_id, [key]), "kind": "resource", "gone_at": None}
    return {"tenant_id": tenant_id, "kind": "resource", "gone_at": None}


def _different(batch: list[Document], verdicts: Sequence[Verdict]) -> Iterator[tuple[Document, Document]]:
    for before in batch:
        record = cast(Resource, decode(before["kind"], before["data"]))
        after, fingerprint = settle(classify(record, verdicts))
        if after != record:
            yield before, {**node_document(after), "hash": fingerprint}


def _write(different: list[tuple[Document, Document]], cause: ObjectId) -> int:
    """A scan that wrote the object meanwhile is left its word: it read the verdicts after us, or is followed by us."""
    if not different:
        return 0
    now = timezone.now().replace(tzinfo=None)
    changes: list[Document] = []
    updates: list[UpdateOne] = []
    for before, after in different:
        whose = {name: before[name] for name in ("tenant_id", "connection_id")}
        found = change_documents(after, differences(before, after), scan_id=cause)
        changes += [{**row, **whose, "at": now} for row in found]
        updates.append(UpdateOne({"_id": before["_id"], "hash": before["hash"]}, {"$set": _fields(after)}))
    _keep(changes)
    return collection(Node).bulk_write(updates, ordered=False).modified_count


def _fields(after: Document) -> dict[str, Any]:
    return {name: after[name] for name in ("domains", "search", "traits", "data", "hash")} | as_changed()


def _keep(changes: list[Document]) -> None:
    # Their ids follow from what changed: applied again, a verdict finds them there.
    collection(Change).bulk_write([ReplaceOne({"_id": row["_id"]}, row, upsert=True) for row in changes], ordered=False)
