"""How does a manager change and remove members, without anybody being left out of control by it?

One at a time within a tenant, so that two managers can't take away each other's role at once. Who is second is told
what the first did. Where WorkOS has a say, it is asked first about a role, and told afterwards of a removal, which
can't wait.
"""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager

from bson import ObjectId
from django.core.cache import cache

from accounts.membership import join, leave
from accounts.models import Membership, User
from accounts.roles import Capability, Role, allows
from accounts.workos import memberships as workos
from accounts.workos.client import Declined, Unavailable
from tenants import audit
from tenants.audit import Actor
from tenants.models import AuditEvent, Tenant

LOCK_SECONDS = 30  # longer than WorkOS may take to answer twice
MANAGERS = [role.value for role in Role if allows(role, Capability.MEMBERS)]
DIRECTORY = "Your directory decides about this member: change it there, and it follows here."
LAST = "is the last manager. Make somebody else a manager first."
UNANSWERED = "WorkOS isn't answering. The role is as it was; try again in a while."
FOLLOWS = "WorkOS has yet to follow; sv0 keeps asking it, and doesn't let them in meanwhile."


class NotThere(Exception):
    """No member of this tenant has, or had, this id."""


class CannotChange(Exception):
    """Why not, in words for the manager."""


class Meanwhile(CannotChange):
    """Somebody was first; what they did, in words."""


def change_role(*, tenant: Tenant, pk: ObjectId, seen: str, role: Role, actor: Actor) -> Membership:
    """Give a member another role. `seen` is the role that the manager saw. NotThere, Meanwhile or CannotChange."""
    with _alone(tenant):
        member = _member(tenant, pk)
        if member.role != seen:
            raise Meanwhile(_said_of(tenant, pk))
        if member.role == role:
            return member
        _refuse_directory(member)
        if not allows(role, Capability.MEMBERS):
            _refuse_last(member)
        if workos.kept_at_workos(tenant):
            _change_at_workos(member, role)
        return join(tenant=tenant, user=member.user, role=role, actor=actor)


def remove(*, tenant: Tenant, pk: ObjectId, actor: Actor) -> str:
    """Remove a member and end their sessions at once; what was done, in words. NotThere, Meanwhile or CannotChange."""
    with _alone(tenant):
        member = _member(tenant, pk)
        user: User = member.user
        _refuse_last(member)
        _refuse_directory(member)
        told = f"{user.display_name} is removed and signed out."
        if not workos.kept_at_workos(tenant):
            leave(tenant=tenant, user=user, actor=actor, reason="removed by a manager")
            return told
        _ask_for_directory(member)

        def work() -> None:
            workos.request_removal(tenant=tenant, user=user)
            leave(tenant=tenant, user=user, actor=actor, reason="removed by a manager")

        audit.atomically(work)
        return told if workos.follow(workos.removal_of(tenant=tenant, user=user)) else f"{told} {FOLLOWS}"


@contextmanager
def _alone(tenant: Tenant) -> Iterator[None]:
    lock = f"members:{tenant.pk}"
    if not cache.add(lock, 1, LOCK_SECONDS):
        raise Meanwhile("Somebody else is changing a member right now. Look at what they did, then try again.")
    try:
        yield
    finally:
        cache.delete(lock)


def _member(tenant: Tenant, pk: ObjectId) -> Membership:
    found: Membership | None = Membership.objects.of(tenant).filter(pk=pk).select_related("user").first()
    if found is not None:
        return found
    if _last_event(tenant, pk) is None:
        raise NotThere
    raise Meanwhile(_said_of(tenant, pk))


def _last_event(tenant: Tenant, pk: ObjectId) -> AuditEvent | None:
    events = AuditEvent.objects.of(tenant).filter(subject_kind="membership", subject_id=str(pk))
    latest: AuditEvent | None = events.order_by("-number").first()
    return latest


def _said_of(tenant: Tenant, pk: ObjectId) -> str:
    event = _last_event(tenant, pk)
    if event is None:
        return "The role was changed meanwhile."
    if event.action == "membership:deleted":
        return f"{event.actor} has removed {event.subject} meanwhile."
    return f"{event.actor} has changed {event.subject}'s role to {event.detail.get('after', 'another')} meanwhile."


def _refuse_directory(member: Membership) -> None:
    if member.directory_managed:
        raise CannotChange(DIRECTORY)


def _refuse_last(member: Membership) -> None:
    """A tenant keeps somebody who can manage it; an account that is disabled can't."""
    if member.role not in MANAGERS:
        return
    others = Membership.objects.of(member.tenant).filter(role__in=MANAGERS).exclude(pk=member.pk)
    if not User.objects.filter(pk__in=list(others.values_list("user", flat=True)), is_active=True).exists():
        raise CannotChange(f"{member.user.display_name} {LAST}")


def _change_at_workos(member: Membership, role: Role) -> None:
    try:
        workos.change_role(tenant=member.tenant, user=member.user, role=role)
    except workos.DirectoryManaged as error:
        _note_directory(member)
        raise CannotChange(DIRECTORY) from error
    except Unavailable as error:
        raise CannotChange(UNANSWERED) from error
    except Declined as error:
        raise CannotChange(f"WorkOS declined: {error}. The role is as it was.") from error


def _ask_for_directory(member: Membership) -> None:
    """Refuse where the directory decides. A removal doesn't wait for an answer."""
    try:
        managed = workos.directory_managed(tenant=member.tenant, user=member.user)
    except (Unavailable, Declined):
        return
    if managed:
        _note_directory(member)
        raise CannotChange(DIRECTORY)


def _note_directory(member: Membership) -> None:
    Membership.objects.of(member.tenant).filter(pk=member.pk).update(directory_managed=True)
