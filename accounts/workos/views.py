"""How does a browser get to WorkOS and back, and how does WorkOS tell what happened there?"""

from __future__ import annotations

import base64
import hashlib
import json
import secrets
from typing import Any, cast
from urllib.parse import urlsplit

from allauth.account.internal.flows import logout as leaving
from allauth.account.utils import get_next_redirect_url
from allauth.account.views import logout as local_logout
from allauth.socialaccount.helpers import complete_social_login
from django.conf import settings
from django.contrib.auth.decorators import login_not_required
from django.core.exceptions import PermissionDenied
from django.http import Http404, HttpRequest, HttpResponse
from django.shortcuts import render
from django.urls import Resolver404, resolve, reverse
from django.views.decorators.cache import never_cache
from django.views.decorators.csrf import csrf_exempt
from django.views.decorators.http import require_GET, require_http_methods, require_POST
from django_q.tasks import async_task

from accounts.http import client_ip
from accounts.limits import limited
from accounts.seal import REFRESH_TOKEN
from accounts.session import WORKOS
from accounts.workos import client, events
from accounts.workos.admission import NotAdmitted
from accounts.workos.client import Declined, Unavailable
from accounts.workos.provider import WorkOSProvider
from tenants import audit
from tenants.audit import Actor
from tenants.models import Tenant

NOT_FROM_HERE = "This sign-in didn't start in this browser, or it took too long. Nothing happened; start again."
DECLINED = "WorkOS didn't confirm this sign-in. Start again."
DOWN = "The service that checks who you are isn't answering. Sessions that are open go on working."


@login_not_required
@never_cache
@require_http_methods(["GET", "HEAD", "POST"])
@limited("sign_in")
def sign_in(request: HttpRequest) -> HttpResponse:
    """The way to WorkOS: a page with a button, and what the button does.

    `t` is the slug of the tenant to sign in to; without it the tenant of the page that was asked for, if that was one.
    """
    next_url = get_next_redirect_url(request)
    slug = request.POST.get("t") or request.GET.get("t") or _slug_of(next_url)
    if request.method != "POST":
        return render(request, "accounts/sign_in.html", {"slug": slug, "next": next_url})
    return _to_workos(request, slug=settings.SINGLE_TENANT_SLUG or slug, next_url=next_url)


def _slug_of(next_url: str | None) -> str | None:
    try:
        match = resolve(urlsplit(next_url or "").path)
    except Resolver404:
        return None
    return match.kwargs.get("slug") if "tenant" in match.namespaces else None


def _organization(*, slug: str | None, next_url: str | None) -> str | None:
    """Whose sign-in page to go to; None lets the person choose. Who wants to the staff pages signs in as staff."""
    if (next_url or "").startswith(reverse("admin:index")):
        return settings.INTERNAL_ORG_ID or None
    tenant = Tenant.objects.filter(slug=slug).first() if slug else None
    return tenant.workos_organization_id if tenant else None


def _to_workos(request: HttpRequest, *, slug: str | None, next_url: str | None) -> HttpResponse:
    organization_id = _organization(slug=slug, next_url=next_url)
    verifier = secrets.token_urlsafe(64)
    state = WorkOSProvider(request).stash_redirect_state(
        request, "login", next_url=next_url, verifier=verifier, organization_id=organization_id
    )
    digest = hashlib.sha256(verifier.encode()).digest()
    url = client.authorization_url(
        callback=_here("workos_callback"),
        state=state,
        challenge=base64.urlsafe_b64encode(digest).rstrip(b"=").decode(),
        organization_id=organization_id,
    )
    return _leave_for(request, url, title="Continuing to sign-in")


def _here(name: str) -> str:
    return settings.BASE_URL.rstrip("/") + reverse(name)


def _leave_for(request: HttpRequest, url: str, *, title: str) -> HttpResponse:
    """A page that goes on by itself. A redirect would count as the form's target, which the CSP keeps to this site."""
    return render(request, "accounts/leaving.html", {"url": url, "title": title})


@login_not_required
@never_cache
@require_GET
@limited("callback")
def callback(request: HttpRequest) -> HttpResponse:
    """Where WorkOS sends the browser back to, with a code that works once."""
    provider = WorkOSProvider(request)
    try:
        state = provider.unstash_redirect_state(request, request.GET.get("state", ""))
    except PermissionDenied:
        return _sorry(request, NOT_FROM_HERE, status=401)
    if "code" not in request.GET:
        return _sorry(request, _said(request.GET.get("error")), status=401)
    try:
        granted = client.exchange(
            code=request.GET["code"],
            verifier=state["verifier"],
            ip=client_ip(request),
            user_agent=request.headers.get("User-Agent"),
        )
    except Declined:
        return _sorry(request, DECLINED, status=401)
    except Unavailable:
        return _sorry(request, DOWN, status=503)
    login = provider.sociallogin_from_response(request, granted.user.to_dict())
    kept = {"claims": granted.claims.kept(), "refresh_token": REFRESH_TOKEN.close(granted.refresh_token)}
    login.state = {**state, WORKOS: kept}
    return cast(HttpResponse, complete_social_login(request, login))


def _said(error: str | None) -> str:
    if error == "access_denied":
        return "You cancelled, or you aren't a member of that organization."
    return "WorkOS couldn't sign you in. Start again, and tell your administrator if it stays so."


def refuse(request: HttpRequest, refusal: NotAdmitted, *, email: str) -> HttpResponse:
    """A refusal in words, and in the audit log."""
    ip, request_id = client_ip(request), request.META.get("sv0.request_id")
    audit.record(
        refusal.tenant,
        actor=Actor(id=None, name=email, via="web", request_id=request_id, ip=ip),
        action="account:sign_in_refused",
        detail={"why": str(refusal)},
    )
    return _sorry(request, str(refusal), status=403)


def _sorry(request: HttpRequest, message: str, *, status: int) -> HttpResponse:
    response = render(request, "accounts/refused.html", {"message": message}, status=status)
    if status == 503:
        response["Retry-After"] = "30"
    return response


@login_not_required
@never_cache
def sign_out(request: HttpRequest) -> HttpResponse:
    """End the session here, then at WorkOS. A session that began with a code ends as allauth does it."""
    workos = request.session.get(WORKOS)
    if request.method != "POST" or not workos:
        return cast(HttpResponse, local_logout(request))
    leaving.logout(request, show_message=False)
    url = client.logout_url(session_id=workos["sid"], return_to=_here("account_login"))
    return _leave_for(request, url, title="Signing out")


@csrf_exempt
@login_not_required
@require_POST
@limited("webhook")
def webhook(request: HttpRequest) -> HttpResponse:
    """What happened at WorkOS, sooner than the next poll. Answered at once; a task acts on it.

    https://workos.com/docs/events/data-syncing/webhooks
    """
    if not settings.WORKOS_WEBHOOK_SECRET:
        raise Http404
    try:
        client.client().webhooks.verify_header(
            event_body=request.body,
            event_signature=request.headers.get("WorkOS-Signature", ""),
            secret=settings.WORKOS_WEBHOOK_SECRET,
        )
        told: dict[str, Any] = json.loads(request.body)
        stored = events.store(told) if told["event"] in events.HANDLERS else None
    except (KeyError, TypeError, ValueError):  # a signature of no known form, or a body that isn't an event
        return HttpResponse("not an event that WorkOS signed\n", status=400, content_type="text/plain")
    if stored:
        async_task("accounts.tasks.apply_workos_event", stored.event_id)
    return HttpResponse("ok\n", content_type="text/plain")
