"""What do the service control policies above an account leave of what its identities are granted?

Pure. A grant must be let through at every level, from the root through each unit to the account, and be denied at none.
"""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from dataclasses import dataclass, replace

from connectors.inventory.records import Grade
from connectors.sources.aws import catalogue
from connectors.sources.aws.pattern import overlaps
from connectors.sources.aws.policy import Grant, Statement, takes_all, takes_some, within

NOT_READ = "service control policies not read"
EVERYTHING = {"*", "*:*"}


@dataclass(frozen=True, slots=True)
class Guardrails:
    """Those of one account. `levels`: what each level allows, of the levels that don't let everything through."""

    denies: tuple[Statement, ...] = ()
    levels: tuple[tuple[Statement, ...], ...] = ()
    read: bool = True


@dataclass(frozen=True, slots=True)
class Left:
    """What is left of an identity's grants, and in words which policies took others away altogether."""

    grants: list[Grant]
    taken: tuple[str, ...] = ()


def guardrails(levels: Iterable[Sequence[Statement]]) -> Guardrails:
    """From the statements of the policies attached at each level."""
    known = [tuple(level) for level in levels]
    return Guardrails(
        denies=tuple(dict.fromkeys(each for level in known for each in level if not each.allows)),
        levels=tuple(
            tuple(each for each in level if each.allows) for level in known if not any(_open(each) for each in level)
        ),
    )


def _open(statement: Statement) -> bool:
    return statement.allows and not statement.conditions and _everything(statement.actions, statement.resources)


def _everything(actions: Sequence[str], resources: Sequence[str]) -> bool:
    return bool(EVERYTHING & {*actions}) and "*" in resources


def left(grants: Iterable[Grant], limits: Guardrails) -> Left:
    """Policies that weren't read may take anything away: then every grant is conditional, which findings still see."""
    if not limits.read:
        return Left([grant.narrowed(NOT_READ) for grant in grants])
    kept: list[Grant] = []
    taken: dict[str, None] = {}
    by_service: dict[str, list[Statement]] = {}
    for grant in grants:
        service = grant.action.split(":", 1)[0].lower()
        if service not in by_service:
            by_service[service] = [each for each in limits.denies if _concerns(each, service)]
        parts = _let_through(grant, limits.levels)
        if not parts:
            taken[f"{grant.policy}, because no service control policy of a level allows it"] = None
        for part in parts:
            rest, by = _minus(part, by_service[service])
            if rest is None:
                taken[f"{part.policy}, by {by}"] = None
            else:
                kept.append(rest)
    return Left(kept, tuple(taken))


def _let_through(grant: Grant, levels: Iterable[Sequence[Statement]]) -> list[Grant]:
    parts = [grant]
    for level in levels:
        parts = [kept for part in parts for kept in within(part, level)]
    return parts


def _concerns(deny: Statement, service: str) -> bool:
    return not deny.actions or any(overlaps(each.split(":", 1)[0].lower(), service) for each in deny.actions)


def _minus(grant: Grant, denies: Iterable[Statement]) -> tuple[Grant | None, str]:
    """The grant after the denies; where nothing is left, the policy that took it away."""
    for deny in denies:
        if takes_all(grant, deny):
            return None, deny.policy
        if takes_some(grant, deny):
            grant = _narrowed(grant, deny)
    return grant, ""


def _narrowed(grant: Grant, deny: Statement) -> Grant:
    """Conditional; but whoever may do everything and only can't stop a log is an administrator without condition."""
    if _everything((grant.action,), (grant.resource,)) and _is_minor(deny):
        said = f"not {', '.join(deny.actions)} ({deny.policy})"
        return replace(grant, conditions=tuple(sorted({*grant.conditions, said})))
    return grant.narrowed(f"narrowed by a deny in {deny.policy}")


def _is_minor(deny: Statement) -> bool:
    return bool(deny.actions) and not any(catalogue.consequential(each.lower()) for each in deny.actions)


def may_bar_assuming(limits: Guardrails) -> bool:
    """Whether a level isn't certain to let an identity assume a role, or wasn't read."""
    asked = Grant(action=catalogue.ASSUME_ROLE, resource="*", policy="")
    let_through = _let_through(asked, limits.levels)
    certain = any(each.grade is Grade.GRANTED and each.resource == "*" for each in let_through)
    return not limits.read or not certain
