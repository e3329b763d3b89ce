"""What happens here when something happens at WorkOS?

Events come twice (polled and by webhook), late and in any order. Each is stored once by its id, then applied: what it
says is compared with what is newer about the same object, and every consequence may be drawn twice.
https://workos.com/docs/events
"""

from __future__ import annotations

from collections.abc import Callable
from datetime import datetime
from typing import Any

import structlog
from allauth.socialaccount.models import SocialAccount
from django.conf import settings
from django.db import IntegrityError
from django.utils import timezone
from django.utils.dateparse import parse_datetime

from accounts import session
from accounts.membership import join, leave
from accounts.models import Membership, User
from accounts.roles import Role, StaffRole
from accounts.workos import grants, memberships
from accounts.workos.admission import PROVIDER, is_internal
from accounts.workos.models import Departure, Event
from tenants import audit
from tenants.audit import WORKER
from tenants.models import Tenant

Data = dict[str, Any]
log = structlog.get_logger(__name__)


def store(told: Data) -> Event | None:
    """The event's record; None when it is known already. KeyError, TypeError or ValueError for what isn't an event."""
    data = told["data"]
    happened_at = _time(told["created_at"])
    fields = {
        "name": told["event"],
        "object_id": data.get("id"),
        "object_updated_at": _time(data["updated_at"]) if data.get("updated_at") else happened_at,
        "happened_at": happened_at,
        "data": data,
    }
    try:
        return Event.objects.create(event_id=told["id"], **fields)
    except IntegrityError:
        return None


def _time(text: str) -> datetime:
    at = parse_datetime(text)
    if at is None:
        raise ValueError(f"not a time: {text!r}")
    return at if timezone.is_aware(at) else timezone.make_aware(at)


def apply_pending() -> None:
    """Act on every stored event that nobody has acted on. One that fails doesn't hold up the others."""
    for event in Event.objects.filter(applied_at=None).order_by("happened_at", "event_id"):
        try:
            apply(event)
        except Exception:
            log.exception("event not applied", workos_event=event.event_id, name=event.name)


def apply(event: Event) -> None:
    """Act on one event, unless something newer is known of its object."""
    if event.applied_at is None:
        if not _outdated(event):
            HANDLERS[event.name](event.data)
        Event.objects.filter(pk=event.pk).update(applied_at=timezone.now())


def _outdated(event: Event) -> bool:
    if event.object_id is None:
        return False
    applied = Event.objects.filter(object_id=event.object_id, applied_at__isnull=False)
    return any(_age(other) > _age(event) for other in applied)


def _age(event: Event) -> tuple[datetime, datetime, str]:
    """Later is greater. A deletion tells the time of the change before it: then the event's own time decides."""
    return event.object_updated_at, event.happened_at, event.event_id


def _session_revoked(data: Data) -> None:
    grants.drop(session_id=data["id"])
    user = _user(data["user_id"])
    if session.end_at_workos(session_id=data["id"]):
        tenant = _tenant(data.get("organization_id"))
        _ended(tenant, user.display_name if user else data["user_id"], why="revoked at WorkOS")


def _membership_changed(data: Data) -> None:
    """Created or updated. Somebody who has never signed in here gets an account when they do."""
    tenant, user = _tenant(data["organization_id"]), _user(data["user_id"])
    role = data["role"]["slug"]
    if user is not None and is_internal(data["organization_id"]):
        _staff_changed(user, data["organization_id"], stays=data["status"] == "active" and role in set(StaffRole))
    if tenant is None or user is None or user.is_staff:
        return
    if data["status"] == "active" and role in set(Role):
        if memberships.outdated(tenant=tenant, user=user, updated_at=_time(data["updated_at"])):
            return
        join(tenant=tenant, user=user, role=Role(role), actor=WORKER)
        managed = bool(data.get("directory_managed"))
        Membership.objects.of(tenant).filter(user=user).update(directory_managed=managed)
    else:
        why = "inactive at WorkOS" if data["status"] != "active" else f"role {role} means nothing here"
        leave(tenant=tenant, user=user, actor=WORKER, reason=why)


def _membership_deleted(data: Data) -> None:
    tenant, user = _tenant(data["organization_id"]), _user(data["user_id"])
    if tenant is not None and user is not None:
        leave(tenant=tenant, user=user, actor=WORKER, reason="deleted at WorkOS")
    elif user is not None and is_internal(data["organization_id"]):
        _staff_changed(user, data["organization_id"], stays=False)


def _staff_changed(user: User, organization_id: str, *, stays: bool) -> None:
    """Who stays gets the role of now at the next request; who doesn't is signed out."""
    if stays:
        grants.doubt(user=user, organization_id=organization_id)
    elif session.end_in_organization(organization_id=organization_id, user=user):
        _ended(None, user.display_name, why="no longer internal staff at WorkOS")


def _user_updated(data: Data) -> None:
    """Name and, where it is free, address. Who somebody is doesn't hang on either."""
    user = _user(data["id"])
    if user is None:
        return
    user.name = " ".join(name for name in (data["first_name"], data["last_name"]) if name)[:120]
    address = data["email"].lower()
    if data["email_verified"] and not User.objects.filter(email=address).exclude(pk=user.pk).exists():
        user.email = address
    user.save(update_fields=["name", "email"])


def _user_deleted(data: Data) -> None:
    """The person is gone from every organization; the account stays for what it did, and knows no identity."""
    user = _user(data["id"])
    if user is None:
        return
    for membership in Membership.objects.of_user(user).select_related("tenant"):
        if membership.tenant.workos_organization_id:
            leave(tenant=membership.tenant, user=user, actor=WORKER, reason="user deleted at WorkOS")
    if settings.INTERNAL_ORG_ID:
        _staff_changed(user, settings.INTERNAL_ORG_ID, stays=False)
    SocialAccount.objects.filter(provider=PROVIDER, uid=data["id"]).delete()


def _listed(data: Data) -> None:
    """A directory's user was created or changed: active, or let go."""
    if data["state"] != "active":
        _unlisted(data)
    elif (tenant := _tenant(data["organization_id"])) is not None:
        Departure.objects.of(tenant).filter(email=(data["email"] or "").lower()).delete()


def _unlisted(data: Data) -> None:
    tenant, email = _tenant(data["organization_id"]), (data["email"] or "").lower()
    user = User.objects.filter(email=email).first() if email else None
    if user is not None and is_internal(data["organization_id"]):
        _staff_changed(user, data["organization_id"], stays=False)
    if tenant is None or not email:
        return
    fields = {"directory_id": data["directory_id"], "at": timezone.now()}
    if not Departure.objects.of(tenant).filter(email=email).update(**fields):
        Departure.objects.create(tenant=tenant, email=email, **fields)
    if user is not None:
        leave(tenant=tenant, user=user, actor=WORKER, reason="let go by the directory")


def _directory_deleted(data: Data) -> None:
    """No event per person follows. Who still belongs, WorkOS says when they sign in again."""
    organization_id = data.get("organization_id")
    tenant = _tenant(organization_id)
    if organization_id is None or not (tenant or is_internal(organization_id)):
        return
    if tenant is not None:
        Departure.objects.of(tenant).filter(directory_id=data["id"]).delete()
    if session.end_in_organization(organization_id=organization_id):
        _ended(tenant, "everybody", why="the directory was deleted")


def _group_changed(data: Data) -> None:
    """Groups give roles at WorkOS: the sessions concerned ask it again, and get the role of now."""
    person = data.get("user")
    concerned = User.objects.filter(email=(person["email"] or "").lower()).first() if person else None
    organization_id = (person or data)["organization_id"]
    ours = is_internal(organization_id) or _tenant(organization_id) is not None
    if ours and (person is None or concerned is not None):
        grants.doubt(user=concerned, organization_id=organization_id)


HANDLERS: dict[str, Callable[[Data], None]] = {
    "session.revoked": _session_revoked,
    "organization_membership.created": _membership_changed,
    "organization_membership.updated": _membership_changed,
    "organization_membership.deleted": _membership_deleted,
    "user.updated": _user_updated,
    "user.deleted": _user_deleted,
    "dsync.user.created": _listed,
    "dsync.user.updated": _listed,
    "dsync.user.deleted": _unlisted,
    "dsync.group.user_added": _group_changed,
    "dsync.group.user_removed": _group_changed,
    "dsync.group.deleted": _group_changed,
    "dsync.deleted": _directory_deleted,
}


def _tenant(organization_id: str | None) -> Tenant | None:
    return Tenant.objects.filter(workos_organization_id=organization_id).first() if organization_id else None


def _user(uid: str) -> User | None:
    identity = SocialAccount.objects.filter(provider=PROVIDER, uid=uid).select_related("user").first()
    return identity.user if identity else None


def _ended(tenant: Tenant | None, whose: str, *, why: str) -> None:
    detail = {"why": why}
    audit.record(tenant, actor=WORKER, action="session:ended", subject_kind="session", subject=whose, detail=detail)
