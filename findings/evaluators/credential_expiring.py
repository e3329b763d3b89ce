"""The only credential of its kind ends soon."""

from __future__ import annotations

from datetime import timedelta

from connectors.inventory.read import Inventory
from connectors.inventory.records import Identity
from findings.evaluator import A_BAND, Family, Hit, Severity, Threshold, Weight, evaluator, fixes, is_our_own, live

WARNED = Threshold(default=30, label="Told", unit="days before", least=1, most=180)
IN_USE = timedelta(days=30)


@evaluator(
    Identity,
    family=Family.CREDENTIALS,
    title="Credential expires soon",
    severity=Severity.LOW,
    why="What uses it stops on that day; in the hurry, the next one is made to last for ever.",
    fix=fixes(__file__),
    maps_to=("OWASP-NHI7:2025",),
    needs=("service-principals", "applications", "credentials", "accounts", "tokens"),
    thresholds={"warn_days": WARNED},
    clock=True,
)
def credential_expiring(identity: Identity, inventory: Inventory, *, warn_days: int) -> Hit | None:
    """Where another one of its kind lives on, nothing stops; what has ended already stopped what it could."""
    if not is_our_own(identity):
        return None
    now = inventory.now
    until = now + timedelta(warn_days)
    held = [each for each in identity.credentials if live(each, now)]
    lasting = {each.kind for each in held if each.expires_at is None or each.expires_at > until}
    ending = [(each.expires_at, each.kind) for each in held if each.expires_at and each.kind not in lasting]
    if not ending:
        return None
    at, kind = max(ending)  # the last of its kind
    used = identity.last_used_at is not None and now - identity.last_used_at <= IN_USE
    while_used = ", while it is in use" if used else ""
    return Hit(
        because=f"The last {kind} of {identity.name} ends on {at:%Y-%m-%d}, in {(at - now).days} days{while_used}.",
        raised=(Weight("in use", A_BAND, "used within the last 30 days"),) if used else (),
        facts={"Ends": f"{at:%Y-%m-%d %H:%M} UTC", "Kind": kind},
    )
