"""Who acts as whom, in which tenant, why and until when; and when is that over?

The frame lies in the staff member's own session, which stays whole beside it: nobody is signed in as somebody else. It
says what was granted; whether that still holds is asked anew at every request.
"""

from __future__ import annotations

import math
import secrets
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from typing import Any, cast

from bson import ObjectId
from django.conf import settings
from django.core.exceptions import PermissionDenied
from django.http import HttpRequest
from django.middleware.csrf import rotate_token
from django.urls import reverse
from django.utils import timezone

from accounts import support_access
from accounts.http import actor
from accounts.models import Membership, User
from accounts.roles import StaffCapability
from accounts.staff import ends_at, may
from tenants import audit
from tenants.models import AuditEvent, Tenant

KEY = "acting"  # the session's key for {id, actor, subject, tenant, reason, started, exp, write}
KIND = "impersonation"  # what its audit events are about
ENDED = "session:impersonation:ended"


@dataclass(frozen=True, slots=True, kw_only=True)
class Impersonation:
    """A staff member (`actor`) acts as a member (`subject`) of a tenant. `write`: why changes are allowed."""

    id: str
    actor: User
    subject: User
    tenant: Tenant
    reason: str
    started: datetime
    until: datetime
    write: str | None = None

    @property
    def minutes_left(self) -> int:
        """Minutes until it ends by itself, begun ones counted."""
        return max(0, math.ceil((self.until - timezone.now()).total_seconds() / 60))

    @property
    def exit_url(self) -> str:
        """Where a POST ends it."""
        return reverse("acting_end")

    @property
    def write_url(self) -> str:
        """Where more than reading is asked for."""
        return reverse("acting_write")


def begin(request: HttpRequest, *, membership: Membership, reason: str) -> Impersonation:
    """Have the asking staff member act as the member. PermissionDenied says why not, in words.

    The event is written first: where it can't be, nobody acts.
    """
    if bar := why_not(request, subject=membership.user, tenant=membership.tenant):
        raise PermissionDenied(bar)
    now = timezone.now()
    longest = now + timedelta(minutes=settings.IMPERSONATION_MINUTES)
    acting = Impersonation(
        id=secrets.token_hex(12),
        actor=cast(User, request.user),
        subject=membership.user,
        tenant=membership.tenant,
        reason=reason,
        started=now,
        until=min(longest, ends_at(request) or now),
    )
    record(request, acting, "session:impersonation:started", reason=reason, until=_minute(acting.until))
    support_access.tell(acting)
    request.session[KEY] = _frame(acting)
    _rotate(request)
    return acting


def allow_writing(request: HttpRequest, acting: Impersonation, *, reason: str) -> None:
    """Open what may be changed while acting, for the rest of its time."""
    record(request, acting, "session:impersonation:write_granted", reason=reason)
    request.session[KEY] = {**request.session[KEY], "write": reason}
    _rotate(request)


def end(request: HttpRequest, acting: Impersonation, *, why: str) -> None:
    """Give the staff member their own session back. Of requests that find it over at once, one leaves the event."""

    def work() -> None:
        events = AuditEvent.objects.of(acting.tenant).filter(subject_kind=KIND, subject_id=acting.id)
        if not events.filter(action=ENDED).exists():
            record(request, acting, ENDED, why=why)

    audit.atomically(work)
    request.session.pop(KEY, None)
    _rotate(request)


def kept(request: HttpRequest) -> Impersonation | None:
    """What the session's frame says, whether or not it still holds. With an erased tenant it is gone."""
    frame = request.session.get(KEY)
    if frame is None:
        return None
    people = {str(user.pk): user for user in User.objects.filter(pk__in=[frame["actor"], frame["subject"]])}
    tenant = Tenant.objects.filter(pk=ObjectId(frame["tenant"])).first()
    if tenant is None or len(people) < 2:
        del request.session[KEY]
        return None
    return Impersonation(
        id=frame["id"],
        actor=people[frame["actor"]],
        subject=people[frame["subject"]],
        tenant=tenant,
        reason=frame["reason"],
        started=datetime.fromtimestamp(frame["started"], UTC),
        until=datetime.fromtimestamp(frame["exp"], UTC),
        write=frame["write"],
    )


def over(request: HttpRequest, acting: Impersonation) -> str | None:
    """Why it may not go on, in words; None while it may. `request.user` is still the session's own."""
    if request.user != acting.actor:
        return f"{acting.actor} is signed out or disabled."
    if timezone.now() >= acting.until:
        return "The time was up."
    return why_not(request, subject=acting.subject, tenant=acting.tenant)


def why_not(request: HttpRequest, *, subject: User, tenant: Tenant) -> str | None:
    """Why the asking person may not act as this one in the tenant, in words; None when they may."""
    if not settings.IMPERSONATION_ENABLED:
        return "Acting as others is turned off."
    if getattr(request, "impersonation", None) is not None:
        return "Stop acting as one person before you act as another."
    if not may(request, StaffCapability.IMPERSONATE):
        return "Only internal staff who used a second factor may act as others."
    if subject.is_staff or subject.is_superuser:
        return "Nobody acts as internal staff."
    if not subject.is_active:
        return f"The account of {subject} is disabled."
    if tenant.deactivated_at:
        return f"{tenant} is deactivated."
    if not Membership.objects.of(tenant).filter(user=subject).exists():
        return f"{subject} doesn't belong to {tenant}."
    return None


def record(request: HttpRequest, acting: Impersonation, action: str, **detail: Any) -> None:
    """Leave an event about the acting in the tenant's own log, under both names."""
    audit.record(
        acting.tenant,
        actor=actor(request, acting=acting),
        action=action,
        subject_kind=KIND,
        subject_id=acting.id,
        subject=acting.subject.display_name,
        detail=detail,
    )


def _frame(acting: Impersonation) -> dict[str, Any]:
    return {
        "id": acting.id,
        "actor": str(acting.actor.pk),
        "subject": str(acting.subject.pk),
        "tenant": str(acting.tenant.pk),
        "reason": acting.reason,
        "started": acting.started.timestamp(),
        "exp": acting.until.timestamp(),
        "write": acting.write,
    }


def _minute(at: datetime) -> str:
    return f"{at:%Y-%m-%d %H:%M} UTC"


def _rotate(request: HttpRequest) -> None:
    """What was known of the session before is worth nothing afterwards."""
    request.session.cycle_key()
    rotate_token(request)
