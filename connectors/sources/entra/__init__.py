"""What does a Microsoft Entra tenant say about its service principals, agents, their permissions and who owns them?"""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from typing import Any

from connectors.http.microsoft import SETTINGS
from connectors.inventory.records import Record
from connectors.source import Check, Keep, Pull, RequiredPermission, Setting, forget
from connectors.sources.entra import checking, reading
from connectors.sources.entra.permissions import PERMISSIONS


class EntraSource:
    """One tenant, through Microsoft Graph."""

    kind = "entra"
    label = "Microsoft Entra ID"
    groups = ("directory", "directories")
    blind_spots: tuple[str, ...] = (
        "Sign-ins are counted since 2023 and only with a P1 or P2 licence: that none is told proves nothing.",
        "Which permission of an application was used, and when, is told by no API.",
        "Who consented to a permission stands in the audit log alone, which is kept for 30 days.",
    )
    settings: tuple[Setting, ...] = SETTINGS
    permissions: tuple[RequiredPermission, ...] = PERMISSIONS
    hosts: tuple[str, ...] = ("graph.microsoft.com",)
    consent = None

    def check(self, *, settings: Mapping[str, Any], keep: Keep = forget) -> list[Check]:
        return checking.check(settings)

    def pull(self, pull: Pull) -> Iterator[Record]:
        return reading.records(pull)


source = EntraSource()
