"""What does internal staff see of tenants' ticket systems?"""

from __future__ import annotations

from django.contrib import admin

from tenants.admin import EvidenceAdmin
from tenants.listing import OfTenant, TenantColumn
from ticketing.models import TicketSystem


@admin.register(TicketSystem)
class TicketSystemAdmin(TenantColumn, EvidenceAdmin):
    """Which there are and how they were reached; credentials aren't shown."""

    list_display = ("name", "kind", "reached_at", "trouble", "tenant_name")
    list_filter = (OfTenant,)
    ordering = ("-id",)
    ordering_in_tenant = ("name",)
    exclude = ("sealed",)
