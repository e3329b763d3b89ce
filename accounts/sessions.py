"""Where is a person signed in, and how do they end what isn't theirs or is forgotten?"""

from __future__ import annotations

import re
from typing import Any

from django.conf import settings
from django.contrib import messages
from django.http import Http404, HttpRequest, HttpResponse
from django.shortcuts import redirect, render
from django.utils.crypto import constant_time_compare
from django.views.decorators.cache import never_cache
from django.views.decorators.http import require_POST, require_safe

from accounts import session
from accounts.http import actor
from accounts.membership import tenants_of
from accounts.models import Session, User
from tenants import audit
from tenants.models import Tenant

ENDED = "That browser is signed out."
OTHERS_ENDED = "Every other browser is signed out."
UNCONFIRMED = " WorkOS didn't confirm it: until it does, it may sign that browser in again without asking."
# What a browser calls itself, the more particular first: nearly all say Chrome and Safari as well.
BROWSERS = {"Edg": "Edge", "OPR": "Opera", "Firefox": "Firefox", "FxiOS": "Firefox", "CriOS": "Chrome",
            "Chrome": "Chrome", "Safari": "Safari"}  # fmt: skip
SYSTEMS = {"iPhone": "iPhone", "iPad": "iPad", "Android": "Android", "Windows": "Windows", "Macintosh": "macOS",
           "CrOS": "ChromeOS", "Linux": "Linux"}  # fmt: skip


@require_safe
@never_cache
def sessions(request: HttpRequest) -> HttpResponse:
    """The person's sessions, the asking one first."""
    return render(request, "accounts/sessions.html", {"sessions": _rows(request)})


@require_POST
@never_cache
def session_end(request: HttpRequest, name: str) -> HttpResponse:
    """End one of the person's own sessions."""
    found = next((one for one in session.of(_person(request)) if _is(one, name)), None)
    if found is None:
        raise Http404("There is no such session, or it has ended.")
    if found.pk == request.session.session_key:
        return redirect("account_logout")
    confirmed = session.end_both(Session.objects.filter(pk=found.pk))
    _leave_event(request, where=browser(found.user_agent))
    messages.success(request, ENDED if confirmed else ENDED + UNCONFIRMED)
    return redirect("sessions")


@require_POST
@never_cache
def sessions_end_others(request: HttpRequest) -> HttpResponse:
    """End all but the asking one."""
    confirmed = session.end_others(request)
    _leave_event(request, where="every other browser")
    messages.success(request, OTHERS_ENDED if confirmed else OTHERS_ENDED + UNCONFIRMED)
    return redirect("sessions")


def browser(user_agent: str | None) -> str:
    """Family and system as the browser calls itself: "Firefox on Linux"."""
    said = user_agent or ""
    family = next((name for word, name in BROWSERS.items() if re.search(rf"\b{word}\w*/", said)), None)
    system = next((name for word, name in SYSTEMS.items() if word in said), None)
    if family and system:
        return f"{family} on {system}"
    return family or system or "an unknown browser"


def _rows(request: HttpRequest) -> list[dict[str, Any]]:
    found = list(session.of(_person(request)).order_by("-seen_at", "-expire_date"))
    ids = {one.organization_id for one in found if one.organization_id}
    tenants = Tenant.objects.filter(workos_organization_id__in=ids)
    names = {tenant.workos_organization_id: tenant.name for tenant in tenants}
    rows = [
        {
            "session": one,
            "name": session.public_id(one.pk),
            "browser": browser(one.user_agent),
            "opens": _opens(one, names),
            "is_this": one.pk == request.session.session_key,
        }
        for one in found
    ]
    return sorted(rows, key=lambda row: not row["is_this"])


def _opens(one: Session, names: dict[str | None, str]) -> str:
    if one.organization_id is None:
        return "all your organizations"
    if one.organization_id == settings.INTERNAL_ORG_ID:
        return "internal staff"
    return names.get(one.organization_id, "an organization that isn't here any more")


def _is(one: Session, name: str) -> bool:
    return constant_time_compare(session.public_id(one.pk), name)


def _person(request: HttpRequest) -> User:
    assert isinstance(request.user, User)  # noqa: S101  (LoginRequiredMiddleware has seen to it)
    return request.user


def _leave_event(request: HttpRequest, *, where: str) -> None:
    detail = {"why": "ended by themselves", "where": where}
    tenants: list[Tenant | None] = [*tenants_of(request)]
    for tenant in tenants or [None]:
        audit.record(
            tenant,
            actor=actor(request),
            action="session:ended",
            subject_kind="session",
            subject=_person(request).display_name,
            detail=detail,
        )
