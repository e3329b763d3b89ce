"""What raises or lowers the severity of a hit beyond the rule's own base: what the subject reaches, holds and lacks?"""

from __future__ import annotations

from collections.abc import Iterable
from datetime import timedelta

from connectors.inventory.graph import ASKED
from connectors.inventory.read import Inventory
from connectors.inventory.records import Grade, Identity, Workload
from findings.evaluator import QUIET, SENSITIVE, AccessPath, Hit, Rule, Subject, administers, authority, listed, silence
from findings.severity import A_BAND, A_LITTLE, SOME, Factor, Score, Weight, score


def weighed(rule: Rule, subject: Subject, hit: Hit, inventory: Inventory) -> Score:
    """The rule's base with what the rule itself adds and every factor that it doesn't count already."""
    found = _weights(subject, hit, inventory)
    return score(rule.severity, [*hit.raised, *(weight for weight in found if Factor(weight.name) not in rule.given)])


def _weights(subject: Subject, hit: Hit, inventory: Inventory) -> Iterable[Weight]:
    if isinstance(subject, Workload | Identity):
        known = [path for path in inventory.paths_from(subject.id) if path.grade is not Grade.UNKNOWN]
        yield from _of_reach(known)
        yield from _of_exposure(known)
        yield from _of_use(subject, inventory)
        yield from _of_owners(subject, inventory)
    yield from _of_doubt(hit)


def _of_reach(known: list[AccessPath]) -> Iterable[Weight]:
    """Authority over everything includes the data: reach adds little to it."""
    admin = next((path.hops[-1] for path in known if administers(path.hops[-1])), None)
    domains = {domain for path in known for domain in path.hops[-1].target_domains} & SENSITIVE
    if admin:
        yield Weight(Factor.PRIVILEGE, A_BAND, authority(admin))
    if domains:
        yield Weight(Factor.REACH, A_LITTLE if admin else A_BAND, f"reaches {listed(domains)} data")


def _of_exposure(known: list[AccessPath]) -> Iterable[Weight]:
    outside = [path.hops[-1].target.name for path in known if path.hops[-1].relation == "egress"]
    if outside:
        more = f" and {len(outside) - 1} more" if len(outside) > 1 else ""
        yield Weight(Factor.EXPOSURE, SOME, f"sends to {min(outside)}{more}")


def _of_use(subject: Workload | Identity, inventory: Inventory) -> Iterable[Weight]:
    quiet = silence(subject, inventory.now) if isinstance(subject, Identity) else None
    if quiet is not None and quiet >= timedelta(days=QUIET.default):
        yield Weight(Factor.DORMANCY, A_LITTLE, f"not used since {inventory.now - quiet:%Y-%m-%d}")


def _of_owners(subject: Workload | Identity, inventory: Inventory) -> Iterable[Weight]:
    owners = inventory.owners(subject.id)
    if not owners:
        yield Weight(Factor.NO_OWNER, A_LITTLE, "nobody is known to answer for it")
    elif all(owner.active is False for owner in owners):
        yield Weight(Factor.NO_OWNER, A_LITTLE, f"{listed(owner.name for owner in owners)} no longer active")


def _of_doubt(hit: Hit) -> Iterable[Weight]:
    """A call is made to have the called one do as it is asked: that alone is no doubt, any other condition is."""
    grades = {hop.grade for hop in hit.path if hop.grade is Grade.UNKNOWN or hop.conditions != (ASKED,)}
    if Grade.UNKNOWN in grades:
        yield Weight(Factor.DOUBT, -A_BAND, "a step of its path is not known for sure")
    elif Grade.CONDITIONAL in grades:
        yield Weight(Factor.DOUBT, -A_BAND, "a step of its path holds only under conditions")
