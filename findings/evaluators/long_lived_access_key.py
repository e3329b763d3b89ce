"""An access key that has lived for ninety days, or that nobody uses."""

from __future__ import annotations

from datetime import datetime, timedelta

from connectors.inventory.read import Inventory
from connectors.inventory.records import Credential, Identity, Usage
from findings.evaluator import QUIET, Family, Hit, Severity, Threshold, administers, authority, evaluator, surest

OLDEST = Threshold(default=90, label="A key lives at most", unit="days", least=1, most=730)
SETTLING = timedelta(days=30)  # a new key may wait this long for its first use


@evaluator(
    Identity,
    family=Family.CREDENTIALS,
    title="Long-lived or unused access key",
    severity=Severity.MEDIUM,
    why="A key works for whoever holds it, from anywhere, until it is deleted. The longer it lives, the more copies of "
    "it there are in files, logs and laptops; a key that nobody uses is missed by nobody.",
    fix="""Find out what uses it: `aws iam get-access-key-last-used --access-key-id KEY`.
Let the workload assume a role instead; where that is impossible, make a second key and switch over: \
`aws iam create-access-key --user-name NAME`.
Switch the old key off: `aws iam update-access-key --user-name NAME --access-key-id KEY --status Inactive`.
After two quiet weeks delete it: `aws iam delete-access-key --user-name NAME --access-key-id KEY`.""",
    maps_to=("OWASP-NHI7:2025", "OWASP-ASI03", "CIS-AWS-1.14:3.0", "CIS-AWS-1.12:3.0"),
    needs=("iam",),
    thresholds={"oldest_days": OLDEST, "quiet_days": QUIET},
    clock=True,
)
def long_lived_access_key(identity: Identity, inventory: Inventory, *, oldest_days: int, quiet_days: int) -> Hit | None:
    """Only keys known to be switched on; the worst one makes the sentence, all of them the facts."""
    live = (key for key in identity.credentials if key.kind == "access key" and key.enabled)
    faults = {
        key.id: fault
        for key in live
        if (fault := _fault(key, inventory.now, timedelta(oldest_days), timedelta(quiet_days)))
    }
    if not faults:
        return None
    admin = surest(path for path in inventory.paths_from(identity.id) if administers(path.hops[-1]))
    worst, fault = max(faults.items(), key=lambda item: (item[1][0], item[0]))
    others = f", and {len(faults) - 1} more like it" if len(faults) > 1 else ""
    power = f"; it {authority(admin.hops[-1])}" if admin else ""
    return Hit(
        because=f"Access key {worst} of {identity.name} {fault[1]}{others}{power}.",
        path=admin.hops if admin else (),
        facts={f"Access key {number}": f"{key} {faults[key][1]}" for number, key in enumerate(sorted(faults), 1)},
    )


def _fault(key: Credential, now: datetime, oldest: timedelta, quiet: timedelta) -> tuple[timedelta, str] | None:
    """How long it has been wrong, and what is wrong; None for a good key and for an unknown one."""
    age = now - key.created_at if key.created_at else None
    idle = now - key.last_used_at if key.last_used_at else None
    if key.usage is Usage.NEVER and age is not None and age >= SETTLING:
        return age, f"is {age.days} days old and has never been used"
    if idle is not None and idle >= quiet:
        return idle, f"is switched on but has not been used for {idle.days} days"
    if age is not None and age >= oldest:
        return age, f"is {age.days} days old"
    return None
