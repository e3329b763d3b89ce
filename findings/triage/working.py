"""Who works on a finding, and what do they say about it?"""

from __future__ import annotations

from typing import Any

from django.db.models import F
from django.utils import timezone

from accounts.models import Membership, User
from accounts.roles import Capability, Role, allows
from findings.models import Comment, Finding
from findings.triage.writing import Change, Invalid, carried_out, guarded, record, text, write
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


def comment(*, finding: Finding, body: str | None, actor: Actor, author: User) -> Finding:
    """Write about it. Needs no version: words overwrite nothing."""
    said = text("body", body, missing="Write something first.")

    def work() -> None:
        written = Comment.objects.create(
            tenant=finding.tenant,
            finding=finding,
            author_id=author.pk,
            author=actor.signature,
            body=said,
            at=timezone.now(),
        )
        Finding.objects.of(finding.tenant).filter(pk=finding.pk).update(comment_count=F("comment_count") + 1)
        record(finding, actor=actor, action="finding:commented", detail={"comment": str(written.pk)})

    return carried_out(finding, work)


def require_triager(tenant: Tenant, assignee: User | None) -> None:
    """Invalid where somebody may not triage in the tenant."""
    if assignee is None:
        return
    membership = Membership.objects.of(tenant).filter(user=assignee).first()
    if not membership or not assignee.is_active or not allows(Role(membership.role), Capability.TRIAGE):
        raise Invalid("assignee", f"{assignee.display_name} may not triage findings here.")
