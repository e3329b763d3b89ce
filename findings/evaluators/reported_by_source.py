"""The system itself reports something about an object."""

from __future__ import annotations

from collections.abc import Iterator

from connectors.inventory.read import Inventory
from connectors.inventory.records import Alert, Identity, Resource, Workload
from findings.evaluator import A_BAND, Factor, Family, Hit, Severity, Weight, evaluator, fixes

POINTS = {"critical": A_BAND + 20, "high": A_BAND, "low": -A_BAND, "informational": -A_BAND - 15}  # on top of medium


@evaluator(
    Workload,
    Identity,
    Resource,
    family=Family.AUTHORITY,
    title="Reported by the system itself",
    severity=Severity.MEDIUM,
    why="The system that runs it sees what metadata can't: what it reports belongs to what is known of it here.",
    fix=fixes(__file__),
    maps_to=("OWASP-ASI10",),
    needs=("service-principals", "iam", "agents"),
    given=tuple(Factor),
)
def reported_by_source(subject: Workload | Identity | Resource, inventory: Inventory) -> Iterator[Hit]:
    """Each alert that it hasn't withdrawn, as bad as it says."""
    return (_hit(alert, subject.name) for alert in inventory.alerts_about(subject.id))


def _hit(alert: Alert, name: str) -> Hit:
    points = POINTS.get(alert.severity.casefold(), 0)
    return Hit(
        because=f"{name}: {alert.title.rstrip('.')}.",
        raised=(Weight("reported", points, f"{alert.severity}, as the system says that reports it"),),
        facts={
            "Severity there": alert.severity,
            "Reported": f"{alert.reported_at:%Y-%m-%d %H:%M} UTC" if alert.reported_at else "unknown",
        },
        scopes=(alert.scope,),
        discriminator=alert.id,
    )
