"""How is a long list read page by page in the order of an index, however far in a page lies?

A page begins behind its place: the values of one row by which the list is ordered, ending in its id.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from dataclasses import dataclass, replace
from typing import Any


@dataclass(frozen=True, slots=True, kw_only=True)
class Range:
    """Documents in the order of an index, within these bounds.

    `order` None is the index' own. `keys`: what of an index' keys fits, as a match of what whoever reads it projects;
    None where the bounds tell it.
    """

    index: str
    within: dict[str, Any]
    order: tuple[tuple[str, int], ...] | None
    keys: dict[str, Any] | None = None


def continued(start: Range, place: Mapping[str, Any] | None, *, backwards: bool) -> Iterator[Range]:
    """What of a range lies behind a place in it (before it, backwards): a range for each field of its order."""
    order = tuple((name, -way if backwards else way) for name, way in start.order or ())
    if place is None or not order:
        yield start
        return
    for last in reversed(range(len(order))):
        name, way = order[last]
        beyond = {name: {"$gt" if way > 0 else "$lt": place[name]}}
        same = {each: place[each] for each, _ in order[:last]}
        # Told to sort by what is the same for all, MongoDB would sort.
        yield replace(start, within={**start.within, **same, **beyond}, order=order[last:])
