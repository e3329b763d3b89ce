"""Which actors of different systems count as one, why, and what does a person say of it?"""

from __future__ import annotations

from typing import Any

from bson import ObjectId
from django.contrib import messages
from django.http import Http404, HttpResponse
from django.shortcuts import redirect
from django.views.decorators.http import require_POST, require_safe

from accounts.http import TenantRequest, actor, can, needs, page, tenant_url
from accounts.roles import Capability
from connectors import correlation
from connectors.inventory import browse
from connectors.inventory.models import Correlation
from connectors.inventory.words import SYSTEMS
from tenants.models import Tenant

ROWS = 50
DECISIONS = {"confirm": correlation.CONFIRMED, "split": correlation.SPLIT, "reconsider": None}
TOLD = {
    "confirm": "Confirmed: access paths go through both.",
    "split": "Split: access paths no longer go from one to the other.",
    "reconsider": "The evidence alone decides again.",
}


@require_safe
@needs(Capability.VIEW)
def matches(request: TenantRequest) -> HttpResponse:
    """All of them, by name, in pages that continue after a given one."""
    found = Correlation.objects.of(request.tenant).order_by("left", "right")
    if len(after := request.GET.getlist("after")) == 2:
        found = found.filter(left__gte=after[0]).exclude(left=after[0], right__lte=after[1])
    rows = list(found[: ROWS + 1])
    last = rows[ROWS - 1] if len(rows) > ROWS else None
    context = {
        "rows": told(request, rows[:ROWS]),
        "next": [last.left, last.right] if last else None,
        "can_decide": can(request, Capability.TRIAGE),
    }
    return page(request, "connectors/matches.html", context)


def told(request: TenantRequest, rows: list[Correlation]) -> list[dict[str, Any]]:
    """Each with the pages of its two sides and whether it holds."""
    known = browse.ids(tenant=request.tenant, keys={key for row in rows for key in (row.left, row.right)})
    urls = {key: tenant_url(request.tenant, "inventory_object", pk=pk) for key, pk in known.items()}
    return [
        {
            "row": row,
            "holds": correlation.holds(row),
            "left": urls.get(row.left),
            "right": urls.get(row.right),
            "left_system": SYSTEMS.get(row.left_system, row.left_system),
            "right_system": SYSTEMS.get(row.right_system, row.right_system),
        }
        for row in rows
    ]


def around(tenant: Tenant, key: str) -> list[Correlation]:
    """The matches of one object."""
    of_tenant = Correlation.objects.of(tenant)
    return [*of_tenant.filter(left=key)[:ROWS], *of_tenant.filter(right=key)[:ROWS]]


@require_POST
@needs(Capability.TRIAGE)
def match_decide(request: TenantRequest, pk: ObjectId) -> HttpResponse:
    """Confirm, split or reconsider one, with a reason."""
    found: Correlation | None = Correlation.objects.of(request.tenant).filter(pk=pk).first()
    if found is None:
        raise Http404("There is no such match.")
    verb, reason = request.POST.get("decision", ""), request.POST.get("reason", "").strip()
    if verb not in DECISIONS:
        messages.error(request, "Choose whether to confirm, split or reconsider it.")
    elif verb != "reconsider" and not reason:
        messages.error(request, "Say why, for whoever reads it in a year.")
    else:
        _decide(request, found, verb, reason[:500])
    return redirect(f"{tenant_url(request.tenant, 'matches')}#m{pk}")


def _decide(request: TenantRequest, found: Correlation, verb: str, reason: str) -> None:
    try:
        correlation.decide(correlation=found, decision=DECISIONS[verb], reason=reason, actor=actor(request))
    except correlation.Gone:
        messages.error(request, "The evidence for this match is gone, and it with it.")
    else:
        messages.success(request, TOLD[verb])
