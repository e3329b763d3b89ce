"""How do records get from the threads that read a system to the scan that takes them, no faster than it takes them?"""

from __future__ import annotations

import queue
import threading
from collections.abc import Callable, Iterator
from concurrent.futures import ThreadPoolExecutor

from connectors.inventory.records import Record, ScopeEnded, ScopeStarted

WAITING = 2_000  # records that may wait for the scan; then the readers wait
ASKING = 200  # records between two questions whether the scan was cancelled


class Cancelled(Exception):
    """Someone cancelled the scan."""


class Abandoned(Exception):
    """Nobody takes the records any more: the scan closed the source."""


class _Finished:
    """The readers' last word."""


class Stream:
    """Many threads put, one iterates. Full, it makes the readers wait."""

    def __init__(self) -> None:
        self._queue: queue.Queue[Record | _Finished] = queue.Queue(maxsize=WAITING)
        self._abandoned = threading.Event()
        self._cancelled = threading.Event()

    def put(self, record: Record) -> None:
        self._put(record)

    def finish(self) -> None:
        self._put(_Finished())

    def abandon(self) -> None:
        self._abandoned.set()

    def go_on(self) -> None:
        """Raises Abandoned or Cancelled when reading further would be in vain."""
        if self._abandoned.is_set():
            raise Abandoned
        if self._cancelled.is_set():
            raise Cancelled

    def records(self, *, cancelled: Callable[[], bool]) -> Iterator[Record]:
        """What the readers put, until they finish. Asks `cancelled` at both ends of each scope and now and then.

        It is asked in the iterating thread alone: it may use a database connection that other threads must not touch.
        """
        taken = 0
        while not isinstance(record := self._take(), _Finished):
            taken += 1
            if (record is None or taken % ASKING == 0 or isinstance(record, ScopeStarted | ScopeEnded)) and cancelled():
                self._cancelled.set()
            if record is not None:
                yield record

    def _take(self) -> Record | _Finished | None:
        try:
            return self._queue.get(timeout=1)
        except queue.Empty:
            return None

    def _put(self, item: Record | _Finished) -> None:
        while not self._abandoned.is_set():
            try:
                return self._queue.put(item, timeout=0.2)
            except queue.Full:
                continue
        raise Abandoned


def streamed(read: Callable[[Stream], None], *, name: str, cancelled: Callable[[], bool]) -> Iterator[Record]:
    """What `read` puts, while it runs in a thread of its own. Closing the iterator ends it; what it raises is raised
    here."""
    stream = Stream()
    with ThreadPoolExecutor(1, thread_name_prefix=name) as conductor:
        conducting = conductor.submit(_conduct, read, stream)
        try:
            yield from stream.records(cancelled=cancelled)
        finally:
            stream.abandon()
    conducting.result()


def _conduct(read: Callable[[Stream], None], stream: Stream) -> None:
    try:
        read(stream)
        stream.finish()
    except Abandoned:
        return
    except BaseException:
        stream.finish()
        raise
