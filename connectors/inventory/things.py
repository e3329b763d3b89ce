"""How do half a million objects of a graph fit in memory?

Their addresses and names stand in two blocks of text; what else a walk has to know of an object, many have in common,
and it is kept once for all of them. About 200 bytes an object.
"""

from __future__ import annotations

from array import array
from collections.abc import Iterator
from typing import Any, NamedTuple


class Traits(NamedTuple):
    """What a walk has to know of an object, but for its address. `known` is False for one that only edges name."""

    kind: str
    type: str = ""
    system: str | None = None
    account_id: str | None = None
    account_name: str | None = None
    domains: tuple[str, ...] = ()
    pattern: str | None = None
    external: bool = False
    known: bool = False


class Things:
    """The objects of one graph, by number. There are only ever more of them."""

    def __init__(self) -> None:
        self._keys, self._names = _Texts(), _Texts()
        self._traits = array("I")
        self._shared: list[Traits] = []
        self._shared_numbers: dict[Traits, int] = {}
        self._by_hash: dict[int, int] = {}  # of the key; a string itself would take twice the room
        self._clashing: dict[str, int] = {}

    def __len__(self) -> int:
        return len(self._traits)

    def __getitem__(self, number: int) -> Traits:
        return self._shared[self._traits[number]]

    def __iter__(self) -> Iterator[Traits]:
        return (self._shared[each] for each in self._traits)

    def key(self, number: int) -> str:
        """The object's address."""
        return self._keys[number]

    def name(self, number: int) -> str:
        """The object's name; its address until somebody names it."""
        return self._names[number] or self._keys[number]

    def number(self, key: str) -> int | None:
        """The object with that address, None where there is none."""
        number = self._by_hash.get(hash(key))
        if number is None or self._keys[number] == key:
            return number
        return self._clashing.get(key)

    def add(self, key: str, kind: str) -> int:
        """An object that isn't there yet, known by its address alone."""
        number = len(self)
        self._keys.append(key)
        self._names.append("")
        self._traits.append(self._share(Traits(kind=kind)))
        if self._by_hash.setdefault(hash(key), number) != number:
            self._clashing[key] = number
        return number

    def call(self, number: int, name: str) -> None:
        """The name that an edge gives to an object that has none yet."""
        if not self._names[number]:
            self._names.replace(number, name)

    def describe(self, number: int, row: dict[str, Any]) -> None:
        """Take a node's document, adjacency.NODE_FIELDS of it."""
        data = row.get("data", {})
        self._names.replace(number, row["name"])
        self._traits[number] = self._share(
            Traits(
                kind=row["kind"],
                type=row["type"],
                system=row["system"],
                account_id=row["account_id"],
                account_name=row["account_name"],
                domains=tuple(row["domains"]),
                pattern=data.get("pattern"),
                external=data.get("external", False),
                known=True,
            )
        )

    def _share(self, traits: Traits) -> int:
        number = self._shared_numbers.get(traits)
        if number is None:
            number = self._shared_numbers[traits] = len(self._shared)
            self._shared.append(traits)
        return number


class _Texts:
    """Many texts in one block."""

    def __init__(self) -> None:
        self._block = bytearray()
        self._begin, self._length = array("Q"), array("I")

    def __getitem__(self, number: int) -> str:
        begin = self._begin[number]
        return self._block[begin : begin + self._length[number]].decode()

    def append(self, text: str) -> None:
        self._begin.append(len(self._block))
        encoded = text.encode()
        self._length.append(len(encoded))
        self._block += encoded

    def replace(self, number: int, text: str) -> None:
        """What stood there before keeps its room: names seldom differ."""
        if self[number] != text:
            encoded = text.encode()
            self._begin[number], self._length[number] = len(self._block), len(encoded)
            self._block += encoded
