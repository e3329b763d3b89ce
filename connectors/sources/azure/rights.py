"""Which rights are held in one scope of Azure, and what do the sets contain that they point at?"""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass, field
from itertools import islice
from typing import Any

from connectors.http import HttpError
from connectors.inventory.records import Grade, Link, Record, Ref, Relation, Resource, ScopeState
from connectors.scope import Scope, Trouble
from connectors.source import ErrorKind
from connectors.sources.azure import access, catalogue, grants, ids, principals
from connectors.sources.azure.access import Assignment, Set
from connectors.sources.azure.arm import Row
from connectors.sources.azure.denies import Denial, denial
from connectors.sources.azure.permissions import DENY_ASSIGNMENTS, ELIGIBLE, ROLE_DEFINITION
from connectors.sources.azure.place import Reading, is_absent, trouble
from connectors.sources.azure.shelf import Member
from connectors.sources.azure.tree import SYSTEM, Subscription

AT_ONCE = 500  # assignments whose principals are looked up together
UNFINISHED = (ScopeState.FAILED, ScopeState.THROTTLED)


@dataclass(slots=True)
class Rights:
    """What is being read of one scope: a subscription, a management group, the tenant's root. `above`: the sets on
    scopes above it that were told, so that its own parts of them can be linked."""

    reading: Reading
    scope: Scope
    where: str  # its address
    subscription: Subscription | None = None
    groups: Mapping[str, str] = field(default_factory=dict)  # resource group → name
    above: Iterable[Set] = ()
    also: str | None = None  # a second address, whose rights are told here
    denials: list[Denial] = field(default_factory=list)
    sets: dict[str, Set] = field(default_factory=dict)
    doubted: bool = False

    def deny(self) -> None:
        """Read what is denied here, above and below."""
        self.denials += [denial(row) for row in self._rows(DENY_ASSIGNMENTS)]

    def eligible(self) -> Iterator[Row]:
        """The roles that may be activated, as rows of assignments."""
        for row in self._rows(ELIGIBLE):
            yield {**row["properties"], "id": row["id"], "eligible": True}

    def _rows(self, call: Any) -> list[Row]:
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
        source = principals.ref(principal, kind, managed)
        self._doubt(kind, principal in managed)
        said = Assignment(
            source=source,
            principal=principal,
            role=role,
            scope=at,
            where=self._spoken(at, known),
            condition=row.get("condition") or None,
            eligible=bool(row.get("eligible")),
        )
        for edge in access.edges(said, known=known, denials=self.denials, scope=self.scope.key):
            if edge.target is not None:
                self._set(edge.target)
            self.scope.put(edge.permission)

    def _doubt(self, kind: str | None, is_managed: bool) -> None:  # noqa: FBT001 - a state, not a choice
        """Who isn't known as a managed identity may be one of a subscription that could not be read this time."""
        if self.doubted or is_managed or kind not in ("ServicePrincipal", None):
            return
        if any(each.state in UNFINISHED for each in self.reading.identities):
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

    def _spoken(self, at: str, known: Mapping[str, Member]) -> str:
        """A scope in words: "resource group billing", "SQL server ledger"."""
        if at in known:
            return f"resource {known[at].name}"
        if ids.is_resource(at):
            return f"resource {ids.name(at)}"
        group = ids.group(at)
        if group is not None:
            return f"resource group {self.groups.get(group) or ids.name(group)}"
        return self.reading.tree.where(at)

    def granted(self) -> None:
        """Put what resources of the subscription say themselves of who may do what."""
        if self.subscription is None:
            return
        found = self.reading.shelf.grants(self.subscription.id)
        while some := list(islice(found, AT_ONCE)):
            managed = self.reading.shelf.principals({said["principal"] for said in some})
            for said in some:
                self._doubt(said.get("type"), said["principal"] in managed)
                source = principals.ref(said["principal"], said.get("type"), managed)
                self.scope.put(grants.permission(said, source, self.scope.key))

    # ── Sets ────────────────────────────────────────────────────────────────────────────────────────────────────────

    def _set(self, target: Set) -> None:
        """Put the set once."""
        if target.id in self.sets:
            return
        self.sets[target.id] = target
        account = self.subscription
        self.scope.put(
            Resource(
                id=target.id,
                provider_id=target.id,
                name=target.name,
                type=target.type,
                system=SYSTEM,
                scope=self.scope.key,
                account_id=account.id if account else None,
                account_name=account.label if account else None,
                pattern=target.pattern,
            )
        )

    def contents(self) -> None:
        """Put what the sets contain: of the subscription's own what matches, of those above this one's part."""
        if self.subscription is None:
            return
        parts: dict[str, Set] = {}
        for each in self.above:
            if each.kinds:
                part = Set(self.where, each.kinds, self.reading.tree.where(self.where))
                parts[part.id] = part
        by_scope: dict[str, list[Set]] = {}
        for each in {**self.sets, **parts}.values():
            if each.kinds:
                by_scope.setdefault(each.scope, []).append(each)
        for member in self.reading.shelf.members(self.subscription.id) if by_scope else ():
            for link in self._holding(member, by_scope):
                self.scope.put(link)
        self._joined(parts)

    def _holding(self, member: Member, by_scope: Mapping[str, list[Set]]) -> Iterator[Record]:
        for at in (member.id, *ids.above(member.id)):
            for each in by_scope.get(at, ()):
                kinds = catalogue.holding(member, each.kinds)
                if kinds:
                    self._set(each)
                    yield self._contains(each, member)

    def _contains(self, holder: Set, member: Member) -> Link:
        """What is denied below the set, nobody has by being granted the set."""
        below = [each for each in self.denials if ids.within(each.scope, holder.scope) and each.scope != holder.scope]
        conditions = tuple(each.words for each in below if each.reaches(member.id))
        return Link(
            relation=Relation.CONTAINS,
            source=holder.ref,
            target=Ref(kind=member.kind, id=member.id, name=member.name),
            scope=self.scope.key,
            grade=Grade.CONDITIONAL if conditions else Grade.GRANTED,
            conditions=conditions,
        )

    def _joined(self, parts: Mapping[str, Set]) -> None:
        """Link the sets above to the parts of them that are here; empty ones were not told."""
        for each in self.above:
            part = parts.get(Set(self.where, each.kinds, "").id)
            if part is not None and part.id in self.sets:
                self.scope.put(Link(relation=Relation.CONTAINS, source=each.ref, target=part.ref, scope=self.scope.key))
