"""What is read out of a part of an agent, whatever its form, and is the rest counted?"""

from __future__ import annotations

import pytest

from connectors.sources.copilot_studio.component import FILE, SKILL, Part, Tool, part
from tests.emulators.microsoft import powerplatform_parts as made

FLOW = "5d1c2b3a-0000-4000-8000-000000000001"


def told(data: str | None, kind: int = made.TOPIC) -> Part:
    return part({"name": "x", "componenttype": kind, "data": data})


@pytest.mark.parametrize("mode", ["Maker", "Invoker", None])
def test_a_connectors_operation_as_a_tool(mode: str | None):
    found = told(made.tool("x", reference="cr.shared_x.1", operation="GetItems", mode=mode))
    assert found.tools == [Tool("cr.shared_x.1", None, mode and mode.lower(), "GetItems")]
    assert found.lost == 0


def test_the_newer_form_of_a_tool_names_its_connector():
    found = told(made.modern_tool(connector="shared_office365", operation="SendMail", mode="Maker"))
    assert found.tools == [Tool(None, "shared_office365", "maker", "SendMail")]


def test_a_server_brings_tools_of_others():
    (tool,) = told(made.server("x", reference="cr.shared_mcp", mode="Maker")).tools
    assert (tool.other, tool.mode) == (True, "maker")
    found = told("kind: McpTool\nserverUrl: https://mcp.example.net/sse\nauthMode: Invoker\n")
    assert (found.hosts, [tool.mode for tool in found.tools]) == (["mcp.example.net"], ["invoker"])


def test_flows_agents_and_triggers_are_told_by_their_ids():
    assert told(made.runs(FLOW.upper())).flows == [FLOW]
    assert told(f"kind: WorkflowTool\nworkflowId: {FLOW}\n").flows == [FLOW]
    assert told(made.asks("CR_Agent")).agents == ["cr_agent"]
    found = told(made.trigger(FLOW), made.TRIGGER)
    assert (found.triggers, found.lost) == ([FLOW], 0)
    assert found.traits == {"Starts by itself": "yes: an event or a schedule sets it off"}


def test_calls_are_found_however_deep_they_are():
    deep = "kind: AdaptiveDialog\nactions:\n" + "".join(
        f"{'  ' * depth}- kind: Foreach\n{'  ' * depth}  actions:\n" for depth in range(1, 40)
    )
    deep += f"{'  ' * 41}- {{kind: HttpRequestAction, url: 'https://deep.example.net/'}}\n"
    assert told(deep).hosts == ["deep.example.net"]


def test_a_formula_is_an_unknown_address_never_none():
    found = told(made.topic("=Env.cr_host", "https://known.example.net/x"))
    assert (found.hosts, found.hidden) == (["known.example.net"], 1)
    assert told("kind: AdaptiveDialog\nactions: [{kind: HttpRequestAction}]\n").hidden == 1


def test_an_agents_own_settings():
    found = told(made.settings(model="GPT41", web=True), made.SETTINGS)
    assert found.traits == {"Model": "GPT41", "Searches the web": "yes", "Runs code that it writes": "no"}
    assert "CANARY" not in repr(found)


@pytest.mark.parametrize(
    ("kind", "site", "type_"),
    [
        ("SharePointSearchSource", "https://acme.sharepoint.com/sites/HR/Docs/a", "SharePoint site"),
        ("PublicSiteSearchSource", "https://www.example.com/travel", "public website"),
        ("DataverseStructuredSearchSource", None, "Dataverse tables as knowledge"),
        ("AzureAISearchSource", None, "Azure AI Search index"),
    ],
)
def test_knowledge(kind: str, site: str | None, type_: str):
    (found,) = told(made.knowledge(kind, site), made.KNOWLEDGE).knowledge
    assert found.type == type_
    assert "Docs" not in found.key + found.name


def test_skills_and_files_are_known_by_their_type():
    assert told("CANARY", SKILL).hidden == 1
    assert told(None, FILE).files == 1


@pytest.mark.parametrize(
    "data",
    [
        None,
        "",
        "just a text",
        "- a\n- list\n",
        "kind: [broken\n\tx: {",
        "kind: SomethingNew\nx: 1\n",
        "[" * 5_000,
        "kind: TaskDialog\naction: {kind: InvokeAIPluginTaskAction}\n",
        "kind: TaskDialog\naction: {kind: InvokeFlowTaskAction}\n",
        "kind: ConnectedAgentTool\n",
        "kind: ExternalTriggerConfiguration\nexternalTriggerSource: {kind: SomethingElse}\n",
        "kind: KnowledgeSourceConfiguration\nsource: {kind: NewSearchSource}\n",
        "kind: KnowledgeSourceConfiguration\nsource: {kind: SharePointSearchSource, site: =Env.site}\n",
        "kind: !!python/object/apply:os.system [true]\n",
    ],
)
def test_what_isnt_understood_is_counted(data: str | None):
    assert told(data).lost >= 1


def test_a_part_that_points_at_itself_a_thousand_times_is_read_once():
    """Ten levels of ten aliases each would be ten thousand million pieces."""
    lines = ["kind: AdaptiveDialog", "a0: &a0 {kind: HttpRequestAction, url: 'https://x.example/'}"]
    lines += [f"a{level}: &a{level} [{', '.join([f'*a{level - 1}'] * 10)}]" for level in range(1, 11)]
    assert told("\n".join(lines)).hosts == ["x.example"]


def test_values_stay_texts():
    """A date that is none, a lone equals sign and a merge would stop a reader that takes YAML at its word."""
    data = "kind: AdaptiveDialog\na: 2020-99-99\nb: =\nc: !!float x\n<<: text\n"
    assert told(data).lost == 0


def test_a_part_that_says_nothing_is_empty():
    assert told(made.topic()).is_empty
    assert not told(made.topic("https://x.example/")).is_empty
