"""Which connectors did the customer make, and to which hosts do they send? Of a definition only the host is kept."""

from __future__ import annotations

from typing import Any

from connectors.inventory.records import Ref
from connectors.sources.copilot_studio import connector as known
from connectors.sources.copilot_studio.connector import Connector
from connectors.sources.copilot_studio.doors import Row
from connectors.sources.copilot_studio.hosts import HIDDEN, host_of
from connectors.sources.copilot_studio.permissions import CONNECTORS
from connectors.sources.copilot_studio.place import Place
from connectors.sources.copilot_studio.values import json_of, rows

KIND = "connectors"


def read(place: Place) -> None:
    """Tells of each, with its owner."""
    with place.noted(KIND, CONNECTORS):
        for page in place.pages(KIND, CONNECTORS):
            place.people.meet_owners(page)
            for row in page:
                _tell(place, row)


def _tell(place: Place, row: Row) -> None:
    scope = place.scopes[KIND]
    name = (row.get("connectorinternalid") or row["name"]).lower()
    called = row.get("displayname") or known.title(name)
    told = known.resource(place.environment, name, called, scope.key, custom=True)
    scope.put(told)
    here = Ref(kind="resource", id=told.id, name=told.name)
    place.connectors.add(Connector(name, here, custom=True, hosts=hosts(row.get("openapidefinition"))))
    place.put(KIND, place.owned(KIND, row, here))


def hosts(definition: Any) -> tuple[str, ...]:
    """Of an OpenAPI 2.0 definition, as Power Platform keeps it, or a 3.0 one; HIDDEN where it doesn't tell."""
    told = json_of(definition) or {}
    servers = [each.get("url") for each in rows(told.get("servers")) if isinstance(each, dict)]
    found = [host_of(each) for each in servers] or [host_of(f"https://{told.get('host') or ''}")]
    return tuple(dict.fromkeys(each or HIDDEN for each in found))
