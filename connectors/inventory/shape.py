"""Which document does a record become, by which words is it found, and what tells two edges apart?

Pure. The writer adds whose it is and when it was seen.
"""

from __future__ import annotations

import re
from collections.abc import Iterator
from hashlib import blake2b
from typing import Any

from connectors.inventory.codec import KIND_OF, encode
from connectors.inventory.records import EdgeRecord, Egress, Link, ObjectRecord, Owner, Permission, Ref, Resource

WORDS = 30  # a node's entries in the search index; an address and a name take about six
WORD_LENGTH = 128  # an ARN fits; longer words are found by their beginning
_PARTS = re.compile(r"[^\W_]+")


def node_document(record: ObjectRecord) -> dict[str, Any]:
    """A node but for its stamps. `data` is the whole record; the other fields are what lists filter and sort by."""
    return {
        "kind": KIND_OF[type(record)],
        "key": record.id,
        "provider_id": record.provider_id,
        "name": record.name,
        "type": record.type,
        "system": record.system,
        "account_id": record.account_id,
        "account_name": record.account_name,
        "region": record.region,
        "scope": record.scope,
        "domains": sorted({domain.name for domain in record.domains}) if isinstance(record, Resource) else [],
        "search": search_words(record),
        "data": encode(record),
    }


def search_words(record: ObjectRecord) -> list[str]:
    """Small-letter words by whose beginning the object is found: name, ids, e-mail and tags, whole and in parts."""
    found: dict[str, None] = {}
    for text in _searched(record):
        folded = text.casefold()
        found[folded[:WORD_LENGTH]] = None
        if len(found) >= WORDS:
            break
    return [word for word in found if word][:WORDS]


def _searched(record: ObjectRecord) -> Iterator[str]:
    yield record.name
    yield record.id
    yield record.provider_id
    if isinstance(record, Owner) and record.email:
        yield record.email
    yield from _PARTS.findall(record.name)
    for _, value in record.tags:
        yield value
        yield from _PARTS.findall(value)


def edge_document(record: EdgeRecord) -> dict[str, Any]:
    """An edge but for its stamps."""
    return {
        "key": edge_key(record),
        "source_kind": record.source.kind,
        "source": record.source.id,
        "source_name": record.source.name,
        **_said(record),
        "grade": record.grade.value,
        "scope": record.scope,
    }


def _said(record: EdgeRecord) -> dict[str, Any]:
    if isinstance(record, Egress):
        target = Ref(kind="egress", id=record.destination, name=record.destination)
        said: dict[str, Any] = {
            "relation": "egress",
            "access": None,
            "actions": [],
            "via": record.evidence,
            "conditions": [],
        }
    elif isinstance(record, Permission):
        target = record.target
        said = {"relation": "permission", "access": record.access.value, "actions": list(record.actions)}
        said |= {"via": record.via, "conditions": list(record.conditions)}
    else:
        target = record.target
        said = {"relation": record.relation.value, "access": None, "actions": []}
        said |= {"via": record.via, "conditions": list(record.conditions)}
    return {**said, "target_kind": target.kind, "target": target.id, "target_name": target.name}


def edge_key(record: EdgeRecord) -> str:
    """A hash of an edge's ends and cause: the same while its names, actions, conditions and grade change."""
    match record:
        case Link():
            parts = (record.relation.value, record.source.id, record.target.id, "", record.via or "")
        case Permission():
            parts = ("permission", record.source.id, record.target.id, record.access.value, record.via or "")
        case Egress():
            parts = ("egress", record.source.id, record.destination, "", "")
    return blake2b("\x1f".join(parts).encode(), digest_size=16).hexdigest()
