"""Single users have let an application into their mail, their files or the directory."""

from __future__ import annotations

from fnmatch import fnmatchcase

from connectors.inventory.read import Inventory
from connectors.inventory.records import Identity
from findings.evaluator import Family, Hit, Hop, Severity, evaluator, fixes, listed, table

BY_USERS = "consented by single users"  # as Entra's source says who consented
RISKY = {row["scope"]: row["why"] for row in table(__file__)}


@evaluator(
    Identity,
    family=Family.DRIFT,
    title="High-risk consent by users",
    severity=Severity.MEDIUM,
    why="Consent phishing asks for nothing but a click: from then on the application reads what that person may read, "
    "whatever becomes of their password.",
    fix=fixes(__file__),
    maps_to=("OWASP-NHI3:2025", "OWASP-NHI5:2025", "OWASP-ASI03"),
    needs=("delegated-grants",),
)
def risky_user_consent(identity: Identity, inventory: Inventory) -> Hit | None:
    """Another company's application counts as well: it is what such consent is mostly given to."""
    if identity.enabled is False or identity.provider_managed:
        return None
    given = [hop for hop in inventory.edges_from(identity.id, "permission") if BY_USERS in (hop.via or "")]
    risky = {hop.target.name: (hop, why) for hop in given if (why := _why(hop))}
    if not risky:
        return None
    first = risky[min(risky)][0]
    return Hit(
        because=f"Users themselves have consented that {identity.name} uses {listed(risky)} on their behalf.",
        path=(first,),
        facts={name: why for name, (_hop, why) in sorted(risky.items())},
    )


def _why(hop: Hop) -> str | None:
    return next(
        (why for scope, why in RISKY.items() if fnmatchcase(hop.target.name.casefold(), scope.casefold())), None
    )
