"""How does staff look at findings and comments, to see what a user sees?"""

from __future__ import annotations

from typing import Any

from django.contrib import admin
from django.http import HttpRequest

from findings.lifecycle import Status
from findings.models import Comment, Finding, RuleState, Ticket
from tenants.admin import EvidenceAdmin
from tenants.listing import OfTenant, TenantColumn


class StatusFilter(admin.SimpleListFilter):
    """By status: the words are known, so the collection isn't asked for them."""

    title = parameter_name = "status"

    def lookups(self, _request: HttpRequest, _model_admin: Any) -> list[tuple[str, str]]:
        """Every status that a finding may have."""
        return [(status.value, status.value.replace("_", " ")) for status in Status]

    def queryset(self, _request: HttpRequest, queryset: Any) -> Any:
        """Only those."""
        return queryset.filter(status=self.value()) if self.value() in set(Status) else queryset


@admin.register(Finding)
class FindingAdmin(TenantColumn, EvidenceAdmin):
    """Findings over all tenants. Only shown: the engine and people decide on them, nobody else."""

    list_display = (
        "subject_name",
        "title",
        "severity",
        "status",
        "observation",
        "account_name",
        "first_seen",
        "tenant_name",
    )
    list_filter = (OfTenant,)
    filters_in_tenant = (StatusFilter,)
    search_in_tenant = ("subject_key",)
    ordering = ("-id",)
    ordering_in_tenant = ("-severity_rank", "-first_seen", "-id")


@admin.register(Comment)
class CommentAdmin(TenantColumn, EvidenceAdmin):
    """Comments as they were written."""

    list_display = ("at", "author", "body", "tenant_name")
    list_filter = (OfTenant,)
    ordering = ("-id",)
    ordering_in_tenant = ("finding_id", "at")


@admin.register(RuleState)
class RuleStateAdmin(TenantColumn, EvidenceAdmin):
    """How each rule last went over each tenant: which one failed, since when, at what and how."""

    list_display = ("rule", "version", "evaluated_at", "failed_at", "error", "tenant_name")
    list_filter = (OfTenant,)
    ordering = ("-id",)
    ordering_in_tenant = ("rule", "id")


@admin.register(Ticket)
class TicketAdmin(TenantColumn, EvidenceAdmin):
    """Tickets of findings, and what keeps one from being delivered."""

    list_display = ("requested_at", "system_name", "number", "status", "attempts", "trouble", "tenant_name")
    list_filter = (OfTenant,)
    ordering = ("-id",)
    ordering_in_tenant = ("finding_id", "requested_at")
