"""How is Microsoft Graph asked: in pages as it gives them, in batches where objects are asked about one by one?"""

from __future__ import annotations

from collections.abc import Callable, Iterable, Iterator, Mapping
from dataclasses import replace
from functools import partial
from itertools import islice
from typing import Any

from connectors.http import Client, endpoint, pages
from connectors.http.client import Authorize
from connectors.scope import Meter
from connectors.sources.entra import batch
from connectors.sources.entra.abreast import abreast, ahead
from connectors.sources.entra.pace import Pace
from connectors.sources.entra.permissions import CALLS, NOBODY, Call

Row = dict[str, Any]
NAMED = 15  # values that Graph takes in one "in (…)"


class Graph:
    """Graph as one application of one tenant sees it. `pace`: what limits these calls besides Graph's own word."""

    def __init__(self, sign: Authorize, *, pace: Pace | None = None, go_on: Callable[[], None] = lambda: None) -> None:
        self._pace = pace
        self._client = Client(endpoint("graph"), authorize=paced(sign, pace) if pace else sign, go_on=go_on)

    def page(self, call: Call, meter: Meter) -> Any:
        """One answer."""
        return self._for(call, meter).get(call.address(), headers=call.headers)

    def tried(self, call: Call) -> None:
        """The call as small as it can be, about nobody. Raises what reading would."""
        small = {"$top": "1"} if "$top" in call.params else {}
        asked = replace(call, params={**call.params, **small})
        self._for(call, Meter()).get(asked.address(id=NOBODY, which=f"'{NOBODY}'"), headers=call.headers)

    def pages(self, call: Call, meter: Meter, **where: str) -> Iterator[list[Row]]:
        """The rows of every page."""
        return (page["value"] for page in self.whole_pages(call.address(**where), call, meter))

    def whole_pages(self, address: str, call: Call, meter: Meter) -> Iterator[Any]:
        """The pages from an address on, with what Graph says besides their rows; the next page is fetched while one is
        worked on."""
        return ahead(pages(self._for(call, meter), address, following=following, headers=call.headers))

    def each(self, call: Call, ids: Iterable[str], meter: Meter) -> Iterator[tuple[str, list[Row]]]:
        """The rows that are listed for each object, page by page; nothing for one that is gone."""
        for key, body in self.bodies(call, ids, meter):
            if body is not None:
                yield key, body["value"]
                if address := following(body):
                    yield from ((key, page["value"]) for page in self.whole_pages(address, call, meter))

    def bodies(self, call: Call, ids: Iterable[str], meter: Meter) -> Iterator[tuple[str, Any]]:
        """The answer about each object, None for one that is gone; twenty in one call, several calls at once."""
        requests = ((each, call.in_batch(id=each)) for each in ids)
        return (found for some in self._batches(call, requests, meter) for found in some)

    def those(self, call: Call, values: Iterable[str], meter: Meter) -> Iterator[list[Row]]:
        """The objects that have one of the values: up to 300 in one call."""
        quoted = (f"'{each.replace(chr(39), chr(39) * 2)}'" for each in values)
        requests = (("", call.in_batch(which=",".join(some))) for some in _chunks(quoted, NAMED))
        for found in self._batches(call, requests, meter):
            yield [row for _, body in found if body is not None for row in body["value"]]

    def _batches(
        self, call: Call, requests: Iterable[tuple[str, str]], meter: Meter
    ) -> Iterator[list[tuple[str, Any]]]:
        """(key, request) by (key, answer), batch by batch."""
        client = self._for(call, meter)
        return abreast(partial(self._answered, client, call), _chunks(requests, batch.SIZE))

    def _answered(self, client: Client, call: Call, urls: list[tuple[str, str]]) -> list[tuple[str, Any]]:
        for _ in urls[1:]:  # each request of a batch counts
            if self._pace:
                self._pace.wait()
        found = batch.answers(client, call.version, [url for _, url in urls], headers=call.headers)
        return [(key, body) for (key, _), body in zip(urls, found, strict=True)]

    def _for(self, call: Call, meter: Meter) -> Client:
        if call not in CALLS:
            raise RuntimeError(f"{call.path} is not among the declared calls")
        return self._client.charged(meter)


def following(page: Mapping[str, Any]) -> str | None:
    """The address of the next page."""
    found = page.get("@odata.nextLink")
    return str(found) if found else None


def paced(sign: Authorize, pace: Pace) -> Authorize:
    """Signs as before; a call, be it the same once more, is signed when the pace lets it pass."""

    def signed(*, fresh: bool) -> Mapping[str, str]:
        pace.wait()
        return sign(fresh=fresh)

    return signed


def _chunks(items: Iterable[Any], size: int) -> Iterator[list[Any]]:
    left = iter(items)
    while some := list(islice(left, size)):
        yield some
