"""How are Resource Manager and a project of AI Foundry asked for what they list?"""

from __future__ import annotations

from collections.abc import Callable, Iterable, Iterator
from concurrent.futures import ThreadPoolExecutor
from itertools import islice
from typing import Any, TypeVar
from urllib.parse import urlsplit

from connectors.http import Client, HttpError, Refused, Untrusted, endpoint, pages, placed
from connectors.http import trouble as judge
from connectors.http.microsoft import Microsoft
from connectors.inventory.records import ScopeState
from connectors.scope import Incomplete, Meter, Trouble
from connectors.source import ErrorKind
from connectors.sources.foundry.permissions import CALLS, Call

Row = dict[str, Any]
MANAGER, PROJECT = "https://management.azure.com", "https://ai.azure.com"  # whom a token is for
PROJECTS_UNDER = (".services.ai.azure.com",)  # where projects have their addresses
REGIONAL = ".management.azure.com"  # Resource Manager may name its next page by a region's own host
PAGE = 100  # agents, the most that a project gives at once
AT_ONCE = 4  # accounts, or subscriptions, under way
SHUT = "public access is disabled"

_Item = TypeVar("_Item")


class Asking:
    """Azure as one application of one tenant sees it. Many threads may share it."""

    def __init__(self, microsoft: Microsoft, *, go_on: Callable[[], None] = lambda: None) -> None:
        self._manager = Client(endpoint("arm"), authorize=microsoft.authorize(MANAGER), go_on=go_on)
        self._sign, self._go_on = microsoft.authorize(PROJECT), go_on

    def listed(self, call: Call, meter: Meter, *, id: str = "") -> Iterator[Row]:  # noqa: A002 - Azure's word
        """The rows of a listing of Resource Manager, over all its pages."""
        path = _declared(call).path.format(id=id)
        client = self._manager.charged(meter)
        for page in pages(client, path, following=self._next, params={"api-version": call.version}):
            yield from page["value"]

    def of_project(self, call: Call, meter: Meter, *, address: str) -> Iterator[Row]:
        """The rows of a listing of a project. It says where to go on by the last row's id, and whether to.

        Untrusted where the address isn't one of AI Foundry; Incomplete where a row comes again.
        """
        base = placed("foundry", address, under=PROJECTS_UNDER)
        client = Client(base, authorize=self._sign, go_on=self._go_on).charged(meter)
        asked = {"api-version": _declared(call).version, "limit": PAGE, "order": "asc"}
        seen: set[str] = set()
        while True:
            page = client.get(call.path, params=asked)
            for row in page["data"]:
                if row["id"] in seen:
                    raise Incomplete("a project lists the same agent twice")
                seen.add(row["id"])
                yield row
            if not page["data"] or not page["has_more"]:
                return
            asked |= {"after": page["data"][-1]["id"]}

    def _next(self, page: Row) -> str | None:
        """The address of the next page, on the host that we ask."""
        address = page.get("nextLink")
        if not address:
            return None
        parts = urlsplit(str(address))
        if (parts.hostname or "").endswith(REGIONAL) and parts.scheme == "https":
            return f"{self._manager.base}{parts.path}?{parts.query}"
        return str(address)


def abreast(work: Callable[[_Item], None], items: Iterable[_Item], *, name: str) -> None:
    """Does the work for each item, some of them at once."""
    left = iter(items)
    with ThreadPoolExecutor(AT_ONCE, thread_name_prefix=name) as pool:
        while some := list(islice(left, AT_ONCE * 4)):
            for _ in pool.map(work, some):
                pass


def trouble(error: Exception, *, where: str, needs: str) -> Trouble:
    """Judge an error met reading `where` ("agents of hr in acme-ai")."""
    if isinstance(error, Untrusted):
        sentence = f"Azure named an address elsewhere, to which nothing was sent, reading {where}."
        return Trouble(ScopeState.FAILED, sentence, ErrorKind.SYSTEM)
    if isinstance(error, Refused) and SHUT in error.message.lower():
        sentence = f"The account answers private endpoints only, reading {where}: sv0 would have to run inside."
        return Trouble(ScopeState.DENIED, sentence, ErrorKind.CONFIG)
    return judge(error, system="Azure", where=where, needs=needs)


ERRORS = (HttpError, Incomplete, Untrusted, KeyError)


def _declared(call: Call) -> Call:
    if call not in CALLS:
        raise RuntimeError(f"{call.path} is not among the declared calls")
    return call
