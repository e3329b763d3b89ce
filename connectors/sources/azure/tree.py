"""Which management groups and subscriptions are there, and which contains which?"""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass, field
from typing import Any

from connectors.inventory.records import Link, Record, Ref, Relation, Resource
from connectors.sources.azure import ids

SYSTEM = "azure"
GROUP_TYPE = "microsoft.management/managementgroups"
DEAD = {"Deleted"}
Row = Mapping[str, Any]
Tags = tuple[tuple[str, str], ...]


@dataclass(frozen=True, slots=True)
class Group:
    """A management group. `above`: the names of those that contain it, the nearest first."""

    name: str  # its id within the tenant
    label: str
    above: tuple[str, ...] = ()
    tags: Tags = ()

    @property
    def key(self) -> str:
        return f"{ids.MANAGEMENT_GROUP}{self.name.lower()}"


@dataclass(frozen=True, slots=True)
class Subscription:
    """`state` is Azure's word: Enabled, Disabled, Warned, PastDue, Deleted."""

    id: str
    label: str
    state: str = "Enabled"
    above: tuple[str, ...] = ()
    tags: Tags = ()

    @property
    def key(self) -> str:
        return f"{ids.SUBSCRIPTION}{self.id}"

    @property
    def title(self) -> str:
        return f"{self.label} ({self.id})"


@dataclass(slots=True)
class Tree:
    """What was found so far. `tenant` is its directory's id."""

    tenant: str
    groups: dict[str, Group] = field(default_factory=dict)  # by name in small letters
    subscriptions: dict[str, Subscription] = field(default_factory=dict)
    shown: int = 0  # management groups that were told themselves, not only as standing above something

    @property
    def root(self) -> str:
        """The address of what is above all management groups, "/" in Azure, which every tenant has."""
        return f"/tenants/{self.tenant}"

    def take_subscription(self, row: Row) -> None:
        """A row of Resource Manager."""
        key = row["subscriptionId"].lower()
        said = Subscription(key, row["displayName"], row["state"], tags=tags(row.get("tags")))
        self.subscriptions[key] = said

    def take_container(self, row: Row) -> None:
        """A row of Resource Graph: a management group, or where a subscription stands."""
        above = tuple(each["name"].lower() for each in (row.get("chain") or row.get("above") or ()))
        if row["type"].lower() == GROUP_TYPE:
            label = row.get("displayName") or row["name"]
            self.groups[row["name"].lower()] = Group(row["name"], label, above)
            self.shown += 1
        elif (known := self.subscriptions.get(row["subscriptionId"].lower())) is not None:
            placed = Subscription(known.id, known.label, known.state, above, known.tags)
            self.subscriptions[known.id] = placed
        for each in row.get("chain") or row.get("above") or ():
            self.groups.setdefault(each["name"].lower(), Group(each["name"], each.get("displayName") or each["name"]))

    @property
    def hidden(self) -> bool:
        """Whether subscriptions stand below management groups of which none may be seen."""
        return bool(self.groups) and not self.shown

    def records(self, scope: str) -> Iterator[Record]:
        """The tenant's root, its groups and subscriptions, and what contains them.

        A subscription is linked to each group above it, so that no path is long because the tree is deep.
        """
        yield self._resource(self.root, "Tenant root", "Azure tenant", scope)
        for group in self.groups.values():
            yield self._resource(group.key, group.label, "Azure management group", scope)
            yield self._contains(group.above[0] if group.above else None, group.key, group.label, scope)
        for each in self.subscriptions.values():
            yield self._resource(each.key, each.label, "Azure subscription", scope, each)
            for above in (*each.above, None):
                yield self._contains(above, each.key, each.label, scope)

    def spoken(self, scope: str) -> tuple[str, str]:
        """A scope above resource groups in words, what it is and its name: "subscription", "prod"."""
        if scope == self.root:
            return "", "Tenant root"
        name = ids.name(scope)
        if scope.startswith(ids.MANAGEMENT_GROUP):
            group = self.groups.get(name)
            return "management group", group.label if group else name
        known = self.subscriptions.get(name)
        return "subscription", known.label if known else name

    def covering(self, subscription: Subscription) -> list[str]:
        """The scopes above a subscription."""
        return [*(f"{ids.MANAGEMENT_GROUP}{name}" for name in subscription.above), self.root]

    def _resource(
        self,
        key: str,
        name: str,
        type: str,  # noqa: A002 - records' word
        scope: str,
        subscription: Subscription | None = None,
    ) -> Resource:
        return Resource(
            id=key,
            provider_id=key,
            name=name,
            type=type,
            system=SYSTEM,
            scope=scope,
            account_id=subscription.id if subscription else None,
            account_name=subscription.label if subscription else None,
            tags=subscription.tags if subscription else (),
        )

    def _contains(self, above: str | None, key: str, name: str, scope: str) -> Link:
        parent = self.groups.get(above) if above is not None else None
        source = (parent.key, parent.label) if parent else (self.root, "Tenant root")
        return Link(
            relation=Relation.CONTAINS,
            source=Ref(kind="resource", id=source[0], name=source[1]),
            target=Ref(kind="resource", id=key, name=name),
            scope=scope,
        )


def tags(said: Mapping[str, Any] | None) -> Tags:
    """Azure's tags as sorted pairs. A hidden one is Azure's own, and may hold anything."""
    pairs = ((str(key), str(value or "")) for key, value in (said or {}).items())
    return tuple(sorted(pair for pair in pairs if not pair[0].lower().startswith("hidden-")))


def batches(subscriptions: Iterable[Subscription], size: int) -> Iterator[list[Subscription]]:
    """The subscriptions that are read, some at a time."""
    found = list(subscriptions)
    for start in range(0, len(found), size):
        yield found[start : start + size]
