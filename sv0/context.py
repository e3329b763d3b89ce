"""What does every tenant page show around its content?"""

from __future__ import annotations

from functools import partial
from typing import Any

from django.http import HttpRequest

from accounts.http import can, tenant_url
from accounts.membership import entrances
from accounts.roles import Capability, StaffCapability
from accounts.security import offered
from accounts.staff import may, standing
from connectors.inventory.read import coverage_chip

NAVIGATION = (
    ("queue", "Findings", "list-checks", Capability.VIEW),
    ("inventory", "Inventory", "boxes", Capability.VIEW),
    ("paths", "Paths", "waypoints", Capability.VIEW),
    ("owners", "Owners", "users-round", Capability.VIEW),
    ("rules", "Rules", "scale", Capability.VIEW),
    ("posture", "Posture", "chart-no-axes-column", Capability.VIEW),
    ("connections", "Connections", "plug", Capability.VIEW),
    ("reports", "Reports", "file-text", Capability.REPORT),
    ("audit", "Audit", "scroll-text", Capability.AUDIT),
    ("members", "Members", "users", Capability.MEMBERS),
)
SECTIONS = {
    "finding": "queue",
    "operation": "queue",
    "inventory_object": "inventory",
    "attest": "inventory",
    "attest_withdraw": "inventory",
    "object_history": "inventory",
    "changes": "inventory",
    "domains": "inventory",
    "matches": "inventory",
    "domain_decide": "inventory",
    "connection": "connections",
    "connection_new": "connections",
    "connection_edit": "connections",
    "connection_delete": "connections",
    "scan": "connections",
    "coverage": "connections",
    "ticket_systems": "connections",
    "ticket_system": "connections",
    "ticket_system_new": "connections",
    "rule": "rules",
    "rule_change": "rules",
    "sight": "rules",
    "approved_ai": "rules",
    "approve_ai": "rules",
    "accepting_risks": "rules",
    "accepting_risks_change": "rules",
    "member_remove": "members",
    "member_role": "members",
    "member_invite": "members",
    "invitation_resend": "members",
    "invitation_revoke": "members",
}


def frame(request: HttpRequest) -> dict[str, Any]:
    """Navigation by role, the data-age chip and the other tenants, for tenant pages; nothing elsewhere."""
    tenant = getattr(request, "tenant", None)
    # Templates call it only where they ask for it.
    always = {
        "request_id": request.META.get("sv0.request_id"),
        "internal": partial(standing, request),
        "factors_offered": partial(offered, request),
        "impersonation": getattr(request, "impersonation", None),
        "may_act": partial(may, request, StaffCapability.IMPERSONATE),
    }
    if tenant is None or (request.htmx and not request.htmx.boosted):  # type: ignore[attr-defined]
        return always
    view = request.resolver_match.url_name if request.resolver_match else ""
    current = SECTIONS.get(view or "", view)
    return always | {
        "nav": [
            {"name": name, "label": label, "icon": icon, "url": tenant_url(tenant, name), "current": name == current}
            for name, label, icon, capability in NAVIGATION
            if can(request, capability)  # type: ignore[arg-type]
        ],
        "coverage_chip": coverage_chip(tenant),
        "tenants": entrances(request, besides=tenant),
    }
