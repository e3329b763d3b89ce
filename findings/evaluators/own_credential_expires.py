"""The credential by which sv0 itself reads a system is about to end."""

from __future__ import annotations

from connectors.inventory.read import Inventory
from connectors.inventory.subjects import OwnConnection
from findings.evaluator import A_BAND, Family, Hit, Severity, Threshold, Weight, evaluator, fixes

WARNED = Threshold(default=30, label="Told", unit="days before", least=1, most=180)


@evaluator(
    OwnConnection,
    family=Family.HYGIENE,
    title="sv0's own credential expires",
    severity=Severity.MEDIUM,
    why="When it ends sv0 sees nothing of that system any more, until somebody enters another one.",
    fix=fixes(__file__),
    maps_to=("OWASP-NHI7:2025",),
    thresholds={"warn_days": WARNED},
    clock=True,
)
def own_credential_expires(connection: OwnConnection, inventory: Inventory, *, warn_days: int) -> Hit | None:
    """As the system itself tells of sv0's identity in it; unknown where it doesn't."""
    if connection.paused or connection.expires_at is None:
        return None
    left = connection.expires_at - inventory.now
    if left.days >= warn_days:
        return None
    ended = left.total_seconds() <= 0
    when = f"ended on {connection.expires_at:%Y-%m-%d}" if ended else f"ends in {left.days} days"
    return Hit(
        because=f"The credential by which sv0 reads {connection.name} {when}.",
        raised=(Weight("ended", A_BAND, "it has ended"),) if ended else (),
        facts={"Ends": f"{connection.expires_at:%Y-%m-%d %H:%M} UTC"},
    )
