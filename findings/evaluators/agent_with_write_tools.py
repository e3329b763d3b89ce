"""An AI agent that may change sensitive data."""

from __future__ import annotations

from connectors.inventory.read import Inventory
from connectors.inventory.records import Access, Workload
from findings.evaluator import (
    AccessPath,
    Factor,
    Family,
    Hit,
    Severity,
    acting,
    administers,
    evaluator,
    fixes,
    granting,
    known,
    listed,
    surest,
    touched,
)

CHANGING = {Access.WRITE, Access.ADMIN}


@evaluator(
    Workload,
    family=Family.AUTHORITY,
    title="Agent that may change sensitive data",
    severity=Severity.HIGH,
    why="An agent does what its input talks it into. Where it may only read, that leaks; where it may write, that "
    "changes or deletes.",
    fix=fixes(__file__),
    maps_to=("OWASP-ASI02", "OWASP-ASI03", "OWASP-NHI5:2025"),
    needs=("iam", "rbac", "app-roles", "agents", "parts", "connections", "ai_agents", "roles", "project roles"),
    given=(Factor.REACH,),
)
def agent_with_write_tools(agent: Workload, inventory: Inventory) -> Hit | None:
    """By what the granting step of the path allows. An administrator is another rule's matter."""
    if agent.role != "agent" or agent.enabled is False:
        return None
    paths = known(inventory.paths_from(agent.id))
    if any(administers(path.hops[-1]) for path in paths):
        return None
    writing = [path for path in paths if touched(path) and _changes(path)]
    path = surest(writing)
    if path is None:
        return None
    domains = {domain for each in writing for domain in touched(each)}
    grant = granting(path)
    return Hit(
        because=f"{agent.type} {agent.name} can change {listed(domains)} data in {path.hops[-1].target.name}"
        f"{f' as {acting(path)}' if acting(path) else ''}.",
        path=path.hops,
        facts={
            "Can change": listed(each.hops[-1].target.name for each in writing[:10]),
            "Granted by": (grant and grant.via) or "unknown",
        },
        domains=tuple(sorted(domains)),
    )


def _changes(path: AccessPath) -> bool:
    grant = granting(path)
    return grant is not None and grant.access in CHANGING
