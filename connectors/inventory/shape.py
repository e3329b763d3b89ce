"""Which document does a record become, by which words is it found, and what tells two edges apart?

Pure. The writer adds whose it is and when it was seen.
"""

from __future__ import annotations

import re
from collections.abc import Iterator
from hashlib import blake2b
from itertools import zip_longest
from typing import Any

from connectors.inventory.codec import KIND_OF, encode
from connectors.inventory.records import Alert, EdgeRecord, Egress, Link, ObjectRecord, Owner, Permission, Ref, Resource

WORDS = 30  # a node's entries in the search index, besides its traits; an address and a name take about six
WORD_LENGTH = 128  # an ARN fits; longer ones are found by their beginning
FACETS = {
    "kind": "kind",
    "type": "type",
    "system": "system",
    "account": "account_id",
    "domain": "domains",
    "region": "region",
}  # by what lists are narrowed → the field that holds it
MARK = "\x1f"  # before each trait; no searched text holds it
_PARTS = re.compile(r"[^\W_]+")
_BELOW = re.compile(r"[:/]")  # what an address puts between its levels


def node_document(record: ObjectRecord) -> dict[str, Any]:
    """A node but for its stamps. `data` is the whole record; the other fields are what lists filter and sort by."""
    fields: dict[str, Any] = {
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
        "data": encode(record),
    }
    traits = [trait(name, value) for name, column in FACETS.items() for value in _values(fields[column])]
    # The kind has an index of its own.
    return fields | {"search": search_words(record) + traits[1:], "traits": "".join(traits) + MARK}


def trait(name: str, value: str) -> str:
    """How the search index spells one value of a facet."""
    return f"{MARK}{name}={value.replace(MARK, ' ')}"


def _values(value: str | list[str] | None) -> list[str]:
    return value if isinstance(value, list) else [value] if value else []


def searched(text: str) -> str:
    """A text as it is searched: small letters and digits, with one space for whatever stands between them."""
    return " ".join(_PARTS.findall(text.casefold()))[:WORD_LENGTH]


def search_words(record: ObjectRecord) -> list[str]:
    """Texts by whose beginning the object is found: its name and its tags' values from each word on, "tag value", its
    ids whole, and its address from each of its last two levels on. None is the beginning of another."""
    found: dict[str, None] = {}
    for text in _searched(record):
        found[text] = None
        if len(found) >= WORDS:
            break
    words = sorted(word for word in found if word)
    return [word for word, following in zip_longest(words, words[1:]) if not (following or "").startswith(word)]


def _searched(record: ObjectRecord) -> Iterator[str]:
    yield from _from_each_word(record.name)
    yield searched(record.id)
    yield searched(record.provider_id)
    if isinstance(record, Owner) and record.email:
        yield searched(record.email)
    levels = _BELOW.split(record.id)
    yield from (searched(" ".join(levels[start:])) for start in (-2, -1)[: len(levels) - 1])
    for label, value in record.tags:
        yield searched(f"{label} {value}")
        yield from _from_each_word(value)


def _from_each_word(text: str) -> Iterator[str]:
    words = _PARTS.findall(text.casefold())
    yield from (" ".join(words[start:])[:WORD_LENGTH] for start in range(len(words)))


def alert_document(record: Alert) -> dict[str, Any]:
    """An alert but for its stamps."""
    return {"key": record.id, "subject": record.subject.id, "scope": record.scope, "data": encode(record)}


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
