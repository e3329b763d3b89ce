"""Which calls did the instance get, from whom, and how did they end?"""

from collections import Counter
from dataclasses import dataclass


@dataclass(frozen=True)
class Entry:
    """One call that was answered. `fields` is None where it asked for all columns."""

    method: str
    path: str
    table: str
    fields: frozenset[str] | None
    query: str
    caller: str
    status: int


class Log:
    """The calls since the start, or since it was cleared; oldest first."""

    def __init__(self) -> None:
        self.entries: list[Entry] = []

    def clear(self) -> None:
        self.entries.clear()

    def tables(self) -> Counter[str]:
        """The number of calls by table; signing in is "oauth_token"."""
        return Counter(entry.table for entry in self.entries)

    def asked(self) -> set[tuple[str, str]]:
        """Every table with every column that was asked for; "*" for all."""
        return {(entry.table, column) for entry in self.entries for column in entry.fields or {"*"}}
