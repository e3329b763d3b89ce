"""What may an agent call, and with what is it fed? From its definition's list of tools, pure.

Of a tool only its kind, its name, hosts and what it is connected to are looked at: descriptions, parameters, headers,
filters and tokens are passed over.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass
from typing import Any

from connectors.sources.foundry.targets import host_of, servers

Row = Mapping[str, Any]
CONNECTION = {"project_connection_id", "connection_id", "index_connection_id"}
ADDRESS = {"server_url", "base_url"}
SEARCHES_THE_WEB = {
    "bing_grounding",
    "bing_custom_search",
    "bing_custom_search_preview",
    "web_search",
    "web_iq_preview",
}
SEARCHES_THE_WEB |= {"web_search_preview", "deep_research"}
TITLES = {
    "a2a": "agent elsewhere",
    "a2a_preview": "agent elsewhere",
    "azure_ai_search": "AI Search",
    "azure_function": "Azure Function",
    "bing_grounding": "Bing search",
    "connected_agent": "agent",
    "fabric_dataagent": "Fabric data agent",
    "fabric_dataagent_preview": "Fabric data agent",
    "function": "function of its caller",
    "mcp": "MCP server",
    "openapi": "API",
    "sharepoint_grounding": "SharePoint",
    "sharepoint_grounding_preview": "SharePoint",
}


@dataclass(frozen=True, slots=True)
class Tool:
    """One tool. `title` is how people call it, with its name; `connections` as they are spelled, ids or names.

    `indexes` are pairs of connection and index, `queues` of host and queue, `agents` of id and name of agents that it
    asks; `stores` are the ids of vector stores. `unasked`: it is called without anybody's approval.
    """

    kind: str
    title: str
    hosts: tuple[str, ...] = ()
    connections: tuple[str, ...] = ()
    indexes: tuple[tuple[str, str], ...] = ()
    queues: tuple[tuple[str, str], ...] = ()
    stores: tuple[str, ...] = ()
    agents: tuple[tuple[str, str], ...] = ()
    web: bool = False
    unasked: bool = False


def tools(rows: Iterable[Row], resources: Row | None = None) -> list[Tool]:
    """Of an agent's list of tools; `resources` are told beside it for agents of the older kind."""
    return [_tool(row, resources or {}) for row in rows]


def _tool(row: Row, resources: Row) -> Tool:
    kind = str(row["type"])
    more = resources.get(kind)
    said: list[Any] = [row, more] if more else [row]
    name = _name(kind, row)
    title = TITLES.get(kind, kind.removesuffix("_preview").replace("_", " "))
    return Tool(
        kind=kind,
        title=f"{title} {name}" if name else title,
        hosts=tuple(dict.fromkeys(_hosts(kind, row))),
        connections=tuple(dict.fromkeys(_under(said, CONNECTION))),
        indexes=tuple(_indexes(said)),
        queues=tuple(dict.fromkeys(_queues(said))),
        stores=tuple(dict.fromkeys(_stores(said))),
        agents=tuple(_agents(row)),
        web=kind in SEARCHES_THE_WEB,
        unasked=row.get("require_approval") == "never",
    )


def _name(kind: str, row: Row) -> str | None:
    """What it is called, as the definition's author did."""
    inner = row.get(kind)
    inner = inner if isinstance(inner, Mapping) else {}
    function = inner.get("function")
    named = (row.get("server_label"), row.get("name"), inner.get("name"))
    deeper = function.get("name") if isinstance(function, Mapping) else None
    return next((str(each) for each in (*named, deeper) if each), None)


def _hosts(kind: str, row: Row) -> Iterator[str]:
    for address in _under([row], ADDRESS):
        host = host_of(address)
        if host:
            yield host
    if kind == "openapi":
        yield from servers(row["openapi"].get("spec"))


def _indexes(said: Iterable[Any]) -> Iterator[tuple[str, str]]:
    for each in _mappings(said):
        connection = next((each[key] for key in CONNECTION if each.get(key)), None)
        if connection and each.get("index_name"):
            yield str(connection), str(each["index_name"])


def _queues(said: Iterable[Any]) -> Iterator[tuple[str, str]]:
    """How an Azure Function is asked, and answers."""
    for each in _mappings(said):
        host = host_of(each.get("queue_service_endpoint"))
        if host and each.get("queue_name"):
            yield host, str(each["queue_name"])


def _stores(said: Iterable[Any]) -> Iterator[str]:
    for each in _mappings(said):
        yield from (str(store) for store in each.get("vector_store_ids") or ())


def _agents(row: Row) -> Iterator[tuple[str, str]]:
    asked = row.get("connected_agent")
    if isinstance(asked, Mapping):
        yield str(asked["id"]), str(asked.get("name") or asked["id"])


def _under(said: Iterable[Any], keys: set[str]) -> Iterator[str]:
    """The texts under any of the keys, however deep."""
    for each in _mappings(said):
        yield from (str(each[key]) for key in sorted(keys & each.keys()) if each[key])


def _mappings(said: Iterable[Any]) -> Iterator[Mapping[str, Any]]:
    """Every part of the definition that has members, but for descriptions of other people's APIs."""
    waiting = list(said)
    while waiting:
        each = waiting.pop(0)
        if isinstance(each, Mapping):
            yield each
            waiting += [value for key, value in each.items() if key not in {"spec", "parameters"}]
        elif isinstance(each, list):
            waiting += each
