"""Which ticket systems does the tenant have, and who may change them?"""

from __future__ import annotations

from typing import Any

from bson import ObjectId
from django.contrib import messages
from django.http import Http404, HttpResponse
from django.shortcuts import get_object_or_404, redirect, render
from django.views.decorators.http import require_http_methods, require_POST, require_safe
from django_q.tasks import async_task

from accounts.http import TenantRequest, actor, needs, tenant_url
from accounts.roles import Capability
from ticketing import keeping
from ticketing.forms import SystemForm
from ticketing.kinds import KINDS
from ticketing.models import TicketSystem

READ_OR_WRITE = ["GET", "HEAD", "POST"]


@require_safe
@needs(Capability.CONNECT)
def ticket_systems(request: TenantRequest) -> HttpResponse:
    """All of them, and how they were reached last."""
    systems = TicketSystem.objects.of(request.tenant).order_by("name")
    rows = [
        {
            "system": system,
            "kind": KINDS[system.kind].label,
            "url": tenant_url(request.tenant, "ticket_system", pk=system.pk),
        }
        for system in systems
    ]
    new = [
        {"label": kind.label, "url": f"{tenant_url(request.tenant, 'ticket_system_new')}?kind={name}"}
        for name, kind in KINDS.items()
    ]
    return render(request, "ticketing/ticket_systems.html", {"rows": rows, "new": new})


@require_http_methods(READ_OR_WRITE)
@needs(Capability.CONNECT)
def ticket_system_new(request: TenantRequest) -> HttpResponse:
    """The form for a new one, and what it posts."""
    name = request.GET.get("kind") or "jira"
    if name not in KINDS:
        raise Http404("There is no such kind of ticket system.")
    form = SystemForm(request.POST or None, kind=KINDS[name])
    if request.method == "POST" and form.is_valid():
        given = {"name": form.cleaned_data["name"], "settings": form.settings, "secret": form.secret}
        try:
            made = keeping.create(tenant=request.tenant, kind=name, actor=actor(request), **given)
        except keeping.Taken as taken:
            form.add_error("name", str(taken))
        else:
            messages.success(request, f"{made.name} is known now; sv0 is trying whether it is let in.")
            return redirect(tenant_url(request.tenant, "ticket_system", pk=made.pk))
    return _form(request, form, {"kind": KINDS[name], "heading": f"New {KINDS[name].label} for tickets"})


@require_http_methods(READ_OR_WRITE)
@needs(Capability.CONNECT)
def ticket_system(request: TenantRequest, pk: ObjectId) -> HttpResponse:
    """One of them: how it was reached, and its settings to change."""
    system = get_object_or_404(TicketSystem.objects.of(request.tenant), pk=pk)
    kind = KINDS[system.kind]
    form = SystemForm(request.POST or None, kind=kind, system=system)
    if request.method == "POST" and form.is_valid():
        given = {"name": form.cleaned_data["name"], "settings": form.settings, "secret": form.secret}
        try:
            keeping.change(system=system, actor=actor(request), **given)
        except keeping.Taken as taken:
            form.add_error("name", str(taken))
        else:
            messages.success(request, "Saved; sv0 is trying whether it is let in.")
            return redirect(tenant_url(request.tenant, "ticket_system", pk=pk))
    verbs = {f"{verb}_url": tenant_url(request.tenant, f"ticket_system_{verb}", pk=pk) for verb in ("check", "delete")}
    return _form(request, form, {"kind": kind, "heading": system.name, "system": system, **verbs})


@require_POST
@needs(Capability.CONNECT)
def ticket_system_check(request: TenantRequest, pk: ObjectId) -> HttpResponse:
    """Try again whether it lets us in."""
    system = get_object_or_404(TicketSystem.objects.of(request.tenant), pk=pk)
    async_task("ticketing.tasks.check", str(system.pk))
    messages.success(request, "sv0 is trying whether it is let in. Reload the page in a moment.")
    return redirect(tenant_url(request.tenant, "ticket_system", pk=pk))


@require_POST
@needs(Capability.CONNECT)
def ticket_system_delete(request: TenantRequest, pk: ObjectId) -> HttpResponse:
    """Forget it, once its name was typed."""
    system = get_object_or_404(TicketSystem.objects.of(request.tenant), pk=pk)
    if request.POST.get("name", "").strip() != system.name:
        messages.error(request, f"Type “{system.name}” to delete it. Nothing was deleted.")
        return redirect(tenant_url(request.tenant, "ticket_system", pk=pk))
    keeping.delete(system=system, actor=actor(request))
    messages.success(request, f"{system.name} was deleted. Its tickets stay with their findings.")
    return redirect(tenant_url(request.tenant, "ticket_systems"))


def _form(request: TenantRequest, form: SystemForm, context: dict[str, Any]) -> HttpResponse:
    crumb = {"label": "Ticket systems", "url": tenant_url(request.tenant, "ticket_systems")}
    context |= {"form": form, "crumbs": [crumb, {"label": context["heading"]}]}
    return render(request, "ticketing/ticket_system.html", context, status=422 if form.errors else 200)
