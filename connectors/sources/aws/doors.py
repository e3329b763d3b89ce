"""Which identities, those of others and everybody's included, does a resource's or a function's own policy let in?"""

from __future__ import annotations

import json
from collections.abc import Iterable, Iterator

from connectors.inventory.records import Access, Grade, Link, Permission, Record, Ref, Relation
from connectors.sources.aws import arn as arns
from connectors.sources.aws import catalogue, principals, reach
from connectors.sources.aws.guardrails import left
from connectors.sources.aws.pattern import overlaps
from connectors.sources.aws.place import Place
from connectors.sources.aws.policy import Grant
from connectors.sources.aws.resource_policy import Door, conditions, doors, surest
from connectors.sources.aws.targets import Target
from connectors.sources.aws.trust import Trust

BOTH = "its own policies must allow it too"
INVOKING = ("lambda:invokefunction", "lambda:invokefunctionurl")


def to_data(
    place: Place, target: Target, document: str | None, *, policy: str, closed: bool = False
) -> Iterator[Record]:
    """A permission for each identity and kind of access that the policy gives to the resource's content.

    `closed`: a block of public access keeps everybody out whom the policy doesn't name.
    """
    for door in _doors(place, document, policy=policy):
        if door.kind == "anyone" and closed:
            continue
        parts = [part for grant in door.grants for part in _parts(grant, _service(target.id))]
        principal, told = principals.introduced(place, Trust(door.kind, door.principal))
        for access in dict.fromkeys(part.access for part in parts):
            yield from told
            told = []
            edge = reach.edge(target, [part for part in parts if part.access is access])
            yield Permission(
                source=principal,
                target=Ref(kind="resource", id=target.id, name=target.name),
                access=access,
                actions=edge.actions,
                scope=place.scope.key,
                grade=edge.grade,
                via=policy,
                conditions=edge.conditions,
            )


def to_function(place: Place, function: Ref, document: str | None, *, policy: str) -> Iterator[Record]:
    """A call for each identity that the policy lets invoke the function."""
    for door in _doors(place, document, policy=policy):
        invoking = tuple(each for each in door.grants if _invokes(each))
        if invoking:
            principal, told = principals.introduced(place, Trust(door.kind, door.principal))
            yield from told
            yield Link(
                relation=Relation.CALLS,
                source=principal,
                target=function,
                scope=place.scope.key,
                grade=surest(Door(door.kind, door.principal, invoking)),
                via=policy,
                conditions=conditions(invoking),
            )


def opens_url(document: str | None, *, policy: str) -> bool:
    """Whether the policy lets anyone at all come in by the function's address."""
    found = doors(json.loads(document), policy=policy) if document else []
    return any(overlaps(each.action.lower(), INVOKING[1]) for door in found for each in door.grants)


def _doors(place: Place, document: str | None, *, policy: str) -> Iterator[Door]:
    """The doors for identities other than the account as such: what its own root lets in, IAM's policies say."""
    for door in doors(json.loads(document), policy=policy) if document else ():
        if door.kind in {"aws", "anyone"} and (found := _narrowed(place, door)):
            yield Door(door.kind, door.principal, tuple(found))


def _narrowed(place: Place, door: Door) -> Iterable[Grant]:
    """The grants as far as the other half of the evidence allows: an outsider's own policies are his own affair."""
    arn = arns.parse(door.principal)
    account = arn.account if arn else door.principal
    if account == place.account.id:
        own = arn is not None and arn.resource != "root"
        return left(door.grants, place.known.guardrails).grants if own else ()
    if arn is not None and not arn.account.isdigit():
        return ()  # one of AWS's own, such as CloudFront's
    ours = account in place.referenced.accounts
    return [grant.narrowed(BOTH) for grant in door.grants] if ours else door.grants


def _service(target: str) -> str:
    arn = arns.parse(target)
    return arn.service if arn else "*"


def _parts(grant: Grant, service: str) -> Iterator[reach.Part]:
    for spelled in catalogue.by_service(grant.action, only=service):
        action = spelled.lower()
        accesses = [*catalogue.content(action), *([Access.ADMIN] if catalogue.changes_permissions(action) else [])]
        for access in accesses if action.startswith(f"{service}:") else ():
            yield reach.Part(spelled, access, grant.grade, grant.conditions, grant.policy)


def _invokes(grant: Grant) -> bool:
    return any(overlaps(grant.action.lower(), each) for each in INVOKING) and grant.grade is not Grade.UNKNOWN
