"""Which calls did the emulator get, and how did they end?"""

from __future__ import annotations

from collections import Counter
from dataclasses import dataclass


@dataclass(frozen=True)
class Entry:
    """One call that was answered."""

    method: str
    host: str
    path: str
    query: dict[str, str]
    status: int


class Log:
    """The calls, oldest first."""

    def __init__(self) -> None:
        self.entries: list[Entry] = []

    def clear(self) -> None:
        self.entries.clear()

    def counts(self) -> Counter[str]:
        """The number of calls by path."""
        return Counter(entry.path for entry in self.entries)
