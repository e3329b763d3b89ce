"""How does staff provision people and their memberships?"""

from __future__ import annotations

from typing import Any

from django import forms
from django.contrib import admin
from django.contrib.auth.models import Group
from django.http import HttpRequest

from accounts.models import Membership, User
from accounts.roles import StaffCapability
from accounts.staff import may
from tenants.admin import AuditedAdmin

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
    search_fields = ("email", "name")
    readonly_fields = ("last_login", "created_at")

    def get_readonly_fields(self, request: HttpRequest, obj: Any = None) -> tuple[str, ...]:
        """Only owners of sv0 hand out staff rights."""
        rights = () if may(request, StaffCapability.STAFF) else ("is_staff", "is_superuser")
        return (*self.readonly_fields, *rights)

    def has_change_permission(self, request: HttpRequest, obj: Any = None) -> bool:
        """Staff's own accounts are an owner's to change: whose address one has can sign in to it."""
        staffs = isinstance(obj, User) and (obj.is_staff or obj.is_superuser)
        return may(request, StaffCapability.STAFF) if staffs else super().has_change_permission(request, obj)

    def save_model(self, request: HttpRequest, obj: User, form: Any, change: bool) -> None:  # noqa: FBT001
        """A new person gets an unusable password."""
        if not change:
            obj.set_unusable_password()
        super().save_model(request, obj, form, change)

    def has_delete_permission(self, _request: HttpRequest, _obj: Any = None) -> bool:
        """People are disabled, not deleted: the audit log names them."""
        return False


@admin.register(Membership)
class MembershipAdmin(AuditedAdmin):
    """Who belongs to which tenant, in which role."""

    audit_kind = "membership"
    list_display = ("user", "tenant", "role", "created_at")
    list_filter = ("role",)
    list_select_related = ("user", "tenant")
    search_fields = ("user__email", "tenant__slug")
    capabilities = {**AuditedAdmin.capabilities, "delete": StaffCapability.PROVISION}
    autocomplete_fields = ("user", "tenant")
