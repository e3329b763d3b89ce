"""Sensitive access that nobody is known to answer for."""

from __future__ import annotations

from connectors.inventory.read import Inventory
from connectors.inventory.records import Identity, Workload
from findings.evaluator import Factor, Family, Hit, Severity, evaluator, fixes, is_our_own, power, worth


@evaluator(
    Workload,
    Identity,
    family=Family.ACCOUNTABILITY,
    title="Orphaned sensitive access",
    severity=Severity.MEDIUM,
    why="When it does something it shouldn't, there is nobody to ask, and nobody who may switch it off.",
    fix=fixes(__file__),
    maps_to=("OWASP-NHI1:2025", "ISO-42001-A.3.2", "NIST-AI-RMF-GOVERN-2.1"),
    needs=("owners", "iam", "rbac", "app-roles", "agents", "sharing", "accounts", "roles"),
    given=(Factor.NO_OWNER, Factor.REACH),
)
def orphaned_sensitive_access(subject: Workload | Identity, inventory: Inventory) -> Hit | None:
    """No source names anybody, and nobody has said that they answer. An identity that workloads run as is told with
    them: whoever answers for those answers for it."""
    if not is_our_own(subject) or inventory.owners(subject.id):
        return None
    if isinstance(subject, Identity) and inventory.edges_to(subject.id, "runs_as"):
        return None
    path, domains = worth(inventory.paths_from(subject.id))
    if path is None:
        return None
    return Hit(
        because=f"Nobody is known to answer for {subject.type} {subject.name}, which {power(path, domains)}.",
        path=path.hops,
        facts={
            "Answered for by": "nobody known",
            "Made": f"{subject.created_at:%Y-%m-%d}" if subject.created_at else "unknown",
        },
        domains=tuple(sorted(domains)),
    )
