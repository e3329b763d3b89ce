"""Is a host answering at all, or would asking it again only cost time?"""

from __future__ import annotations

import threading
from time import monotonic

MOST_FAILURES = 3  # calls in a row that failed for good, each after all its tries
REST = 60.0  # seconds in which nobody asks


class Circuit:
    """Opens when a host fails too often, and lets one call try it again after a while."""

    def __init__(self) -> None:
        self._lock = threading.Lock()
        self._failures = 0
        self._closed_from = 0.0

    def closed(self) -> bool:
        """Whether to call. Of those who ask after the rest, one is let through at a time."""
        with self._lock:
            if self._failures < MOST_FAILURES:
                return True
            if monotonic() < self._closed_from:
                return False
            self._closed_from = monotonic() + REST
            return True

    def succeeded(self) -> None:
        with self._lock:
            self._failures = 0

    def failed(self) -> None:
        with self._lock:
            self._failures += 1
            self._closed_from = monotonic() + REST
