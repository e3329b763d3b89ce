"""Several identities that nobody answers for together reach the same sensitive data."""

from __future__ import annotations

from connectors.inventory.read import Inventory
from connectors.inventory.records import Identity
from connectors.inventory.subjects import DataDomain
from findings.evaluator import SENSITIVE, Family, Hit, Severity, Threshold, evaluator, fixes, is_our_own, known, surest

MOST = 50  # of which the finding tells
LEAST = Threshold(default=3, label="At least", unit="identities", least=2, most=1000)


@evaluator(
    DataDomain,
    family=Family.ACCOUNTABILITY,
    title="Orphaned sensitive cluster",
    severity=Severity.HIGH,
    why="One forgotten identity is an oversight; several that reach the same data mean that nobody answers for it.",
    fix=fixes(__file__),
    maps_to=("OWASP-NHI1:2025", "OWASP-NHI5:2025", "ISO-42001-A.3.2"),
    needs=("owners", "iam", "rbac", "app-roles", "accounts", "connections", "roles"),
    thresholds={"least_identities": LEAST},
)
def orphaned_sensitive_cluster(domain: DataDomain, inventory: Inventory, *, least_identities: int) -> Hit | None:
    """Identities that are the organization's own, and of which nobody active is known to answer."""
    if domain.name not in SENSITIVE:
        return None
    found = sorted(_orphans(domain, inventory), key=lambda identity: identity.id)
    if len(found) < least_identities:
        return None
    first = found[0]
    path = surest(each for each in known(inventory.paths_from(first.id)) if domain.name in each.hops[-1].target_domains)
    names = [identity.name for identity in found]
    more = f" and {len(names) - 3} more" if len(names) > 3 else ""
    return Hit(
        because=f"{len(found)} identities that nobody active answers for reach {domain.name} data: "
        f"{', '.join(names[:3])}{more}.",
        path=path.hops if path else (),
        facts={f"Identity {n}": f"{each.type} {each.name}" for n, each in enumerate(found[:MOST], 1)},
        domains=(domain.name,),
        scopes=tuple(dict.fromkeys(identity.scope for identity in found[:MOST])),
        at=first.id,
    )


def _orphans(domain: DataDomain, inventory: Inventory) -> list[Identity]:
    reaching = (inventory.get(key) for key in sorted(inventory.reaching(domain.name)))
    ours = [each for each in reaching if isinstance(each, Identity) and is_our_own(each)]
    return [each for each in ours if all(owner.active is False for owner in inventory.owners(each.id))]
