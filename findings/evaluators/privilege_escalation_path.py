"""An identity that is no administrator but may make itself one."""

from __future__ import annotations

from collections.abc import Iterable
from functools import cache, lru_cache

from connectors.inventory.read import Inventory
from connectors.inventory.records import Grade, Identity
from findings.evaluator import Hit, Hop, Severity, administers, evaluator, listed, meant, table

SELF, OTHER, EXISTING = "self-escalation", "principal-access", "existing-passrole"
MEANS = {  # the strongest first
    SELF: "can give itself any right",
    OTHER: "can take over other identities",
    "new-passrole": "can start something new that runs as a stronger role",
    EXISTING: "can make what runs as another role act for it",
}
OWN = "${aws:"  # a policy variable: the grant holds for the caller's own user only
Actions = tuple[str, ...]


@evaluator(
    Identity,
    title="Privilege escalation path",
    severity=Severity.HIGH,
    why="Its rights look narrow but are as good as an administrator's, and nobody guards it like one.",
    fix="""Find the statement that grants the actions: IAM console › Roles (or Users) › its name › Permissions.
Take them out, or allow them on named resources only; iam:PassRole with the condition `"iam:PassedToService"`.
Where it must manage identities, demand a permissions boundary on them: the condition `"iam:PermissionsBoundary"`.""",
    maps_to=("OWASP-NHI5:2025", "OWASP-ASI03", "CIS-AWS-1.16:3.0"),
    needs=("iam",),
)
def privilege_escalation_path(identity: Identity, inventory: Inventory) -> Hit | None:
    """Every action of a way must be granted. Administrators and the provider's own roles are another matter."""
    hops = [hop for hop in inventory.edges_from(identity.id, "permission") if hop.grade is not Grade.UNKNOWN]
    if identity.provider_managed or identity.external or any(administers(hop) for hop in hops):
        return None
    powers = _powers(hops)
    able = [way for way in _catalogue() if powers.keys() >= {*way[2]}]
    ways = [way for way in able if _works(*way[1:], powers, identity, inventory)]
    if not ways:
        return None
    name, category, actions = min(ways, key=lambda way: (list(MEANS).index(way[1]), len(way[2]), way[0]))
    conditional = any(powers[action].grade is not Grade.GRANTED for action in actions)
    more = (", under conditions" if conditional else "") + (f"; {len(ways) - 1} more ways" if ways[1:] else "")
    return Hit(
        because=f"{identity.type} {identity.name} {MEANS[category]} with {listed(actions)}{more}.",
        path=(powers[actions[0]],),
        severity=Severity.MEDIUM if conditional or category == EXISTING else None,
        facts={"Strongest way": f"{name} (pathfinding.cloud)", "All ways": ", ".join(way[0] for way in ways)},
    )


def _powers(hops: Iterable[Hop]) -> dict[str, Hop]:
    """The catalogue's actions that are granted, each by its best hop."""
    ordered = sorted(hops, key=lambda hop: (OWN not in hop.target.id, hop.grade is Grade.GRANTED))
    return {action: hop for hop in ordered for pattern in hop.actions for action in _covered(pattern)}


def _works(category: str, actions: Actions, powers: dict[str, Hop], identity: Identity, inventory: Inventory) -> bool:
    """Whether the way leads anywhere for this identity, on the targets that its rights name."""
    targets = [powers[action].target for action in actions]
    if category == SELF:  # rights over users raise no role, those over other roles not itself
        foreign = ("user", "group") if "role" in identity.type.lower() else ("role",)
        others = any(target.kind == "identity" and target.id != identity.id for target in targets)
        return not others and not any(word in action.lower() for action in actions for word in foreign)
    if actions == ("sts:AssumeRole",):  # an ordinary role chain, unless it leads to authority
        return any(administers(path.hops[-1]) for path in inventory.paths_from(identity.id))
    return category != OTHER or not any(OWN in target.id for target in targets)


@cache
def _catalogue() -> tuple[tuple[str, str, Actions], ...]:
    return tuple((row["id"], row["category"], tuple(row["actions"].split("+"))) for row in table(__file__))


@lru_cache(maxsize=16_384)
def _covered(pattern: str) -> tuple[str, ...]:
    return meant(pattern, {action for _name, _category, actions in _catalogue() for action in actions})
