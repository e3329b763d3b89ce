"""What does staff fill in to make a tenant, to invite into it, to close it and to erase it?"""

from __future__ import annotations

from typing import Any

from django import forms
from django.conf import settings

from accounts.roles import Role
from accounts.workos import organizations
from accounts.workos.client import Declined, Unavailable
from tenants.models import Export, Tenant

NOT_ANSWERING = "WorkOS isn't answering, so this can't be checked. Leave it empty for now; the rest can be saved."


class TenantForm(forms.ModelForm[Tenant]):
    """A tenant. An organization that is linked by hand must exist at WorkOS and be nobody else's."""

    class Meta:
        model = Tenant
        fields = ("name", "slug", "region", "time_zone", "workos_organization_id")
        help_texts = {"slug": "In every address: /t/slug/."}  # Django shows it as HTML

    def clean_workos_organization_id(self) -> str | None:
        """As WorkOS says right now."""
        given: str | None = (self.cleaned_data["workos_organization_id"] or "").strip() or None
        creates = "organization" in self.fields and self.data.get("organization") == "create"
        if given and given != self.instance.workos_organization_id and not creates:
            key = None if self.instance._state.adding else str(self.instance.pk)
            if why_not := _obstacle(given, key):
                raise forms.ValidationError(why_not)
        return given


def _obstacle(organization_id: str, tenant_key: str | None) -> str | None:
    try:
        return organizations.obstacle(organization_id=organization_id, tenant_key=tenant_key)
    except Unavailable:
        return NOT_ANSWERING
    except Declined as error:
        return f"WorkOS declined to tell about it: {error}."


class NewTenantForm(TenantForm):
    """With where its organization comes from. The tenant is made first, whatever WorkOS then says."""

    organization = forms.ChoiceField(
        label="Organization at WorkOS",
        choices=[("create", "Create one"), ("link", "Link the one named below"), ("none", "Later")],
        widget=forms.RadioSelect,
        initial="create",
        help_text="Without one nobody can sign in to the tenant.",
    )

    def clean(self) -> dict[str, Any]:
        """A link names what to link; nothing else does."""
        cleaned = super().clean() or self.cleaned_data
        if cleaned.get("organization") != "link":
            cleaned["workos_organization_id"] = None
        elif not cleaned.get("workos_organization_id") and "workos_organization_id" not in self.errors:
            self.add_error("workos_organization_id", "Say which one: org_…")
        return cleaned


class ActionForm(forms.Form):
    """What is asked before something is done to a tenant; nothing, by default."""

    def __init__(self, *args: Any, tenant: Tenant, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        self.tenant = tenant


class InviteForm(ActionForm):
    """Whom to invite."""

    email = forms.EmailField(label="E-mail address", max_length=254)
    role = forms.ChoiceField(choices=[(role.value, role.value) for role in Role], initial=Role.MANAGER)


class ReasonForm(ActionForm):
    """Why."""

    reason = forms.CharField(
        max_length=500,
        widget=forms.Textarea(attrs={"rows": 3}),
        help_text="The audit log keeps it, and the organization may read it there.",
    )


class EraseForm(ReasonForm):
    """Why, and the names typed by hand: of what goes, and of the file that is left."""

    organization = forms.ChoiceField(
        label="Organization at WorkOS",
        choices=[("kept", "Keep it"), ("to be deleted", "Delete it too, with its connections and directories")],
        widget=forms.RadioSelect,
        initial="kept",
    )
    slug = forms.CharField(label="Type the tenant's slug", max_length=40)
    export = forms.CharField(label="Type the export's name", max_length=120)

    def __init__(self, *args: Any, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        if not (settings.WORKOS_API_KEY and self.tenant.workos_organization_id):
            del self.fields["organization"]

    def clean_slug(self) -> str:
        """Exactly as it is."""
        if self.cleaned_data["slug"] != self.tenant.slug:
            raise forms.ValidationError("This isn't the slug of this tenant.")
        return str(self.cleaned_data["slug"])

    def clean_export(self) -> Export:
        """The export of that name."""
        found: Export | None = Export.objects.of(self.tenant).filter(name=self.cleaned_data["export"]).first()
        if found is None:
            raise forms.ValidationError("No export of this tenant has this name.")
        return found
