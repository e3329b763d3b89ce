"""How does staff see tenants and what was done, and how is every change in the admin recorded?"""

from __future__ import annotations

from typing import Any

from django.contrib import admin
from django.db.models import Model, QuerySet
from django.http import HttpRequest

from tenants import audit
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

    def has_view_permission(self, request: HttpRequest, _obj: Any = None) -> bool:
        """The same."""
        return self.may(request, "view")

    def has_add_permission(self, request: HttpRequest) -> bool:
        """The same."""
        return self.may(request, "add")

    def has_change_permission(self, request: HttpRequest, _obj: Any = None) -> bool:
        """The same."""
        return self.may(request, "change")

    def has_delete_permission(self, request: HttpRequest, _obj: Any = None) -> bool:
        """The same."""
        return self.may(request, "delete")

    def get_queryset(self, request: HttpRequest) -> QuerySet[Any]:
        """Every tenant's records: who gets here is staff."""
        if issubclass(self.model, TenantModel):
            return self.model.objects.across_tenants()
        return super().get_queryset(request)

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

    def has_change_permission(self, _request: HttpRequest, _obj: Any = None) -> bool:
        """Never."""
        return False

    def has_delete_permission(self, _request: HttpRequest, _obj: Any = None) -> bool:
        """Never."""
        return False


@admin.register(Tenant)
class TenantAdmin(AuditedAdmin):
    """Tenants are made here. Deleting one comes with its export and proof, not from this page."""

    audit_kind = "tenant"
    list_display = ("name", "slug", "time_zone", "created_at")
    search_fields = ("name", "slug")
    prepopulated_fields = {"slug": ("name",)}

    def has_delete_permission(self, _request: HttpRequest, _obj: Any = None) -> bool:
        """Never from the admin."""
        return False


@admin.register(AuditEvent)
class AuditEventAdmin(EvidenceAdmin):
    """The audit log over all tenants, newest first."""

    list_display = ("at", "tenant_slug", "action", "actor", "acting_as", "via", "subject")
    list_filter = ("via",)
    search_fields = ("=action", "=actor", "=request_id")
    ordering = ("-id",)
    list_select_related = ("tenant",)

    @admin.display(description="tenant")
    def tenant_slug(self, event: AuditEvent) -> str:
        """The tenant's slug; a dash where the event belongs to none."""
        return event.tenant.slug if event.tenant else "none"
