"""What is in an Azure tenant: its management groups, its subscriptions, and what each of these holds?

A subscription's contents are asked for when a call needs them, so that a tenant of any size can be served: a written
one keeps them, a generated one makes them anew.
"""

from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any

from tests.emulators.microsoft.acme import TENANT

Row = dict[str, Any]
MANAGEMENT_GROUPS = "/providers/Microsoft.Management/managementGroups"


@dataclass(frozen=True)
class ManagementGroup:
    """One of the groups that subscriptions are kept in. `parent` is another's name, None for the root."""

    name: str
    display_name: str
    parent: str | None = None

    @property
    def id(self) -> str:
        return f"{MANAGEMENT_GROUPS}/{self.name}"


@dataclass(frozen=True)
class Subscription:
    """One subscription, `group` being the name of the management group that it is in."""

    id: str
    name: str
    group: str
    state: str = "Enabled"

    @property
    def path(self) -> str:
        return f"/subscriptions/{self.id}"


@dataclass
class Contents:
    """What a subscription, or the tenant above all of them, holds: rows as Azure Resource Manager tells them.

    `resources` are by their id in small letters; `listed` are listings of what is no resource of its own, by the id and
    the word behind it ("…/accounts/hr-ai/projects/hr/agents"); the rest is about rights, inherited ones excluded.
    """

    groups: dict[str, Row] = field(default_factory=dict)
    resources: dict[str, Row] = field(default_factory=dict)
    listed: dict[str, list[Row]] = field(default_factory=dict)
    assignments: list[Row] = field(default_factory=list)
    definitions: list[Row] = field(default_factory=list)
    denials: list[Row] = field(default_factory=list)
    eligible: list[Row] = field(default_factory=list)
    activated: list[Row] = field(default_factory=list)

    def ordered(self) -> list[Row]:
        """The resources in the order of their ids."""
        return [self.resources[key] for key in sorted(self.resources)]


@dataclass(frozen=True, kw_only=True)
class AzureEstate:
    """An Azure tenant. `above` holds what is granted on management groups, `contents` gives a subscription's own.

    `hosts` says in which subscription the AI account with that subdomain is, where that isn't found by looking.
    """

    groups: Sequence[ManagementGroup]
    subscriptions: Sequence[Subscription]
    above: Contents
    contents: Callable[[Subscription], Contents]
    hosts: Callable[[str], Subscription | None]
    tenant: str = TENANT

    def subscription(self, id: str) -> Subscription | None:  # noqa: A002 - Azure's word
        return self._by_id().get(id.lower())

    def group(self, name: str) -> ManagementGroup | None:
        return next((each for each in self.groups if each.name.lower() == name.lower()), None)

    def ancestors(self, name: str) -> Iterator[ManagementGroup]:
        """The management group and those above it, the nearest first."""
        found = self.group(name)
        while found is not None:
            yield found
            found = self.group(found.parent) if found.parent else None

    def _by_id(self) -> Mapping[str, Subscription]:
        known: dict[str, Subscription] = self.__dict__.get("_known", {})
        if not known:
            known = {each.id: each for each in self.subscriptions}
            object.__setattr__(self, "_known", known)
        return known
