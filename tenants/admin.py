"""How does staff see what was done, and how is every change in the admin recorded?"""

from __future__ import annotations

from collections.abc import Iterable
from typing import Any

from django.contrib import admin
from django.db.models import Model, QuerySet
from django.http import HttpRequest

from tenants import audit
from tenants.listing import IndexedList, OfTenant, Page, TenantColumn, chosen_tenant, found_by_beginning, page_number
from tenants.models import AuditEvent, Tenant, TenantModel


def admin_actor(request: HttpRequest) -> audit.Actor:
    """The staff member who acts through the admin."""
    return audit.Actor(
        id=str(request.user.pk),
        name=str(request.user),
        via="admin",
        request_id=request.META.get("sv0.request_id"),
        ip=request.META.get("sv0.client_ip"),
    )


class AuditedAdmin(admin.ModelAdmin[Any]):
    """An admin of tenants' records: sees across tenants, counts no whole table, audits each change."""

    show_full_result_count = False
    list_per_page = 50
    list_max_show_all = 0
    show_facets = admin.ShowFacets.NEVER
    actions = None
    sortable_by = ()
    paginator = Page
    # Beside `ordering`, `list_filter` and `search_fields`, once a tenant is chosen: every index begins with it.
    ordering_in_tenant: tuple[str, ...] = ()
    filters_in_tenant: tuple[Any, ...] = ()
    search_in_tenant: tuple[str, ...] = ()
    audit_kind = ""  # "membership" makes membership:created, membership:changed, membership:deleted
    # What internal staff needs for each verb. Which role has it is accounts.roles' to say, through the admin's site.
    capabilities = {
        "view": "internal.read",
        "add": "internal.provision",
        "change": "internal.provision",
        "delete": "internal.erase",
    }

    def may(self, request: HttpRequest, verb: str) -> bool:
        """Whether the asking staff member may view, add, change or delete such records."""
        site: Any = self.admin_site
        return bool(site.may(request, self.capabilities[verb]))

    def has_module_permission(self, request: HttpRequest) -> bool:
        """Django's own permissions count for nothing."""
        return self.may(request, "view")

    def has_view_permission(self, request: HttpRequest, obj: Any = None) -> bool:
        """The same."""
        return self.may(request, "view")

    def has_add_permission(self, request: HttpRequest) -> bool:
        """The same."""
        return self.may(request, "add")

    def has_change_permission(self, request: HttpRequest, obj: Any = None) -> bool:
        """The same."""
        return self.may(request, "change")

    def has_delete_permission(self, request: HttpRequest, obj: Any = None) -> bool:
        """The same."""
        return self.may(request, "delete")

    def get_queryset(self, request: HttpRequest) -> QuerySet[Any]:
        """Every tenant's records: who gets here is staff."""
        if issubclass(self.model, TenantModel):
            return self.model.objects.across_tenants()
        return super().get_queryset(request)

    def get_changelist(self, request: HttpRequest, **kwargs: Any) -> type[IndexedList]:
        """Rows in the order of an index."""
        return IndexedList

    def get_paginator(self, request: HttpRequest, queryset: Any, per_page: int, *_args: Any, **_kwargs: Any) -> Page:
        """Pages of what isn't counted."""
        pages = Page(queryset, per_page)
        pages.number = page_number(request)
        return pages

    def get_ordering(self, request: HttpRequest) -> Any:
        """The order of the index that answers."""
        narrowed = self.ordering_in_tenant and chosen_tenant(request)
        return self.ordering_in_tenant if narrowed else super().get_ordering(request)

    def get_list_filter(self, request: HttpRequest) -> Any:
        """What an index answers."""
        narrowed = self.filters_in_tenant and chosen_tenant(request)
        return (*super().get_list_filter(request), *(self.filters_in_tenant if narrowed else ()))

    def get_search_fields(self, request: HttpRequest) -> Any:
        """The same."""
        narrowed = self.search_in_tenant and chosen_tenant(request)
        return self.search_in_tenant if narrowed else super().get_search_fields(request)

    def get_search_results(self, request: HttpRequest, queryset: Any, search_term: str) -> tuple[Any, bool]:
        """What begins with the term."""
        fields, term = tuple(self.get_search_fields(request)), search_term.strip()
        if not term or not fields:
            return queryset, False
        # The rows by their keys alone: beside another filter MongoDB might walk through all that it matches.
        return self.in_order_of(queryset, request, found_by_beginning(queryset, fields, term)), False

    def in_order_of(self, queryset: Any, request: HttpRequest, keys: Iterable[Any]) -> Any:
        """The rows with these keys, ordered like `queryset`."""
        return self.get_queryset(request).filter(pk__in=keys).order_by(*queryset.query.order_by)

    def changeform_view(
        self, request: HttpRequest, object_id: str | None = None, form_url: str = "", extra_context: Any = None
    ) -> Any:
        """Django's without its `atomic`: on MongoDB it holds nothing together, and lets no real transaction commit."""
        return self._changeform_view(request, object_id, form_url, extra_context)  # type: ignore[attr-defined]

    def delete_view(self, request: HttpRequest, object_id: str, extra_context: Any = None) -> Any:
        """The same."""
        return self._delete_view(request, object_id, extra_context)  # type: ignore[attr-defined]

    def log_addition(self, request: HttpRequest, obj: Model, message: Any) -> Any:
        """Django's log entry, and ours."""
        self._record(request, obj, verb="created", message=message)
        return super().log_addition(request, obj, message)

    def log_change(self, request: HttpRequest, obj: Model, message: Any) -> Any:
        """Django's log entry, and ours with the names of the changed fields."""
        self._record(request, obj, verb="changed", message=message)
        return super().log_change(request, obj, message)

    def log_deletions(self, request: HttpRequest, queryset: QuerySet[Any]) -> Any:
        """Django's log entries, and ours, before the records go."""
        for obj in queryset:
            self._record(request, obj, verb="deleted", message=[])
        return super().log_deletions(request, queryset)

    def _record(self, request: HttpRequest, obj: Model, *, verb: str, message: Any) -> None:
        fields = [name for part in message for name in part.get("changed", {}).get("fields", [])] if message else []
        audit.record(
            obj if isinstance(obj, Tenant) else getattr(obj, "tenant", None),
            actor=admin_actor(request),
            action=f"{self.audit_kind}:{verb}",
            subject_kind=self.audit_kind,
            subject_id=str(obj.pk),
            subject=str(obj),
            detail={"fields": fields} if fields else {},
        )


class EvidenceAdmin(AuditedAdmin):
    """An admin that only shows: what is evidence is changed by nobody."""

    def has_add_permission(self, _request: HttpRequest) -> bool:
        """Never."""
        return False

    def has_change_permission(self, _request: HttpRequest, obj: Any = None) -> bool:
        """Never."""
        return False

    def has_delete_permission(self, _request: HttpRequest, obj: Any = None) -> bool:
        """Never."""
        return False


@admin.register(AuditEvent)
class AuditEventAdmin(TenantColumn, EvidenceAdmin):
    """The audit log over all tenants, newest first; of a tenant, searched by how the action begins."""

    list_display = ("at", "tenant_name", "action", "actor", "acting_as", "via", "subject")
    list_filter = (OfTenant,)
    ordering = ("-id",)
    ordering_in_tenant = ("-number",)
    search_in_tenant = ("action",)
