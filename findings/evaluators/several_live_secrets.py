"""One identity with more live secrets than it needs to rotate."""

from __future__ import annotations

from connectors.inventory.read import Inventory
from connectors.inventory.records import Credential, Identity
from findings.evaluator import Family, Hit, Severity, Threshold, evaluator, fixes, is_our_own, live

NO_SECRETS = {"federated", "stored sign-in"}
MOST = Threshold(default=2, label="At most", unit="live secrets", least=1, most=20)


@evaluator(
    Identity,
    family=Family.CREDENTIALS,
    title="Several live secrets",
    severity=Severity.LOW,
    why="Two are enough to rotate. Each further one is a copy in somebody's hands, and nobody knows whose.",
    fix=fixes(__file__),
    maps_to=("OWASP-NHI7:2025", "OWASP-NHI9:2025"),
    needs=("iam", "service-principals", "applications", "credentials", "accounts", "tokens"),
    thresholds={"most_secrets": MOST},
    clock=True,
)
def several_live_secrets(identity: Identity, inventory: Inventory, *, most_secrets: int) -> Hit | None:
    """Keys, secrets, tokens and certificates that are switched on and haven't ended."""
    if not is_our_own(identity):
        return None
    held = [each for each in identity.credentials if each.kind not in NO_SECRETS and live(each, inventory.now)]
    if len(held) <= most_secrets:
        return None
    kinds = sorted({each.kind for each in held})
    return Hit(
        because=f"{identity.type} {identity.name} has {len(held)} live secrets: {', '.join(kinds)}.",
        facts={f"{each.kind.capitalize()} {number}": _told(each) for number, each in enumerate(held[:30], 1)},
    )


def _told(each: Credential) -> str:
    return f"{each.id}, made {each.created_at:%Y-%m-%d}" if each.created_at else each.id
