"""A role that somebody outside the organization may assume without proving who sent them."""

from __future__ import annotations

from connectors.inventory.read import Inventory
from connectors.inventory.records import Grade, Identity
from findings.evaluator import A_BAND, Family, Hit, Hop, Severity, Weight, administers, evaluator, listed, surest

ANYONE = "anyone"
# Condition keys that tie the trust to one customer, organization, account or caller.
GUARDS = (
    "sts:externalid",
    "aws:principalorgid",
    "aws:principalorgpaths",
    "aws:principalaccount",
    "aws:principalarn",
    "aws:userid",
    "aws:sourceaccount",
    "aws:sourcearn",
    "aws:sourceorgid",
)


@evaluator(
    Identity,
    family=Family.CROSS_SYSTEM,
    title="Role assumable from outside",
    severity=Severity.HIGH,
    why="A vendor serves many customers with one account: without an external id, another customer can have the vendor "
    "use this role for them. Trusting anyone needs no vendor at all.",
    fix="""Ask who needs it. If nobody answers, delete the outside principal from the trust policy: \
IAM console › Roles › its name › Trust relationships › Edit trust policy.
Otherwise demand the external id that the vendor gave you alone: add \
`"Condition": {"StringEquals": {"sts:ExternalId": "VALUE"}}` to the statement.
For your own other accounts use `"aws:PrincipalOrgID"` instead.
Write it back: `aws iam update-assume-role-policy --role-name NAME --policy-document FILE`.""",
    maps_to=("OWASP-NHI3:2025", "OWASP-NHI4:2025", "OWASP-ASI03"),
    needs=("iam", "organization"),
)
def role_assumable_from_outside(role: Identity, inventory: Inventory) -> Hit | None:
    """Outside is what the source is certain to be outside; a trust whose other half wasn't read proves nothing."""
    if role.type.endswith(" provider"):  # it vouches for others; nobody becomes it
        return None
    trusts = [hop for hop in inventory.edges_to(role.id, "can_assume") if not _is_guarded(hop)]
    trusts = [hop for hop in trusts if not hop.source_type.endswith(" provider")]  # whose claims another rule judges
    outsiders = [(hop, inventory.get(hop.source.id)) for hop in trusts if hop.grade is not Grade.UNKNOWN]
    open_to = [(hop, who) for hop, who in outsiders if isinstance(who, Identity) and who.external]
    if not open_to:
        return None
    public = [hop for hop, who in open_to if who.type == ANYONE]
    hop = min(public or [hop for hop, _who in open_to], key=lambda hop: (bool(hop.conditions), hop.source.name))
    onward = surest(path for path in inventory.paths_from(role.id) if administers(path.hops[-1]))
    names = "anyone with an AWS account" if public else listed(who.name for _hop, who in open_to)
    proof = "under conditions that don't say who" if hop.conditions else "without an external id or any other condition"
    return Hit(
        because=f"{role.type} {role.name} may be assumed by {names}, {proof}.",
        path=(hop, *(onward.hops if onward else ())),
        raised=(Weight("public", A_BAND, "open to anyone"),) if public else (),
        facts={"Open to": names, "Conditions": "; ".join(hop.conditions) or "none", "Said by": hop.via or "unknown"},
    )


def _is_guarded(hop: Hop) -> bool:
    return any(guard in condition.lower() for condition in hop.conditions for guard in GUARDS)
