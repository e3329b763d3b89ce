"""What changed in a collection since a token was given out?

https://learn.microsoft.com/graph/delta-query-overview: everything in pages first, then what changed; each last page has
a token for the next time. A token that is too old is refused: everything is to be read again.
"""

from __future__ import annotations

import base64
import json
from collections.abc import Mapping
from typing import Any
from urllib.parse import quote

from tests.emulators.microsoft.graph_directory import TYPES, Directory, Row
from tests.emulators.microsoft.graph_query import Question, Wrong, matching, teller, understood
from tests.emulators.microsoft.wire import Asked, Reply, refused

TOLD = frozenset({"servicePrincipals", "applications", "users", "groups", "oauth2PermissionGrants"})
PAGE = 200  # rows; Graph chooses
LATEST = "latest"


def answer(directory: Directory, asked: Asked, name: str, *, page: int | None, too_old: int) -> Reply:
    """One page. `too_old`: the status of the refusal of a token that is too old, 400 or 410."""
    if "$top" in asked.query:
        raise Wrong("$top is not supported in a delta query.", code="Request_UnsupportedQuery")
    state = _state(asked.query)
    if state["since"] < directory.forgotten and state["since"] >= 0:
        return _too_old(asked, name, too_old)
    question = understood({"$select": state["select"]} if state["select"] else {}, TYPES[name], eventual=False)
    size = min(page or PAGE, PAGE)
    body: dict[str, Any] = {"@odata.context": f"{asked.base}/v1.0/$metadata#{name}"}
    if asked.query.get("$deltatoken") == LATEST:
        rows, left = list[Row](), False
    elif state["since"] < 0:
        rows, left = _everything(directory, name, question, state, size)
    else:
        rows, left = _changed(directory, name, state, size)
    told = teller(TYPES[name], question.select)
    following = {"select": state["select"], "until": state["until"] if left else len(directory.changes)}
    if left:
        following |= {"since": state["since"], "place": state["place"]}
        body["@odata.nextLink"] = _address(asked, "$skiptoken", following)
    else:
        until = state["until"] if state["until"] is not None else len(directory.changes)
        body["@odata.deltaLink"] = _address(asked, "$deltatoken", {"select": state["select"], "since": until})
    body["value"] = [_row(row, told, TYPES[name]) for row in rows]
    return Reply(200, body)


def _state(query: Mapping[str, str]) -> dict[str, Any]:
    """`since`: how many changes were known, -1 for none; `until`: up to which change the pages tell."""
    said = query.get("$skiptoken") or query.get("$deltatoken")
    fresh = {"select": query.get("$select"), "since": -1, "place": 0, "until": None}
    if said is None or said == LATEST:
        return fresh
    try:
        return {**fresh, **json.loads(base64.urlsafe_b64decode(said + "=" * (-len(said) % 4)))}
    except ValueError:
        raise Wrong("Badly formed token.", code="Request_BadRequest") from None


def _everything(
    directory: Directory, name: str, question: Question, state: dict[str, Any], size: int
) -> tuple[list[Row], bool]:
    table = directory.tables[name]
    if state["until"] is None:
        state["until"] = len(directory.changes)
    found: list[Row] = []
    for place, row in matching(question, directory, name, table, range(state["place"], len(table))):
        if len(found) == size:
            return found, True
        found.append(row)
        state["place"] = place + 1
    return found, False


def _changed(directory: Directory, name: str, state: dict[str, Any], size: int) -> tuple[list[Row], bool]:
    """Each object once, as it is now."""
    if state["until"] is None:
        state["until"] = len(directory.changes)
    changes = directory.changes[state["since"] : state["until"]]
    last = {key: reason for collection, key, reason in changes if collection == name}
    keys = list(last)[state["place"] : state["place"] + size]
    state["place"] += len(keys)
    found: list[Row] = []
    for key in keys:
        row = directory.tables[name].find(key)
        found.append(row or {"id": key, "@removed": {"reason": last[key] or "changed"}})
    return found, state["place"] < len(last)


def _row(row: Row, told: Any, usual: str) -> Row:
    if "@removed" in row:
        return row
    type_ = row.get("@odata.type", f"#microsoft.graph.{usual}")
    kind = type_.removeprefix("#microsoft.graph.")
    found = {name: row.get(name, empty) for name, empty in told(kind)}
    found["id"] = row["id"]
    return found if kind == usual else {"@odata.type": type_, **found}


def _too_old(asked: Asked, name: str, status: int) -> Reply:
    message = "The sync state generation is not found; a full synchronization is required."
    headers = {"Location": f"{asked.base}/v1.0/{name}/delta?$deltatoken="} if status == 410 else {}
    code = "resyncRequired" if status == 410 else "syncStateNotFound"
    return refused(status, code, message, headers)


def _address(asked: Asked, name: str, state: dict[str, Any]) -> str:
    token = base64.urlsafe_b64encode(json.dumps(state).encode()).decode().rstrip("=")
    return f"{asked.base}{asked.path}?{name}={quote(token)}"
