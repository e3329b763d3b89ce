"""What does a ServiceNow instance say about its integration accounts, automations, agents and what they reach?"""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from typing import Any

from connectors.inventory.records import Record
from connectors.source import Check, Pull, RequiredPermission, Setting
from connectors.sources.servicenow import checking, reading
from connectors.sources.servicenow.permissions import PERMISSIONS
from connectors.sources.servicenow.settings import SETTINGS


class ServiceNowSource:
    """One instance, through the Table API, as an account that may only read."""

    kind = "servicenow"
    label = "ServiceNow"
    settings: tuple[Setting, ...] = SETTINGS
    permissions: tuple[RequiredPermission, ...] = PERMISSIONS

    def check(self, *, settings: Mapping[str, Any]) -> list[Check]:
        return checking.check(settings)

    def pull(self, pull: Pull) -> Iterator[Record]:
        return reading.records(pull)


source = ServiceNowSource()
