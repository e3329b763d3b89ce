"""Who made it is gone, and somebody else, or nobody, answers for it."""

from __future__ import annotations

from connectors.inventory.read import Inventory
from connectors.inventory.records import Owner, Workload
from findings.evaluator import Factor, Family, Hit, Severity, evaluator, fixes, is_our_own, listed

MADE = ("made", "author", "created", "published")  # how sources say that somebody made it


@evaluator(
    Workload,
    family=Family.ACCOUNTABILITY,
    title="Its maker is gone",
    severity=Severity.LOW,
    why="Whoever wrote it knew what it does and why; connections and secrets that they set up are often still theirs.",
    fix=fixes(__file__),
    maps_to=("OWASP-NHI1:2025", "ISO-42001-A.3.2"),
    needs=("agents", "sharing", "accounts", "automation", "business_rules", "scheduled_jobs", "flows"),
    given=(Factor.NO_OWNER,),
)
def creator_gone(workload: Workload, inventory: Inventory) -> Hit | None:
    """As far as the source says who made it. Where all who answer for it are gone, another rule says so."""
    if not is_our_own(workload):
        return None
    makers = [hop for hop in inventory.edges_to(workload.id, "owns") if any(word in (hop.via or "") for word in MADE)]
    known = [(hop, maker) for hop in makers if isinstance(maker := inventory.get(hop.source.id), Owner)]
    gone = [maker for _hop, maker in known if maker.active is False]
    if not gone or all(owner.active is False for owner in inventory.owners(workload.id)):
        return None
    names = listed(maker.name for maker in gone)
    return Hit(
        because=f"{workload.type} {workload.name} was made by {names}, who is no longer active.",
        facts={
            "Made by": names,
            "Answered for by": listed(o.name for o in inventory.owners(workload.id) if o.active is not False),
        },
        scopes=tuple(dict.fromkeys(hop.scope for hop, _maker in known)),
    )
