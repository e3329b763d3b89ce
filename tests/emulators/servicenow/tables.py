"""What does an instance answer to one call of the Table API or the Aggregate API?"""

from collections.abc import Iterator, Mapping
from itertools import islice
from typing import Any

from tests.emulators.servicenow.query import Row, parse
from tests.emulators.servicenow.world import World

DEFAULT_LIMIT = 10_000
Answer = tuple[int, Any, dict[str, str]]
TIMED_OUT = {
    "message": "Transaction cancelled: maximum execution time exceeded",
    "detail": "Check logs for error trace",
}


def page(
    world: World,
    table: str,
    asked: Mapping[str, str],
    *,
    caller: str,
    cap: int | None = None,
    above: int | None = None,
) -> Answer:
    """Some rows. `above`: asked for more rows than that, the instance runs out of time amid them."""
    if refusal := _refusal(world, table):
        return refusal
    query = parse(asked.get("sysparm_query", ""), world.columns(table), caller=caller)
    limit = int(asked.get("sysparm_limit") or DEFAULT_LIMIT)
    if cap:
        limit = min(limit, cap)
    offset = int(asked.get("sysparm_offset") or 0)
    total, matching = world.tables[table].matching(query)
    # Counted and cut into pages first; then access control takes out what the caller may not see.
    hidden = world.hidden_rows.get(table, set())
    shown = [row for row in islice(matching, offset, offset + limit) if row["sys_id"] not in hidden]
    result = [_as_asked(world, table, row, asked) for row in shown]
    headers = {} if asked.get("sysparm_no_count") == "true" else {"X-Total-Count": str(total)}
    if asked.get("sysparm_suppress_pagination_header") != "true":
        headers |= _links(world, table, limit, offset, total)
    if above is not None and limit > above:
        return 200, {"result": result[: len(result) // 2], "error": TIMED_OUT, "status": "failure"}, headers
    return 200, {"result": result}, headers


def aggregate(world: World, table: str, asked: Mapping[str, str]) -> Answer:
    """Counts and greatest values, by the values of one column. Whoever may not see every row is refused."""
    if refusal := _refusal(world, table):
        return refusal
    if world.hidden_rows.get(table) or world.hidden_columns.get(table):
        return _refused()
    _, matching = world.tables[table].matching(parse(asked.get("sysparm_query", ""), world.columns(table)))
    by = asked.get("sysparm_group_by", "")
    greatest = [each for each in asked.get("sysparm_max_fields", "").split(",") if each]
    groups: dict[str, list[Row]] = {}
    for row in matching:
        groups.setdefault(row.get(by, ""), []).append(row)
    result = [
        {"stats": _stats(rows, greatest), "groupby_fields": [{"field": by, "value": value}]}
        for value, rows in groups.items()
    ]
    whole = {"stats": _stats(groups.get("", []), greatest)}
    return 200, {"result": result if by else whole}, {}


def _stats(rows: list[Row], greatest: list[str]) -> dict[str, Any]:
    return {"count": str(len(rows)), "max": {each: max((row[each] for row in rows), default="") for each in greatest}}


def _refusal(world: World, table: str) -> Answer | None:
    if table not in world.tables or table not in world.schemas:
        told = {"message": f"Invalid table {table}", "detail": None}
        return 400, {"error": told, "status": "failure"}, {}
    return _refused() if table in world.refused else None


def _refused() -> Answer:
    told = {"message": "User Not Authorized", "detail": "Failed API level ACL Validation"}
    return 403, {"error": told, "status": "failure"}, {}


def _as_asked(world: World, table: str, row: Row, asked: Mapping[str, str]) -> dict[str, Any]:
    wanted = asked.get("sysparm_fields", "").split(",") if asked.get("sysparm_fields") else world.columns(table)
    hidden = {*world.hidden_columns.get(table, ()), *world.older.get(table, ())}
    plain = asked.get("sysparm_exclude_reference_link") == "true"
    references = {} if plain else dict(world.schemas[table].references)
    return {each: _value(world, row, each, references) for each in wanted if each in row and each not in hidden}


def _value(world: World, row: Row, column: str, references: Mapping[str, str]) -> Any:
    if column not in references or not row[column]:
        return row[column]
    return {"link": f"https://{world.host}/api/now/table/{references[column]}/{row[column]}", "value": row[column]}


def _links(world: World, table: str, limit: int, offset: int, total: int) -> dict[str, str]:
    if total <= limit and not offset:
        return {}
    return {"Link": ",".join(_link(world, table, limit, at, name) for name, at in _places(limit, offset, total))}


def _places(limit: int, offset: int, total: int) -> Iterator[tuple[str, int]]:
    yield "first", 0
    if offset:
        yield "prev", max(0, offset - limit)
    if offset + limit < total:
        yield "next", offset + limit
    yield "last", max(0, (total - 1) // limit * limit)


def _link(world: World, table: str, limit: int, at: int, name: str) -> str:
    address = f"https://{world.host}/api/now/table/{table}?sysparm_limit={limit}&sysparm_offset={at}"
    return f'<{address}>;rel="{name}"'
