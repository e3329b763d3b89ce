"""Which data policies hold in an environment, and which connectors do they bar there?

https://learn.microsoft.com/power-platform/admin/wp-data-loss-prevention
"""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass, field
from typing import Any

from connectors.sources.copilot_studio.connector import api
from connectors.sources.copilot_studio.values import mapping, rows

ALL, ONLY, EXCEPT = "AllEnvironments", "OnlyEnvironments", "ExceptEnvironments"
BLOCKED = "Blocked"


@dataclass(frozen=True, slots=True)
class Policy:
    """One data policy. `classes`: connector → Confidential (business), General, Blocked."""

    name: str
    holds: str
    environments: frozenset[str]
    classes: dict[str, str] = field(hash=False)
    default: str = "General"

    def holds_in(self, environment: str) -> bool:
        if self.holds == ALL:
            return True
        return (environment in self.environments) == (self.holds == ONLY)

    def bars(self, connector: str) -> bool:
        return self.classes.get(connector, self.default) == BLOCKED


@dataclass(slots=True)
class Policies:
    """Those of the tenant; `found` is None where they couldn't be read, so that nothing is known."""

    found: tuple[Policy, ...] | None = None

    def holding(self, environment: str) -> list[Policy] | None:
        return None if self.found is None else [each for each in self.found if each.holds_in(environment)]

    def barring(self, environment: str, connector: str) -> str | None:
        """The name of a policy that bars the connector there; None where none is known to."""
        return next((each.name for each in self.holding(environment) or () if each.bars(connector)), None)


def policy(row: dict[str, Any]) -> Policy:
    """As the tenant's administration tells it, by itself or with the patterns of custom connectors beside it."""
    told = mapping(row.get("policyDefinition")) or row
    return Policy(
        name=told.get("displayName") or told["name"],
        holds=told["environmentType"],
        environments=frozenset(_environments(told.get("environments"))),
        classes={
            name: group["classification"]
            for group in rows(told.get("connectorGroups"))
            for each in rows(group.get("connectors"))
            if (name := api(each.get("id")))
        },
        default=told.get("defaultConnectorsClassification") or "General",
    )


def _environments(said: Any) -> Iterable[str]:
    return (str(each.get("name") or api(each.get("id")) or "").lower() for each in rows(said))
