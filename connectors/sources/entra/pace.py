"""How are calls of a kind kept below a limit of their own?"""

from __future__ import annotations

import threading
from collections import deque
from collections.abc import Callable
from time import monotonic, sleep

SLICE = 0.5  # seconds asleep between two looks whether the scan goes on


class Pace:
    """Lets so many calls pass in so many seconds, and makes the next one wait."""

    def __init__(self, calls: int, seconds: float, *, go_on: Callable[[], None] = lambda: None) -> None:
        self._passed: deque[float] = deque(maxlen=calls)
        self._seconds, self._go_on = seconds, go_on
        self._lock = threading.Lock()

    def wait(self) -> float:
        """Return when the next call may be made; how many seconds that took."""
        began = monotonic()
        with self._lock:
            while (left := self._left()) > 0:
                self._go_on()
                sleep(min(SLICE, left))
            self._passed.append(monotonic())
        return monotonic() - began

    def _left(self) -> float:
        full = len(self._passed) == self._passed.maxlen
        return self._passed[0] + self._seconds - monotonic() if full else 0.0
