"""How may an instance misbehave, towards which tables, and how often?"""

import itertools
import threading
from dataclasses import dataclass
from datetime import datetime, timedelta
from email.utils import format_datetime
from fnmatch import fnmatchcase
from typing import Any, Literal

Misbehaviour = Literal["throttle", "refuse", "expire", "break", "hibernate", "embed", "slow", "cut"]


@dataclass(frozen=True, kw_only=True)
class Fault:
    """One misbehaviour.

    `do` is "throttle" (429), "refuse" (403), "expire" (every token ends), "break" (503 and a page), "hibernate" (200
    and a page), "embed" (200 with half the rows and an error, when more than `above` rows are asked for), "slow" (by
    `seconds`) or "cut" (the connection ends amid the body).
    `table` is a shell pattern. Of the calls that match, it strikes each `every`-th, `times` times in all (None: for
    ever). `after`: what Retry-After says, "" for nothing, "date" for a date two seconds on.
    """

    do: Misbehaviour
    table: str = "*"
    every: int = 1
    times: int | None = None
    after: str = "1"
    seconds: float = 0.0
    above: int = 0

    def retry_after(self, now: datetime) -> dict[str, str]:
        if not self.after:
            return {}
        date = format_datetime(now + timedelta(seconds=2), usegmt=True)
        return {"Retry-After": date if self.after == "date" else self.after}


class Faults:
    """The misbehaviours in force. Safe to steer while calls are being answered."""

    def __init__(self) -> None:
        self._lock = threading.Lock()
        self._faults: list[tuple[Fault, itertools.count[int]]] = []

    def add(self, **fault: Any) -> None:
        """Misbehave from now on as `Fault(**fault)` says."""
        with self._lock:
            self._faults.append((Fault(**fault), itertools.count(1)))

    def clear(self) -> None:
        """Behave."""
        with self._lock:
            self._faults.clear()

    def striking(self, table: str) -> list[Fault]:
        """What strikes a call for this table, having counted it."""
        with self._lock:
            concerned = [(fault, next(seen)) for fault, seen in self._faults if fnmatchcase(table, fault.table)]
        return [fault for fault, nth in concerned if _strikes(fault, nth)]


def _strikes(fault: Fault, nth: int) -> bool:
    return nth % fault.every == 0 and (fault.times is None or nth <= fault.every * fault.times)
