"""As whom is this request answered: the session's own person, or whom they act as?"""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import structlog
from django.contrib import messages
from django.core.exceptions import PermissionDenied
from django.http import HttpRequest, HttpResponse
from django.shortcuts import redirect
from django.urls import reverse
from django_htmx.http import HttpResponseClientRedirect

from accounts import impersonation
from accounts.impersonation import Impersonation
from accounts.reach import closed
from accounts.roles import StaffCapability
from accounts.staff import may


class ImpersonationMiddleware:
    """Lays the subject over `request.user`, with the subject's powers and no others, and sets `request.impersonation`.

    The session isn't touched. What no longer holds ends here; what is closed meanwhile is refused.
    """

    def __init__(self, get_response: Callable[[HttpRequest], HttpResponse]) -> None:
        self.get_response = get_response

    def __call__(self, request: HttpRequest) -> HttpResponse:
        request.impersonation = None  # type: ignore[attr-defined]
        acting = impersonation.kept(request)
        if acting is None:
            return self.get_response(request)
        if why := impersonation.over(request, acting):
            return _ended(request, acting, why)
        request.user, request.impersonation = acting.subject, acting  # type: ignore[attr-defined]
        structlog.contextvars.bind_contextvars(impersonation=acting.id, staff=str(acting.actor.pk))
        response = self.get_response(request)
        response["Cache-Control"] = "no-store"
        return response

    def process_view(
        self, request: HttpRequest, _view: Callable[..., HttpResponse], _args: Any, _kwargs: Any
    ) -> HttpResponse | None:
        """Refuse what is closed while acting, and leave an event of the attempt."""
        acting: Impersonation | None = request.impersonation  # type: ignore[attr-defined]
        match, method = request.resolver_match, request.method or ""
        why = closed(match, method, write=bool(acting.write)) if acting and match else None
        if not (acting and match and why):
            return None
        attempt = {"method": method, "page": match.view_name, "why": why}
        impersonation.record(request, acting, "session:impersonation:refused", **attempt)
        if request.htmx:  # type: ignore[attr-defined]
            return HttpResponse(why, status=403, content_type="text/plain")  # static/js/sv0.js shows these words
        raise PermissionDenied(why)


def _ended(request: HttpRequest, acting: Impersonation, why: str) -> HttpResponse:
    """Back to the staff member's own pages, with a word on why."""
    impersonation.end(request, acting, why=why)
    messages.warning(request, f"You are yourself again, no longer {acting.subject}. {why}")
    back = reverse("acting" if may(request, StaffCapability.IMPERSONATE) else "home")
    response = HttpResponseClientRedirect(back) if request.htmx else redirect(back)  # type: ignore[attr-defined]
    response["Cache-Control"] = "no-store"
    return response
