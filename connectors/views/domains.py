"""How is data classified, and how does a person overrule it?"""

from __future__ import annotations

from typing import Any

from bson import ObjectId
from django.contrib import messages
from django.http import Http404, HttpResponse
from django.shortcuts import redirect
from django.views.decorators.http import require_POST, require_safe

from accounts.http import TenantRequest, actor, can, needs, page, tenant_url
from accounts.roles import Capability
from connectors import domains as verbs
from connectors.forms import ObjectVerdictForm, PatternVerdictForm
from connectors.inventory.classification import known_domains, rules
from connectors.inventory.models import DomainVerdict, Node

FULL = f"There are {verbs.MOST} of them already. Take back some that nobody needs."
HEADINGS = {
    "tag": "A tag’s key is",
    "type": "It is a",
    "service": "It belongs to the service",
    "app role": "An application permission is",
    "name": "The name has the word",
}


@require_safe
@needs(Capability.VIEW)
def domains(request: TenantRequest) -> HttpResponse:
    """What the tenant's people decided, and the rules that come built in."""
    return _page(request, PatternVerdictForm())


def _page(request: TenantRequest, form: PatternVerdictForm, *, status: int = 200) -> HttpResponse:
    decided = list(DomainVerdict.objects.of(request.tenant).order_by("-at"))
    keys = [row.key for row in decided if row.key]
    nodes = Node.objects.of(request.tenant).filter(key__in=keys).values_list("key", "pk") if keys else []
    urls = {key: tenant_url(request.tenant, "inventory_object", pk=pk) for key, pk in nodes}
    context = {
        "form": form,
        "verdicts": [{"row": row, "url": urls.get(row.key or "")} for row in decided],
        "rules": [{"rule": rule, "heading": HEADINGS[rule.evidence]} for rule in rules()],
        "known": known_domains(),
        "can_decide": can(request, Capability.TRIAGE),
    }
    return page(request, "connectors/domains.html", context, status=status)


@require_POST
@needs(Capability.TRIAGE)
def domain_decide(request: TenantRequest) -> HttpResponse:
    """Decide for all resources whose name matches a pattern."""
    form = PatternVerdictForm(request.POST)
    if form.is_valid():
        try:
            made = verbs.decide(tenant=request.tenant, key=None, actor=actor(request), **form.values)
        except verbs.TooMany:
            form.add_error(None, FULL)
        else:
            messages.success(request, f"Decided. Names like “{made.name}” are being classified anew.")
            return redirect(tenant_url(request.tenant, "domains"))
    return _page(request, form, status=422)


@require_POST
@needs(Capability.TRIAGE)
def object_domain_decide(request: TenantRequest, pk: ObjectId) -> HttpResponse:
    """Decide for one resource, from its page."""
    node: Node | None = Node.objects.of(request.tenant).filter(pk=pk, kind="resource").first()
    if node is None:
        raise Http404("There is no such resource.")
    form = ObjectVerdictForm(request.POST)
    if form.is_valid():
        try:
            said: dict[str, Any] = {"key": node.key, "name": node.name, **form.values}
            verbs.decide(tenant=request.tenant, actor=actor(request), **said)
            messages.success(request, "Decided. The findings follow in a moment.")
        except verbs.TooMany:
            messages.error(request, FULL)
    else:
        messages.error(request, " ".join(f"{name.capitalize()}: {errors[0]}" for name, errors in form.errors.items()))
    return redirect(tenant_url(request.tenant, "inventory_object", pk=pk))


@require_POST
@needs(Capability.TRIAGE)
def domain_withdraw(request: TenantRequest, pk: ObjectId) -> HttpResponse:
    """Take a verdict back: the built-in rules have their say again."""
    found: DomainVerdict | None = DomainVerdict.objects.of(request.tenant).filter(pk=pk).first()
    if found is None:
        raise Http404("There is no such decision.")
    if verbs.withdraw(verdict=found, actor=actor(request)):
        messages.success(request, f"Taken back. What the rules say of “{found.name}” holds again.")
    return redirect(tenant_url(request.tenant, "domains"))
