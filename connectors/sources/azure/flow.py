"""What does a Logic App's definition say: what starts it, whom it calls, with which connections?

Pure. Of the definition nothing is kept but hosts, addresses of Azure objects and names of connectors: bodies, headers,
queries, parameters and what is worked out at run time are passed over.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field
from typing import Any

from connectors.sources.azure import ids
from connectors.sources.azure.edges import host_of

Row = Mapping[str, Any]
ANYWHERE = "whoever has its address"


@dataclass(slots=True)
class Flow:
    """`hosts` that HTTP actions call; `hidden`: how many of them call an address that only the run knows."""

    starts: list[str] = field(default_factory=list)
    hosts: list[str] = field(default_factory=list)
    sign_ins: list[str] = field(default_factory=list)
    hidden: int = 0
    functions: list[str] = field(default_factory=list)
    flows: list[str] = field(default_factory=list)
    connections: dict[str, str] = field(default_factory=dict)  # address → connector
    by_identity: list[str] = field(default_factory=list)  # connections that it uses as its own managed identity


def flow(properties: Row) -> Flow:
    """The `properties` of a workflow as Resource Manager tells them."""
    found = Flow()
    definition = properties.get("definition") or {}
    for trigger in (definition.get("triggers") or {}).values():
        found.starts.append(_start(trigger, properties))
        _http(found, trigger)
    for action in _actions(definition.get("actions")):
        _http(found, action)
        _called(found, action)
    _connections(found, (properties.get("parameters") or {}).get("$connections") or {})
    return found


def _actions(said: Any) -> Iterator[Row]:
    """Every action, however deep: scopes, loops, both ways of a condition, all cases of a switch."""
    waiting = [said]
    while waiting:
        for action in (waiting.pop() or {}).values():
            if isinstance(action, dict):
                yield action
                cases = (action.get("cases") or {}).values()
                parts = [action, action.get("else"), action.get("default"), *cases]
                waiting += [each.get("actions") for each in parts if isinstance(each, dict)]


def _start(trigger: Row, properties: Row) -> str:
    """What starts it, in words."""
    kind = trigger.get("type")
    if kind == "Recurrence":
        said = trigger.get("recurrence") or {}
        unit, interval = str(said.get("frequency") or "").lower(), said.get("interval") or 1
        return f"every {unit}" if interval == 1 else f"every {interval} {unit}s"
    if kind == "Request":
        control = (properties.get("accessControl") or {}).get("triggers") or {}
        narrowed = control.get("allowedCallerIpAddresses") or control.get("openAuthenticationPolicies")
        return "a request from callers it is limited to" if narrowed else f"a request from {ANYWHERE}"
    return f"{_spaced(str(kind or 'an unknown'))} trigger"


def _http(found: Flow, action: Row) -> None:
    if action.get("type") not in ("Http", "HttpWebhook", "ApiManagement"):
        return
    said = action.get("inputs") or {}
    asked = said.get("subscribe") if isinstance(said.get("subscribe"), dict) else said
    host = host_of((asked or {}).get("uri"))
    if host:
        found.hosts.append(host)
    else:
        found.hidden += 1
    how = ((asked or {}).get("authentication") or {}) if isinstance(asked, dict) else {}
    if isinstance(how, dict) and isinstance(how.get("type"), str):
        found.sign_ins.append(how["type"])


def _called(found: Flow, action: Row) -> None:
    said = action.get("inputs")
    if not isinstance(said, dict):
        return
    if action.get("type") == "Function":
        target = (said.get("function") or {}).get("id")
        if isinstance(target, str) and target.startswith("/"):
            found.functions.append(ids.key(target).split("/functions/")[0])
    elif action.get("type") == "Workflow":
        target = ((said.get("host") or {}).get("workflow") or {}).get("id")
        if isinstance(target, str) and target.startswith("/"):
            found.flows.append(target)


def _connections(found: Flow, said: Row) -> None:
    """Which API connections it is given, and which of them it uses as itself."""
    for name, each in (said.get("value") or {}).items():
        if not isinstance(each, dict) or not each.get("connectionId"):
            continue
        key = ids.key(each["connectionId"])
        found.connections[key] = ids.name(str(each.get("id") or name))
        how = (each.get("connectionProperties") or {}).get("authentication") or {}
        if how.get("type") == "ManagedServiceIdentity":
            found.by_identity.append(key)


def _spaced(kind: str) -> str:
    """ "ApiConnectionWebhook" as "an api connection webhook"."""
    words = "".join(f" {each.lower()}" if each.isupper() else each for each in kind).strip()
    return f"{'an' if words[:1] in 'aeiou' and not words.startswith('an ') else 'a'} {words}".replace("an an ", "an ")
