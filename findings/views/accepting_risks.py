"""What does a tenant want of an acceptance: a second person, and a warning before it ends?"""

from __future__ import annotations

from django.contrib import messages
from django.http import HttpResponse
from django.shortcuts import redirect
from django.views.decorators.http import require_POST, require_safe

from accounts.http import TenantRequest, actor, can, needs, page, tenant_url
from accounts.roles import Capability
from findings import counting, ruling
from findings.filter import ACCEPTANCES, Filter
from findings.forms import AcceptingForm
from tenants.models import AuditEvent

SHOWN = 20  # changes


@require_safe
@needs(Capability.VIEW)
def accepting_risks(request: TenantRequest) -> HttpResponse:
    """What holds, and who changed it when; for managers the form."""
    held = ruling.policy(request.tenant)
    initial = {"approval_from": held.approval_from or "", "warn_days": held.warn_days}
    return _page(request, AcceptingForm(initial=initial))


def _page(request: TenantRequest, form: AcceptingForm, *, status: int = 200) -> HttpResponse:
    changes = AuditEvent.objects.of(request.tenant).filter(action="acceptance:policy:changed").order_by("-number")
    queue = tenant_url(request.tenant, "queue")
    awaiting, ending = (f"{queue}?{Filter(status=(), acceptance=(value,)).query()}" for value in ACCEPTANCES)
    context = {
        "form": form,
        "policy": ruling.policy(request.tenant),
        "awaiting": counting.awaiting_approval(request.tenant),
        "awaiting_url": awaiting,
        "ending_url": ending,
        "changes": list(changes[:SHOWN]),
        "can_change": can(request, Capability.RULES),
    }
    return page(request, "findings/accepting_risks.html", context, status=status)


@require_POST
@needs(Capability.RULES)
def accepting_risks_change(request: TenantRequest) -> HttpResponse:
    """Change it; it holds for what is accepted from now on."""
    form = AcceptingForm(request.POST)
    if not form.is_valid():
        return _page(request, form, status=422)
    given = form.cleaned_data
    ruling.set_acceptance(
        tenant=request.tenant,
        approval_from=given["approval_from"] or None,
        warn_days=given["warn_days"],
        actor=actor(request),
    )
    messages.success(request, "Saved. It holds for what is accepted from now on.")
    return redirect(tenant_url(request.tenant, "accepting_risks"))
