"""Who gets into the Django admin, and what may they do there?"""

from __future__ import annotations

from typing import Any

from allauth.account.decorators import secure_admin_login
from allauth.account.internal.flows.logout import logout
from allauth.account.utils import get_next_redirect_url
from allauth.core.exceptions import ReauthenticationRequired
from django.contrib import messages
from django.contrib.admin import AdminSite
from django.core.exceptions import PermissionDenied
from django.http import HttpRequest, HttpResponse
from django.shortcuts import redirect
from django.utils import timezone
from django.utils.decorators import method_decorator
from django.views.decorators.cache import never_cache

from accounts import factors, staff
from accounts.models import User
from accounts.roles import StaffCapability
from accounts.workos.views import sign_out


class StaffSite(AdminSite):
    """Internal staff's pages: open to whoever has an internal role and used a second factor in this session.

    What a role may do is said in accounts.roles; Django's own permissions count for nothing here.
    """

    site_header = site_title = "sv0 staff"

    def has_permission(self, request: HttpRequest) -> bool:
        """Whether any page opens."""
        return staff.may(request, StaffCapability.READ)

    def may(self, request: HttpRequest, capability: str) -> bool:
        """What tenants.admin.AuditedAdmin asks for each record and verb."""
        return staff.may(request, StaffCapability(capability))

    @method_decorator(never_cache)
    def login(self, request: HttpRequest, extra_context: dict[str, Any] | None = None) -> Any:
        """Where whoever isn't let in is sent: to sign in, to set up a factor, to use it, or away."""
        user = request.user
        if isinstance(user, User):
            if staff.standing(request) is None:
                raise PermissionDenied("These pages are for internal staff.")
            until = staff.ends_at(request)
            if until is not None and until > timezone.now():
                return _to_factor(request, user)
            logout(request, show_message=False)
        return secure_admin_login(super().login)(request, extra_context)

    @method_decorator(never_cache)
    def logout(self, request: HttpRequest, extra_context: dict[str, Any] | None = None) -> Any:
        """Everybody's way out: with an event, and where the session began at WorkOS, there as well."""
        return sign_out(request)


def _to_factor(request: HttpRequest, user: User) -> HttpResponse:
    if factors.used(request):
        return redirect(get_next_redirect_url(request) or "admin:index")
    if factors.of(user).exists():
        raise ReauthenticationRequired
    messages.info(request, "The staff pages need a second factor. Set one up to go on.")
    return redirect("mfa_index")
