"""Which roles do the policies over an identity forbid it to assume?

Pure. A role's trust that names an identity of its own account lets it in without any permission; only an explicit deny,
or a permissions boundary or service control policies that don't let assuming through, stand in its way.
"""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass

from connectors.inventory.records import Grade
from connectors.sources.aws.catalogue import ASSUME_ROLE
from connectors.sources.aws.guardrails import Guardrails, may_bar_assuming
from connectors.sources.aws.pattern import covers, overlaps
from connectors.sources.aws.policy import Statement, widened


@dataclass(frozen=True, slots=True)
class Bar:
    """Roles by pattern that can't be assumed: certainly (granted) or maybe (conditional), and what says so."""

    resource: str
    grade: Grade
    policy: str
    conditions: tuple[str, ...] = ()


def bars(
    policies: Sequence[Statement],
    *,
    boundary: Sequence[Statement] | None = None,
    boundary_unread: str | None = None,
    limits: Guardrails = Guardrails(),  # noqa: B008 - frozen
) -> list[Bar]:
    """What the denies of all of them forbid, and what boundary and service control policies may not let through."""
    denies = [each for each in (*policies, *(boundary or ()), *limits.denies) if not each.allows]
    found = [bar for deny in denies if _denies(deny) for bar in _of(deny)]
    if boundary_unread is not None:
        found.append(Bar("*", Grade.CONDITIONAL, f"permissions boundary {boundary_unread}", ("its text was not read",)))
    elif boundary is not None and not any(_lets_all_through(each) for each in boundary):
        name = boundary[0].policy if boundary else "permissions boundary"
        found.append(Bar("*", Grade.CONDITIONAL, name, ("as permissions boundary it may not let this through",)))
    if may_bar_assuming(limits):
        why = "they may not let this through" if limits.read else "they were not read"
        found.append(Bar("*", Grade.CONDITIONAL, "service control policies", (why,)))
    return found


def _denies(deny: Statement) -> bool:
    if deny.not_actions:
        return not any(covers(each.lower(), ASSUME_ROLE) for each in deny.not_actions)
    return any(overlaps(each.lower(), ASSUME_ROLE) for each in deny.actions)


def _of(deny: Statement) -> Iterator[Bar]:
    spared = tuple(f"not on {each}" for each in deny.not_resources)
    for resource in deny.resources or ("*",):
        sure = not deny.conditions and not spared and widened(resource) == resource
        grade = Grade.GRANTED if sure else Grade.CONDITIONAL
        yield Bar(resource, grade, deny.policy, tuple(sorted({*deny.conditions, *spared})))


def _lets_all_through(limit: Statement) -> bool:
    acts = any(covers(each.lower(), ASSUME_ROLE) for each in limit.actions) or (
        bool(limit.not_actions) and not any(overlaps(each.lower(), ASSUME_ROLE) for each in limit.not_actions)
    )
    return limit.allows and not limit.conditions and acts and "*" in limit.resources
