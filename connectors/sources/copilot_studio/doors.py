"""By which doors is a tenant's Power Platform entered: its administration, its connections, each Dataverse?"""

from __future__ import annotations

from collections.abc import Callable, Iterator
from dataclasses import dataclass
from typing import Any

from connectors.http import Client, endpoint, pages, placed
from connectors.http.microsoft import Microsoft
from connectors.scope import Meter
from connectors.sources.copilot_studio.permissions import CALLS, Call

Row = dict[str, Any]
AUDIENCES = {"bap": "https://api.bap.microsoft.com", "powerapps": "https://service.powerapps.com"}
DATAVERSE = (".dynamics.com",)


@dataclass(frozen=True, slots=True)
class Door:
    """One host, asked for what is on the list alone. Many threads may share it."""

    name: str
    client: Client

    def get(self, call: Call, meter: Meter, **where: str) -> Any:
        """One answer."""
        return self._charged(call, meter).get(
            call.path.format(**where), params=_params(call, where), headers=call.headers
        )

    def pages(self, call: Call, meter: Meter, *, only: str | None = None, **where: str) -> Iterator[list[Row]]:
        """The rows of a listing, page by page. `only`: a filter beside the call's own."""
        client = self._charged(call, meter)
        params = _params(call, where) | ({"$filter": only} if only else {})
        for page in pages(client, call.path.format(**where), following=_next, params=params, headers=call.headers):
            yield page["value"]

    def _charged(self, call: Call, meter: Meter) -> Client:
        if call not in CALLS or call.door != self.name:
            raise RuntimeError(f"{call.path} is not among the declared calls")
        return self.client.charged(meter)


def administration(microsoft: Microsoft, name: str, *, go_on: Callable[[], None] = lambda: None) -> Door:
    """The door of the whole tenant: bap or powerapps."""
    return Door(name, Client(endpoint(name), authorize=microsoft.authorize(AUDIENCES[name]), go_on=go_on))


def dataverse(microsoft: Microsoft, address: str, audience: str, *, go_on: Callable[[], None] = lambda: None) -> Door:
    """The door of one environment. Untrusted for an address that isn't Dataverse's."""
    base = placed("dataverse", address, under=DATAVERSE)
    placed("dataverse", audience, under=DATAVERSE)  # a sign-in for anybody else's host would be worth stealing
    return Door("dataverse", Client(base, authorize=microsoft.authorize(audience), go_on=go_on))


def _params(call: Call, where: dict[str, str]) -> dict[str, str]:
    return {key: value.format(**where) if key == "@p" and where else value for key, value in call.params.items()}


def _next(page: Row) -> str | None:
    """Dataverse names the next page "@odata.nextLink", the tenant's administration "nextLink"."""
    address = page.get("@odata.nextLink") or page.get("nextLink")
    return str(address) if address else None
