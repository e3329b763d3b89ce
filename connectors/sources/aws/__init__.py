"""What does an AWS organization say about its workloads, identities, permissions and data?"""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from typing import Any

from connectors.inventory.records import Record
from connectors.source import Check, Keep, Pull, RequiredPermission, Setting, forget
from connectors.sources.aws import checking, reading
from connectors.sources.aws.permissions import PERMISSIONS
from connectors.sources.aws.settings import SETTINGS


class AwsSource:
    """Every account of an organization, through one read-only role in each."""

    kind = "aws"
    label = "AWS Organization"
    groups = ("account", "accounts")
    blind_spots: tuple[str, ...] = ()
    settings: tuple[Setting, ...] = SETTINGS
    permissions: tuple[RequiredPermission, ...] = PERMISSIONS
    hosts: tuple[str, ...] = ()
    consent = None

    def check(self, *, settings: Mapping[str, Any], keep: Keep = forget) -> list[Check]:
        return checking.check(settings)

    def pull(self, pull: Pull) -> Iterator[Record]:
        return reading.records(pull)


source = AwsSource()
