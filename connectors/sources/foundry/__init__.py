"""What does Azure AI Foundry say about its agents, what they run as, and what they are connected to?"""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from typing import Any

from connectors.http.microsoft import SETTINGS
from connectors.inventory.records import Record
from connectors.source import Check, Keep, Pull, RequiredPermission, Setting, forget
from connectors.sources.foundry import checking, reading
from connectors.sources.foundry.limits import LIMITS
from connectors.sources.foundry.permissions import PERMISSIONS


class FoundrySource:
    """Every AI account of a tenant, through one application."""

    kind = "foundry"
    label = "Azure AI Foundry"
    groups = ("subscription", "subscriptions")
    blind_spots: tuple[str, ...] = LIMITS
    settings: tuple[Setting, ...] = SETTINGS
    permissions: tuple[RequiredPermission, ...] = PERMISSIONS
    hosts: tuple[str, ...] = ()
    consent = None

    def check(self, *, settings: Mapping[str, Any], keep: Keep = forget) -> list[Check]:
        return checking.check(settings)

    def pull(self, pull: Pull) -> Iterator[Record]:
        return reading.records(pull)


source = FoundrySource()
