"""An AI agent or service that is there, and that nobody uses."""

from __future__ import annotations

from datetime import timedelta

from connectors.inventory.read import Inventory
from connectors.inventory.records import Identity, Workload
from findings.evaluator import QUIET, Factor, Family, Hit, Severity, evaluator, fixes, silence


@evaluator(
    Workload,
    family=Family.SHADOW_AI,
    title="AI that nobody uses",
    severity=Severity.LOW,
    why="It costs a licence or a seat, and keeps its rights for nothing; nobody would notice if someone else used it.",
    fix=fixes(__file__),
    maps_to=("NIST-AI-RMF-MANAGE-2.4", "OWASP-NHI1:2025"),
    needs=("agents", "ai_agents", "bedrock", "sign-ins"),
    given=(Factor.DORMANCY,),
    thresholds={"quiet_days": QUIET},
    clock=True,
)
def idle_ai(agent: Workload, inventory: Inventory, *, quiet_days: int) -> Hit | None:
    """By its own last activity, or by that of the one identity that it alone runs as. Unknown where neither is told:
    most vendors tell neither who has a licence nor who used it."""
    if agent.role != "agent" or agent.enabled is False:
        return None
    quiet, by = _quiet(agent, inventory)
    if quiet is None or quiet.days < quiet_days:
        return None
    return Hit(
        because=f"{agent.type} {agent.name} has not been used for {quiet.days} days.",
        facts={"Days without use": str(quiet.days), "Known by": by},
    )


def _quiet(agent: Workload, inventory: Inventory) -> tuple[timedelta | None, str]:
    if agent.last_active_at:
        return inventory.now - agent.last_active_at, "its own last activity"
    runs = inventory.edges_from(agent.id, "runs_as")
    identity = inventory.get(runs[0].target.id) if len(runs) == 1 else None
    if not isinstance(identity, Identity) or len(inventory.edges_to(identity.id, "runs_as")) != 1:
        return None, ""
    return silence(identity, inventory.now), f"the last use of {identity.name}, which it alone runs as"
