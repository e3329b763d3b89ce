"""Somebody became its owner while nobody asked, and has never said that they know."""

from __future__ import annotations

from connectors.inventory.read import Inventory
from connectors.inventory.records import Identity, Owner, Workload
from findings.evaluator import Factor, Family, Hit, Hop, Severity, evaluator, fixes, is_our_own, listed, worth


@evaluator(
    Workload,
    Identity,
    family=Family.ACCOUNTABILITY,
    title="Inherited and never acknowledged",
    severity=Severity.LOW,
    why="An owner who was entered by somebody else often doesn't know it: on paper somebody answers, in fact nobody.",
    fix=fixes(__file__),
    maps_to=("ISO-42001-A.3.2", "NIST-AI-RMF-GOVERN-2.1", "OWASP-NHI1:2025"),
    needs=("owners", "iam", "agents", "sharing", "accounts"),
    given=(Factor.REACH, Factor.PRIVILEGE),
)
def inherited_ownership(subject: Workload | Identity, inventory: Inventory) -> Hit | None:
    """The owner was named while sv0 watched, later than the object and than the first complete reading of who owns
    what. Of agents, and of what reaches something worth it."""
    if not is_our_own(subject):
        return None
    newly = [hop for hop in inventory.edges_to(subject.id, "owns") if _is_new(hop, subject, inventory)]
    owners = [owner for hop in newly if isinstance(owner := inventory.get(hop.source.id), Owner)]
    here = [owner for owner in owners if owner.active is not False]
    word = inventory.acknowledged(subject.id)
    if not here or (word and word >= max(hop.first_seen for hop in newly)):
        return None
    path, domains = worth(inventory.paths_from(subject.id))
    if path is None and not (isinstance(subject, Workload) and subject.role == "agent"):
        return None
    names = listed(owner.name for owner in here)
    since = max(hop.first_seen for hop in newly)
    return Hit(
        because=f"{names} was made the owner of {subject.type} {subject.name} on {since:%Y-%m-%d} and never said so.",
        path=path.hops if path else (),
        facts={"Owner": names, "Named since": f"{since:%Y-%m-%d}", "Acknowledged": "never"},
        domains=tuple(sorted(domains)),
        scopes=tuple(dict.fromkeys(hop.scope for hop in newly)),
    )


def _is_new(hop: Hop, subject: Workload | Identity, inventory: Inventory) -> bool:
    known, read = inventory.first_seen(subject.id), inventory.known_since(hop.scope)
    return known is not None and read is not None and hop.first_seen > max(known, read)
