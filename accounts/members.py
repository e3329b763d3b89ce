"""Who belongs to a tenant, who is invited, and what may a manager do about it?"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from typing import Any

from allauth.mfa.models import Authenticator
from allauth.socialaccount.models import SocialAccount
from bson import ObjectId
from django.conf import settings
from django.contrib import messages
from django.contrib.auth import logout
from django.core.paginator import Page, Paginator
from django.http import Http404, HttpResponse
from django.shortcuts import get_object_or_404, redirect
from django.utils import timezone
from django.views.decorators.http import require_http_methods, require_POST, require_safe
from django_htmx.http import HttpResponseClientRedirect

from accounts import invitation, managing
from accounts.forms import ROLES, InviteForm, RoleForm
from accounts.http import TenantRequest, actor, needs, page, tenant_url
from accounts.invitation import CannotInvite
from accounts.limits import limited
from accounts.managing import CannotChange, NotThere
from accounts.models import Invitation, Membership, User
from accounts.roles import Capability, Role
from accounts.workos.models import Removal

MEMBERS_PER_PAGE = 50


@dataclass(frozen=True, slots=True)
class Member:
    """A row of the list."""

    membership: Membership
    user: User
    signs_in: str
    is_self: bool


@require_safe
@needs(Capability.MEMBERS)
def members(request: TenantRequest) -> HttpResponse:
    """Members and invitations."""
    return page(request, "accounts/members.html", _shown(request))


@require_POST
@needs(Capability.MEMBERS)
def member_role(request: TenantRequest, pk: ObjectId) -> HttpResponse:
    """Give a member another role."""
    form = RoleForm(request.POST)
    if not form.is_valid():
        get_object_or_404(Membership.objects.of(request.tenant), pk=pk)
        return _refuse(request, "Choose one of the roles.", status=422)
    role, seen = Role(form.cleaned_data["role"]), form.cleaned_data["seen"]

    def act() -> str:
        changed = managing.change_role(tenant=request.tenant, pk=pk, seen=seen, role=role, actor=actor(request))
        return f"{changed.user.display_name} is {changed.role} now."

    return _carry_out(request, act, about=pk)


@require_http_methods(["GET", "HEAD", "POST"])
@needs(Capability.MEMBERS)
def member_remove(request: TenantRequest, pk: ObjectId) -> HttpResponse:
    """Ask whether it's really this person, and remove them."""
    if request.method == "POST":
        return _carry_out(
            request, lambda: managing.remove(tenant=request.tenant, pk=pk, actor=actor(request)), about=pk
        )
    member = get_object_or_404(Membership.objects.of(request.tenant).select_related("user"), pk=pk)
    context = {"member": member, "is_self": pk == request.membership.pk}
    return page(request, "accounts/member_remove.html", context)


@require_POST
@needs(Capability.MEMBERS)
@limited("invitations")
def member_invite(request: TenantRequest) -> HttpResponse:
    """Invite an address."""
    form = InviteForm(request.POST)
    if form.is_valid():
        email, role = form.cleaned_data["email"], Role(form.cleaned_data["role"])
        try:
            made = invitation.invite(tenant=request.tenant, email=email, role=role, actor=actor(request))
        except CannotInvite as refusal:
            form.add_error("email", str(refusal))
        else:
            return _answer(request, _invited(made))
    return page(request, "accounts/members.html", _shown(request) | {"form": form}, fragment="body", status=422)


@require_POST
@needs(Capability.MEMBERS)
@limited("invitations")
def invitation_resend(request: TenantRequest, pk: ObjectId) -> HttpResponse:
    """Write to the invited again."""
    found = _invitation(request, pk)

    def act() -> str:
        invitation.resend(invitation=found, actor=actor(request))
        return f"{found.email} is written to again."

    return _carry_out(request, act)


@require_POST
@needs(Capability.MEMBERS)
def invitation_revoke(request: TenantRequest, pk: ObjectId) -> HttpResponse:
    """Take an invitation back."""
    found = _invitation(request, pk)

    def act() -> str:
        invitation.revoke(invitation=found, actor=actor(request))
        return f"The invitation of {found.email} is revoked."

    return _carry_out(request, act)


def _invitation(request: TenantRequest, pk: ObjectId) -> Invitation:
    found: Invitation = get_object_or_404(Invitation.objects.of(request.tenant).select_related("tenant"), pk=pk)
    return found


def _invited(made: Invitation) -> str:
    if made.sent_at is None:
        return f"{made.email} is invited, but the mail could not be handed over. Send it again in a while."
    return f"{made.email} is invited."


def _carry_out(request: TenantRequest, act: Callable[[], str], *, about: ObjectId | None = None) -> HttpResponse:
    try:
        told = act()
    except NotThere as error:
        raise Http404("There is no such member.") from error
    except (CannotChange, CannotInvite) as refusal:
        return _refuse(request, str(refusal), status=409)
    return _away(request, told) if about == request.membership.pk else _answer(request, told)


def _answer(request: TenantRequest, told: str) -> HttpResponse:
    """The page's body with a toast for htmx, else back to the page, which shows it."""
    if request.htmx:
        return page(request, "accounts/members.html", _shown(request) | {"told": told}, fragment="body")
    messages.success(request, told)
    return redirect(tenant_url(request.tenant, "members"))


def _away(request: TenantRequest, told: str) -> HttpResponse:
    """Who has changed themself may not be allowed to see this page any more, or any."""
    if not Membership.objects.of(request.tenant).filter(pk=request.membership.pk).exists():
        logout(request)
    messages.success(request, told)
    return HttpResponseClientRedirect("/") if request.htmx else redirect("/")


def _refuse(request: TenantRequest, refusal: str, *, status: int) -> HttpResponse:
    """What is true now, and why nothing was done."""
    context = _shown(request) | {"refusal": refusal}
    return page(request, "accounts/members.html", context, fragment="body", status=status)


def _shown(request: TenantRequest) -> dict[str, Any]:
    shown = _page_of(request)
    invitations = Invitation.objects.of(request.tenant).filter(live=True).order_by("email")
    return {
        "members": _members(request, shown),
        "page": shown,
        "invitations": list(invitations),
        "removals": list(Removal.objects.of(request.tenant).filter(done_at=None).select_related("user")),
        "form": InviteForm(),
        "roles": [role for role, _ in ROLES],
        "now": timezone.now(),
    }


def _page_of(request: TenantRequest) -> Page[Membership]:
    memberships = list(Membership.objects.of(request.tenant).select_related("user"))
    memberships.sort(key=lambda membership: membership.user.display_name.casefold())
    return Paginator(memberships, MEMBERS_PER_PAGE).get_page(request.GET.get("page"))


def _members(request: TenantRequest, shown: Page[Membership]) -> list[Member]:
    people = [membership.user_id for membership in shown]
    at_workos = set(SocialAccount.objects.filter(user_id__in=people).values_list("user_id", flat=True))
    factors = Authenticator.objects.filter(user_id__in=people).exclude(type=Authenticator.Type.RECOVERY_CODES)
    with_factor = set(factors.values_list("user_id", flat=True))
    return [
        Member(
            membership=membership,
            user=membership.user,
            signs_in=_signs_in(membership, at_workos=at_workos, with_factor=with_factor),
            is_self=membership.user_id == request.user.pk,
        )
        for membership in shown
    ]


def _signs_in(membership: Membership, *, at_workos: set[Any], with_factor: set[Any]) -> str:
    if settings.WORKOS_API_KEY:
        return "through WorkOS" if membership.user_id in at_workos else "through WorkOS, not yet"
    return "code by e-mail, second factor" if membership.user_id in with_factor else "code by e-mail"
