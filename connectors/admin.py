"""How does staff connect a client's system, and look at scans, coverage and inventory without changing them?

Lists follow an index, and join nothing.
Sealed secrets appear nowhere.
"""

from __future__ import annotations

from typing import Any

from django import forms
from django.contrib import admin
from django.db.models import Model
from django.http import HttpRequest

from connectors import connect
from connectors.forms import plain_settings, secret_settings, setting_fields, setting_values
from connectors.inventory.browse import KINDS
from connectors.inventory.models import Change, Coverage, Edge, Node
from connectors.models import Connection, Scan
from connectors.registry import SOURCES, source
from connectors.source import Source
from tenants.admin import AuditedAdmin, EvidenceAdmin, admin_actor
from tenants.listing import OfTenant, TenantColumn


class KindFilter(admin.SimpleListFilter):
    """By kind of object: the words are known, so the collection isn't asked for them."""

    title = parameter_name = "kind"

    def lookups(self, _request: HttpRequest, _model_admin: Any) -> list[tuple[str, str]]:
        """The kinds a record may have."""
        return list(KINDS.items())

    def queryset(self, _request: HttpRequest, queryset: Any) -> Any:
        """Only that kind's."""
        return queryset.filter(kind=self.value()) if self.value() in KINDS else queryset


class SourceFilter(admin.SimpleListFilter):
    """By source: the registry knows which there are."""

    title = parameter_name = "kind"

    def lookups(self, _request: HttpRequest, _model_admin: Any) -> list[tuple[str, str]]:
        """Those that are registered."""
        return [(kind, kind) for kind in SOURCES]

    def queryset(self, _request: HttpRequest, queryset: Any) -> Any:
        """Only that source's."""
        return queryset.filter(kind=self.value()) if self.value() in SOURCES else queryset


class ConnectionAdminForm(forms.ModelForm[Connection]):
    """Whose the connection is, its name and schedule; `form_for` adds what its source asks for."""

    source: Source

    class Meta:
        model = Connection
        fields = ("tenant", "name", "every_hours")

    def __init__(self, *args: Any, **kwargs: Any) -> None:
        if kwargs.get("instance"):
            kwargs["initial"] = setting_values(kwargs["instance"]) | (kwargs.get("initial") or {})
        super().__init__(*args, **kwargs)


def form_for(of: Source, connection: Connection | None) -> type[ConnectionAdminForm]:
    """The admin's form for a connection of that source, with the same fields as the portal's."""
    fields = setting_fields(of, connection.sealed if connection else ())
    return type("ConnectionForm", (ConnectionAdminForm,), {**fields, "source": of})


@admin.register(Connection)
class ConnectionAdmin(TenantColumn, AuditedAdmin):
    """Connections. Secrets go in through the same fields as in the portal, and never come out."""

    audit_kind = "connection"
    list_display = ("name", "tenant_name", "kind", "state", "every_hours", "next_scan_at", "created_at")
    list_filter = (OfTenant,)
    filters_in_tenant = (SourceFilter,)
    ordering = ("-id",)
    ordering_in_tenant = ("kind",)
    autocomplete_fields = ("tenant",)
    readonly_fields = ("kind", "state", "next_scan_at", "checked_at", "created_at")

    def get_form(self, request: HttpRequest, obj: Any = None, change: bool = False, **kwargs: Any) -> Any:  # noqa: FBT001, FBT002
        """With the fields of the connection's source; of a new one, the source that `?kind=` names, or the first."""
        return form_for(self._source(request, obj), obj)

    def get_fields(self, request: HttpRequest, obj: Any = None) -> list[Any]:
        """The form's fields, and behind them what only tells."""
        return [*form_for(self._source(request, obj), obj).base_fields, *(self.readonly_fields if obj else ())]

    def get_readonly_fields(self, request: HttpRequest, obj: Any = None) -> tuple[str, ...]:
        """A connection never changes hands."""
        return (*self.readonly_fields, "tenant") if obj else ()

    def has_delete_permission(self, _request: HttpRequest, obj: Any = None) -> bool:
        """Deleting is the client's own act, in the portal: it removes their inventory."""
        return False

    def save_model(self, request: HttpRequest, obj: Connection, form: Any, change: bool) -> None:  # noqa: FBT001
        """Through the portal's own verbs, which seal and audit."""
        cleaned = form.cleaned_data
        settings, secret = plain_settings(form.source, cleaned), secret_settings(form.source, cleaned)
        values = {"name": cleaned["name"], "every_hours": cleaned["every_hours"], "settings": settings}
        who = admin_actor(request)
        if change:
            stored = Connection.objects.across_tenants().get(pk=obj.pk)
            connect.change(connection=stored, secret=secret, actor=who, **values)
        else:
            typed = {name: value for name, value in secret.items() if value}
            made = connect.create(tenant=cleaned["tenant"], kind=form.source.kind, secret=typed, actor=who, **values)
            obj.pk, obj.kind = made.pk, made.kind

    def _record(self, request: HttpRequest, obj: Model, *, verb: str, message: Any) -> None:
        """The verbs have recorded it."""

    def _source(self, request: HttpRequest, obj: Connection | None) -> Source:
        asked = request.GET.get("kind", "")
        return source(obj.kind if obj else asked if asked in SOURCES else next(iter(SOURCES)))


@admin.register(Scan)
class ScanAdmin(TenantColumn, EvidenceAdmin):
    """Every run, newest first."""

    list_display = ("queued_at", "tenant_name", "connection_name", "state", "trigger", "attempts", "worker", "error")
    list_filter = (OfTenant,)
    ordering = ("-id",)
    ordering_in_tenant = ("-queued_at",)
    exclude = ("connection",)


@admin.register(Coverage)
class CoverageAdmin(TenantColumn, EvidenceAdmin):
    """Every scope of every scan, newest first."""

    list_display = ("started_at", "tenant_name", "label", "group_label", "kind", "state", "retries", "error")
    list_filter = (OfTenant,)
    ordering = ("-id",)
    ordering_in_tenant = ("connection_id", "scope", "-started_at")
    exclude = ("connection",)


@admin.register(Node)
class NodeAdmin(TenantColumn, EvidenceAdmin):
    """The inventory's objects; those of a tenant by kind and name."""

    list_display = ("name", "tenant_name", "kind", "type", "account_name", "last_seen", "gone_at")
    list_filter = (OfTenant,)
    filters_in_tenant = (KindFilter,)
    ordering = ("-id",)
    ordering_in_tenant = ("kind", "gone_at", "name", "id")
    exclude = ("connection", "search", "traits")


@admin.register(Edge)
class EdgeAdmin(TenantColumn, EvidenceAdmin):
    """The inventory's edges."""

    list_display = ("source_name", "tenant_name", "relation", "target_name", "access", "grade", "last_seen", "gone_at")
    list_filter = (OfTenant,)
    ordering = ("-id",)
    ordering_in_tenant = ("source", "gone_at", "target")
    search_in_tenant = ("source", "target")
    exclude = ("connection",)


@admin.register(Change)
class ChangeAdmin(TenantColumn, EvidenceAdmin):
    """What changed, newest first."""

    list_display = ("at", "tenant_name", "subject_name", "subject_kind", "field")
    list_filter = (OfTenant,)
    ordering = ("-id",)
    ordering_in_tenant = ("subject", "-at")
    search_in_tenant = ("subject",)
    exclude = ("connection",)
