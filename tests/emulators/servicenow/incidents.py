"""What does an instance make of a new incident, or of a change of one?

As the Table API and the base system's data policy have it: an incident is resolved with a code and notes, or not at
all, and one that is closed or cancelled isn't opened again.
"""

import re
from typing import Any

from tests.emulators.servicenow.world import World

Answer = tuple[int, Any, dict[str, str]]
NEW, RESOLVED, FINAL = "1", "6", {"7", "8"}


def write(world: World, method: str, path: str, given: dict[str, str]) -> Answer:
    """Answer a POST to the table, or a PATCH of a row."""
    if method == "POST" and path == "api/now/table/incident":
        return _create(world, given)
    found = re.fullmatch(r"api/now/table/incident/([0-9a-f]{32})", path)
    if method == "PATCH" and found and found[1] in world.tables["incident"].by_id:
        return _change(world, found[1], given)
    return _failed(404, "No Record found", "Record doesn't exist or ACL restricts the record retrieval")


def _create(world: World, given: dict[str, str]) -> Answer:
    rows = world.tables["incident"].by_id
    number = f"INC{10_001 + len(rows):07}"
    known = {column: value for column, value in given.items() if column in world.columns("incident")}
    sys_id = world.add("incident", number, **({"state": NEW, "number": number} | known))
    return 201, {"result": rows[sys_id]}, {}


def _change(world: World, sys_id: str, given: dict[str, str]) -> Answer:
    row = world.tables["incident"].by_id[sys_id]
    if given.get("state") == RESOLVED and not (given.get("close_code") and given.get("close_notes")):
        return _failed(
            403, "Operation Failed", "Data Policy Exception: Resolution code, Resolution notes are mandatory"
        )
    if row["state"] in FINAL and given.get("state", row["state"]) not in FINAL:
        return _failed(403, "Operation Failed", "Operation against file 'incident' was aborted by Business Rule")
    world.change("incident", sys_id, **given)
    return 200, {"result": row}, {}


def _failed(status: int, message: str, detail: str) -> Answer:
    return status, {"error": {"message": message, "detail": detail}, "status": "failure"}, {}
