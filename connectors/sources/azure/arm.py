"""How is Azure asked: Resource Graph for many objects at once, Resource Manager for the rest?"""

from __future__ import annotations

from collections.abc import Callable, Iterable, Iterator, Sequence
from concurrent.futures import ThreadPoolExecutor
from itertools import islice
from typing import Any, TypeVar
from urllib.parse import urlsplit

from connectors.http import Client, endpoint, pages
from connectors.http.client import Authorize
from connectors.scope import Incomplete, Meter
from connectors.sources.azure.permissions import CALLS, QUERIES, Call, Query

Row = dict[str, Any]
GRAPH = "/providers/Microsoft.ResourceGraph/resources?api-version=2022-10-01"
MOST = 1000  # rows of a page, Resource Graph's largest
AT_ONCE = 4  # calls under way about single objects
REGIONAL = ".management.azure.com"  # Resource Manager may name its next page by a region's own host

_Item = TypeVar("_Item")
_Found = TypeVar("_Found")


class Azure:
    """Azure as one application of one tenant sees it. Many threads may share it.

    Resource Graph counts questions, Resource Manager counts reads: each is waited for alone.
    """

    def __init__(self, sign: Authorize, *, go_on: Callable[[], None] = lambda: None) -> None:
        self._manager = Client(endpoint("arm"), authorize=sign, go_on=go_on)
        self._graph = Client(endpoint("arm"), authorize=sign, go_on=go_on)

    def one(self, call: Call, meter: Meter, *, id: str = "") -> Any:  # noqa: A002 - Azure's word
        """One answer. `id` is the address of what is asked about, spelled as Azure does."""
        return self._for(call, meter).get(call.path.format(id=id), params=_params(call))

    def listed(self, call: Call, meter: Meter, *, id: str = "") -> Iterator[Row]:  # noqa: A002
        """The rows of a listing, over all its pages."""
        client = self._for(call, meter)
        path = call.path.format(id=id)
        for page in pages(client, path, following=self._next, params=_params(call)):
            yield from page["value"]

    def rows(self, query: Query, meter: Meter, *, subscriptions: Sequence[str] | None = None) -> Iterator[Row]:
        """What Resource Graph knows in those subscriptions, or in all that may be seen, ordered by id."""
        last = ""
        for page in self._pages(query, meter, subscriptions):
            for row in page["data"]:
                if row["id"] != last:  # a row at the end of a page may begin the next one again
                    last = row["id"]
                    yield row

    def _pages(self, query: Query, meter: Meter, subscriptions: Sequence[str] | None) -> Iterator[Row]:
        """Incomplete where the answer is cut short without a way to go on, or the same page comes again."""
        if query not in QUERIES:
            raise RuntimeError("the question is not among the declared ones")
        client = self._graph.charged(meter)
        options: dict[str, Any] = {"$top": MOST, "resultFormat": "objectArray"}
        asked: dict[str, Any] = {"query": query.text, "options": options}
        if subscriptions is not None:
            asked["subscriptions"] = list(subscriptions)
        seen: set[str] = set()
        while True:
            page = client.post(GRAPH, json=asked)
            yield page
            token = page.get("$skipToken")
            if token in seen or (not token and _is_cut(page)):
                raise Incomplete("Resource Graph left rows out, or gives the same page again")
            if not token:
                return
            seen.add(token)
            asked["options"] = {**options, "$skipToken": token}

    def _next(self, page: Row) -> str | None:
        """The address of the next page, on the host that we ask."""
        address = page.get("nextLink")
        if not address:
            return None
        parts = urlsplit(str(address))
        if (parts.hostname or "").endswith(REGIONAL) and parts.scheme == "https":
            return f"{self._manager.base}{parts.path}?{parts.query}"
        return str(address)

    def _for(self, call: Call, meter: Meter) -> Client:
        if call not in CALLS:
            raise RuntimeError(f"{call.path} is not among the declared calls")
        return self._manager.charged(meter)


def abreast(work: Callable[[_Item], _Found], items: Iterable[_Item]) -> Iterator[_Found]:
    """What the work finds for each item, in their order, some of them at once."""
    left = iter(items)
    with ThreadPoolExecutor(AT_ONCE, thread_name_prefix="azure-call") as pool:
        while some := list(islice(left, AT_ONCE * 4)):
            yield from pool.map(work, some)


def _params(call: Call) -> dict[str, str]:
    return {"api-version": call.version, **call.params}


def _is_cut(page: Row) -> bool:
    """It is written as a text, by some versions as a truth value."""
    return str(page.get("resultTruncated", "false")).lower() == "true"
