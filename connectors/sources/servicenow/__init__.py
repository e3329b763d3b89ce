"""What does a ServiceNow instance say about its integration accounts, automations, agents and what they reach?"""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from typing import Any

from connectors.inventory.records import Record
from connectors.source import Check, Keep, Pull, RequiredPermission, Setting, forget
from connectors.sources.servicenow import checking, reading
from connectors.sources.servicenow.permissions import PERMISSIONS
from connectors.sources.servicenow.settings import SETTINGS

BLIND_SPOTS = (
    "Rows that the instance hides before it counts them, by a query business rule or in another domain, go unnoticed.",
    "Access controls on single columns, and those that a table inherits from its parent, are not followed.",
    "Which of a spoke's connections a flow takes is decided when it runs: all that it may take are conditional.",
    "The age of a client secret is not told: only since when its entry in the application registry is unchanged.",
    "When an OAuth client was last used is told by its tokens, which the instance deletes some time after they end.",
)


class ServiceNowSource:
    """One instance, through the Table API, as an account that may only read."""

    kind = "servicenow"
    label = "ServiceNow"
    groups = ("instance", "instances")
    blind_spots: tuple[str, ...] = BLIND_SPOTS
    settings: tuple[Setting, ...] = SETTINGS
    permissions: tuple[RequiredPermission, ...] = PERMISSIONS
    hosts: tuple[str, ...] = ()
    consent = None

    def check(self, *, settings: Mapping[str, Any], keep: Keep = forget) -> list[Check]:
        return checking.check(settings)

    def pull(self, pull: Pull) -> Iterator[Record]:
        return reading.records(pull)


source = ServiceNowSource()
