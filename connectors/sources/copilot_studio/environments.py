"""Which environments has the tenant, and can agents be in them at all?"""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from datetime import datetime
from typing import Any

from connectors.inventory.records import Resource
from connectors.sources.copilot_studio.values import moment

SYSTEM = "copilot_studio"
NONE = {"none", ""}
READY = {"ready", ""}  # of a Dataverse; else it is being made, moved, switched off or deleted


@dataclass(frozen=True, slots=True)
class Environment:
    """One environment. `address` is its Dataverse's, None where it has none; `audience` whom a sign-in there is for."""

    id: str
    name: str
    address: str | None
    audience: str | None
    spelled: str  # its id as Power Platform writes it
    sort: str | None = None  # Default, Production, Sandbox, Developer …
    region: str | None = None
    state: str = "Ready"
    created_at: datetime | None = None

    @property
    def label(self) -> str:
        """As people tell it apart: every tenant has several of one name."""
        return f"{self.name} ({self.sort.lower()} environment)" if self.sort else self.name

    @property
    def key(self) -> str:
        """The address of the environment itself, and of what is in it, with a slash and more behind it."""
        return f"dataverse/{self.id}"

    def scope(self, kind: str) -> str:
        return f"{SYSTEM}:{self.id}:{kind}"

    def at(self, *parts: str) -> str:
        """The address of something in it: at("bot", "…")."""
        return "/".join((self.key, *(part.lower() for part in parts)))

    def shut(self) -> str | None:
        """Why its Dataverse can't be read, known without asking; None where it can. Without a Dataverse there is
        nothing to read, for sure."""
        if self.address is not None and self.state.lower() not in READY:
            return f"{self.name} is not in use: its Dataverse is {self.state.lower()}."
        return None

    def of(self, scope: str) -> dict[str, Any]:
        """What every object in it has in common."""
        return {
            "system": SYSTEM,
            "scope": scope,
            "account_id": self.id,
            "account_name": self.name,
            "region": self.region,
        }

    def resource(self, scope: str) -> Resource:
        """The environment as what roles are held on."""
        return Resource(
            id=self.key,
            provider_id=self.id,
            name=self.name,
            type="Power Platform environment",
            created_at=self.created_at,
            **self.of(scope),
        )


def listed(row: dict[str, Any]) -> Environment:
    """As the tenant's administration tells it. The name of the default one is "Default-{tenant}"."""
    told = row["properties"]
    metadata = told.get("linkedEnvironmentMetadata") or {}
    instance = (metadata.get("instanceUrl") or "").rstrip("/") or None
    bare = str(told.get("databaseType") or "").lower() in NONE
    return Environment(
        id=row["name"].lower(),
        spelled=row["name"],
        name=told.get("displayName") or row["name"],
        address=None if bare else (metadata.get("instanceApiUrl") or instance),
        audience=None if bare else instance or metadata.get("instanceApiUrl"),
        sort=told.get("environmentSku"),
        region=row.get("location"),
        state=metadata.get("instanceState") or "Ready",
        created_at=moment(told.get("createdTime")),
    )


def told_by_itself(address: str, answer: dict[str, Any]) -> Environment:
    """One that the connection names by its address, as its own Dataverse tells it."""
    detail = answer["Detail"]
    return Environment(
        id=detail["EnvironmentId"].lower(),
        spelled=detail["EnvironmentId"],
        name=detail.get("FriendlyName") or detail["EnvironmentId"],
        address=address,
        audience=address,
        region=detail.get("Geo"),
    )


def once(found: Iterator[Environment]) -> Iterator[Environment]:
    """Each environment once: a listing that is paged while it changes may repeat one."""
    seen: set[str] = set()
    for each in found:
        if each.id not in seen:
            seen.add(each.id)
            yield each
