"""Which tenant is read, for which scopes, and what is known so far that others need to know?"""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from datetime import datetime
from typing import Any

from connectors.inventory.records import Ref, ScopeState
from connectors.scope import Scope, Trouble, opened
from connectors.sources.entra.graph import Graph
from connectors.sources.entra.shelf import Shelf
from connectors.stream import Stream

SYSTEM = "entra"
LABELS = {
    "applications": "Applications",
    "certificates": "Certificates",
    "sign-ins": "Last sign-ins",
    "federated-credentials": "Federated credentials",
    "agents": "Agents",
    "service-principals": "Service principals",
    "app-roles": "Application permissions",
    "delegated-grants": "Delegated permissions",
    "directory-roles": "Directory roles",
    "eligible-roles": "Eligible directory roles",
    "groups": "Groups that hold roles",
    "owners": "Owners and sponsors",
}


@dataclass(frozen=True, slots=True)
class Tenant:
    """The customer's directory. `name` is its id where sv0 may not read the name."""

    id: str
    name: str

    @property
    def label(self) -> str:
        return self.name if self.name == self.id else f"{self.name} ({self.id})"

    def of(self, scope: str) -> dict[str, Any]:
        """What every object of the tenant has in common."""
        return {"system": SYSTEM, "scope": scope, "account_id": self.id, "account_name": self.name}


@dataclass(slots=True)
class Reading:
    """One scan of one tenant. `keys` and `reports` ask as `graph` does, within narrower limits of their own."""

    tenant: Tenant
    graph: Graph
    keys: Graph
    reports: Graph
    stream: Stream
    shelf: Shelf
    now: datetime
    done: frozenset[str]
    scopes: dict[str, Scope] = field(default_factory=dict)

    def __post_init__(self) -> None:
        for kind, label in LABELS.items():
            key = f"{SYSTEM}:{self.tenant.id}:{kind}"
            words = f"{label} of {self.tenant.name}"
            self.scopes[kind] = Scope(key=key, label=words, stream=self.stream, silent=key in self.done)

    @contextmanager
    def opened(self, kind: str, *, increment: bool = False) -> Iterator[Scope]:
        """The scope of that kind, started, and ended however the reading goes."""
        group = {"group": self.tenant.id, "group_label": self.tenant.label}
        with opened(self.scopes[kind], kind=kind, increment=increment, **group) as scope:
            yield scope

    def named(self, ids: list[str]) -> dict[str, str]:
        """What the service principals among the objects are called."""
        return self.shelf.take("name", ids)

    def is_done(self, kind: str) -> bool:
        """Whether an interrupted scan completed the scope."""
        return self.scopes[kind].silent

    def doubt(self, scope: Scope, *, because_of: tuple[str, ...]) -> None:
        """What the scope tells isn't certain where one that it builds on wasn't read to its end."""
        for kind in because_of:
            other = self.scopes[kind]
            if other.state is not ScopeState.COMPLETE:
                state = ScopeState.SKIPPED if other.state is ScopeState.SKIPPED else ScopeState.FAILED
                sentence = (
                    f"{scope.label} are not certain: {other.label[0].lower()}{other.label[1:]} were not all read."
                )
                scope.note(Trouble(state, sentence, other.kind_of_trouble))


def identity(key: str, name: str) -> Ref:
    """Points at an identity."""
    return Ref(kind="identity", id=key, name=name)


def guid(text: str) -> str:
    """An id as it is compared: in small letters."""
    return text.lower()


def short(key: str) -> str:
    """An id in a sentence, where nothing better is known."""
    return f"{key[:8]}…"


def moment(text: str | None) -> datetime | None:
    """A time as Graph writes it; ValueError where it isn't one."""
    return datetime.fromisoformat(text) if text else None
