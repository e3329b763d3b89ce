"""How does a person ask for a finding's ticket, link one, hurry it, and end that it is followed?"""

from __future__ import annotations

from typing import Any

from bson import ObjectId
from django.contrib import messages
from django.http import HttpResponse
from django.shortcuts import get_object_or_404, redirect, render
from django.views.decorators.http import require_POST

from accounts.http import TenantRequest, actor, needs, tenant_url
from accounts.roles import Capability
from findings import ticket as tickets
from findings.filter import parse
from findings.models import Finding, Ticket
from findings.triage import Invalid
from findings.views.finding import history, ticketed, whole
from ticketing.models import TicketSystem


@require_POST
@needs(Capability.TRIAGE)
def ticket_create(request: TenantRequest, pk: ObjectId) -> HttpResponse:
    """A new ticket in the chosen system."""
    finding, system = _named(request, pk)
    tickets.create(finding=finding, system=system, actor=actor(request))
    return _answer(request, finding, f"A ticket in {system.name} is on its way")


@require_POST
@needs(Capability.TRIAGE)
def ticket_link(request: TenantRequest, pk: ObjectId) -> HttpResponse:
    """A ticket that exists, by number or address."""
    finding, system = _named(request, pk)
    reference = request.POST.get("number", "")
    try:
        tickets.link(finding=finding, system=system, reference=reference, actor=actor(request))
    except Invalid as invalid:
        return _answer(request, finding, None, {"number": reference, "error": invalid.message})
    return _answer(request, finding, "The ticket is being looked up")


@require_POST
@needs(Capability.TRIAGE)
def ticket_hurry(request: TenantRequest, pk: ObjectId) -> HttpResponse:
    """Try again what couldn't be delivered, without waiting as long as sv0 would."""
    found = get_object_or_404(Ticket.objects.of(request.tenant), pk=pk)
    tickets.hurry(ticket=found)
    return _answer(request, found.finding, "Trying again within a minute")


@require_POST
@needs(Capability.TRIAGE)
def ticket_end(request: TenantRequest, pk: ObjectId) -> HttpResponse:
    """Follow it no more."""
    found = get_object_or_404(Ticket.objects.of(request.tenant), pk=pk)
    tickets.end(ticket=found, actor=actor(request))
    return _answer(request, found.finding, "The ticket is followed no more")


def _named(request: TenantRequest, pk: ObjectId) -> tuple[Finding, TicketSystem]:
    finding = get_object_or_404(Finding.objects.of(request.tenant), pk=pk)
    chosen = request.POST.get("system", "")
    systems = TicketSystem.objects.of(request.tenant)
    return finding, get_object_or_404(systems, pk=chosen if ObjectId.is_valid(chosen) else None)


def _answer(
    request: TenantRequest, finding: Finding, said: str | None, refused: dict[str, str] | None = None
) -> HttpResponse:
    asked = parse(request.GET, me=request.user.pk)[0]
    status = 422 if refused else 200
    context: dict[str, Any] = {"ticket_refused": refused}
    if request.htmx:
        context |= ticketed(request, finding) | history(request, finding) | {"finding": finding, "said": said}
        return render(request, "findings/finding.html#ticketed", context, status=status)
    if refused:
        context |= whole(request, finding, asked=asked)
        return render(request, "findings/finding.html", context, status=status)
    messages.success(request, f"{said}.")
    query = asked.query()
    return redirect(tenant_url(request.tenant, "finding", pk=finding.pk) + (f"?{query}" if query else ""))
