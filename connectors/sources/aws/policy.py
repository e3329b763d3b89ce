"""What do an identity's policies allow, once denies and its permissions boundary are subtracted?

Pure: policy documents in, grants out. The rules are those of the IAM policy evaluation logic for identity policies;
what service control policies leave of a grant is for `guardrails` to say, and session policies are not looked at.
"""

from __future__ import annotations

import re
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, replace
from typing import Any

from connectors.inventory.records import Grade
from connectors.sources.aws import catalogue
from connectors.sources.aws.pattern import covers, overlaps

VARIABLE = re.compile(r"\$\{([^}]*)\}")
PASSED_TO = "iam:passedtoservice"
LITERALS = {"*", "?", "$"}  # ${*} is the character, not a variable


@dataclass(frozen=True, slots=True)
class Statement:
    """One statement, normalised: every single value a tuple. `policy` is where it stands, in words."""

    allows: bool
    policy: str
    actions: tuple[str, ...] = ()
    not_actions: tuple[str, ...] = ()
    resources: tuple[str, ...] = ()
    not_resources: tuple[str, ...] = ()
    conditions: tuple[str, ...] = ()


@dataclass(frozen=True, slots=True)
class Grant:
    """One action pattern on one resource pattern. `sweeping`: it comes from "everything but" on that resource."""

    action: str  # as the policy spells it
    resource: str  # as the policy spells it, variables included: see `widened`
    policy: str
    grade: Grade = Grade.GRANTED
    conditions: tuple[str, ...] = ()
    sweeping: bool = False

    def narrowed(self, *reasons: str, grade: Grade = Grade.CONDITIONAL) -> Grant:
        kept = self.grade if self.grade is Grade.UNKNOWN else grade
        return replace(self, grade=kept, conditions=tuple(sorted({*self.conditions, *reasons})))


def statements(document: Mapping[str, Any], *, policy: str) -> tuple[Statement, ...]:
    """The statements of a policy document as IAM returns it: single values may be texts or lists."""
    found = document.get("Statement") or []
    rows = found if isinstance(found, list) else [found]
    return tuple(_statement(row, policy=policy) for row in rows)


def _statement(row: Mapping[str, Any], *, policy: str) -> Statement:
    return Statement(
        allows=row["Effect"] == "Allow",
        policy=policy,
        actions=texts(row.get("Action")),
        not_actions=texts(row.get("NotAction")),
        resources=texts(row.get("Resource")),
        not_resources=texts(row.get("NotResource")),
        conditions=condition_keys(row.get("Condition")),
    )


def texts(value: Any) -> tuple[str, ...]:
    """A policy value that may be absent, one text or a list of texts."""
    if value is None:
        return ()
    return (value,) if isinstance(value, str) else tuple(str(each) for each in value)


def condition_keys(condition: Mapping[str, Mapping[str, Any]] | None) -> tuple[str, ...]:
    """The keys; of the service that a role may be passed to its name too, which says what the grant is worth."""
    said: set[str] = set()
    for operator, tests in (condition or {}).items():
        for key, value in tests.items():
            telling = key.lower() == PASSED_TO and "not" not in operator.lower()
            said.update([f"{key} = {each}" for each in texts(value)] if telling else [key])
    return tuple(sorted(said))


def grants(
    policies: Sequence[Statement], *, boundary: Sequence[Statement] | None = None, boundary_unread: str | None = None
) -> list[Grant]:
    """What the statements allow. `boundary` is the permissions boundary's statements, if the identity has a known one.

    `boundary_unread` names a boundary whose document wasn't read: every grant is then unknown.
    """
    denies = [each for each in (*policies, *(boundary or ())) if not each.allows]
    found = [grant for statement in policies if statement.allows for grant in _allowed(statement)]
    if boundary is not None:
        limits = [_as_boundary(each) for each in boundary if each.allows]
        found = [kept for grant in found for kept in within(grant, limits)]
    found = [kept for grant in found if (kept := _minus(grant, denies))]
    if boundary_unread is not None:
        reason = f"permissions boundary {boundary_unread} not read"
        found = [grant.narrowed(reason, grade=Grade.UNKNOWN) for grant in found]
    return found


def _allowed(statement: Statement) -> Iterable[Grant]:
    actions = statement.actions or catalogue.all_but(tuple(each.lower() for each in statement.not_actions))
    excluded = tuple(f"not on {each}" for each in statement.not_resources)
    grade = Grade.CONDITIONAL if statement.conditions or excluded else Grade.GRANTED
    for resource in statement.resources or ("*",):
        variables = _variables(resource)
        for action in actions:
            yield Grant(
                action=action,
                resource=resource,
                policy=statement.policy,
                grade=Grade.CONDITIONAL if variables else grade,
                conditions=tuple(sorted({*statement.conditions, *excluded, *variables})),
                sweeping=bool(statement.not_actions),
            )


def widened(resource: str) -> str:
    """The resource pattern with each policy variable as *: all that it can mean, whoever asks."""
    return VARIABLE.sub(lambda hit: hit[1] if hit[1] in LITERALS else "*", resource)


def _variables(resource: str) -> tuple[str, ...]:
    return tuple(name for name in VARIABLE.findall(resource) if name not in LITERALS)


def _firm(resource: str) -> str:
    """A pattern that matches no more than the resource certainly does: a variable's value isn't known."""
    return "" if _variables(resource) else widened(resource)


def _minus(grant: Grant, denies: Iterable[Statement]) -> Grant | None:
    """The grant after the denies: gone where one certainly takes it all away, conditional where one may take a part."""
    for deny in denies:
        if takes_all(grant, deny):
            return None
        if takes_some(grant, deny):
            grant = grant.narrowed(f"narrowed by a deny in {deny.policy}")
    return grant


def takes_all(grant: Grant, statement: Statement) -> bool:
    """Whether a deny certainly leaves nothing of the grant."""
    if statement.conditions:
        return False
    action, resource = grant.action.lower(), widened(grant.resource)
    takes_action = any(covers(each.lower(), action) for each in statement.actions) or (
        bool(statement.not_actions) and not any(overlaps(each.lower(), action) for each in statement.not_actions)
    )
    return takes_action and (
        any(covers(_firm(each), resource) for each in statement.resources)
        or (bool(statement.not_resources) and not any(overlaps(widened(r), resource) for r in statement.not_resources))
    )


def takes_some(grant: Grant, statement: Statement) -> bool:
    """Whether a deny may take away a part of the grant, or all of it under its conditions."""
    action, resource = grant.action.lower(), widened(grant.resource)
    touches_action = any(overlaps(each.lower(), action) for each in statement.actions) or (
        bool(statement.not_actions) and not any(covers(each.lower(), action) for each in statement.not_actions)
    )
    return touches_action and (
        any(overlaps(widened(each), resource) for each in statement.resources)
        or (bool(statement.not_resources) and not any(covers(_firm(r), resource) for r in statement.not_resources))
    )


def within(grant: Grant, limits: Iterable[Statement]) -> Iterable[Grant]:
    """The parts of the grant that a boundary's allows let through, each as narrow as the narrower of the two."""
    for limit in limits:
        for resource in _meet(grant.resource, limit.resources or ["*"], fold=widened):
            for action in _limited_actions(grant.action, limit):
                kept = _doubted(replace(grant, action=action, resource=resource), limit)
                said = f"{grant.policy} within {limit.policy}"
                yield kept if kept == grant else replace(kept, policy=said)


def _as_boundary(statement: Statement) -> Statement:
    return replace(statement, policy=f"permissions boundary {statement.policy.removeprefix('policy ')}")


def _doubted(kept: Grant, limit: Statement) -> Grant:
    """Conditional where the boundary's statement lets through less than its patterns say."""
    reasons = [*limit.conditions, *(f"not on {each}" for each in limit.not_resources)]
    reasons += [name for each in limit.resources for name in _variables(each)]
    vague = limit.not_actions and any(overlaps(each.lower(), kept.action.lower()) for each in limit.not_actions)
    crossing = limit.actions and not any(covers(each.lower(), kept.action.lower()) for each in limit.actions)
    if vague or crossing:
        reasons.append(f"narrowed by the {limit.policy}")
    return kept.narrowed(*reasons) if reasons else kept


def _limited_actions(action: str, limit: Statement) -> list[str]:
    if limit.not_actions:
        excluded = any(covers(each.lower(), action.lower()) for each in limit.not_actions)
        return [] if excluded else [action]
    return _meet(action, limit.actions, fold=str.lower)


def _meet(pattern: str, limits: Iterable[str], *, fold: Any = str) -> list[str]:
    """The pattern cut to each limit: whichever of the two is inside the other, or the pattern when they only cross."""
    found: dict[str, None] = {}
    for limit in limits:
        if covers(fold(limit), fold(pattern)):
            return [pattern]
        if covers(fold(pattern), fold(limit)):
            found[limit] = None
        elif overlaps(fold(limit), fold(pattern)):
            found[pattern] = None
    return list(found)
