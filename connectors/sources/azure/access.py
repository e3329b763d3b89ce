"""Who may do what where, as role assignments say it?

Pure. A role held on a group of things points at a set: what of the kinds that the role reaches lies below. So edges
grow with assignments and with resources, not with their product (docs/adr/0002). The set is found again by its scope
and its kinds; what it contains is told where the resources are known.
"""

from __future__ import annotations

import re
from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass
from hashlib import blake2b

from connectors.inventory.records import Grade, Permission, Ref
from connectors.sources.azure import catalogue, ids
from connectors.sources.azure.denies import Denial, Denied
from connectors.sources.azure.roles import Reach, Role
from connectors.sources.azure.shelf import Member

ACTIVATED = "only once it is activated in Privileged Identity Management"
MOST_SPELLED = 3  # kinds in a set's address
_ATTRIBUTE = re.compile(r"@(?:Resource|Request|Principal|Environment)\[([^\]]+)\]")


@dataclass(frozen=True, slots=True)
class Assignment:
    """One role, held or held ready, by one principal. The scope in words: `what` "subscription", its `name` "prod"."""

    source: Ref
    principal: str
    role: Role
    scope: str
    what: str
    name: str
    condition: str | None = None
    eligible: bool = False

    @property
    def where(self) -> str:
        return f"{self.what} {self.name}".strip()


@dataclass(frozen=True, slots=True)
class Set:
    """What of some kinds lies below a scope."""

    scope: str
    kinds: tuple[str, ...]
    where: str

    @property
    def id(self) -> str:
        said = "+".join(self.kinds)
        if len(self.kinds) > MOST_SPELLED:
            said = blake2b(said.encode(), digest_size=8).hexdigest()
        return f"{self.scope}#{said or 'settings'}"

    @property
    def name(self) -> str:
        return f"{catalogue.spoken(self.kinds) if self.kinds else 'Settings'} in {self.where}"

    @property
    def type(self) -> str:
        return "Azure resources by kind" if self.kinds else "Azure settings"

    @property
    def pattern(self) -> str:
        kinds = sorted({each for key in self.kinds for each in catalogue.by_key()[key].types})
        return f"{self.scope.rstrip('/')}/* of {', '.join(kinds)}" if kinds else f"{self.scope.rstrip('/')}/*"

    @property
    def ref(self) -> Ref:
        return Ref(kind="resource", id=self.id, name=self.name)


@dataclass(frozen=True, slots=True)
class Edge:
    """A permission, and the set that it points at, if it does."""

    permission: Permission
    target: Set | None = None


def edges(
    assignment: Assignment, *, known: Mapping[str, Member], denials: Iterable[Denial], scope: str
) -> Iterator[Edge]:
    """What an assignment gives. `known`: the members at its scope and above it; `scope`: the coverage scope."""
    at, read = _concerned(assignment.scope, known)
    part = _Telling(assignment=assignment, at=at, read=read, scope=scope)
    narrowing = [each for each in denials if each.reaches(assignment.scope) and each.hits(assignment.principal)]
    told = False
    for reach in _reaches(assignment):
        target = _target(assignment, reach, at)
        if target is not None:
            told = True
            yield part.edge(reach, target, narrowing)
    rest = None if told else assignment.role.rest(at.type if at and read else None)
    if rest is not None:
        yield part.edge(rest, Set(assignment.scope, (), assignment.where), narrowing)


def _reaches(assignment: Assignment) -> Iterator[Reach]:
    """Whoever may change access needs nothing else; but for one who may do so under conditions, the rest counts."""
    role = assignment.role
    if role.manages:
        yield role.manages
        if not (assignment.condition or role.conditions or assignment.eligible):
            return
    yield from role.reaches


def _concerned(scope: str, known: Mapping[str, Member]) -> tuple[Member | None, bool]:
    """The resource that an assignment below a resource group is about: the one it is held on, or whose part that is;
    and whether that one was read."""
    if not ids.is_resource(scope):
        return None, True
    nearest = [each for each in (scope, *ids.above(scope)) if ids.is_resource(each)]
    found = next((known[each] for each in nearest if each in known), None)
    if found is not None:
        return found, True
    guessed = (catalogue.unread(each, ids.type_of(each)) for each in nearest)
    return next((each for each in guessed if each is not None), None), False


def _target(assignment: Assignment, reach: Reach, at: Member | None) -> Set | Ref | None:
    if not reach.kinds:
        return _itself(assignment, at)
    scope, where = assignment.scope, assignment.where
    if not ids.is_resource(scope):
        return Set(scope, reach.kinds, where)
    if at is not None and not _has_parts(at, scope):
        concerned = catalogue.holding(at, reach.kinds)
        return Ref(kind=at.kind, id=at.id, name=at.name) if concerned else None
    kinds = tuple(key for key in reach.kinds if _about(key, at.type if at else ids.type_of(scope)))
    return Set(scope, kinds, where) if kinds else None


def _about(key: str, type: str) -> bool:  # noqa: A002 - Azure's word
    """Whether the kind may be one of that type, of its parts, or of what it is part of."""
    types = catalogue.by_key()[key].types
    return any(each == type or each.startswith(f"{type}/") or type.startswith(f"{each}/") for each in types)


def _has_parts(at: Member, scope: str) -> bool:
    """A server's databases, an account's runbooks: what is held on it reaches them as well."""
    return at.id == scope and at.type in ("microsoft.sql/servers", "microsoft.automation/automationaccounts")


def _itself(assignment: Assignment, at: Member | None) -> Ref:
    if at is not None and at.id == assignment.scope:
        return Ref(kind=at.kind, id=at.id, name=at.name)
    return Ref(kind="resource", id=assignment.scope, name=assignment.name)


@dataclass(frozen=True, slots=True, kw_only=True)
class _Telling:
    """Makes the edges of one assignment. `at`: the resource that it is about, if it is one; `read`: whether it was."""

    assignment: Assignment
    at: Member | None
    read: bool
    scope: str

    def edge(self, reach: Reach, target: Set | Ref, denials: Iterable[Denial]) -> Edge:
        denied = [(each, each.denied(reach.operations)) for each in denials]
        whole = [each.words(Denied.ALL) for each, much in denied if much is Denied.ALL]
        some = [each.words(Denied.SOME) for each, much in denied if much is Denied.SOME]
        conditions = [*_conditions(self.assignment), *whole]
        held = "eligible for " if self.assignment.eligible else ""
        permission = Permission(
            source=self.assignment.source,
            target=target.ref if isinstance(target, Set) else target,
            access=reach.access,
            actions=reach.actions,
            scope=self.scope,
            grade=self._grade(conditions),
            via=f"{held}{self.assignment.role.title} on {self.assignment.where}",
            conditions=(*conditions, *some, *self._part()),
        )
        return Edge(permission, target if isinstance(target, Set) else None)

    def _grade(self, conditions: list[str]) -> Grade:
        if self.at is not None and not self.read:
            return Grade.UNKNOWN
        return Grade.CONDITIONAL if conditions else Grade.GRANTED

    def _part(self) -> Iterator[str]:
        """The part of a resource that the role is held on."""
        if self.at is not None and self.at.id != self.assignment.scope:
            yield f"only in {self.assignment.scope.removeprefix(f'{self.at.id}/')}"


def _conditions(assignment: Assignment) -> Iterator[str]:
    if assignment.eligible:
        yield ACTIVATED
    if assignment.condition:
        named = sorted({_short(each) for each in _ATTRIBUTE.findall(assignment.condition)})
        yield f"a condition on {', '.join(named)}" if named else "a condition of the assignment"
    yield from assignment.role.conditions


def _short(attribute: str) -> str:
    """The attribute without the resource type in front of it: "containers:name", "RoleDefinitionId"."""
    return attribute.rsplit("/", 1)[-1].rsplit("Microsoft.Authorization/roleAssignments:", 1)[-1]
