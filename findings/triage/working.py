"""Who works on a finding?"""

from __future__ import annotations

from typing import Any

from accounts.models import Membership, User
from accounts.roles import Capability, Role, allows
from findings.models import Finding
from findings.triage.writing import Change, Invalid, carried_out, guarded, write
from tenants.audit import Actor
from tenants.models import Tenant


def assign(*, finding: Finding, version: int, actor: Actor, assignee: User | None) -> Finding:
    """Make a member who may triage answer for it; None: nobody."""
    require_triager(finding.tenant, assignee)

    def work() -> None:
        fresh = guarded(finding, version)
        if change := assigned(fresh, assignee):
            write(fresh, change, actor=actor)

    return carried_out(finding, work)


def assigned(fresh: Finding, assignee: User | None) -> Change | None:
    """What makes somebody, or nobody, answer for it; None where that is so already."""
    if fresh.assignee_id == (assignee.pk if assignee else None):
        return None
    fields: dict[str, Any] = {"assignee_id": None, "assignee": None, "assignee_initials": None}
    if assignee:
        name, initials = assignee.display_name, assignee.initials[:2]
        fields = {"assignee_id": assignee.pk, "assignee": name, "assignee_initials": initials}
    action = "finding:assigned" if assignee else "finding:unassigned"
    return Change(fields=fields, action=action, detail={"was": fresh.assignee, "to": fields["assignee"]})


def require_triager(tenant: Tenant, assignee: User | None) -> None:
    """Invalid where somebody may not triage in the tenant."""
    if assignee is None:
        return
    membership = Membership.objects.of(tenant).filter(user=assignee).first()
    if not membership or not assignee.is_active or not allows(Role(membership.role), Capability.TRIAGE):
        raise Invalid("assignee", f"{assignee.display_name} may not triage findings here.")
