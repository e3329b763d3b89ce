"""What does one part of an agent say: which tool, which knowledge, which address, what starts it?

Pure. A part's `data` is YAML that Microsoft describes nowhere and changes often; the kinds here are those that agents
have. Of it nothing is kept but kinds, names of references, operations and ids, hosts and sites: what an agent is told
to do, and what it says, is passed over. What isn't recognised is counted, never taken for nothing.
"""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass, field
from typing import Any

import yaml

from connectors.sources.copilot_studio.connector import api
from connectors.sources.copilot_studio.hosts import host_of
from connectors.sources.copilot_studio.knowledge import Knowledge, knowledge
from connectors.sources.copilot_studio.values import mapping

Row = dict[str, Any]
SKILL, FILE = 13, 14  # component types that are known by themselves
# Kinds at the top of a part that have nothing to tell beside what is inside of them.
WHOLE = {
    *("AdaptiveDialog", "TaskDialog", "GptComponentMetadata", "KnowledgeSourceConfiguration", "InlineAgentSkill"),
    *("ExternalTriggerConfiguration", "ConnectorTool", "McpTool", "WorkflowTool", "ConnectedAgentTool", "AgentDialog"),
    *("WorkflowExternalTrigger", "PromptTool", "ComputerUseTool"),
}
CONNECTED = {"InvokeConnectorTaskAction", "InvokeConnectorAction", "ConnectorTool"}
ELSEWHERE = {
    "InvokeExternalAgentTaskAction",
    "InvokeExternalAgentAction",
    "McpTool",
}  # another's tools, another's agent
STARTING = {"InvokeFlowTaskAction", "InvokeFlowAction", "WorkflowTool"}
ASKING = {"InvokeConnectedAgentTaskAction", "ConnectedAgentTool"}
SKILLS = {"InvokeSkillTaskAction", "InvokeSkillAction"}  # a bot that runs elsewhere
SCREEN = {"InvokeComputerUsingAgentTaskAction", "ComputerUseTool"}
# What stays within the agent, or at Microsoft's model.
WITHIN = {
    *("InvokePromptTaskAction", "InvokeAIBuilderModelAction", "InvokeAIBuilderModelTaskAction", "PromptTool"),
    *("InvokeAgentTaskAction", "InvokeClientTaskAction", "InvokeClientAction"),
}
MAKER, INVOKER = "maker", "invoker"
BY_ITSELF = "yes: an event or a schedule sets it off"


@dataclass(slots=True)
class Tool:
    """A use of a connector. `mode`: maker, invoker, or None where it isn't told. `other`: the tools of an MCP server or
    another agent, rather than one operation."""

    reference: str | None
    connector: str | None
    mode: str | None
    operation: str | None
    other: bool = False


@dataclass(slots=True)
class Part:
    """What a part says. `hidden`: calls to where only the run knows; `agents`: schema names; the others ids."""

    name: str
    tools: list[Tool] = field(default_factory=list)
    hosts: list[str] = field(default_factory=list)
    hidden: int = 0
    flows: list[str] = field(default_factory=list)
    agents: list[str] = field(default_factory=list)
    triggers: list[str] = field(default_factory=list)
    knowledge: list[Knowledge] = field(default_factory=list)
    traits: dict[str, str] = field(default_factory=dict)  # facts about the agent itself, by what they are called
    files: int = 0
    lost: int = 0  # pieces that were not understood

    @property
    def is_empty(self) -> bool:
        told = (self.tools, self.hosts, self.hidden, self.flows, self.agents, self.triggers, self.knowledge)
        return not any((*told, self.traits, self.files, self.lost))


def part(row: Row) -> Part:
    """What a row of botcomponents says."""
    found = Part(row.get("name") or "a part without a name")
    kind = row["componenttype"]
    if kind == FILE:
        found.files = 1
    elif kind == SKILL:
        found.hidden = 1
        found.traits["Uses a skill that runs elsewhere"] = "yes"
    else:
        _read(found, row.get("data"))
    return found


def _read(found: Part, text: Any) -> None:
    data = _parsed(text)
    if data is None or _text(data.get("kind")) not in WHOLE:
        found.lost += 1
    for piece in _pieces(data):
        _piece(found, piece)


def _parsed(text: Any) -> Row | None:
    """The text as YAML whose values are all texts: nothing is taken for a date, a number or an object."""
    try:
        data = yaml.load(text, Loader=yaml.CBaseLoader) if isinstance(text, str) else None  # noqa: S506 (texts only)
    except (yaml.YAMLError, RecursionError):
        return None
    return data if isinstance(data, dict) else None


def _pieces(data: Any) -> Iterator[Row]:
    """Every object in it that says its kind, however deep, each once: YAML may point at one from many places."""
    waiting, seen = [data], set()
    while waiting:
        piece = waiting.pop()
        if id(piece) in seen:
            continue
        if isinstance(piece, dict | list):
            seen.add(id(piece))
            waiting += reversed(list(piece.values() if isinstance(piece, dict) else piece))
        if isinstance(piece, dict) and isinstance(piece.get("kind"), str):
            yield piece


def _piece(found: Part, piece: Row) -> None:
    kind = piece["kind"]
    if kind in CONNECTED or kind in ELSEWHERE:
        _tool(found, piece, other=kind in ELSEWHERE)
    elif kind == "HttpRequestAction":
        _http(found, piece.get("url"))
    elif kind in READERS:
        READERS[kind](found, piece)
    elif kind in SKILLS or kind in SCREEN:
        found.hidden += 1
        trait = "Uses a screen like a person" if kind in SCREEN else "Uses a skill that runs elsewhere"
        found.traits[trait] = "yes"
    elif kind.startswith("Invoke") and kind not in WITHIN:
        found.lost += 1


def _tool(found: Part, piece: Row, *, other: bool) -> None:
    said = mapping(piece.get("connectionProperties")).get("mode") or piece.get("authMode")
    mode = str(said or "").lower()
    details = mapping(piece.get("operationDetails"))
    found.tools.append(
        Tool(
            reference=_text(piece.get("connectionReference")),
            connector=api(_text(piece.get("connectorId"))),
            mode=mode if mode in (MAKER, INVOKER) else None,
            operation=_text(piece.get("operationId")) or _text(details.get("operationId")),
            other=other,
        )
    )
    if "serverUrl" in piece:
        _http(found, piece["serverUrl"])


def _http(found: Part, address: Any) -> None:
    host = host_of(address)
    if host:
        found.hosts.append(host)
    else:
        found.hidden += 1


def _flow(found: Part, piece: Row) -> None:
    flow = _text(piece.get("flowId")) or _text(piece.get("workflowId"))
    if flow:
        found.flows.append(flow.lower())
    else:
        found.lost += 1


def _agent(found: Part, piece: Row) -> None:
    agent = _text(piece.get("botSchemaName"))
    if agent:
        found.agents.append(agent.lower())
    else:
        found.lost += 1


def _triggered(found: Part, piece: Row) -> None:
    found.traits["Starts by itself"] = BY_ITSELF
    if mapping(piece.get("externalTriggerSource")).get("kind") != "WorkflowExternalTrigger":
        found.lost += 1


def _trigger(found: Part, piece: Row) -> None:
    flow = _text(piece.get("flowId"))
    found.traits["Starts by itself"] = BY_ITSELF
    if flow:
        found.triggers.append(flow.lower())
    else:
        found.lost += 1


def _knowledge(found: Part, piece: Row) -> None:
    source = mapping(piece.get("source"))
    told = knowledge(source, name=found.name)
    if told is None:
        found.lost += 1
    else:
        found.knowledge.append(told)


def _settings(found: Part, piece: Row) -> None:
    """Of the agent's own settings: the model, and what it may do beside its tools."""
    model = mapping(mapping(piece.get("aISettings")).get("model"))
    if hint := _text(model.get("modelNameHint")):
        found.traits["Model"] = hint
    able = mapping(piece.get("gptCapabilities"))
    for name, told in (("webBrowsing", "Searches the web"), ("codeInterpreter", "Runs code that it writes")):
        if able.get(name) in ("true", "false"):
            found.traits[told] = "yes" if able[name] == "true" else "no"


def _text(said: Any) -> str | None:
    return said if isinstance(said, str) and said else None


READERS = {
    **dict.fromkeys(STARTING, _flow),
    **dict.fromkeys(ASKING, _agent),
    "ExternalTriggerConfiguration": _triggered,
    "WorkflowExternalTrigger": _trigger,
    "KnowledgeSourceConfiguration": _knowledge,
    "GptComponentMetadata": _settings,
}
