"""What does a Power Platform tenant say about its Copilot Studio agents: who made them, as whom they act, whom they
reach?"""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from typing import Any

from connectors.inventory.records import Record
from connectors.source import Check, Keep, Pull, RequiredPermission, Setting, forget
from connectors.sources.copilot_studio import checking, reading
from connectors.sources.copilot_studio.limits import LIMITS
from connectors.sources.copilot_studio.permissions import PERMISSIONS
from connectors.sources.copilot_studio.settings import SETTINGS


class CopilotStudioSource:
    """Every environment of a tenant, through one application that is a user of each."""

    kind = "copilot_studio"
    label = "Microsoft Copilot Studio"
    groups = ("environment", "environments")
    blind_spots: tuple[str, ...] = LIMITS
    settings: tuple[Setting, ...] = SETTINGS
    permissions: tuple[RequiredPermission, ...] = PERMISSIONS
    hosts: tuple[str, ...] = ()
    consent = None

    def check(self, *, settings: Mapping[str, Any], keep: Keep = forget) -> list[Check]:
        return checking.check(settings)

    def pull(self, pull: Pull) -> Iterator[Record]:
        return reading.records(pull)


source = CopilotStudioSource()
