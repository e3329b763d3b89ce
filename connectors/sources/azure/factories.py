"""Which hosts does a data factory talk to, and when do its pipelines run? Connection strings are not kept."""

from __future__ import annotations

import re
from collections.abc import Iterator
from dataclasses import replace
from typing import Any

from connectors.inventory.records import Record, Workload
from connectors.sources.azure import edges
from connectors.sources.azure.arm import Row
from connectors.sources.azure.permissions import LINKED_SERVICES, TRIGGERS, WORKLOADS
from connectors.sources.azure.place import Place

# Where the connectors of Data Factory keep the other side's address.
WHERE = frozenset(
    ("url", "baseurl", "endpoint", "serviceendpoint", "host", "server", "accountendpoint", "serviceuri",
     "environmenturl", "functionappurl", "clusteruri", "domain", "serviceurl", "siteurl", "sitesurl", "baseuri")
)  # fmt: skip
_IN_STRING = re.compile(
    r"(?:^|;)\s*(?:server|data source|host|accountendpoint|endpoint|blobendpoint)\s*=\s*([^;]+)", re.IGNORECASE
)


def factory(place: Place, found: Workload, row: Row) -> Iterator[Record]:
    services = place.asked(WORKLOADS, LINKED_SERVICES, row["id"]) or []
    triggers = place.asked(WORKLOADS, TRIGGERS, row["id"]) or []
    yield replace(found, facts=(*found.facts, *_facts(services, triggers)))
    source, scope = edges.ref(found), place.scopes[WORKLOADS].key
    for each in services:
        said = each.get("properties") or {}
        evidence = f"Its linked service {each['name']} ({said.get('type')}) is at {{host}}."
        yield from edges.talks_to(source, hosts(said.get("typeProperties") or {}), scope, evidence=evidence)


def hosts(said: Row) -> Iterator[str]:
    """The hosts that a linked service's settings name in plain text; secrets are objects there, never looked at."""
    for key, value in said.items():
        for text in _addresses(key.lower(), value):
            host = edges.host_of(text)
            if host:
                yield host


def _addresses(key: str, value: Any) -> Iterator[str]:
    if not isinstance(value, str):
        return
    if key in WHERE:
        yield value
    elif key == "connectionstring":
        yield from _IN_STRING.findall(value)


def _facts(services: list[Row], triggers: list[Row]) -> Iterator[tuple[str, str]]:
    kinds = sorted({str((each.get("properties") or {}).get("type")) for each in services})
    if kinds:
        yield "Linked services", ", ".join(kinds)
    running = [each for each in triggers if (each.get("properties") or {}).get("runtimeState") == "Started"]
    if running:
        yield "Runs", ", ".join(sorted(_trigger(each["properties"]) for each in running))


def _trigger(said: Row) -> str:
    recurrence = (said.get("typeProperties") or {}).get("recurrence") or {}
    unit, interval = str(recurrence.get("frequency") or "").lower(), recurrence.get("interval") or 1
    if not unit:
        return f"by a {str(said.get('type') or 'trigger').removesuffix('Trigger')} trigger"
    return f"every {unit}" if interval == 1 else f"every {interval} {unit}s"
