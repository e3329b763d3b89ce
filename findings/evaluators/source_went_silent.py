"""sv0 has heard nothing from a system for longer than it should."""

from __future__ import annotations

from datetime import timedelta

from connectors.inventory.read import Inventory
from connectors.inventory.subjects import OwnConnection
from findings.evaluator import Family, Hit, Severity, evaluator, fixes

ROUNDS, LEAST = 2, timedelta(hours=48)


@evaluator(
    OwnConnection,
    family=Family.HYGIENE,
    title="A source went silent",
    severity=Severity.HIGH,
    why="What happens there meanwhile isn't seen: no finding opens, and none that is open is known to hold.",
    fix=fixes(__file__),
    maps_to=("NIST-AI-RMF-GOVERN-1.6",),
    clock=True,
)
def source_went_silent(connection: OwnConnection, inventory: Inventory) -> Hit | None:
    """Longer than two rounds of its schedule, and two days. What is paused or only read when asked may be silent."""
    if connection.paused or not connection.every_hours:
        return None
    since = connection.silent_since or connection.created_at
    quiet = inventory.now - since
    if quiet < max(LEAST, ROUNDS * timedelta(hours=connection.every_hours)):
        return None
    last = f"was last read {quiet.days} days ago" if connection.silent_since else "has never been read"
    return Hit(
        because=f"{connection.name} {last}, though it is to be read every {connection.every_hours} hours.",
        facts={"Last read": f"{connection.silent_since:%Y-%m-%d %H:%M} UTC" if connection.silent_since else "never"},
    )
