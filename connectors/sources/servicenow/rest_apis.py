"""Which APIs does the instance offer by scripts of its own, and do they ask who calls?"""

from __future__ import annotations

from collections.abc import Iterator

from connectors.inventory.records import Record
from connectors.sources.servicenow.automation import Facts, Kind, script
from connectors.sources.servicenow.permissions import DEFINITIONS, OPERATIONS
from connectors.sources.servicenow.place import Place
from connectors.sources.servicenow.values import Row, flag

ASKED = {True: "required", False: "not required: anyone may call it", None: "unknown"}
CHECKED = {True: "required", False: "not required", None: "unknown"}


def _facts(row: Row) -> Facts:
    yield "Method", row.get("http_method", "").upper() or "unknown"
    yield "Path", row.get("operation_uri") or "unknown"
    yield "Authentication", ASKED[flag(row, "requires_authentication")]
    yield "Access control", CHECKED[flag(row, "requires_acl_authorization")]
    yield "Runs as", "whoever calls it"


def _open_to(row: Row) -> str | None:
    return "anyone who reaches the instance" if flag(row, "requires_authentication") is False else None


KIND = Kind(
    OPERATIONS, "Scripted REST API", "service", _facts, column="operation_script", always=True, open_to=_open_to
)


def rest_apis(place: Place) -> Iterator[Record]:
    """Every operation of every API, named after the API: "Orders: create order"."""
    place.depends("outbound", "script_includes")
    apis = {row["sys_id"]: row for row in place.tables.rows(DEFINITIONS)}
    for page in place.tables.pages(OPERATIONS):
        place.people.meet(names=[row.get("sys_created_by") for row in page])
        for row in page:
            api = apis.get(row.get("web_service_definition", ""), {})
            named = {**row, "name": ": ".join(each for each in (api.get("name"), row.get("name")) if each)}
            if flag(api, "active") is False:
                named["active"] = "false"
            yield from script(place, KIND, named)
