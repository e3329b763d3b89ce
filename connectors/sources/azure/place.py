"""Where is being read: which subscription, with which rights of our own, and what is already known of it?"""

from __future__ import annotations

from collections.abc import Callable, Iterable, Iterator, Mapping
from contextlib import contextmanager
from dataclasses import dataclass, field
from datetime import UTC, datetime
from typing import Any, TypeVar

from connectors.http import HttpError, Untrusted
from connectors.http import trouble as judge
from connectors.inventory.records import Link, Record, Ref, Relation, ScopeState
from connectors.scope import Scope, Trouble
from connectors.source import ErrorKind
from connectors.sources.azure import ids
from connectors.sources.azure.actions import Operation, Rights, allowed
from connectors.sources.azure.arm import Azure, Row
from connectors.sources.azure.network import Networks
from connectors.sources.azure.permissions import NEEDS, Call
from connectors.sources.azure.referenced import Referenced
from connectors.sources.azure.roles import Roles
from connectors.sources.azure.shelf import Shelf
from connectors.sources.azure.tree import SYSTEM, Subscription, Tags, Tree, tags
from connectors.stream import Abandoned, Cancelled, Stream

AZURE = "Azure"
Facts = dict[str, list[tuple[str, str]]]  # runbook in small letters → facts
_Found = TypeVar("_Found")
EARLIEST = 1900  # what Azure writes where there is no date lies before


@dataclass(slots=True)
class Reading:
    """What the threads of one scan share. `done` scopes were completed before the scan was interrupted."""

    azure: Azure
    stream: Stream
    shelf: Shelf
    tree: Tree
    roles: Roles
    referenced: Referenced
    done: frozenset[str]
    identities: list[Scope] = field(default_factory=list)  # in which managed identities were read
    incomplete: list[Scope] = field(default_factory=list)  # those not read to their end

    def scope(self, key: str, label: str) -> Scope:
        return Scope(key=key, label=label, stream=self.stream, silent=key in self.done)


@dataclass(slots=True)
class Place:
    """One subscription being read. `scopes` by the kind of coverage; `own`: our rights there, None where unknown."""

    reading: Reading
    subscription: Subscription
    own: tuple[Rights, ...] | None = None
    scopes: dict[str, Scope] = field(default_factory=dict)
    groups: dict[str, tuple[str, Tags]] = field(default_factory=dict)  # resource group → name, tags
    networks: Networks = field(default_factory=Networks)
    accounts: dict[str, str] = field(default_factory=dict)  # API connection → whose account
    automation: dict[str, tuple[Row, Facts]] = field(default_factory=dict)  # Automation account → row, what it starts
    issuers: dict[str, str] = field(default_factory=dict)  # of clusters' tokens → the cluster's name

    def may(self, action: str) -> bool:
        """Whether we have that permission on the subscription, as far as is known."""
        return self.own is None or allowed(self.own, Operation(action))

    def missing(self, kind: str) -> list[str]:
        return [each.action for each in NEEDS if kind in each.kinds and not self.may(each.action)]

    def of(self, kind: str, row: Row, **more: Any) -> dict[str, Any]:
        """The members that every object of this subscription has in common, from a row of Resource Graph."""
        return {
            "system": SYSTEM,
            "scope": self.scopes[kind].key,
            "account_id": self.subscription.id,
            "account_name": self.subscription.label,
            "region": row.get("location"),
            "tags": tags(row.get("tags")),
            **more,
        }

    def put(self, kind: str, records: Iterable[Record]) -> None:
        for record in records:
            self.scopes[kind].put(record)

    def owners(self, of: Ref, row: Row, kind: str) -> Iterator[Link]:
        """Whom the object's tags name; where they name nobody, those of its resource group."""
        put = self.reading.referenced.owners
        found = list(put(tags(row.get("tags")), of, scope=self.scopes[kind].key))
        group, said = self.groups.get(ids.group(ids.key(row["id"])) or "", ("", ()))
        yield from found or put(said, of, scope=self.scopes[kind].key, whose=f" of the resource group {group}")

    def contained(self, of: Ref, kind: str) -> Iterator[Link]:
        """The links from what contains an object: its resource group, and the subscription."""
        group = ids.group(of.id) or ""
        holders = [Ref(kind="resource", id=self.subscription.key, name=self.subscription.label)]
        if group in self.groups:
            holders.append(Ref(kind="resource", id=group, name=self.groups[group][0]))
        for each in holders:
            yield Link(relation=Relation.CONTAINS, source=each, target=of, scope=self.scopes[kind].key)

    def asked(self, kind: str, call: Call, id: str) -> list[Row] | None:  # noqa: A002 - Azure's word
        """The rows of a listing of details; None where it can't be had, which is noted, or there is none.

        What is only told in a scope that an interrupted scan completed, isn't asked for again.
        """
        return None if self.scopes[kind].silent else self.needed(kind, call, id)

    def needed(self, kind: str, call: Call, id: str) -> list[Row] | None:  # noqa: A002
        """The same for what another scope needs as well."""
        return self._tried(kind, call, lambda scope: list(self.reading.azure.listed(call, scope.meter, id=id)))

    def told(self, kind: str, call: Call, id: str) -> Row | None:  # noqa: A002
        """One object's details; None as for `asked`."""
        if self.scopes[kind].silent:
            return None
        return self._tried(kind, call, lambda scope: self.reading.azure.one(call, scope.meter, id=id))

    def _tried(self, kind: str, call: Call, ask: Callable[[Scope], _Found]) -> _Found | None:
        scope = self.scopes[kind]
        if not self.may(call.needs):
            return None
        try:
            return ask(scope)
        except HttpError as error:
            if error.status != 404 and not is_absent(error):
                scope.note(trouble(error, where=scope.label, needs=call.needs))
            return None

    def forget(self) -> None:
        """Lets go of what is needed no more when the subscription's objects were read."""
        self.networks = Networks()
        self.accounts, self.automation, self.issuers = {}, {}, {}
        self.groups = {key: (name, ()) for key, (name, _) in self.groups.items()}


ABSENT = frozenset({"noregisteredproviderfound", "missingsubscriptionregistration", "aadpremiumlicenserequired"})


def is_absent(error: HttpError) -> bool:
    """Whether there is nothing to read: the service was never used there, or the tenant has no licence for it."""
    return error.code.casefold() in ABSENT


def trouble(error: Exception, *, where: str, needs: str | None = None) -> Trouble:
    """Judge an error met reading `where` ("workloads of prod")."""
    if isinstance(error, Untrusted):
        sentence = f"Azure named an address elsewhere, to which nothing was sent, reading {where}."
        return Trouble(ScopeState.FAILED, sentence, ErrorKind.SYSTEM)
    return judge(error, system=AZURE, where=where, needs=needs)


@contextmanager
def noting(scopes: Iterable[Scope], *, needs: str | None = None) -> Iterator[None]:
    """Notes what goes wrong inside in each of the scopes, and goes on behind it."""
    try:
        yield
    except (Cancelled, Abandoned):
        raise
    except Exception as error:
        for scope in scopes:
            scope.note(trouble(error, where=scope.label, needs=needs))


def moment(said: Any) -> datetime | None:
    """A time as Azure writes it; None for one that isn't told."""
    try:
        found = datetime.fromisoformat(said) if said else None
    except (TypeError, ValueError):
        return None
    if found is None or found.year < EARLIEST:
        return None
    return found if found.tzinfo else found.replace(tzinfo=UTC)


def first(row: Mapping[str, Any], *names: str) -> datetime | None:
    """The first of these columns that tells a time."""
    return next((found for name in names if (found := moment(row.get(name))) is not None), None)
