"""What does a connector reach: SharePoint, a mailbox, a host of the customer's own?"""

from __future__ import annotations

import re
import tomllib
from dataclasses import dataclass, field
from functools import cache
from pathlib import Path
from typing import Any

from connectors.inventory.records import Access, Ref, Resource
from connectors.scope import Scope
from connectors.sources.copilot_studio.environments import Environment

_READS = re.compile(
    r"(?i:get|list|search|read|query|find|fetch|download|lookup|view|describe|count|on|when|trigger)(?=[A-Z0-9_]|$)"
)


@dataclass(frozen=True, slots=True)
class Connector:
    """`name` as Power Platform spells it, "shared_sharepointonline"; `hosts` where a custom one sends to. `custom`:
    the customer's own, known from its definition."""

    name: str
    ref: Ref
    custom: bool = False
    hosts: tuple[str, ...] = ()


@dataclass(slots=True)
class Connectors:
    """The connectors of one environment. Custom ones are told by who reads them, others when something uses them."""

    environment: Environment
    _known: dict[str, Connector] = field(default_factory=dict)

    def add(self, connector: Connector) -> None:
        self._known[connector.name] = connector

    def take(self, name: str, scope: Scope) -> Connector:
        """The connector of that name, told in the scope if it wasn't yet."""
        found = self._known.get(name)
        if found is None:
            told = resource(self.environment, name, title(name), scope.key)
            scope.put(told)
            found = Connector(name, ref(told))
            self.add(found)
        return found


def resource(environment: Environment, name: str, called: str, scope: str, *, custom: bool = False) -> Resource:
    return Resource(
        id=environment.at("connector", name),
        provider_id=name,
        name=f"{called} in {environment.name}",
        type="custom connector" if custom else f"connector {called}",
        **environment.of(scope),
    )


def ref(told: Resource) -> Ref:
    return Ref(kind="resource", id=told.id, name=told.name)


def api(path: str | None) -> str | None:
    """The name at the end of "/providers/Microsoft.PowerApps/apis/shared_sharepointonline", in small letters."""
    return path.rstrip("/").rpartition("/")[2].lower() or None if path else None


def title(name: str) -> str:
    """What people call a connector: "shared_acme-20payroll-5f1a2b" is "acme payroll"."""
    known: str | None = _data()["titles"].get(name.removeprefix("shared_"))
    if known:
        return known
    words = name.removeprefix("shared_").partition("-5f")[0].replace("-20", " ").replace("_", " ")
    return words.strip() or name


def access(operation: str | None) -> Access:
    """How strong an operation of a connector is, as its name says: GetItems, SendEmailV2. Whatever doesn't say that it
    reads, writes."""
    return Access.READ if operation and _READS.match(operation) else Access.WRITE


def is_of_entra(name: str) -> bool:
    """Whether one signs in to it with an account of the tenant's Entra."""
    return name.removeprefix("shared_") in _data()["entra"]


@cache
def _data() -> dict[str, Any]:
    return tomllib.loads(Path(__file__).with_name("connectors.toml").read_text())
