"""What does a tool's definition tell, of each kind, and what of it is passed over?"""

from __future__ import annotations

from typing import Any

import pytest

from connectors.sources.foundry import targets
from connectors.sources.foundry.tools import Tool, tools


def only(row: dict[str, Any], resources: dict[str, Any] | None = None) -> Tool:
    (found,) = tools([row], resources)
    return found


def test_an_mcp_server_is_a_host_a_connection_and_whether_anybody_is_asked():
    row = {"type": "mcp", "server_label": "crm", "server_url": "https://MCP.example/x", "require_approval": "never"}
    assert only(row | {"project_connection_id": "crm-keys", "headers": {"a": "https://no.example"}}) == Tool(
        "mcp", "MCP server crm", hosts=("mcp.example",), connections=("crm-keys",), unasked=True
    )
    assert not only(row | {"require_approval": {"always": {"tool_names": ["x"]}}}).unasked


def test_an_api_is_the_hosts_of_its_description():
    spec = {"servers": [{"url": "https://a.example/v1"}, {"url": "https://{region}.b.example"}, {"url": "/here"}, "x"]}
    spec["paths"] = {"/": {"servers": [{"url": "https://deeper.example"}]}}  # type: ignore[assignment]
    auth = {"type": "connection", "security_scheme": {"connection_id": "keys"}}
    found = only({"type": "openapi", "openapi": {"name": "orders", "spec": spec, "auth": auth}})
    assert found == Tool("openapi", "API orders", hosts=("a.example",), connections=("keys",))


@pytest.mark.parametrize(
    ("row", "connections"),
    [
        ({"type": "bing_grounding", "bing_grounding": {"search_configurations": [{"connection_id": "b"}]}}, ("b",)),
        ({"type": "sharepoint_grounding", "sharepoint_grounding": {"connections": [{"connection_id": "s"}]}}, ("s",)),
        ({"type": "browser_automation", "browser_automation": {"connection": {"project_connection_id": "p"}}}, ("p",)),
        ({"type": "work_iq_preview", "project_connection_id": "w"}, ("w",)),
        ({"type": "unheard_of", "unheard_of": {"deep": [{"er": {"project_connection_id": "u"}}]}}, ("u",)),
        ({"type": "function", "name": "f", "parameters": {"project_connection_id": "no"}}, ()),
    ],
)
def test_connections_are_found_however_deep(row: dict[str, Any], connections: tuple[str, ...]):
    assert only(row).connections == connections


def test_older_agents_tell_beside_the_tool_what_it_is_fed_with():
    resources = {
        "azure_ai_search": {"indexes": [{"index_connection_id": "search", "index_name": "people"}]},
        "file_search": {"vector_store_ids": ["vs_1"]},
    }
    search = only({"type": "azure_ai_search"}, resources)
    assert (search.connections, search.indexes) == (("search",), (("search", "people"),))
    assert only({"type": "file_search"}, resources).stores == ("vs_1",)


def test_what_searches_the_web_is_known():
    assert {
        tool.kind for tool in tools([{"type": kind} for kind in ("web_search", "code_interpreter")]) if tool.web
    } == {"web_search"}


def test_a_tool_is_called_as_its_author_did():
    titles = [
        only(row).title
        for row in (
            {"type": "code_interpreter"},
            {"type": "computer_use_preview"},
            {"type": "azure_function", "azure_function": {"function": {"name": "raise_ticket"}}},
            {"type": "function", "function": {"name": "older"}},
            {"type": "connected_agent", "connected_agent": {"id": "asst_1", "name": "payroll"}},
        )
    ]
    assert titles == [
        "code interpreter",
        "computer use",
        "Azure Function raise_ticket",
        "function of its caller older",
        "agent payroll",
    ]


@pytest.mark.parametrize(
    ("said", "host"),
    [
        ("https://A.example:443/x?key=1", "a.example"),
        ("a.example/x", "a.example"),
        ("https://user:secret@a.example", "a.example"),
        ("https://{region}.example", None),
        ("https://[", None),
        ("_", None),
        ("localhost", None),
        (None, None),
        (7, None),
    ],
)
def test_a_host_is_told_only_where_it_is_one(said: object, host: str | None):
    assert targets.host_of(said) == host


def test_what_names_the_data_leaves_out_what_may_be_secret():
    assert targets.place_of("https://u:p@A.example/sites/HR/?sig=x#y") == "a.example/sites/HR"
    assert targets.resource_of("/Subscriptions/1/resourceGroups/g/providers/M.S/a/b/") == (
        "/subscriptions/1/resourcegroups/g/providers/m.s/a/b"
    )
    assert targets.resource_of("https://a.example") is None


def test_a_workflow_names_agents_and_hosts():
    text = """
    actions:
      - kind: SendActivity
        activity: name: nobody
      - kind: InvokeAzureAgent
        agent:
          name: first-agent
      - kind: InvokeAzureAgent
        input: {}
        agent: name: "second"
      - kind: InvokeAzureAgent
        agent:
          name: =Local.Which
      - kind: HttpRequestAction
        url: "https://api.example/x?token=secret"
      - url: =Concat("https://no.example", x)
    """
    assert targets.asked_agents(text) == ("first-agent", "second")
    assert targets.written_hosts(text) == ("api.example",)
