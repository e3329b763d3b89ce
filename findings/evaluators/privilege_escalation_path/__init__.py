"""An identity that is no administrator but may make itself one."""

from __future__ import annotations

from collections.abc import Iterator

from connectors.inventory.read import Inventory
from connectors.inventory.records import Grade, Identity
from findings.evaluator import A_BAND, Factor, Family, Hit, Severity, Weight, administers, evaluator, listed
from findings.evaluators.privilege_escalation_path.ways import EXISTING, NEW, OTHER, SELF, open_ways

SYSTEM = "aws"  # of whose actions the ways are made
MEANS = {  # the strongest first
    SELF: "can give itself any right",
    OTHER: "can take over other identities",
    NEW: "can start something new that runs as a stronger role",
    EXISTING: "can make what runs as another role act for it",
}


@evaluator(
    Identity,
    family=Family.AUTHORITY,
    title="Privilege escalation path",
    severity=Severity.HIGH,
    why="Its rights look narrow but are as good as an administrator's, and nobody guards it like one.",
    fix="""Find the statement that grants the actions: IAM console › Roles (or Users) › its name › Permissions.
Take them out, or allow them on named resources only; iam:PassRole with the condition `"iam:PassedToService"`.
Where it must manage identities, demand a permissions boundary on them: the condition `"iam:PermissionsBoundary"`.
Check: `aws iam simulate-principal-policy --policy-source-arn ARN --action-names ACTIONS`.""",
    maps_to=("OWASP-NHI5:2025", "OWASP-ASI03", "CIS-AWS-1.16:3.0"),
    needs=("iam",),
    given=(Factor.PRIVILEGE, Factor.DOUBT),
)
def privilege_escalation_path(identity: Identity, inventory: Inventory) -> Hit | None:
    """Every action of a way must be granted. Administrators and the provider's own roles are another matter."""
    hops = [hop for hop in inventory.edges_from(identity.id, "permission") if hop.grade is not Grade.UNKNOWN]
    if (
        identity.system != SYSTEM
        or identity.provider_managed
        or identity.external
        or any(administers(hop) for hop in hops)
    ):
        return None
    found = open_ways(identity, hops, inventory) if identity.system == SYSTEM else []
    if not found:
        return None
    best, powers = min(found, key=lambda row: (list(MEANS).index(row[0].category), len(row[0].actions), row[0].id))
    conditional = not all(power.sure for power in powers)
    more = (", under conditions" if conditional else "") + (f"; {len(found) - 1} more ways" if found[1:] else "")
    return Hit(
        because=f"{identity.type} {identity.name} {MEANS[best.category]} with {listed(best.actions)}{more}.",
        path=(powers[0].hop,),
        raised=tuple(_doubts(best.category, conditional=conditional)),
        facts={"Strongest way": f"{best.id} (pathfinding.cloud)", "All ways": ", ".join(way.id for way, _ in found)},
    )


def _doubts(category: str, *, conditional: bool) -> Iterator[Weight]:
    if conditional:
        yield Weight(Factor.DOUBT, -A_BAND, "an action of the way is granted only under conditions")
    elif category == EXISTING:
        yield Weight(Factor.DOUBT, -A_BAND, "it works only where something with a stronger role runs already")
