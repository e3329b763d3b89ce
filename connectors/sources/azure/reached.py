"""What lies in the sets that roles point at, and which rights do resources themselves tell?

Both need what was read of the subscription's objects and of its roles: told in a scope of its own, which is complete
only if all of those are.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass, field
from itertools import islice

from connectors.inventory.records import Grade, Link, Record, Ref, Relation, ScopeState
from connectors.scope import Scope, Trouble
from connectors.sources.azure import catalogue, grants, ids, principals
from connectors.sources.azure.access import Set
from connectors.sources.azure.denies import Denied
from connectors.sources.azure.place import Place
from connectors.sources.azure.rights import AT_ONCE, Rights, set_of
from connectors.sources.azure.shelf import Member


@dataclass(slots=True)
class Reached:
    """One subscription. `rights` were told; `above`: the sets on scopes above it, of which this one holds a part."""

    place: Place
    rights: Rights
    scope: Scope
    above: Iterable[Set]
    told: set[str] = field(default_factory=set)

    def tell(self) -> None:
        for each in self.place.scopes.values():
            if each is not self.scope and each.state is not ScopeState.COMPLETE:
                self.scope.note(_uncertain(each, self.scope))
        for said in self._granted():
            self.scope.put(said)
        for said in self._contents():
            self.scope.put(said)

    def _granted(self) -> Iterator[Record]:
        shelf = self.place.reading.shelf
        found = shelf.grants(self.place.subscription.id)
        while some := list(islice(found, AT_ONCE)):
            managed = shelf.principals({said["principal"] for said in some})
            for said in some:
                source = principals.ref(said["principal"], said.get("type"), managed)
                yield grants.permission(said, source, self.scope.key)

    def _contents(self) -> Iterator[Record]:
        """Of the subscription's own sets what matches, of those above it the part that is here."""
        here, words = self.place.subscription.key, self.rights.words
        parts = {each.id: Set(here, each.kinds, words) for each in self.above if each.kinds}
        by_scope: dict[str, list[Set]] = {}
        for each in {part.id: part for part in (*parts.values(), *self.rights.sets.values())}.values():
            if each.kinds:
                by_scope.setdefault(each.scope, []).append(each)
        members = self.place.reading.shelf.members(self.place.subscription.id) if by_scope else iter(())
        for member in members:
            yield from self._holding(member, by_scope)
        for each in self.above:
            part = Set(here, each.kinds, words)
            if part.id in self.told:
                yield Link(relation=Relation.CONTAINS, source=each.ref, target=part.ref, scope=self.scope.key)

    def _holding(self, member: Member, by_scope: Mapping[str, list[Set]]) -> Iterator[Record]:
        for at in (member.id, *ids.above(member.id)):
            for each in by_scope.get(at, ()):
                if catalogue.holding(member, each.kinds):
                    if each.id not in self.rights.sets and each.id not in self.told:
                        yield set_of(each, self.scope, self.place.subscription)
                    self.told.add(each.id)
                    yield self._contains(each, member)

    def _contains(self, holder: Set, member: Member) -> Link:
        """What is denied below the set, nobody has by being granted the set."""
        operations = [
            operation
            for key in catalogue.holding(member, holder.kinds)
            for given in catalogue.by_key()[key].gives.values()
            for operation in given
        ]
        conditions = tuple(
            each.words(Denied.ALL)
            for each in self.rights.denials
            if each.scope != holder.scope and ids.within(each.scope, holder.scope)
            if each.reaches(member.id) and each.denied(operations) is Denied.ALL
        )
        return Link(
            relation=Relation.CONTAINS,
            source=holder.ref,
            target=Ref(kind=member.kind, id=member.id, name=member.name),
            scope=self.scope.key,
            grade=Grade.CONDITIONAL if conditions else Grade.GRANTED,
            conditions=conditions,
        )


def _uncertain(incomplete: Scope, scope: Scope) -> Trouble:
    sentence = f"{scope.label}: not certain, because {incomplete.label} is incomplete."
    return Trouble(incomplete.state, sentence, incomplete.kind_of_trouble)
