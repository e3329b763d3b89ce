"""An identity may do more than it could a while ago."""

from __future__ import annotations

from connectors.inventory.read import Inventory
from connectors.inventory.records import Access, Identity
from findings.evaluator import (
    A_BAND,
    SENSITIVE,
    WINDOW,
    Family,
    Hit,
    Hop,
    Severity,
    Weight,
    administers,
    evaluator,
    fixes,
    grown,
    is_our_own,
)

STRENGTH = {Access.ADMIN: 0, Access.ASSUME: 1, Access.WRITE: 2, Access.READ: 3}


@evaluator(
    Identity,
    family=Family.DRIFT,
    title="Permissions grew",
    severity=Severity.MEDIUM,
    why="What was reviewed is no longer what is: rights are added for a day and stay for years.",
    fix=fixes(__file__),
    maps_to=("OWASP-NHI5:2025", "OWASP-ASI03"),
    needs=("iam", "rbac", "app-roles", "delegated-grants", "roles", "project roles", "access"),
    thresholds={"window_days": WINDOW},
    clock=True,
)
def permissions_grew(identity: Identity, inventory: Inventory, *, window_days: int) -> Hit | None:
    """Against what it had when the window began, was first seen, or was last confirmed by a person. Reading harmless
    things more is no drift; where all that came administers, another rule says so. Renaming changes no permission."""
    if not is_our_own(identity):
        return None
    came = sorted((hop for hop in grown(identity, inventory, window_days) if _matters(hop)), key=_order)
    if all(administers(hop) for hop in came):
        return None
    strongest = came[0]
    more = f", and {len(came) - 1} more" if len(came) > 1 else ""
    return Hit(
        because=f"{identity.type} {identity.name} has come to hold {strongest.access} access to "
        f"{strongest.target.name} since {strongest.first_seen:%Y-%m-%d}{more}.",
        path=(strongest,),
        raised=(Weight("admin", A_BAND, f"administers {strongest.target.name}"),)
        if strongest.access is Access.ADMIN
        else (),
        facts={
            f"Added {n}": f"{hop.first_seen:%Y-%m-%d}: {hop.sentence} {hop.via or ''}".strip()
            for n, hop in enumerate(came[:20], 1)
        },
        scopes=tuple(dict.fromkeys(hop.scope for hop in came)),
    )


def _matters(hop: Hop) -> bool:
    return hop.access is not Access.READ or bool(SENSITIVE & {*hop.target_domains})


def _order(hop: Hop) -> tuple[int, str]:
    return STRENGTH[hop.access or Access.READ], hop.target.name
