"""How does the tenant stand, on one screen?"""

from __future__ import annotations

from typing import Any

from django.http import HttpResponse
from django.utils import timezone
from django.views.decorators.http import require_safe

from accounts.http import TenantRequest, can, needs, page, tenant_url
from accounts.roles import Capability
from findings.period import Period
from findings.posture import Number
from findings.posture import posture as stand


@require_safe
@needs(Capability.VIEW)
def posture(request: TenantRequest) -> HttpResponse:
    """Numbers, each a link to its rows; then pictures; the last thirty days."""
    period = Period.usual(request.tenant)
    now = timezone.now()
    stands = stand(tenant=request.tenant, me=request.user.pk, period=period, now=now)
    context = {
        "posture": stands,
        "period": period,
        "headline": [_tile(request, number) for number in (stands.open, *stands.severities)],
        "standing": [_tile(request, number) for number in stands.standing],
        "apart": [_tile(request, number) for number in stands.apart],
        "domains": [_tile(request, number) for number in stands.domains],
        "report_url": tenant_url(request.tenant, "posture_report") if can(request, Capability.REPORT) else None,
    }
    return page(request, "findings/posture.html", context)


def _tile(request: TenantRequest, number: Number) -> dict[str, Any]:
    query = number.asked.query()
    url = tenant_url(request.tenant, "queue") + (f"?{query}" if query else "")
    return {"number": number, "url": url}
