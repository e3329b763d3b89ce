"""An identity holds rights to many services that it has never used."""

from __future__ import annotations

from datetime import timedelta

from connectors.inventory.read import Inventory
from connectors.inventory.records import Identity
from findings.evaluator import Family, Hit, Severity, Threshold, evaluator, fixes, is_our_own

FACT = "Granted and never used"  # as AWS' source tells it, over the whole of what AWS tracks
SETTLING = timedelta(days=90)
LEAST = Threshold(default=5, label="At least", unit="services", least=1, most=200)


@evaluator(
    Identity,
    family=Family.DRIFT,
    title="Permissions never used",
    severity=Severity.LOW,
    why="Rights that were never needed can go without anybody missing them; until then they are the attacker's.",
    fix=fixes(__file__),
    maps_to=("OWASP-NHI5:2025",),
    needs=("usage",),
    thresholds={"least_services": LEAST},
    clock=True,
)
def unused_permission(identity: Identity, inventory: Inventory, *, least_services: int) -> Hit | None:
    """Of identities that have had time to use them. Which single action was used, AWS doesn't tell."""
    told = dict(identity.facts).get(FACT)
    young = identity.created_at is None or inventory.now - identity.created_at < SETTLING
    if told is None or young or not is_our_own(identity):
        return None
    services = [each.strip() for each in told.split(",")]
    if len(services) < least_services:
        return None
    shown = f"{', '.join(services[:3])} and {len(services) - 3} more" if len(services) > 4 else ", ".join(services)
    return Hit(
        because=f"{identity.type} {identity.name} may use {len(services)} services that it has never used: {shown}.",
        facts={"Never used": ", ".join(services)},
    )
