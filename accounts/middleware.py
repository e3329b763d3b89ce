"""Which session is used, which tenant is asked about, and does the user belong to it?"""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

from django.conf import settings
from django.http import Http404, HttpRequest, HttpResponse
from django.shortcuts import render

from accounts.membership import membership_in
from accounts.session import note_seen
from tenants.models import Tenant


class SeenMiddleware:
    """Writes down when and from where a person's session is used, for the list of their sessions."""

    def __init__(self, get_response: Callable[[HttpRequest], HttpResponse]) -> None:
        self.get_response = get_response

    def __call__(self, request: HttpRequest) -> HttpResponse:
        if request.user.is_authenticated:
            note_seen(request)
        return self.get_response(request)


class TenantMiddleware:
    """Turns the slug of a tenant's URL into `request.tenant` and `request.membership`; a stranger gets 404.

    The tenant comes from the address and a membership, never from a header, form or cookie. The slug is taken out of
    the view's arguments, so that a view can't use it in place of `request.tenant`.
    """

    def __init__(self, get_response: Callable[[HttpRequest], HttpResponse]) -> None:
        self.get_response = get_response

    def __call__(self, request: HttpRequest) -> HttpResponse:
        return self.get_response(request)

    def process_view(
        self, request: HttpRequest, _view: Callable[..., HttpResponse], _args: Any, kwargs: dict[str, Any]
    ) -> HttpResponse | None:
        match = request.resolver_match
        if match is None or "tenant" not in match.namespaces:
            return None
        slug = settings.SINGLE_TENANT_SLUG or kwargs.pop("slug")
        if not request.user.is_authenticated:
            return None  # LoginRequiredMiddleware, before this one, has sent them to sign in
        tenant = Tenant.objects.filter(slug=slug).first()
        membership = tenant and membership_in(request, tenant)
        if not (tenant and membership):
            raise Http404("There is no such page, or you don't belong to its organization.")
        request.tenant = tenant  # type: ignore[attr-defined]
        request.membership = membership  # type: ignore[attr-defined]
        if tenant.deactivated_at:
            return render(request, "accounts/deactivated.html", {"tenant": tenant}, status=403)
        return None
