"""How does a view know its tenant, refuse, answer with a page or a fragment, and address another page?"""

from __future__ import annotations

from collections.abc import Callable
from functools import wraps
from ipaddress import IPv6Address, ip_address
from typing import TYPE_CHECKING, Any

from django.conf import settings
from django.core.exceptions import PermissionDenied
from django.http import HttpRequest, HttpResponse
from django.shortcuts import render
from django.urls import reverse
from django.utils.cache import patch_vary_headers
from django_htmx.middleware import HtmxDetails

from accounts.models import Membership, User
from accounts.roles import Capability, Role, allows
from tenants.audit import Actor
from tenants.models import Tenant

if TYPE_CHECKING:
    from accounts.impersonation import Impersonation


class TenantRequest(HttpRequest):
    """A request to a tenant's page, after TenantMiddleware. `membership` is the asking user's."""

    tenant: Tenant
    membership: Membership
    htmx: HtmxDetails
    user: User
    impersonation: Impersonation | None


View = Callable[..., HttpResponse]


def needs(capability: Capability) -> Callable[[View], View]:
    """Refuse with 403 unless the member's role has the capability. The view carries it as `capability`."""

    def decorate(view: View) -> View:
        @wraps(view)
        def guarded(request: TenantRequest, *args: Any, **kwargs: Any) -> HttpResponse:
            if not can(request, capability):
                raise PermissionDenied(f"Your role, {request.membership.role}, doesn't include this.")
            return view(request, *args, **kwargs)

        guarded.capability = capability  # type: ignore[attr-defined]
        return guarded

    return decorate


def can(request: TenantRequest, capability: Capability) -> bool:
    """Whether the asking member has the capability."""
    return allows(Role(request.membership.role), capability)


def page(
    request: HttpRequest, template: str, context: dict[str, Any], *, fragment: str | None = None, status: int = 200
) -> HttpResponse:
    """The page, or only its `fragment` when htmx asked for one (neither boosted nor restoring history)."""
    htmx: HtmxDetails = request.htmx  # type: ignore[attr-defined]
    partial = fragment and htmx and not htmx.boosted and not htmx.history_restore_request
    response = render(request, f"{template}#{fragment}" if partial else template, context, status=status)
    patch_vary_headers(response, ["HX-Request"])
    return response


def tenant_url(tenant: Tenant, name: str, **kwargs: Any) -> str:
    """The address of a tenant's page by its URL name, with or without the /t/<slug>/ prefix as configured."""
    prefix = {} if settings.SINGLE_TENANT_SLUG else {"slug": tenant.slug}
    return reverse(f"tenant:{name}", kwargs={**prefix, **kwargs})


def actor(request: HttpRequest, *, via: str = "web", acting: Impersonation | None = None) -> Actor:
    """Who asks, for the audit log: both of them while staff acts as somebody, as the request or `acting` says."""
    acting = acting or getattr(request, "impersonation", None)
    user = acting.actor if acting else request.user
    return Actor(
        id=str(user.pk) if user.is_authenticated else None,
        name=user.display_name if isinstance(user, User) else "anonymous",
        via=via,
        acting_as_id=str(acting.subject.pk) if acting else None,
        acting_as=acting.subject.display_name if acting else None,
        request_id=request.META.get("sv0.request_id"),
        ip=request.META.get("sv0.client_ip"),
    )


def client_ip(request: HttpRequest) -> str | None:
    """The client's address: REMOTE_ADDR, or the hop that the configured number of trusted proxies vouches for."""
    given = request.META.get("REMOTE_ADDR", "")
    if count := settings.ALLAUTH_TRUSTED_PROXY_COUNT:
        hops = [hop.strip() for hop in request.headers.get("X-Forwarded-For", "").split(",") if hop.strip()]
        given = hops[-count] if len(hops) >= count else given
    try:
        address = ip_address(given.partition("%")[0])
    except ValueError:
        return None
    # A listener on [::] sees IPv4 clients as ::ffff:a.b.c.d; they must not share one bucket.
    return str((address.ipv4_mapped or address) if isinstance(address, IPv6Address) else address)
