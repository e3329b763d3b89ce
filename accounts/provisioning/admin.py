"""How does staff make tenants, invite into them, close and erase them, and read the certificates that are left?"""

from __future__ import annotations

from typing import Any

from django.conf import settings
from django.contrib import admin, messages
from django.core.exceptions import PermissionDenied
from django.http import Http404, HttpRequest, HttpResponse
from django.shortcuts import redirect, render
from django.urls import URLPattern, path, reverse
from django.views.decorators.http import require_http_methods, require_safe

from accounts.models import Invitation
from accounts.provisioning import certificate as paper
from accounts.provisioning import organization
from accounts.provisioning.actions import ACTIONS, Action, Refused, make_organization
from accounts.provisioning.forms import NewTenantForm, TenantForm
from accounts.staff import may
from accounts.workos.client import Declined, Unavailable
from tenants import audit
from tenants.admin import AuditedAdmin, EvidenceAdmin, admin_actor
from tenants.listing import OfTenant, TenantColumn
from tenants.models import DeletionCertificate, Export, Region, Tenant, folded

# What of a tenant other pages list: the words, and the page's name.
LISTS = (
    ("Members", "accounts_membership"),
    ("Invitations", "accounts_invitation"),
    ("Connections", "connectors_connection"),
    ("Scans", "connectors_scan"),
    ("Findings", "findings_finding"),
    ("Audit events", "tenants_auditevent"),
)


class RegionFilter(admin.SimpleListFilter):
    """By region."""

    title = parameter_name = "region"

    def lookups(self, _request: HttpRequest, _model_admin: Any) -> list[tuple[str, str]]:
        """The regions there are."""
        return [(region.value, str(region.label)) for region in Region]

    def queryset(self, _request: HttpRequest, queryset: Any) -> Any:
        """Only that region's."""
        return queryset.filter(region=self.value()) if self.value() in Region.values else queryset


class StateFilter(admin.SimpleListFilter):
    """Active or not."""

    title = parameter_name = "state"

    def lookups(self, _request: HttpRequest, _model_admin: Any) -> list[tuple[str, str]]:
        """Both."""
        return [("active", "active"), ("deactivated", "deactivated")]

    def queryset(self, _request: HttpRequest, queryset: Any) -> Any:
        """Only those."""
        state = self.value()
        return queryset.filter(deactivated_at__isnull=state == "active") if state else queryset


@admin.register(Tenant)
class TenantAdmin(AuditedAdmin):
    """Tenants are made here. Deleting one takes its export, and leaves a certificate."""

    audit_kind = "tenant"
    list_display = ("name", "slug", "region", "time_zone", "state", "created_at")
    list_filter = (RegionFilter, StateFilter)
    search_fields = ("slug", "name_folded")
    search_help_text = "The beginning of a slug or a name."
    ordering = ("name_folded",)
    prepopulated_fields = {"slug": ("name",)}
    change_form_template = "admin/tenants/tenant/change_form.html"

    @admin.display
    def state(self, tenant: Tenant) -> str:
        """In a word."""
        if tenant.erasing_at:
            return "being erased"
        return "deactivated" if tenant.deactivated_at else "active"

    def get_search_results(self, request: HttpRequest, queryset: Any, search_term: str) -> tuple[Any, bool]:
        """Whatever the case."""
        return super().get_search_results(request, queryset, folded(search_term))

    def has_delete_permission(self, _request: HttpRequest, obj: Any = None) -> bool:
        """Not like other records: see the action."""
        return False

    def has_change_permission(self, request: HttpRequest, obj: Any = None) -> bool:
        """Until its erasure is asked for."""
        return super().has_change_permission(request, obj) and (obj is None or obj.erasing_at is None)

    def get_form(self, request: HttpRequest, obj: Any = None, change: bool = False, **kwargs: Any) -> Any:  # noqa: FBT001, FBT002
        """A new tenant's asks where its organization comes from, where there is WorkOS."""
        kwargs["form"] = TenantForm if obj or not settings.WORKOS_API_KEY else NewTenantForm
        return super().get_form(request, obj, change, **kwargs)

    def get_fields(self, _request: HttpRequest, obj: Any = None) -> list[Any]:
        """The organization only where there is WorkOS."""
        at_workos = [] if obj else ["organization"]
        organizations = [*at_workos, "workos_organization_id"] if settings.WORKOS_API_KEY else []
        return ["name", "slug", "region", "time_zone", *organizations]

    def get_prepopulated_fields(self, request: HttpRequest, obj: Any = None) -> Any:
        """Only of a new one."""
        return {} if obj else super().get_prepopulated_fields(request, obj)

    def response_add(self, request: HttpRequest, obj: Tenant, post_url_continue: str | None = None) -> HttpResponse:
        """The tenant is there and its event recorded; now its organization."""
        if settings.WORKOS_API_KEY and request.POST.get("organization") == "create":
            try:
                messages.success(request, make_organization(request, obj, {}))
            except Refused as refusal:
                messages.warning(request, f"The tenant is made, its organization isn't. {refusal}")
        elif obj.workos_organization_id:
            self._mark(request, obj)
        return redirect("admin:tenants_tenant_change", obj.pk)

    def save_model(self, request: HttpRequest, obj: Tenant, form: Any, change: bool) -> None:  # noqa: FBT001
        """An organization that is linked later gets the tenant's id as well."""
        super().save_model(request, obj, form, change)
        if change and "workos_organization_id" in form.changed_data and obj.workos_organization_id:
            self._mark(request, obj)

    def _mark(self, request: HttpRequest, tenant: Tenant) -> None:
        try:
            organization.mark(tenant=tenant, actor=admin_actor(request))
        except (Unavailable, Declined) as error:
            messages.warning(request, f"The organization is linked, but WorkOS didn't take the tenant's id: {error}.")

    def get_urls(self) -> list[URLPattern]:
        """With a page for each action."""
        acting = [
            path(
                f"<path:object_id>/{action.name}/",
                self.admin_site.admin_view(require_http_methods(["GET", "HEAD", "POST"])(self.act)),
                {"name": action.name},
                name=f"tenants_tenant_{action.name}",
            )
            for action in ACTIONS.values()
        ]
        return [*acting, *super().get_urls()]

    def act(self, request: HttpRequest, object_id: str, name: str) -> HttpResponse:
        """The action's page, and the action."""
        action, tenant = ACTIONS[name], self.get_object(request, object_id)
        if not may(request, action.capability):
            raise PermissionDenied("Your role doesn't include this.")
        if tenant is None or not action.offered(tenant):
            raise Http404
        form = action.form(request.POST if request.method == "POST" else None, tenant=tenant)
        if request.method == "POST" and form.is_valid():
            try:
                done = action.run(request, tenant, form.cleaned_data)
            except Refused as refusal:
                form.add_error(None, str(refusal))
            else:
                if not isinstance(done, str):
                    return done
                messages.success(request, done)
                return redirect("admin:tenants_tenant_change", tenant.pk)
        return self._action_page(request, action, tenant, form)

    def _action_page(self, request: HttpRequest, action: Action, tenant: Tenant, form: Any) -> HttpResponse:
        exports = Export.objects.of(tenant).order_by("-id")[:5] if action.name in {"export", "erase"} else None
        context = {
            **self.admin_site.each_context(request),
            "title": f"{action.title}: {tenant.name}",
            "opts": self.opts,
            "action": action,
            "tenant": tenant,
            "form": form,
            "exports": exports,
        }
        return render(request, "admin/tenants/tenant/action.html", context)

    def render_change_form(self, request: HttpRequest, context: Any, *args: Any, **kwargs: Any) -> Any:
        """With where else to look, and what else to do."""
        tenant = kwargs.get("obj")
        if tenant is not None:
            offered = [one for one in ACTIONS.values() if one.offered(tenant) and may(request, one.capability)]
            context |= {"actions": offered, "tenant": tenant, "lists": _lists(tenant), "add_connection": _add(tenant)}
            context["certificate"] = DeletionCertificate.objects.filter(tenant_key=str(tenant.pk)).first()
        return super().render_change_form(request, context, *args, **kwargs)


def _lists(tenant: Tenant) -> list[tuple[str, str]]:
    return [(words, f"{reverse(f'admin:{page}_changelist')}?tenant={tenant.slug}") for words, page in LISTS]


def _add(tenant: Tenant) -> str:
    return f"{reverse('admin:connectors_connection_add')}?tenant={tenant.pk}"


@admin.register(Invitation)
class InvitationAdmin(TenantColumn, EvidenceAdmin):
    """Invitations, newest first. They are made on the tenant's page."""

    list_display = ("created_at", "tenant_name", "email", "role", "invited_by", "sent_at", "accepted_at", "revoked_at")
    list_filter = (OfTenant,)
    search_fields = ("email",)
    ordering = ("-id",)
    ordering_in_tenant = ("live", "email")
    exclude = ("workos_invitation_id",)


@admin.register(DeletionCertificate)
class CertificateAdmin(EvidenceAdmin):
    """What is left of tenants that were erased."""

    list_display = ("tenant_name", "tenant_slug", "requested_at", "requested_by", "completed_at", "trouble")
    ordering = ("-id",)
    change_form_template = "admin/tenants/deletioncertificate/change_form.html"
    exclude = ("counts",)
    readonly_fields = ("genuine",)

    @admin.display(boolean=True, description="signature is genuine")
    def genuine(self, certificate: DeletionCertificate) -> bool:
        """Whether it says what it said when it was signed."""
        return paper.is_genuine(certificate)

    def get_urls(self) -> list[URLPattern]:
        """With the downloads."""
        download = self.admin_site.admin_view(require_safe(self.download))
        kinds = [
            path(f"<path:object_id>/{kind}/", download, {"kind": kind}, name=f"tenants_deletioncertificate_{kind}")
            for kind in ("json", "pdf")
        ]
        return [*kinds, *super().get_urls()]

    def download(self, request: HttpRequest, object_id: str, kind: str) -> HttpResponse:
        """The certificate as a file; only once it is signed."""
        found = self.get_object(request, object_id)
        if found is None or found.signature is None:
            raise Http404
        audit.record(
            None,
            actor=admin_actor(request),
            action="certificate:downloaded",
            subject_kind="certificate",
            subject_id=str(found.pk),
            subject=found.tenant_name,
            detail={"as": kind},
        )
        content = paper.as_json(found) if kind == "json" else paper.as_pdf(found)
        answer = HttpResponse(content, content_type=f"application/{kind}")
        answer["Content-Disposition"] = f'attachment; filename="deletion-{found.tenant_slug}.{kind}"'
        return answer

    def render_change_form(self, request: HttpRequest, context: Any, *args: Any, **kwargs: Any) -> Any:
        """With the counts as a table."""
        certificate = kwargs.get("obj")
        if certificate is not None:
            context |= {"certificate": certificate, "totals": paper.totals(certificate)}
        return super().render_change_form(request, context, *args, **kwargs)
