"""A workload that may do everything in an account or a directory."""

from __future__ import annotations

from connectors.inventory.read import Inventory
from connectors.inventory.records import Grade, Workload
from findings.evaluator import (
    Factor,
    Family,
    Hit,
    Severity,
    acting,
    administers,
    authority,
    evaluator,
    known,
    listed,
    surest,
)


@evaluator(
    Workload,
    family=Family.AUTHORITY,
    title="Workload with administrative authority",
    severity=Severity.HIGH,
    why="Whoever makes the workload do their bidding, by its input, its code or its dependencies, owns the account.",
    fix="""See what it really uses. AWS: IAM console › Roles › the role on the path › Last Accessed. Azure: its role \
assignments, Access control (IAM) › Check access. Entra: its app roles, Enterprise applications › Permissions.
Grant that alone. AWS drafts a policy from its activity: the role › Generate policy based on CloudTrail events.
Then take the wide one off: `aws iam detach-role-policy --role-name NAME --policy-arn ARN`, `az role assignment delete \
--ids ID`, or the app role assignment in Entra.
Where the authority comes from another identity that it becomes, take it out of that one's trust.""",
    maps_to=("OWASP-NHI5:2025", "OWASP-ASI03", "OWASP-ASI02", "CIS-AWS-1.16:3.0"),
    needs=("iam", "rbac", "directory-roles", "app-roles", "agents", "credentials"),
    given=(Factor.PRIVILEGE,),
)
def administrative_workload(workload: Workload, inventory: Inventory) -> Hit | None:
    """Granted, or granted under conditions that may be met; a path with an unread half proves nothing."""
    sure = [path for path in known(inventory.paths_from(workload.id)) if administers(path.hops[-1])]
    path = surest(sure)
    if path is None or workload.enabled is False:
        return None
    last = path.hops[-1]
    accounts = {path.hops[-1].target.name for path in sure}
    conditional = path.grade is Grade.CONDITIONAL
    return Hit(
        because=f"{workload.type} {workload.name} acts as {acting(path)}, which {authority(last)}"
        + (", under conditions." if conditional else "."),
        path=path.hops,
        facts={
            "Administers": listed(accounts),
            "Granted by": last.via or "unknown",
            "Conditions": "; ".join(dict.fromkeys(word for hop in path.hops for word in hop.conditions)) or "none",
        },
    )
