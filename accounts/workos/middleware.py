"""May this session go on?"""

from __future__ import annotations

from collections.abc import Callable

from django.contrib import messages
from django.contrib.auth import logout
from django.http import HttpRequest, HttpResponse

from accounts import impersonation, session
from accounts.http import actor
from accounts.membership import tenants_of
from accounts.workos import grants
from tenants import audit


class GrantMiddleware:
    """Ends a session that WorkOS no longer vouches for, before anything is done with it."""

    def __init__(self, get_response: Callable[[HttpRequest], HttpResponse]) -> None:
        self.get_response = get_response

    def __call__(self, request: HttpRequest) -> HttpResponse:
        if request.user.is_authenticated and session.WORKOS in request.session and not grants.stands(request):
            if acting := impersonation.kept(request):
                impersonation.end(request, acting, why="WorkOS no longer vouches for the staff member's session.")
            for tenant in tenants_of(request):
                audit.record(tenant, actor=actor(request), action="session:ended", detail={"why": "not renewed"})
            logout(request)
            messages.info(request, "Your session has ended. Sign in again.")
        return self.get_response(request)
