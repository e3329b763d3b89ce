"""What does Azure say about its workloads, managed identities, roles and data?"""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from typing import Any

from connectors.http.microsoft import SETTINGS
from connectors.inventory.records import Record
from connectors.source import Check, Keep, Pull, RequiredPermission, Setting, forget
from connectors.sources.azure import checking, reading
from connectors.sources.azure.permissions import PERMISSIONS


class AzureSource:
    """Every subscription of a tenant, through one application with one role."""

    kind = "azure"
    label = "Microsoft Azure"
    groups = ("subscription", "subscriptions")
    blind_spots: tuple[str, ...] = (
        "Settings of apps and variables of Automation accounts hold values, so they are not read: which hosts a script "
        "calls by them stays unknown.",
        "When a role was last used is told by no API.",
        "Users that a database keeps itself (SQL, PostgreSQL, MySQL) are not known to Azure.",
        "What a partner's people may do through Azure Lighthouse is not read.",
    )
    settings: tuple[Setting, ...] = SETTINGS
    permissions: tuple[RequiredPermission, ...] = PERMISSIONS
    hosts: tuple[str, ...] = ("management.azure.com",)
    consent = None

    def check(self, *, settings: Mapping[str, Any], keep: Keep = forget) -> list[Check]:
        return checking.check(settings)

    def pull(self, pull: Pull) -> Iterator[Record]:
        return reading.records(pull)


source = AzureSource()
