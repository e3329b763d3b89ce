"""A secret that nobody uses, of an identity that is used otherwise."""

from __future__ import annotations

from datetime import datetime, timedelta

from connectors.inventory.read import Inventory
from connectors.inventory.records import Credential, Identity, Usage
from findings.evaluator import QUIET, Family, Hit, Severity, evaluator, fixes, is_our_own, live, silence


@evaluator(
    Identity,
    family=Family.CREDENTIALS,
    title="Unused secret",
    severity=Severity.LOW,
    why="Nobody misses it when it is deleted, and nobody notices when it is stolen.",
    fix=fixes(__file__),
    maps_to=("OWASP-NHI1:2025", "OWASP-NHI7:2025"),
    needs=("service-principals", "applications", "credentials", "accounts", "tokens"),
    thresholds={"quiet_days": QUIET},
    clock=True,
)
def unused_credential(identity: Identity, inventory: Inventory, *, quiet_days: int) -> Hit | None:
    """Where the source tells when it was last used. AWS' access keys, and identities that nobody uses at all, are other
    rules' matter."""
    quiet = silence(identity, inventory.now)
    if not is_our_own(identity) or (quiet is not None and quiet.days >= quiet_days):
        return None
    held = [each for each in identity.credentials if each.kind != "access key" and live(each, inventory.now)]
    idle = [(age, each) for each in held if (age := _idle(each, inventory.now)) and age.days >= quiet_days]
    if not idle:
        return None
    age, worst = max(idle, key=lambda item: (item[0], item[1].id))
    more = f", and {len(idle) - 1} more like it" if len(idle) > 1 else ""
    return Hit(
        because=f"A {worst.kind} of {identity.name} has not been used for {age.days} days{more}.",
        facts={
            f"{each.kind.capitalize()} {number}": f"{each.id}: {since.days} days"
            for number, (since, each) in enumerate(idle[:30], 1)
        },
    )


def _idle(each: Credential, now: datetime) -> timedelta | None:
    since = {Usage.USED: each.last_used_at, Usage.NEVER: each.created_at}.get(each.usage)
    return now - since if since else None
