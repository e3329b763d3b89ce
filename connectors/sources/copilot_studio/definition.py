"""What does a flow's definition say: what starts it, whom it calls, with which connections, and to where it sends?

Pure. Of the definition (a workflow's clientdata) nothing is kept but names of connectors and operations, hosts and ids:
bodies, headers, queries and parameters are passed over.
"""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass, field
from typing import Any

from connectors.sources.copilot_studio.connector import api
from connectors.sources.copilot_studio.hosts import host_of
from connectors.sources.copilot_studio.values import json_of, mapping

Row = dict[str, Any]
INVOKER = "invoker"  # a connection's runtimeSource: the caller's own, instead of the one stored with the flow
ANYBODY = "All"  # who may send a request, where the flow doesn't narrow it
HTTP = {"http", "httpwebhook"}
STARTED = {  # a Request trigger's kind
    "button": "a person, by hand",
    "powerapp": "an app",
    "powerappv2": "an app",
    "skills": "an agent",
    "virtualagent": "an agent",
    "copilot": "an agent",
    "http": "a request from whoever has its address",
    "apiconnection": "another flow",
}


@dataclass(slots=True)
class Connected:
    """One connection that a flow uses: `invoker` if it is its caller's own."""

    connector: str | None
    reference: str | None
    invoker: bool
    operations: list[str] = field(default_factory=list)


@dataclass(slots=True)
class Definition:
    """`hidden`: HTTP actions whose address only the run knows."""

    starts: list[str] = field(default_factory=list)
    open: bool = False  # whoever has its address starts it
    hosts: list[str] = field(default_factory=list)
    hidden: int = 0
    flows: list[str] = field(default_factory=list)
    connections: dict[str, Connected] = field(default_factory=dict)  # by the name that actions have for it


def definition(clientdata: Any) -> Definition | None:
    """What a workflow's clientdata says; None where it isn't understood."""
    told = json_of(clientdata)
    properties = mapping(told.get("properties")) if told else {}
    said = properties.get("definition")
    if not isinstance(said, dict):
        return None
    found = Definition()
    for name, each in mapping(properties.get("connectionReferences")).items():
        found.connections[name] = _connected(mapping(each))
    for trigger in mapping(said.get("triggers")).values():
        _start(found, mapping(trigger))
    for action in _actions(said.get("actions")):
        _step(found, action)
    return found


def _connected(said: Row) -> Connected:
    name = mapping(said.get("api")).get("name") or said.get("id")
    return Connected(
        connector=api(name) if isinstance(name, str) else None,
        reference=mapping(said.get("connection")).get("connectionReferenceLogicalName"),
        invoker=str(said.get("runtimeSource") or "embedded").lower() == INVOKER,
    )


def _actions(said: Any) -> Iterator[Row]:
    """Every action, however deep: scopes, loops, both ways of a condition, all cases of a switch."""
    waiting = [said]
    while waiting:
        for action in mapping(waiting.pop()).values():
            if isinstance(action, dict):
                yield action
                cases = mapping(action.get("cases")).values()
                parts = [action, action.get("else"), action.get("default"), *cases]
                waiting += [each.get("actions") for each in parts if isinstance(each, dict)]


def _start(found: Definition, trigger: Row) -> None:
    """What starts it, in words."""
    kind = str(trigger.get("type") or "")
    if kind == "Recurrence":
        found.starts.append(_often(mapping(trigger.get("recurrence"))))
    elif kind == "Request":
        how = str(trigger.get("kind") or "http").lower()
        who = mapping(trigger.get("inputs")).get("triggerAuthenticationType") or ANYBODY
        narrowed = how == "http" and who != ANYBODY
        found.open = found.open or (how == "http" and not narrowed)
        found.starts.append("a request from people of the tenant" if narrowed else STARTED.get(how, "a request"))
    else:
        operation = mapping(mapping(trigger.get("inputs")).get("host")).get("operationId")
        found.starts.append(f"an event ({operation})" if operation else "an event")
        _step(found, trigger)


def _often(said: Row) -> str:
    unit, interval = str(said.get("frequency") or "").lower(), said.get("interval") or 1
    return f"every {unit}" if interval == 1 else f"every {interval} {unit}s"


def _step(found: Definition, action: Row) -> None:
    kind, inputs = str(action.get("type") or ""), mapping(action.get("inputs"))
    host = mapping(inputs.get("host"))
    if kind.lower() in HTTP:
        _http(found, mapping(inputs.get("subscribe")) or inputs)
    elif kind == "Workflow":
        child = host.get("workflowReferenceName")
        if isinstance(child, str):
            found.flows.append(child.lower())
    elif host:
        _operation(found, host)


def _http(found: Definition, asked: Row) -> None:
    host = host_of(asked.get("uri"))
    if host:
        found.hosts.append(host)
    else:
        found.hidden += 1


def _operation(found: Definition, host: Row) -> None:
    """An action of a connector. An older form names its connection in a formula, which is not resolved."""
    name, operation = host.get("connectionName"), host.get("operationId")
    path = host.get("apiId")
    if not isinstance(name, str) and not isinstance(path, str):
        return
    key = name if isinstance(name, str) else str(path)
    used = found.connections.setdefault(key, Connected(None, None, invoker=False))
    used.connector = used.connector or (api(path) if isinstance(path, str) else None)
    if isinstance(operation, str) and operation not in used.operations:
        used.operations.append(operation)
