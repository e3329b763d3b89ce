"""An AI agent or model deployment that nobody has approved."""

from __future__ import annotations

from connectors.inventory.read import Inventory
from connectors.inventory.records import Resource, Workload
from findings.evaluator import Approved, Family, Hit, Severity, evaluator, fixes, is_ai, known, listed, surest, touched


@evaluator(
    Workload,
    Resource,
    family=Family.SHADOW_AI,
    title="AI outside the approved list",
    severity=Severity.MEDIUM,
    why="What nobody has approved nobody watches: which data it sees, who may talk to it, and whether it should be "
    "there at all was never asked.",
    fix=fixes(__file__),
    maps_to=("NIST-AI-RMF-GOVERN-1.6", "ISO-42001-A.4.2", "OWASP-ASI10"),
    needs=("agents", "ai_agents", "bedrock", "agentcore", "accounts"),
)
def unapproved_ai(subject: Workload | Resource, inventory: Inventory, *, approved: Approved) -> Hit | None:
    """Asked only where the tenant keeps a list. What is switched off can wait."""
    if not is_ai(subject) or approved(subject) is not None:
        return None
    if isinstance(subject, Workload) and subject.enabled is False:
        return None
    data = surest(path for path in known(inventory.paths_from(subject.id)) if touched(path))
    reach = f", and reaches {listed(touched(data))} data" if data else ""
    owners = [owner.name for owner in inventory.owners(subject.id)]
    return Hit(
        because=f"{subject.type} {subject.name} is not on the approved list{reach}.",
        path=data.hops if data else (),
        facts={
            "Approved": "no",
            "Answered for by": listed(owners or ["nobody known"]),
            "Made": f"{subject.created_at:%Y-%m-%d}" if subject.created_at else "unknown",
        },
        domains=tuple(sorted(touched(data))) if data else (),
    )
