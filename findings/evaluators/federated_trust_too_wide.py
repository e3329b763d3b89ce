"""A role that trusts more outside workloads than the one it was made for."""

from __future__ import annotations

import re

from connectors.inventory.read import Inventory
from connectors.inventory.records import Identity
from findings.evaluator import Factor, Family, Hit, Hop, Severity, evaluator, fixes, is_our_own, power, worth

SUBJECT = re.compile(r"(?:^|:)sub (?:=|~) (?P<value>.+)")
# GitHub: the organization's every repository, or every branch, pull request and environment of one.
REPOSITORY = re.compile(r"repo:[^/*?]+/[^/:*?]+:(?P<rest>.+)")


@evaluator(
    Identity,
    family=Family.CROSS_SYSTEM,
    title="Federated trust wider than its subject",
    severity=Severity.HIGH,
    why="Whoever can start any workload at the other end becomes this role: a fork, a pull request, another team's "
    "repository.",
    fix=fixes(__file__),
    maps_to=("OWASP-NHI4:2025", "OWASP-NHI5:2025", "OWASP-ASI03"),
    needs=("iam",),
    given=(Factor.DOUBT,),
)
def federated_trust_too_wide(role: Identity, inventory: Inventory) -> Hit | None:
    """The trust demands no subject, or one with a wildcard that leaves more than the ref of one repository open."""
    if not is_our_own(role):
        return None
    trusts = [hop for hop in inventory.edges_to(role.id, "can_assume") if hop.source_type.endswith("OIDC provider")]
    wide = [(hop, how) for hop in trusts if (how := _how(hop))]
    if not wide:
        return None
    hop, how = min(wide, key=lambda each: each[0].source.name)
    path, domains = worth(inventory.paths_from(role.id))
    reach = f", and {power(path, domains)}" if path else ""
    return Hit(
        because=f"{role.type} {role.name} lets in {how} of {hop.source.name}{reach}.",
        path=(hop, *(path.hops if path else ())),
        facts={
            "Trusts": hop.source.name,
            "Demands": "; ".join(hop.conditions) or "nothing",
            "Said by": hop.via or "unknown",
        },
        domains=tuple(sorted(domains)),
    )


def _how(hop: Hop) -> str | None:
    """What it lets in beyond one subject, in words."""
    subjects = [found["value"] for each in hop.conditions if (found := SUBJECT.search(each))]
    if not subjects:
        told = all(" = " in each for each in hop.conditions)
        return "any subject" if told else None  # what isn't read may demand one
    loose = [each for each in subjects if "*" in each or "?" in each]
    wider = [each for each in loose if not (found := REPOSITORY.fullmatch(each)) or found["rest"] == "*"]
    return f"every subject like {min(wider)}" if wider else None
