"""What does a Jira Cloud site say about its apps, bots, automation rules, webhooks and permissions?"""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from typing import Any

from connectors.inventory.records import Record
from connectors.source import Check, Consent, Keep, Pull, RequiredPermission, Setting, forget
from connectors.sources.jira import checking, reading
from connectors.sources.jira.blind_spots import BLIND_SPOTS
from connectors.sources.jira.consent import AtlassianConsent
from connectors.sources.jira.permissions import PERMISSIONS
from connectors.sources.jira.settings import SETTINGS


class JiraSource:
    """One site, with the API tokens of its organization where a key for that is given."""

    kind = "jira"
    label = "Jira Cloud"
    groups = ("site", "sites")
    settings: tuple[Setting, ...] = SETTINGS
    permissions: tuple[RequiredPermission, ...] = PERMISSIONS
    hosts: tuple[str, ...] = ()
    consent: Consent | None = AtlassianConsent()
    blind_spots: tuple[str, ...] = BLIND_SPOTS

    def check(self, *, settings: Mapping[str, Any], keep: Keep = forget) -> list[Check]:
        return checking.check(settings, keep)

    def pull(self, pull: Pull) -> Iterator[Record]:
        return reading.records(pull)


source = JiraSource()
