"""Which internal role does the asking person have right now?

Staff powers belong to a session, not to an account: it began by signing in as staff not longer ago than a working day,
and a second factor was used in it. With WorkOS the role is the one in the internal organization, as its latest token
says; without, the account's flags say it.
"""

from __future__ import annotations

from collections.abc import Callable
from datetime import UTC, datetime, timedelta
from functools import wraps
from typing import Any

from django.conf import settings
from django.core.exceptions import PermissionDenied
from django.http import HttpRequest, HttpResponse
from django.utils import timezone

from accounts import factors, session
from accounts.models import User
from accounts.roles import StaffCapability, StaffRole, staff_allows
from accounts.workos import grants


def role_of(request: HttpRequest) -> StaffRole | None:
    """The internal role that the session's own person may use at this moment; None for everybody else."""
    until = ends_at(request)
    if until is None or until <= timezone.now() or not factors.used(request):
        return None
    return standing(request)


def standing(request: HttpRequest) -> StaffRole | None:
    """The internal role that the session stands for, whether or not it may be used: a factor may be missing still."""
    user = request.user
    if not isinstance(user, User) or not user.is_active or getattr(request, "impersonation", None) is not None:
        return None
    if settings.WORKOS_API_KEY:
        return _at_workos(request)
    if user.is_superuser:
        return StaffRole.OWNER
    return StaffRole.SUPPORT if user.is_staff else None


def ends_at(request: HttpRequest) -> datetime | None:
    """When the session's staff powers end; None where nobody has signed in."""
    begun = factors.sign_in(request)
    if begun is None:
        return None
    return datetime.fromtimestamp(begun["at"], UTC) + timedelta(seconds=settings.STAFF_SESSION_SECONDS)


def _at_workos(request: HttpRequest) -> StaffRole | None:
    if not settings.INTERNAL_ORG_ID or session.organization_of(request) != settings.INTERNAL_ORG_ID:
        return None
    role = grants.claimed_role(request)
    return StaffRole(role) if role in set(StaffRole) else None


def may(request: HttpRequest, capability: StaffCapability) -> bool:
    """Whether the session's own person has the capability at this moment."""
    return staff_allows(role_of(request), capability)


def staff_needs(capability: StaffCapability) -> Callable[[Callable[..., HttpResponse]], Callable[..., HttpResponse]]:
    """Refuse with 403 whoever lacks the capability."""

    def decorate(view: Callable[..., HttpResponse]) -> Callable[..., HttpResponse]:
        @wraps(view)
        def guarded(request: HttpRequest, *args: Any, **kwargs: Any) -> HttpResponse:
            if not may(request, capability):
                raise PermissionDenied("This is for internal staff.")
            return view(request, *args, **kwargs)

        return guarded

    return decorate
