"""A workload of one system is powerful in another."""

from __future__ import annotations

from connectors.inventory.read import Inventory
from connectors.inventory.records import Workload
from findings.evaluator import (
    AccessPath,
    Factor,
    Family,
    Hit,
    Severity,
    administers,
    crosses,
    evaluator,
    fixes,
    is_our_own,
    known,
    power,
    surest,
    touched,
)


@evaluator(
    Workload,
    family=Family.CROSS_SYSTEM,
    title="Cross-system authority",
    severity=Severity.HIGH,
    why="Each system shows its half and finds it harmless; who may change the workload here is powerful there, and "
    "nobody who answers for the other system knows.",
    fix=fixes(__file__),
    maps_to=("OWASP-NHI5:2025", "OWASP-ASI03", "OWASP-NHI9:2025"),
    needs=(
        "iam",
        "rbac",
        "app-roles",
        "federated-credentials",
        "workloads",
        "agents",
        "credentials",
        "automation",
        "connections",
    ),
    given=(Factor.REACH, Factor.PRIVILEGE),
)
def cross_system_authority(workload: Workload, inventory: Inventory) -> Hit | None:
    """By a path that leaves its system for certain, or under conditions, and ends in authority or sensitive data."""
    if not is_our_own(workload):
        return None
    paths = [path for path in known(inventory.paths_from(workload.id)) if crosses(path) and _matters(path)]
    path = surest(each for each in paths if administers(each.hops[-1])) or surest(paths)
    step = crosses(path) if path else None
    if path is None or step is None:
        return None
    domains = {domain for each in paths for domain in touched(each)}
    return Hit(
        because=f"{workload.type} {workload.name} becomes {step.target.name} in another system, and so "
        f"{power(path, domains)}.",
        path=path.hops,
        facts={"Crosses by": step.sentence, "Because of": step.via or "unknown", "Ends at": path.hops[-1].target.name},
        domains=tuple(sorted(domains)),
    )


def _matters(path: AccessPath) -> bool:
    return administers(path.hops[-1]) or bool(touched(path))
