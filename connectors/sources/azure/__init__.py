"""What does Azure say about its workloads, managed identities, roles and data?"""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from typing import Any

from connectors.http.microsoft import SETTINGS
from connectors.inventory.records import Record
from connectors.source import Check, Pull, RequiredPermission, Setting
from connectors.sources.azure import checking, reading
from connectors.sources.azure.permissions import PERMISSIONS


class AzureSource:
    """Every subscription of a tenant, through one application with one role."""

    kind = "azure"
    label = "Microsoft Azure"
    settings: tuple[Setting, ...] = SETTINGS
    permissions: tuple[RequiredPermission, ...] = PERMISSIONS

    def check(self, *, settings: Mapping[str, Any]) -> list[Check]:
        return checking.check(settings)

    def pull(self, pull: Pull) -> Iterator[Record]:
        return reading.records(pull)


source = AzureSource()
