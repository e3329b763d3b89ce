"""Which calls did Microsoft get, from whom, and how did they end?"""

from collections import Counter, deque
from dataclasses import dataclass
from typing import Any

KEPT = 200_000


@dataclass(frozen=True, slots=True)
class Entry:
    """One call that was answered, be it a request of a batch. `part`: "login", "graph" …; `path` is below it."""

    part: str
    method: str
    path: str
    query: dict[str, str]
    caller: Any  # the application's client ID, None where nobody is signed in
    status: int


class Log:
    """The last calls, oldest first."""

    def __init__(self) -> None:
        self.entries: deque[Entry] = deque(maxlen=KEPT)

    def clear(self) -> None:
        self.entries.clear()

    def paths(self, part: str) -> Counter[str]:
        """The number of calls by path."""
        return Counter(entry.path for entry in self.entries if entry.part == part)
