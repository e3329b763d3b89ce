"""A workload that anybody may call, and that acts as somebody with authority or sensitive data."""

from __future__ import annotations

from connectors.inventory.read import Inventory
from connectors.inventory.records import Workload
from findings.evaluator import (
    Factor,
    Family,
    Hit,
    Severity,
    acting,
    administers,
    authority,
    evaluator,
    fixes,
    known,
    listed,
    surest,
    touched,
)


@evaluator(
    Workload,
    family=Family.EGRESS,
    title="Public endpoint that acts with a role",
    severity=Severity.HIGH,
    why="Whoever knows the address makes it act: what stands between the internet and the data is the code alone.",
    fix=fixes(__file__),
    maps_to=("OWASP-NHI4:2025", "OWASP-NHI6:2025", "OWASP-ASI03"),
    needs=("lambda", "agentcore", "iam", "rest_apis", "roles"),
    given=(Factor.REACH, Factor.PRIVILEGE, Factor.EXPOSURE),
)
def public_endpoint_with_role(workload: Workload, inventory: Inventory) -> Hit | None:
    """Open without proof of who calls, as the source says. Agents are another rule's matter."""
    if workload.open_to is None or workload.enabled is False or workload.role == "agent":
        return None
    paths = known(inventory.paths_from(workload.id))
    admin = surest(path for path in paths if administers(path.hops[-1]))
    data = [path for path in paths if touched(path)]
    path = admin or surest(data)
    if path is None:
        return None
    domains = {domain for each in data for domain in touched(each)}
    power = authority(admin.hops[-1]) if admin else f"can reach {listed(domains)} data"
    who = f"{acting(path)}, which " if acting(path) else "a workload that "
    return Hit(
        because=f"{workload.type} {workload.name} answers {workload.open_to} and acts as {who}{power}.",
        path=path.hops,
        facts={
            "Open to": workload.open_to,
            "Acts as": acting(path) or "itself",
            "Sensitive data": listed(domains or ["none"]),
        },
        domains=tuple(sorted(domains)),
    )
