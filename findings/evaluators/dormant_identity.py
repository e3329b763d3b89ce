"""An identity that can act but has not for ninety days."""

from __future__ import annotations

from connectors.inventory.read import Inventory
from connectors.inventory.records import Grade, Identity, Usage
from findings.evaluator import (
    QUIET,
    SENSITIVE,
    Factor,
    Family,
    Hit,
    Severity,
    administers,
    authority,
    evaluator,
    listed,
    silence,
    surest,
)


@evaluator(
    Identity,
    family=Family.AUTHORITY,
    title="Dormant identity",
    severity=Severity.MEDIUM,
    why="Nobody needs it, so nobody would notice if someone else used it. What it may do stays open all the same.",
    fix="""Ask its owner whether anything still needs it, quarterly or yearly jobs included.
Stop it without deleting it. AWS: `aws iam attach-role-policy --role-name NAME --policy-arn \
arn:aws:iam::aws:policy/AWSDenyAll` for a role, `attach-user-policy --user-name NAME` for a user. Entra: Enterprise \
applications › its name › Properties › Enabled for users to sign-in: No. Elsewhere: switch the account off.
Wait two weeks for complaints.
Delete it, where you stopped it.""",
    maps_to=("OWASP-NHI1:2025", "OWASP-ASI03", "CIS-AWS-1.12:3.0"),
    needs=("iam", "service-principals", "sign-ins"),
    given=(Factor.DORMANCY,),
    thresholds={"quiet_days": QUIET},
    clock=True,
)
def dormant_identity(identity: Identity, inventory: Inventory, *, quiet_days: int) -> Hit | None:
    """The provider, outsiders and people's sign-on look after their own; what is switched off can't act."""
    quiet = silence(identity, inventory.now)
    if identity.provider_managed or identity.external or identity.human or _is_off(identity):
        return None
    if quiet is None or quiet.days < quiet_days:
        return None
    never = identity.usage is Usage.NEVER
    since = f"since it was made {quiet.days} days ago" if never else f"for {quiet.days} days"
    paths = [path for path in inventory.paths_from(identity.id) if path.grade is not Grade.UNKNOWN]
    admin = surest(path for path in paths if administers(path.hops[-1]))
    domains = {domain for path in paths for domain in path.hops[-1].target_domains if domain in SENSITIVE}
    path = admin or surest(path for path in paths if domains.intersection(path.hops[-1].target_domains))
    reach = f" and can still reach {listed(domains)} data" if domains else ""
    power = f" and still {authority(admin.hops[-1])}" if admin else reach
    return Hit(
        because=f"{identity.type} {identity.name} has not been used {since}{power}.",
        path=path.hops if path else (),
        facts={
            "Last used": f"{identity.last_used_at:%Y-%m-%d}"
            if identity.last_used_at
            else "never, as far as is tracked",
            "Created": f"{identity.created_at:%Y-%m-%d}" if identity.created_at else "unknown",
            "Days without use": str(quiet.days),
        },
        domains=tuple(sorted(domains)),
    )


def _is_off(identity: Identity) -> bool:
    keys = [credential.enabled for credential in identity.credentials]
    return identity.enabled is False or (bool(keys) and not any(enabled is not False for enabled in keys))
