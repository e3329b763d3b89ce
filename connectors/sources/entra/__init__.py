"""What does a Microsoft Entra tenant say about its service principals, agents, their permissions and who owns them?"""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from typing import Any

from connectors.http.microsoft import SETTINGS
from connectors.inventory.records import Record
from connectors.source import Check, Pull, RequiredPermission, Setting
from connectors.sources.entra import checking, reading
from connectors.sources.entra.permissions import PERMISSIONS


class EntraSource:
    """One tenant, through Microsoft Graph."""

    kind = "entra"
    label = "Microsoft Entra ID"
    settings: tuple[Setting, ...] = SETTINGS
    permissions: tuple[RequiredPermission, ...] = PERMISSIONS

    def check(self, *, settings: Mapping[str, Any]) -> list[Check]:
        return checking.check(settings)

    def pull(self, pull: Pull) -> Iterator[Record]:
        return reading.records(pull)


source = EntraSource()
