"""Where does a signed-in person land, what was done in their tenant, and who are its members?"""

from __future__ import annotations

from django.contrib.auth.decorators import login_not_required
from django.http import Http404, HttpRequest, HttpResponse
from django.middleware.csrf import get_token
from django.shortcuts import redirect, render
from django.template.loader import render_to_string
from django.views.decorators.http import require_safe

from accounts.http import TenantRequest, needs, page, tenant_url
from accounts.membership import tenants_of
from accounts.roles import Capability
from accounts.staff import standing
from tenants.models import AuditEvent

EVENTS_PER_PAGE = 50


@require_safe
def home(request: HttpRequest) -> HttpResponse:
    """To the queue of the one tenant, or a choice; of who belongs to none, staff to its pages, the others to a word."""
    tenants = tenants_of(request)
    if len(tenants) == 1:
        return redirect(tenant_url(tenants[0], "queue"))
    if not tenants and standing(request):
        return redirect("admin:index")
    choices = [{"name": tenant.name, "url": tenant_url(tenant, "queue")} for tenant in tenants]
    return render(request, "accounts/home.html", {"choices": choices})


@login_not_required
def not_offered(_request: HttpRequest) -> HttpResponse:
    """allauth's pages for passwords, addresses and signing up: accounts are made by managers and staff."""
    raise Http404


@require_safe
def front(request: TenantRequest) -> HttpResponse:
    """A tenant's bare address leads to its queue."""
    return redirect(tenant_url(request.tenant, "queue"))


@require_safe
@needs(Capability.AUDIT)
def audit(request: TenantRequest) -> HttpResponse:
    """The tenant's audit log, newest first, in pages that continue before a given event number."""
    events = AuditEvent.objects.of(request.tenant).order_by("-number")
    before = request.GET.get("before", "")
    if before.isascii() and before.isdigit() and len(before) < 19:
        events = events.filter(number__lt=int(before))
    rows = list(events[: EVENTS_PER_PAGE + 1])
    more = rows[EVENTS_PER_PAGE - 1].number if len(rows) > EVENTS_PER_PAGE else None
    return page(request, "accounts/audit.html", {"events": rows[:EVENTS_PER_PAGE], "more": more}, fragment="rows")


def server_error(request: HttpRequest) -> HttpResponse:
    """What happened is in the log under the request id that the page shows. No database is asked."""
    acting = getattr(request, "impersonation", None)
    context = {"request_id": request.META.get("sv0.request_id"), "impersonation": acting}
    return HttpResponse(render_to_string("500.html", {**context, "csrf_token": get_token(request)}), status=500)
