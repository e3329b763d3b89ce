"""A person's account that automation runs as."""

from __future__ import annotations

from connectors.inventory.read import Inventory
from connectors.inventory.records import Identity, Workload
from findings.evaluator import Family, Hit, Severity, evaluator, fixes, power, worth


@evaluator(
    Identity,
    family=Family.CREDENTIALS,
    title="Automation runs as a person",
    severity=Severity.MEDIUM,
    why="It may do whatever that person may, its deeds stand under their name, and it stops, or runs on unseen, when "
    "they leave.",
    fix=fixes(__file__),
    maps_to=("OWASP-NHI10:2025", "OWASP-NHI1:2025"),
    needs=("accounts", "automation", "connections", "scheduled_jobs", "flows", "business_rules"),
)
def human_use(identity: Identity, inventory: Inventory) -> Hit | None:
    """Where the source says both: that it is a person's, and what runs as it."""
    if not identity.human or identity.enabled is False:
        return None
    found = (inventory.get(hop.source.id) for hop in inventory.edges_to(identity.id, "runs_as"))
    runs = [each for each in found if isinstance(each, Workload) and each.enabled is not False]
    if not runs:
        return None
    first, *others = sorted(runs, key=lambda each: (each.name, each.id))
    path, domains = worth(inventory.paths_from(identity.id))
    reach = f", which {power(path, domains)}" if path else ""
    more = f" and {len(others)} more" if others else ""
    return Hit(
        because=f"{first.type} {first.name}{more} runs as {identity.name}, a person's account{reach}.",
        path=path.hops if path else (),
        facts={f"Runs as it {number}": f"{each.type} {each.name}" for number, each in enumerate(runs[:50], 1)},
        domains=tuple(sorted(domains)),
    )
