"""On which pages does staff begin to act as somebody, ask to change things, and stop?"""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any
from uuid import UUID

from allauth.account.utils import get_next_redirect_url
from django import forms
from django.conf import settings
from django.contrib import messages
from django.db.models import Q
from django.http import Http404, HttpRequest, HttpResponse
from django.shortcuts import get_object_or_404, redirect
from django.views.decorators.http import require_http_methods, require_POST, require_safe

from accounts import impersonation, support_access
from accounts.http import TenantRequest, actor, needs, page, tenant_url
from accounts.impersonation import Impersonation
from accounts.limits import limited
from accounts.models import Membership, User
from accounts.roles import Capability, StaffCapability
from accounts.staff import staff_needs
from tenants.models import Tenant, folded

PEOPLE, TENANTS, SHOWN = 20, 5, 50
HIGHEST = "\U0010ffff"  # sorts behind whatever may follow a prefix


class ReasonForm(forms.Form):
    """Why. The tenant reads it."""

    reason = forms.CharField(
        min_length=10,
        max_length=500,
        help_text="Name the request or ticket. The organization reads it in its audit log.",
        widget=forms.Textarea(attrs={"rows": 3, "autofocus": True}),
    )


@require_safe
@staff_needs(StaffCapability.IMPERSONATE)
def acting(request: HttpRequest) -> HttpResponse:
    """Find a person by the beginning of an address, a name or a tenant's name."""
    asked = request.GET.get("q", "").strip()[:254]
    found = _members(folded(asked)) if asked else []
    context = {"asked": asked, "found": found[:SHOWN], "more": len(found) > SHOWN}
    return page(request, "accounts/acting.html", context)


@require_http_methods(["GET", "HEAD", "POST"])
@staff_needs(StaffCapability.IMPERSONATE)
@limited("acting")
def acting_start(request: HttpRequest, slug: str, person: UUID) -> HttpResponse:
    """Act as a member of a tenant, for a reason."""
    tenant = get_object_or_404(Tenant, slug=slug)
    member = get_object_or_404(Membership.objects.of(tenant).select_related("user", "tenant"), user_id=person)
    form = ReasonForm(request.POST or None)
    if request.method == "POST" and form.is_valid():
        impersonation.begin(request, membership=member, reason=form.cleaned_data["reason"])
        return redirect(tenant_url(tenant, "queue"))
    bar = impersonation.why_not(request, subject=member.user, tenant=tenant)
    context = {"form": form, "member": member, "bar": bar, "minutes": settings.IMPERSONATION_MINUTES}
    return page(request, "accounts/acting_start.html", context, status=_status(request))


@require_http_methods(["GET", "HEAD", "POST"])
@limited("acting")
def acting_write(request: HttpRequest) -> HttpResponse:
    """Confirm that things are to be changed, for a reason of its own."""
    now = _now(request)
    form = ReasonForm(request.POST or None)
    if request.method == "POST" and form.is_valid():
        impersonation.allow_writing(request, now, reason=form.cleaned_data["reason"])
        return redirect(tenant_url(now.tenant, "queue"))
    return page(request, "accounts/acting_write.html", {"form": form}, status=_status(request))


@require_POST
def acting_end(request: HttpRequest) -> HttpResponse:
    """Stop."""
    now = _now(request)
    impersonation.end(request, now, why=f"{now.actor} stopped.")
    messages.success(request, f"You are yourself again, no longer {now.subject}.")
    return redirect("acting")


@require_POST
@needs(Capability.MEMBERS)
def support_access_choose(request: TenantRequest) -> HttpResponse:
    """Have the tenant's managers told by mail when support acts as one of their people, or not."""
    support_access.choose(tenant=request.tenant, notify=request.POST.get("notify") == "on", actor=actor(request))
    return redirect(get_next_redirect_url(request) or tenant_url(request.tenant, "members"))


def _status(request: HttpRequest) -> int:
    return 422 if request.method == "POST" else 200


def _now(request: HttpRequest) -> Impersonation:
    now: Impersonation | None = request.impersonation  # type: ignore[attr-defined]
    if now is None:
        raise Http404("Nobody is being acted as.")
    return now


def _members(words: str) -> list[Membership]:
    """One more than is shown, by tenant and address."""
    found = {member.pk: member for member in (*_by_person(words), *_by_tenant(words))}
    fitting = [member for member in found.values() if member.user.is_active and not member.user.is_staff]
    return sorted(fitting, key=lambda member: (member.tenant.name, member.user.email))[: SHOWN + 1]


def _by_person(words: str) -> Iterator[Membership]:
    people = User.objects.filter(Q(**_begins("email", words)) | Q(**_begins("name_folded", words)))
    for person in people.filter(is_active=True, is_staff=False)[:PEOPLE]:
        yield from Membership.objects.of_user(person).select_related("user", "tenant")


def _by_tenant(words: str) -> Iterator[Membership]:
    tenants = Tenant.objects.filter(Q(slug=words) | Q(**_begins("name_folded", words)), deactivated_at=None)
    for tenant in tenants[:TENANTS]:
        yield from Membership.objects.of(tenant).select_related("user", "tenant").order_by("id")[: SHOWN + 1]


def _begins(field: str, words: str) -> dict[str, Any]:
    """One range of the field's index."""
    return {f"{field}__gte": words, f"{field}__lt": words + HIGHEST}
