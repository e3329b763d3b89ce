"""By what are findings narrowed and counted, and how does an index spell that?

Pure. The traits of a finding are all its facets' values in one text at the end of each index of the list, so that an
index alone tells which findings fit. Those of NARROW, of few values, come first: MongoDB counts by them as they stand.
"""

from __future__ import annotations

from collections.abc import Mapping
from functools import lru_cache
from typing import Any

MARK = "\x1f"  # before each trait
NOBODY = "none"  # the assignee of a finding that has none
NARROW = ("status", "severity", "rule", "observation", "system", "acceptance")
WIDE = ("account", "domain", "assignee")  # of many values; what is counted by one of them is kept for each by itself
FACETS = {
    "severity": "severity",
    "status": "status",
    "acceptance": "acceptance",
    "rule": "rule",
    "system": "system",
    "account": "account_id",
    "domain": "domains",
    "assignee": "assignee_id",
    "observation": "observation",
}  # name → field of the collection
Row = Mapping[str, Any]


def trait(name: str, value: str) -> str:
    """One value of a facet."""
    return f"{MARK}{name}={value.replace(MARK, ' ')}"


def traits(row: Row) -> str:
    """All of a finding's facets; `row` has the fields of FACETS."""
    return narrow(row) + "".join(trait(name, value) for name in WIDE for value in wide(row, name)) + MARK


def narrow(row: Row) -> str:
    """The facets of NARROW alone."""
    return "".join(trait(name, row[FACETS[name]]) for name in NARROW)


def wide(row: Row, name: str) -> list[str]:
    """A finding's values of one facet of WIDE: an account or none, any number of domains, an assignee or NOBODY."""
    held = row[FACETS[name]]
    if name == "domain":
        return list(held)
    if name == "assignee":
        return [held.hex if hasattr(held, "hex") else held] if held else [NOBODY]
    return [held] if held else []


def read(text: str) -> tuple[tuple[str, ...], dict[str, list[str]]]:
    """What `traits` wrote: the values of NARROW in its order, and those of each facet of WIDE."""
    parts = [each.partition("=") for each in text.split(MARK) if each]
    found: dict[str, list[str]] = {name: [] for name in WIDE}
    for name, _, value in parts[len(NARROW) :]:
        found[name].append(value)
    return tuple(value for _, _, value in parts[: len(NARROW)]), found


@lru_cache(maxsize=16_384)
def read_narrow(text: str) -> tuple[str, ...]:
    """The values of NARROW in a text that begins with them."""
    return tuple(each.partition("=")[2] for each in text.split(MARK)[1 : len(NARROW) + 1])
