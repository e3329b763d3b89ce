"""A secret or certificate that is old, or made to live for years."""

from __future__ import annotations

from datetime import datetime

from connectors.inventory.read import Inventory
from connectors.inventory.records import Credential, Identity
from findings.evaluator import Family, Hit, Severity, Threshold, evaluator, fixes, is_our_own, live

NO_SECRETS = {"access key", "federated", "stored sign-in"}  # another rule's, nobody's, and somebody's own
OLDEST = Threshold(default=180, label="A secret lives at most", unit="days", least=1, most=1825)
LONGEST = Threshold(default=730, label="One is made for at most", unit="days", least=30, most=3650)
CERTIFICATES = 2  # times as long may a certificate live: its key needn't leave the machine


@evaluator(
    Identity,
    family=Family.CREDENTIALS,
    title="Long-lived secret",
    severity=Severity.MEDIUM,
    why="A secret works for whoever holds it until it ends. The longer it lives, the more copies of it there are.",
    fix=fixes(__file__),
    maps_to=("OWASP-NHI7:2025", "OWASP-ASI03"),
    needs=("service-principals", "applications", "credentials", "accounts", "tokens"),
    thresholds={"oldest_days": OLDEST, "longest_days": LONGEST},
    clock=True,
)
def long_lived_secret(identity: Identity, inventory: Inventory, *, oldest_days: int, longest_days: int) -> Hit | None:
    """Live ones whose dates are known. A managed identity's own certificate is the provider's to rotate."""
    if not is_our_own(identity) or "managed identity" in identity.type.casefold():
        return None
    now = inventory.now
    held = (each for each in identity.credentials if each.kind not in NO_SECRETS and live(each, now))
    faults = [(fault, each) for each in held if (fault := _fault(each, now, oldest_days, longest_days))]
    if not faults:
        return None
    (_days, words), worst = max(faults, key=lambda item: (item[0][0], item[1].id))
    others = f", and {len(faults) - 1} more like it" if len(faults) > 1 else ""
    return Hit(
        because=f"A {worst.kind} of {identity.name} {words}{others}.",
        facts={
            f"{each.kind.capitalize()} {number}": f"{each.id} {fault[1]}"
            for number, (fault, each) in enumerate(faults[:30], 1)
        },
    )


def _fault(each: Credential, now: datetime, oldest: int, longest: int) -> tuple[int, str] | None:
    """For how many days, and what is wrong."""
    if each.created_at is None:
        return None
    age = (now - each.created_at).days
    life = (each.expires_at - each.created_at).days if each.expires_at else None
    if age > oldest * (CERTIFICATES if "certificate" in each.kind else 1):
        return age, f"is {age} days old"
    if life is not None and life > longest:
        return life, f"was made to live for {life} days"
    return None
