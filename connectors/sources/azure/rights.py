"""Which rights are held in one scope of Azure, as assignments of roles say it?"""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass, field
from itertools import islice

from connectors.http import HttpError
from connectors.inventory.records import Resource, ScopeState
from connectors.scope import Scope, Trouble
from connectors.source import ErrorKind
from connectors.sources.azure import access, ids, principals
from connectors.sources.azure.access import Assignment, Set
from connectors.sources.azure.arm import Row
from connectors.sources.azure.denies import Denial, denial
from connectors.sources.azure.permissions import DENY_ASSIGNMENTS, ELIGIBLE, ROLE_DEFINITION, Call
from connectors.sources.azure.place import Reading, is_absent, trouble
from connectors.sources.azure.shelf import Member
from connectors.sources.azure.tree import SYSTEM, Subscription

AT_ONCE = 500  # assignments whose principals are looked up together
UNFINISHED = (ScopeState.FAILED, ScopeState.THROTTLED)


@dataclass(slots=True)
class Rights:
    """What is being read of one scope: a subscription, or a management group."""

    reading: Reading
    scope: Scope
    where: str  # its address
    subscription: Subscription | None = None
    groups: Mapping[str, str] = field(default_factory=dict)  # resource group → name
    also: str | None = None  # a second address, whose rights are told here
    denials: list[Denial] = field(default_factory=list)
    sets: dict[str, Set] = field(default_factory=dict)
    doubted: bool = False

    @property
    def words(self) -> str:
        return " ".join(self.reading.tree.spoken(self.where)).strip()

    def deny(self) -> None:
        """Read what is denied here, above and below."""
        self.denials += [denial(row) for row in self._rows(DENY_ASSIGNMENTS)]

    def eligible(self) -> Iterator[Row]:
        """The roles that may be activated, as rows of assignments."""
        for row in self._rows(ELIGIBLE):
            yield {**row["properties"], "id": row["id"], "eligible": True}

    def _rows(self, call: Call) -> list[Row]:
        azure, scope = self.reading.azure, self.scope
        try:
            return list(azure.listed(call, scope.meter, id=self.where))
        except HttpError as error:
            if not is_absent(error):
                scope.note(trouble(error, where=scope.label, needs=call.needs))
            return []

    def tell(self, rows: Iterable[Row]) -> None:
        """Put what the assignments give (rows of permissions.ROLE_ASSIGNMENTS); those held above are another's."""
        left = (row for row in rows if self._is_here(row))
        while some := list(islice(left, AT_ONCE)):
            managed = self.reading.shelf.principals({row["principalId"].lower() for row in some})
            known = self._members(some)
            for row in some:
                self._tell(row, managed, known)

    def _is_here(self, row: Row) -> bool:
        at = self._address(row["scope"])
        return ids.within(at, self.where) if self.subscription else at in (self.where, self.also)

    def _address(self, scope: str) -> str:
        key = ids.key(scope)
        return self.reading.tree.root if key == "/" else key

    def _members(self, rows: Iterable[Row]) -> Mapping[str, Member]:
        """The members that assignments on single resources are about."""
        if self.subscription is None:
            return {}
        at = {self._address(row["scope"]) for row in rows}
        wanted = {each for address in at if ids.is_resource(address) for each in (address, *ids.above(address))}
        return self.reading.shelf.those(self.subscription.id, wanted)

    def _tell(self, row: Row, managed: Mapping[str, tuple[str, str]], known: Mapping[str, Member]) -> None:
        role = self.reading.roles.role(row["roleDefinitionId"], ask=self._definition)
        if role is None:
            sentence = f"What a role allows that is held there could not be read, reading {self.scope.label}."
            self.scope.note(Trouble(ScopeState.FAILED, sentence, ErrorKind.TRANSIENT))
            return
        principal, kind, at = row["principalId"].lower(), row.get("principalType"), self._address(row["scope"])
        what, name = self._spoken(at, known)
        if principal not in managed and kind in ("ServicePrincipal", None):
            self._doubt()
        said = Assignment(
            source=principals.ref(principal, kind, managed),
            principal=principal,
            role=role,
            scope=at,
            what=what,
            name=name,
            condition=row.get("condition") or None,
            eligible=bool(row.get("eligible")),
        )
        for edge in access.edges(said, known=known, denials=self.denials, scope=self.scope.key):
            if edge.target is not None and edge.target.id not in self.sets:
                self.sets[edge.target.id] = edge.target
                self.scope.put(set_of(edge.target, self.scope, self.subscription))
            self.scope.put(edge.permission)

    def _doubt(self) -> None:
        """Who isn't known as a managed identity may be one of a subscription that could not be read this time."""
        if not self.doubted and any(each.state in UNFINISHED for each in self.reading.identities):
            self.doubted = True
            sentence = f"Which principals are managed identities is not certain, reading {self.scope.label}."
            self.scope.note(Trouble(ScopeState.FAILED, sentence, ErrorKind.TRANSIENT))

    def _definition(self, guid: str) -> Row | None:
        try:
            found = self.reading.azure.one(ROLE_DEFINITION, self.scope.meter, id=guid)
        except HttpError:
            return None
        said = found["properties"]
        return {**said, "id": found["id"], "kind": said.get("type")}

    def _spoken(self, at: str, known: Mapping[str, Member]) -> tuple[str, str]:
        """A scope in words, what it is and its name: "resource group", "billing"."""
        if ids.is_resource(at):
            return "resource", known[at].name if at in known else ids.name(at)
        group = ids.group(at)
        if group is not None:
            return "resource group", self.groups.get(group) or ids.name(group)
        return self.reading.tree.spoken(at)


def set_of(target: Set, scope: Scope, subscription: Subscription | None) -> Resource:
    """A set as a resource. It holds nothing itself: what it contains does."""
    return Resource(
        id=target.id,
        provider_id=target.id,
        name=target.name,
        type=target.type,
        system=SYSTEM,
        scope=scope.key,
        account_id=subscription.id if subscription else None,
        account_name=subscription.label if subscription else None,
        pattern=target.pattern,
    )
