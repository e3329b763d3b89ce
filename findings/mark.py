"""What can findings have in common, as a search finds it?

Pure. A finding carries a mark for its subject, for every identity on its path and for every grant along it, among the
words of its search. A mark begins with a hash of the key, and ends in what that was called when it was seen last:
"about:1f3a9c2b44d0e6a7-billing-admin". A search for its beginning finds exactly the findings that share it.
"""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass
from hashlib import blake2b

from django.utils.text import slugify

from connectors.inventory.graph import Hop

LONGEST_SLUG = 40
KINDS = ("about", "grant")
_GRANTS = ("permission", "can_assume")


@dataclass(frozen=True, slots=True)
class Mark:
    """`start` is what a search finds, `name` follows it, `shared` says in words what is shared."""

    start: str
    name: str
    shared: str

    @property
    def word(self) -> str:
        """What a finding keeps."""
        return self.start + self.name


def marks(subject_key: str, subject_name: str, hops: Iterable[Hop]) -> list[Mark]:
    """The subject's first, then in the order of the path."""
    found = [_mark("about", subject_key, subject_name, f"About {subject_name}")]
    for hop in hops:
        found += [
            _mark("about", end.id, end.name, f"About {end.name}")
            for end in (hop.source, hop.target)
            if end.kind == "identity"
        ]
        if hop.relation in _GRANTS:
            key = "\x1f".join((hop.source.id, hop.relation, hop.target.id, hop.via or ""))
            found.append(_mark("grant", key, hop.via or hop.target.name, hop.sentence.rstrip(".")))
    return list({mark.start: mark for mark in found}.values())


def named(word: str) -> str:
    """A mark without its hash: "about billing-admin"."""
    kind, _, rest = word.partition(":")
    return f"{kind} {rest.partition('-')[2]}"


def _mark(kind: str, key: str, name: str, shared: str) -> Mark:
    hashed = blake2b(key.encode(), digest_size=8).hexdigest()
    return Mark(f"{kind}:{hashed}-", slugify(name)[:LONGEST_SLUG], shared)
