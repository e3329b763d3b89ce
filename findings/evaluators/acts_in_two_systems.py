"""One identity that holds rights in two systems."""

from __future__ import annotations

from connectors.inventory.read import Inventory
from connectors.inventory.records import Access, Identity
from findings.evaluator import SENSITIVE, Family, Hit, Hop, Severity, evaluator, fixes, is_our_own


@evaluator(
    Identity,
    family=Family.CROSS_SYSTEM,
    title="One identity acts in two systems",
    severity=Severity.LOW,
    why="Its secret opens both; switching it off in one leaves the other open, and neither review sees the sum.",
    fix=fixes(__file__),
    maps_to=("OWASP-NHI9:2025", "OWASP-ASI03"),
    needs=("iam", "rbac", "app-roles", "roles", "accounts"),
)
def acts_in_two_systems(identity: Identity, inventory: Inventory) -> Hit | None:
    """Told once for each pair, of the one whose address comes first; both must be able to change or to read something
    sensitive."""
    if not is_our_own(identity):
        return None
    twins = [hop for hop in inventory.edges_from(identity.id, "same_as") if hop.target.id > identity.id]
    found = [(hop, inventory.get(hop.target.id)) for hop in twins]
    others = [(hop, twin) for hop, twin in found if isinstance(twin, Identity) and twin.system != identity.system]
    here = _strongest(identity.id, inventory)
    pairs = [(hop, twin, there) for hop, twin in others if (there := _strongest(twin.id, inventory))]
    if here is None or not pairs:
        return None
    hop, twin, there = pairs[0]
    return Hit(
        because=f"{identity.type} {identity.name} and {twin.type} {twin.name} are one actor, with rights in both.",
        path=(hop,),
        facts={"Here": here.sentence, "There": there.sentence, "Known by": hop.via or "correlation"},
        discriminator=twin.provider_id,
    )


def _strongest(key: str, inventory: Inventory) -> Hop | None:
    held = [hop for hop in inventory.edges_from(key, "permission") if _matters(hop)]
    return min(held, key=lambda hop: (hop.access is not Access.ADMIN, hop.target.name), default=None)


def _matters(hop: Hop) -> bool:
    return hop.access in {Access.WRITE, Access.ADMIN} or bool(SENSITIVE & {*hop.target_domains})
