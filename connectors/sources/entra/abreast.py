"""How is the next thing asked for while the one before is worked on, without asking for all at once?"""

from __future__ import annotations

from collections import deque
from collections.abc import Callable, Iterable, Iterator
from concurrent.futures import Future, ThreadPoolExecutor
from typing import TypeVar

AT_ONCE = 4  # calls under way

_Item = TypeVar("_Item")
_Found = TypeVar("_Found")


def abreast(work: Callable[[_Item], _Found], items: Iterable[_Item]) -> Iterator[_Found]:
    """What the work finds for each item, in their order; AT_ONCE items are under way, no more are taken."""
    waiting: deque[Future[_Found]] = deque()
    with ThreadPoolExecutor(AT_ONCE, thread_name_prefix="entra-call") as pool:
        try:
            for item in items:
                waiting.append(pool.submit(work, item))
                if len(waiting) >= AT_ONCE:
                    yield waiting.popleft().result()
            while waiting:
                yield waiting.popleft().result()
        finally:
            for each in waiting:
                each.cancel()


def ahead(items: Iterator[_Found]) -> Iterator[_Found]:
    """The same items; the next one is fetched while this one is worked on."""
    with ThreadPoolExecutor(1, thread_name_prefix="entra-page") as pool:
        following = pool.submit(_next, items)
        while found := following.result():
            following = pool.submit(_next, items)
            yield found[0]


def _next(items: Iterator[_Found]) -> tuple[_Found] | None:
    for item in items:
        return (item,)
    return None
