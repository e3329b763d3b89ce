"""What may the caller read in Azure, and what is withheld?

The stand-in knows one caller, sv0's application. It holds what it was granted everywhere, less what a test withholds.
"""

import re
from collections.abc import Iterable
from functools import lru_cache
from typing import Any

READER = ("*/read",)


class Rights:
    """What the caller may do. Safe to steer between calls, not during one."""

    def __init__(self) -> None:
        self.actions: tuple[str, ...] = READER
        self.data_actions: tuple[str, ...] = ("Microsoft.CognitiveServices/accounts/AIServices/agents/read",)
        self._withheld: list[tuple[str, str]] = []

    def hold(self, *, actions: Iterable[str], data_actions: Iterable[str] = ()) -> None:
        """Hold exactly these, everywhere."""
        self.actions, self.data_actions = tuple(actions), tuple(data_actions)

    def withhold(self, pattern: str, *, at: str = "") -> None:
        """Refuse what the pattern says ("Microsoft.Logic/*") at a scope and below it; everywhere by default."""
        self._withheld.append((pattern, at.lower()))

    def restore(self) -> None:
        """Withhold nothing, and hold what a Reader does."""
        self.__init__()  # type: ignore[misc]

    def allow(self, action: str, *, at: str, data: bool = False) -> bool:
        """Whether an action, or one on content, is allowed on the object with that id."""
        granted = self.data_actions if data else self.actions
        return _any(granted, action) and not _any(self._withheld_at(at), action)

    def told(self, scope: str) -> list[dict[str, Any]]:
        """The caller's permissions at a scope, as Azure tells them."""
        withheld = self._withheld_at(scope)
        return [
            {
                "actions": list(self.actions),
                "notActions": withheld,
                "dataActions": list(self.data_actions),
                "notDataActions": withheld,
            }
        ]

    def _withheld_at(self, scope: str) -> list[str]:
        here = scope.lower().rstrip("/")
        return [pattern for pattern, at in self._withheld if not at or here == at or here.startswith(f"{at}/")]


def _any(patterns: Iterable[str], action: str) -> bool:
    return any(_compiled(pattern).fullmatch(action) for pattern in patterns)


@lru_cache(maxsize=1024)
def _compiled(pattern: str) -> re.Pattern[str]:
    return re.compile(".*".join(map(re.escape, pattern.split("*"))), re.IGNORECASE)
