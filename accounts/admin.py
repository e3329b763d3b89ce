"""How does staff provision people and their memberships?"""

from __future__ import annotations

from typing import Any

from django import forms
from django.conf import settings
from django.contrib import admin, messages
from django.contrib.auth.models import Group
from django.db.models import Model
from django.http import HttpRequest
from django.shortcuts import redirect

from accounts import session
from accounts.managing import CannotChange, change_role, remove
from accounts.membership import join
from accounts.models import Membership, User
from accounts.provisioning import admin as provisioning  # noqa: F401  (registers the pages of tenants)
from accounts.roles import Role, StaffCapability
from accounts.staff import may
from tenants.admin import AuditedAdmin, admin_actor
from tenants.listing import FOUND_AT_MOST, OfTenant, TenantColumn
from tenants.models import Tenant, folded

# As a member they would see and change all, without a reason, an end or a banner.
STAFF = "Internal staff belongs to no organization. Act as one of its members instead."

admin.site.unregister(Group)
admin.site.site_header = admin.site.site_title = "sv0 staff"


class UserForm(forms.ModelForm[User]):
    """A person without password fields: everybody signs in by a code sent to the address."""

    class Meta:
        model = User
        fields = ("email", "name", "is_active", "is_staff", "is_superuser")

    def clean_email(self) -> str:
        """Small letters, as sign-in compares them."""
        return str(self.cleaned_data["email"]).lower()


@admin.register(User)
class UserAdmin(AuditedAdmin):
    """People. Disabling one ends what they can do at their next request."""

    audit_kind = "user"
    form = UserForm
    list_display = ("email", "name", "is_active", "is_staff", "last_login", "created_at")
    list_filter = ("is_active", "is_staff")
    search_fields = ("email", "name_folded")
    search_help_text = "The beginning of an e-mail address or a name."
    ordering = ("email",)
    readonly_fields = ("last_login", "created_at")

    def get_search_results(self, request: HttpRequest, queryset: Any, search_term: str) -> tuple[Any, bool]:
        """Whatever the case."""
        return super().get_search_results(request, queryset, folded(search_term))

    def get_readonly_fields(self, request: HttpRequest, obj: Any = None) -> tuple[str, ...]:
        """Only owners of sv0 hand out staff rights."""
        rights = () if may(request, StaffCapability.STAFF) else ("is_staff", "is_superuser")
        return (*self.readonly_fields, *rights)

    def has_change_permission(self, request: HttpRequest, obj: Any = None) -> bool:
        """Staff's own accounts are an owner's to change: whose address one has can sign in to it."""
        staffs = isinstance(obj, User) and (obj.is_staff or obj.is_superuser)
        return may(request, StaffCapability.STAFF) if staffs else super().has_change_permission(request, obj)

    def save_model(self, request: HttpRequest, obj: User, form: Any, change: bool) -> None:  # noqa: FBT001
        """A new person gets an unusable password. Sessions end that began before somebody was disabled, changed
        hands with another address, or got or lost staff rights."""
        if not change:
            obj.set_unusable_password()
        super().save_model(request, obj, form, change)
        if change and {"email", "is_active", "is_staff", "is_superuser"} & set(form.changed_data):
            session.end_both(session.of(obj).exclude(pk=request.session.session_key))

    def has_delete_permission(self, _request: HttpRequest, obj: Any = None) -> bool:
        """People are disabled, not deleted: the audit log names them."""
        return False


@admin.register(Membership)
class MembershipAdmin(TenantColumn, AuditedAdmin):
    """Who belongs to which tenant, in which role, in the order of tenants. Changed by the portal's own verbs."""

    list_display = ("user", "tenant_name", "role", "created_at")
    list_filter = (OfTenant,)
    shown_with = ("tenant", "user")
    search_fields = ("tenant", "user")
    search_help_text = "The beginning of an e-mail address or of a tenant's slug."
    ordering = ("tenant_id", "user_id")
    capabilities = {**AuditedAdmin.capabilities, "delete": StaffCapability.PROVISION}
    autocomplete_fields = ("user", "tenant")

    def get_search_results(self, request: HttpRequest, queryset: Any, search_term: str) -> tuple[Any, bool]:
        """Of the first people and tenants whose names begin so: MongoDB would join before it searches."""
        beginning = folded(search_term.strip())
        if not beginning:
            return queryset, False
        people = User.objects.filter(email__startswith=beginning).order_by("email")
        tenants = Tenant.objects.filter(slug__startswith=beginning).order_by("slug")
        found = [
            queryset.filter(**{f"{field}__in": list(keys.values_list("pk", flat=True)[:FOUND_AT_MOST])})
            for field, keys in (("user_id", people), ("tenant_id", tenants))
        ]
        keys = [key for rows in found for key in rows.values_list("pk", flat=True)[:FOUND_AT_MOST]]
        return self.in_order_of(queryset, request, keys), False

    def has_add_permission(self, request: HttpRequest) -> bool:
        """With WorkOS people become members by signing in: they are invited instead."""
        return super().has_add_permission(request) and not settings.WORKOS_API_KEY

    def get_readonly_fields(self, _request: HttpRequest, obj: Any = None) -> tuple[str, ...]:
        """A membership never changes hands."""
        return ("user", "tenant", "created_at") if obj else ()

    def save_model(self, request: HttpRequest, obj: Membership, form: Any, change: bool) -> None:  # noqa: FBT001
        """By the verbs, which audit."""
        who, role = admin_actor(request), Role(obj.role)
        if not change and (obj.user.is_staff or obj.user.is_superuser):
            raise CannotChange(STAFF)
        if not change:
            obj.pk = join(tenant=obj.tenant, user=obj.user, role=role, actor=who).pk
        elif "role" in form.changed_data:
            change_role(tenant=obj.tenant, pk=obj.pk, seen=form.initial["role"], role=role, actor=who)

    def delete_model(self, request: HttpRequest, obj: Membership) -> None:
        """By the verb, which ends sessions."""
        remove(tenant=obj.tenant, pk=obj.pk, actor=admin_actor(request))

    def changeform_view(self, request: HttpRequest, *args: Any, **kwargs: Any) -> Any:
        """A refusal is said on the page."""
        try:
            return super().changeform_view(request, *args, **kwargs)
        except CannotChange as refusal:
            messages.error(request, str(refusal))
            return redirect(request.path)

    def delete_view(self, request: HttpRequest, *args: Any, **kwargs: Any) -> Any:
        """The same."""
        try:
            return super().delete_view(request, *args, **kwargs)
        except CannotChange as refusal:
            messages.error(request, str(refusal))
            return redirect(request.path)

    def _record(self, request: HttpRequest, obj: Model, *, verb: str, message: Any) -> None:
        """The verbs have recorded it."""
