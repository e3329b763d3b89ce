"""Which calls did the emulator get, from whom and how did they end?"""

import dataclasses
from collections import Counter
from dataclasses import dataclass
from typing import Any

from tests.emulators.aws.call import Call


@dataclass(frozen=True)
class Entry:
    """One call that was answered; `status` is the HTTP status of the answer."""

    method: str
    service: str
    operation: str
    iam_action: str
    account: str
    region: str
    status: int


class Log:
    """The calls since the estate was built, oldest first. Building it isn't logged."""

    def __init__(self) -> None:
        self.entries: list[Entry] = []

    def add(self, call: Call, *, status: int) -> None:
        method = call.environ["REQUEST_METHOD"]
        self.entries.append(
            Entry(method, call.service, call.operation, call.iam_action, call.account, call.region, status)
        )

    def clear(self) -> None:
        self.entries.clear()

    def iam_actions(self) -> set[str]:
        """Return the actions a policy must allow for what was called."""
        return {entry.iam_action for entry in self.entries}

    def counts(self) -> Counter[str]:
        """Return the number of calls by IAM action."""
        return Counter(entry.iam_action for entry in self.entries)

    def described(self) -> list[dict[str, Any]]:
        return [dataclasses.asdict(entry) for entry in self.entries]
