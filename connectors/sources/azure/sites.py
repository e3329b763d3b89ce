"""What starts a function app's functions? Their code and settings are not read."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import replace

from connectors.inventory.records import Record, Workload
from connectors.sources.azure.arm import Row
from connectors.sources.azure.permissions import FUNCTIONS, WORKLOADS
from connectors.sources.azure.place import Place

MOST = 20  # functions that are named


def site(place: Place, found: Workload, row: Row) -> Iterator[Record]:
    """The app, with what is told of its functions."""
    if found.type == "Function app":
        rows = place.asked(WORKLOADS, FUNCTIONS, row["id"]) or []
        found = replace(found, facts=(*found.facts, *facts(rows)))
    yield found


def facts(rows: list[Row]) -> Iterator[tuple[str, str]]:
    triggers = [(_name(row), _trigger(row.get("properties") or {})) for row in rows]
    if triggers:
        said = ", ".join(f"{name}: {words}" if words else name for name, words in triggers[:MOST])
        yield "Functions", said if len(triggers) <= MOST else f"{said} and {len(triggers) - MOST} more"
    if any(words == ANYONE for _, words in triggers):
        yield "Callable without a key", "yes"


ANYONE = "a request from anyone"


def _name(row: Row) -> str:
    return str(row["name"]).rsplit("/", 1)[-1]


def _trigger(said: Row) -> str | None:
    """What starts the function, in words; its other bindings and their values are passed over."""
    for binding in (said.get("config") or {}).get("bindings") or ():
        kind = str(binding.get("type") or "")
        if kind == "httpTrigger":
            return ANYONE if binding.get("authLevel") == "anonymous" else "a request with a key"
        if kind == "timerTrigger":
            return f"runs at {binding.get('schedule') or 'set times'}"
        if kind.endswith("Trigger"):
            return f"a {kind.removesuffix('Trigger')} trigger"
    return None
