"""An identity has newly become an administrator."""

from __future__ import annotations

from connectors.inventory.read import Inventory
from connectors.inventory.records import Identity
from findings.evaluator import (
    WINDOW,
    Factor,
    Family,
    Hit,
    Severity,
    administers,
    authority,
    evaluator,
    fixes,
    grown,
    is_our_own,
)


@evaluator(
    Identity,
    family=Family.DRIFT,
    title="Privileged role added",
    severity=Severity.HIGH,
    why="A new administrator is either planned, or the step before the damage: somebody has to know which.",
    fix=fixes(__file__),
    maps_to=("OWASP-NHI5:2025", "OWASP-ASI03", "CIS-AWS-1.16:3.0"),
    needs=("iam", "rbac", "directory-roles", "app-roles"),
    given=(Factor.PRIVILEGE,),
    thresholds={"window_days": WINDOW},
    clock=True,
)
def privileged_role_added(identity: Identity, inventory: Inventory, *, window_days: int) -> Hit | None:
    """Within the window, by an identity that was known before, in what was read completely before."""
    came = [hop for hop in grown(identity, inventory, window_days) if administers(hop)] if is_our_own(identity) else []
    if not came:
        return None
    newest = max(came, key=lambda hop: (hop.first_seen, hop.target.name))
    return Hit(
        because=f"{identity.type} {identity.name} {authority(newest)} since {newest.first_seen:%Y-%m-%d}.",
        path=(newest,),
        facts={f"Added {n}": f"{hop.first_seen:%Y-%m-%d}: {hop.sentence}" for n, hop in enumerate(came[:20], 1)},
        scopes=tuple(dict.fromkeys(hop.scope for hop in came)),
    )
