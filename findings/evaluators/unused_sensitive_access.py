"""A workload that reaches sensitive data through an identity that nobody uses."""

from __future__ import annotations

from connectors.inventory.read import Inventory
from connectors.inventory.records import Access, Grade, Identity, Usage, Workload
from findings.evaluator import (
    A_BAND,
    QUIET,
    SENSITIVE,
    Factor,
    Family,
    Hit,
    Hop,
    Severity,
    Weight,
    evaluator,
    granting,
    listed,
    silence,
    surest,
)


@evaluator(
    Workload,
    family=Family.DRIFT,
    title="Unused access to sensitive data",
    severity=Severity.MEDIUM,
    why="Access that was never needed can be taken away without anybody missing it; as long as it is there, whoever "
    "takes over the workload has it.",
    fix="""Confirm with the owner that the workload doesn't need the data.
See what the identity used when. AWS: `aws iam generate-service-last-accessed-details --arn ARN`. Entra: \
Sign-in logs › Service principal sign-ins.
Take the permission on the path away: out of its policy, its role assignments or its app roles.
If the workload itself is no longer needed, retire it together with its identity.""",
    maps_to=("OWASP-NHI5:2025", "OWASP-NHI1:2025", "OWASP-ASI03"),
    needs=("iam", "rbac", "app-roles", "sign-ins"),
    given=(Factor.REACH, Factor.DORMANCY),
    thresholds={"quiet_days": QUIET},
    clock=True,
)
def unused_sensitive_access(workload: Workload, inventory: Inventory, *, quiet_days: int) -> Hit | None:
    """Usage is known of identities, not of single permissions: one that was used for anything is left alone."""
    reached = [path for path in inventory.paths_from(workload.id) if SENSITIVE & {*path.hops[-1].target_domains}]
    known = [path for path in reached if path.grade is not Grade.UNKNOWN]
    idle = [
        (path, grant, used)
        for path in known
        if (grant := granting(path)) and (used := _unused(grant, inventory, quiet_days))
    ]
    if workload.enabled is False or not idle:
        return None
    writing = [row for row in idle if row[1].access in {Access.WRITE, Access.ADMIN}]
    path = surest(path for path, _grant, _used in writing or idle)
    grant, used = next((grant, used) for each, grant, used in idle if each is path)
    domains = SENSITIVE & {domain for path, _grant, _used in idle for domain in path.hops[-1].target_domains}
    targets, reader = listed(path.hops[-1].target.name for path, _grant, _used in idle), grant.source.name
    return Hit(
        because=f"{workload.type} {workload.name} can reach {listed(domains)} data as {reader}, which {used}.",
        path=path.hops if path else (),
        raised=(Weight("write", A_BAND, f"can change {listed(domains)} data"),) if writing else (),
        facts={"Sensitive data": listed(domains), "Reached": targets, "Identity": f"{reader} {used}"},
        domains=tuple(sorted(domains)),
    )


def _unused(grant: Hop, inventory: Inventory, quiet_days: int) -> str | None:
    """How long the identity that holds the permission has done nothing, in words; None: it has, or nobody knows."""
    identity = inventory.get(grant.source.id)
    quiet = silence(identity, inventory.now) if isinstance(identity, Identity) else None
    if not isinstance(identity, Identity) or quiet is None or quiet.days < quiet_days:
        return None
    if identity.usage is Usage.NEVER:
        return f"has not been used since it was made {quiet.days} days ago"
    return f"has not been used for {quiet.days} days"
