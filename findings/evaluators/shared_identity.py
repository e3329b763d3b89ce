"""One identity that several workloads run as."""

from __future__ import annotations

from connectors.inventory.read import Inventory
from connectors.inventory.records import Identity, Workload
from findings.evaluator import (
    A_BAND,
    Family,
    Hit,
    Severity,
    Threshold,
    Weight,
    evaluator,
    fixes,
    is_our_own,
    power,
    worth,
)

LEAST = Threshold(default=3, label="At least", unit="workloads", least=2, most=100)
HARMLESS = Weight("harmless", -A_BAND, "it reaches nothing that is known to matter")


@evaluator(
    Identity,
    family=Family.CREDENTIALS,
    title="Identity shared by workloads",
    severity=Severity.MEDIUM,
    why="Each gets what any of them needs, the log can't tell them apart, and none can be switched off alone.",
    fix=fixes(__file__),
    maps_to=("OWASP-NHI9:2025", "OWASP-NHI5:2025"),
    needs=("iam", "lambda", "ecs", "ec2", "workloads", "identities", "flows", "automation"),
    thresholds={"least_workloads": LEAST},
)
def shared_identity(identity: Identity, inventory: Inventory, *, least_workloads: int) -> Hit | None:
    """By workloads that aren't switched off. Where it reaches nothing that matters, it weighs less."""
    runs = inventory.edges_to(identity.id, "runs_as")
    if len(runs) < least_workloads or not is_our_own(identity):
        return None
    found = (inventory.get(hop.source.id) for hop in runs)
    names = sorted(each.name for each in found if isinstance(each, Workload) and each.enabled is not False)
    if len(names) < least_workloads:
        return None
    path, domains = worth(inventory.paths_from(identity.id))
    reach = f", which {power(path, domains)}" if path else ""
    return Hit(
        because=f"{len(names)} workloads run as {identity.type} {identity.name}{reach}.",
        path=path.hops if path else (),
        raised=() if path else (HARMLESS,),
        facts={f"Workload {number}": name for number, name in enumerate(names[:50], 1)},
        domains=tuple(sorted(domains)),
    )
