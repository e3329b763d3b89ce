"""Which few edges say everything that an identity's grants let it reach?

Pure. One edge per target and kind of access, with all the actions as the policies spell them.
"""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass

from connectors.inventory.records import Access, Grade
from connectors.sources.aws import targets
from connectors.sources.aws.pattern import covers
from connectors.sources.aws.policy import Grant
from connectors.sources.aws.targets import Home, Target

SUREST = (Grade.GRANTED, Grade.CONDITIONAL, Grade.UNKNOWN)
STRONGEST = (Access.ADMIN, Access.WRITE, Access.READ)
OTHERS_POLICY = "its own resource policy was not read"


@dataclass(frozen=True, slots=True)
class Part:
    """One action that reaches a target, and the grant it comes from."""

    action: str
    access: Access
    grade: Grade
    conditions: tuple[str, ...]
    policy: str


@dataclass(frozen=True, slots=True)
class Edge:
    target: Target
    access: Access
    actions: tuple[str, ...]
    grade: Grade
    policies: tuple[str, ...]
    conditions: tuple[str, ...]


def edges(grants: Iterable[Grant], home: Home) -> list[Edge]:
    """The edges, in a stable order. An identity that may do everything everywhere has that one edge only."""
    gathered: dict[tuple[str, Access | None], tuple[Target, list[Part]]] = {}
    for grant in grants:
        for target, access, action in targets.of(grant.action, grant.resource, home, sweeping=grant.sweeping):
            key = (target.id, None if target.summary else access)
            gathered.setdefault(key, (target, []))[1].append(_part(grant, target, access, action))
    everything = gathered.get((targets.account_id(home.account), Access.ADMIN))
    if everything and any(part.grade is Grade.GRANTED and part.action in {"*", "*:*"} for part in everything[1]):
        return [edge(*everything)]
    return [edge(target, parts) for target, parts in _descriptions_together(gathered.values(), home)]


def _part(grant: Grant, target: Target, access: Access, action: str) -> Part:
    if target.foreign:
        grant = grant.narrowed(OTHERS_POLICY, grade=Grade.UNKNOWN)
    return Part(action, access, grant.grade, grant.conditions, grant.policy)


def _descriptions_together(
    gathered: Iterable[tuple[Target, list[Part]]], home: Home
) -> Iterable[tuple[Target, list[Part]]]:
    """Services that can only be listed and described share one edge: a read-only policy names hundreds."""
    described: list[Part] = []
    for target, parts in gathered:
        if target.summary and all(part.access is Access.READ for part in parts):
            described.extend(parts)
        else:
            yield target, parts
    if described:
        yield targets.metadata_of(home), described


def edge(target: Target, parts: list[Part]) -> Edge:
    """The one edge to a target that several actions make up."""
    access = min((part.access for part in parts), key=_strength)
    # Only what grants that access vouches for it: free reading doesn't make guarded administration sure.
    grade = min((part.grade for part in parts if part.access is access), key=SUREST.index)
    return Edge(
        target=target,
        access=access,
        actions=tuple(sorted({part.action for part in parts})),
        grade=grade,
        policies=tuple(sorted({part.policy for part in parts})),
        conditions=_conditions(parts, grade),
    )


def _strength(access: Access) -> int:
    return -1 if access is Access.ASSUME else STRONGEST.index(access)


def _conditions(parts: list[Part], grade: Grade) -> tuple[str, ...]:
    """What narrows the edge; on an edge that holds without condition, what narrows single actions of it."""
    if grade is not Grade.GRANTED:
        return tuple(sorted({condition for part in parts for condition in part.conditions}))
    free = [part for part in parts if part.grade is Grade.GRANTED]
    narrowed = {
        f"{part.action} only with {', '.join(part.conditions)}"
        for part in {part for part in parts if part.grade is not Grade.GRANTED}
        if not any(covers(each.action.lower(), part.action.lower()) for each in free)
    }
    return tuple(sorted({*narrowed, *(exception for part in free for exception in part.conditions)}))
