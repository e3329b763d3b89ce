"""Which of the known ways to more rights do an identity's permissions open?"""

from __future__ import annotations

import re
from collections.abc import Iterable
from functools import cache
from typing import NamedTuple

from connectors.inventory.read import Inventory
from connectors.inventory.records import Grade, Identity
from findings.evaluator import Hop, administers, meant, table

SELF, OTHER, NEW, EXISTING = "self-escalation", "principal-access", "new-passrole", "existing-passrole"
PASS_ROLE, ASSUME_ROLE = "iam:PassRole", "sts:AssumeRole"
OWN = "${aws:"  # a policy variable: the grant holds for the caller's own user only
PASSED_TO = re.compile(r"iam:PassedToService = ([^,]+)", re.IGNORECASE)


class Way(NamedTuple):
    """One row of the catalogue: actions that together give the rights of another, or all of them."""

    id: str
    category: str
    actions: tuple[str, ...]


class Power(NamedTuple):
    """One action that is granted, and by which permission. Not sure: under conditions."""

    hop: Hop
    sure: bool


def open_ways(identity: Identity, hops: Iterable[Hop], inventory: Inventory) -> list[tuple[Way, list[Power]]]:
    """Every way whose actions are all granted on targets that are worth it, with the best power for each action."""
    every = tuple(dict.fromkeys(action for way in _catalogue() for action in way.actions))
    powers: dict[str, list[Power]] = {}
    for hop in hops:
        for pattern in hop.actions:
            sure = hop.grade is Grade.GRANTED and not any(each.startswith(f"{pattern} only") for each in hop.conditions)
            for action in meant(pattern, every):
                powers.setdefault(action, []).append(Power(hop, sure))

    def best(way: Way, action: str) -> Power | None:
        fit = [power for power in powers[action] if _is_of_use(way, action, power.hop, identity, inventory)]
        return max(fit, key=lambda power: (power.sure, power.hop.target.name), default=None)

    able = [way for way in _catalogue() if powers.keys() >= {*way.actions} and _fits(way, identity, inventory)]
    found = [(way, [best(way, action) for action in way.actions]) for way in able]
    return [(way, [power for power in chosen if power]) for way, chosen in found if all(chosen)]


def _fits(way: Way, identity: Identity, inventory: Inventory) -> bool:
    """Rights over users raise no role, nor the other way round; an ordinary role chain counts if it leads up."""
    if way.category == SELF:
        foreign = ("user", "group") if "role" in identity.type.lower() else ("role",)
        return not any(word in action.lower() for action in way.actions for word in foreign)
    return way.actions != (ASSUME_ROLE,) or _leads_up(identity.id, inventory)


def _is_of_use(way: Way, action: str, hop: Hop, identity: Identity, inventory: Inventory) -> bool:
    named = hop.target.kind == "identity"
    if action == PASS_ROLE:  # to the service that the way needs; a role that is named must be worth passing
        services = PASSED_TO.findall(" ".join(hop.conditions))
        needed = {each.partition(":")[0] for each in way.actions if each != PASS_ROLE}
        accepted = not services or any("*" in said or each in said for said in services for each in needed)
        return accepted and (not named or _leads_up(hop.target.id, inventory))
    if way.category == SELF:
        return not named or hop.target.id == identity.id
    return way.category != OTHER or OWN not in hop.target.id


def _leads_up(key: str, inventory: Inventory) -> bool:
    return any(administers(path.hops[-1]) for path in inventory.paths_from(key))


@cache
def _catalogue() -> tuple[Way, ...]:
    return tuple(Way(row["id"], row["category"], tuple(row["actions"].split("+"))) for row in table(__file__))
