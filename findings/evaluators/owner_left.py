"""Whoever answers for it is no longer there."""

from __future__ import annotations

from connectors.inventory.read import Inventory
from connectors.inventory.records import Identity, Workload
from findings.evaluator import (
    Factor,
    Family,
    Hit,
    Severity,
    evaluator,
    fixes,
    has_left,
    is_our_own,
    listed,
    power,
    worth,
)


@evaluator(
    Workload,
    Identity,
    family=Family.ACCOUNTABILITY,
    title="Owner has left",
    severity=Severity.MEDIUM,
    why="Nobody decides any more what it may do, nobody notices when it does something else, and nobody stops it.",
    fix=fixes(__file__),
    maps_to=("OWASP-NHI1:2025", "ISO-42001-A.3.2", "NIST-AI-RMF-GOVERN-2.1"),
    needs=("owners", "iam", "workloads", "agents", "sharing", "accounts"),
    given=(Factor.NO_OWNER,),
)
def owner_left(subject: Workload | Identity, inventory: Inventory) -> Hit | None:
    """All who are named are known to be disabled or gone. One whose state is unknown may still be there."""
    owners = inventory.owners(subject.id)
    if not is_our_own(subject) or not has_left(owners):
        return None
    path, domains = worth(inventory.paths_from(subject.id))
    still = f" and still {power(path, domains)}" if path else ""
    names = listed(owner.name for owner in owners)
    verb = "is" if len(owners) == 1 else "are"
    return Hit(
        because=f"{subject.type} {subject.name} is answered for by {names}, who {verb} no longer active{still}.",
        path=path.hops if path else (),
        facts={"Answered for by": names, "Their state": "disabled, or no longer in the directory"},
        domains=tuple(sorted(domains)),
    )
