"""Which internal role does the asking person have right now?"""

from __future__ import annotations

from collections.abc import Callable
from functools import wraps
from typing import Any

from django.core.exceptions import PermissionDenied
from django.http import HttpRequest, HttpResponse

from accounts.models import User
from accounts.roles import StaffCapability, StaffRole, staff_allows


def role_of(request: HttpRequest) -> StaffRole | None:
    """The internal role that the session's own person has at this moment; None for everybody else."""
    user = request.user
    if not isinstance(user, User) or not user.is_active:
        return None
    if user.is_superuser:
        return StaffRole.OWNER
    return StaffRole.SUPPORT if user.is_staff else None


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
