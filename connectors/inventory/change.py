"""What counts as a change between two scans?

Pure. Not a change: when something was last used (it moves with every scan of a living system; that it was used at all
is `usage`, which is one), in which scope it was read, the order of a list, the names an edge carries of its ends, and
what is seen for the first time in a scope that was never read completely before.
"""

from __future__ import annotations

import json
from collections.abc import Iterator
from dataclasses import dataclass
from hashlib import blake2b
from typing import Any

from bson import ObjectId

from connectors.inventory.words import edge_in_words

QUIET = frozenset({"scope", "last_used_at", "last_active_at"})
EDGE_FIELDS = ("actions", "grade", "conditions")
HELD_BY_TARGET = frozenset({"can_assume", "owns"})  # a trust policy, an owner tag: kept with what it is about


@dataclass(frozen=True, slots=True)
class Difference:
    """One field that differs. An object or edge that comes or goes differs in "exists"."""

    field: str
    before: Any
    after: Any


APPEARED = Difference("exists", False, True)
GONE = Difference("exists", True, False)


def differences(before: dict[str, Any], after: dict[str, Any]) -> list[Difference]:
    """Between two documents of one node or edge, stamps aside."""
    if "data" in after:
        names = sorted((before["data"].keys() | after["data"].keys()) - QUIET)
        pairs = ((name, before["data"].get(name), after["data"].get(name)) for name in names)
    else:
        pairs = ((name, before.get(name), after.get(name)) for name in EDGE_FIELDS)
    return [Difference(name, old, new) for name, old, new in pairs if _telling(old) != _telling(new)]


def _telling(value: Any) -> Any:
    """What of a field's value matters: no order, no moment of last use."""
    return sorted(map(_without_usage, value)) if isinstance(value, list) else value


def _without_usage(item: Any) -> str:
    telling = {name: each for name, each in item.items() if name not in QUIET} if isinstance(item, dict) else item
    return json.dumps(telling, sort_keys=True)


def change_documents(
    document: dict[str, Any], found: list[Difference], *, scan_id: ObjectId
) -> Iterator[dict[str, Any]]:
    """Change rows of one node or edge but for whose they are.

    Their ids follow from scan, subject and field: an interrupted scan that meets a change again writes the same row.
    """
    for each in found:
        identity = "\x1f".join((str(scan_id), document.get("relation", "node"), document["key"], each.field))
        yield {
            "_id": ObjectId(blake2b(identity.encode(), digest_size=12).digest()),
            "scan": scan_id,
            "key": document["key"],
            **_subject(document),
            "field": each.field,
            "before": each.before,
            "after": each.after,
        }


def _subject(document: dict[str, Any]) -> dict[str, str]:
    if "relation" not in document:
        return {"subject": document["key"], "subject_name": document["name"], "subject_kind": document["kind"]}
    held_by = "target" if document["relation"] in HELD_BY_TARGET else "source"
    words = edge_in_words(document["relation"], document["access"], document["source_name"], document["target_name"])
    return {"subject": document[held_by], "subject_name": words, "subject_kind": "edge"}
