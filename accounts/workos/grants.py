"""Does WorkOS still vouch for a session?

An access token lives for minutes. When it has run out, one request renews it under a lock and the others wait for its
result. While WorkOS doesn't answer, sessions go on for as long as a session may last; nobody new gets in meanwhile.
"""

from __future__ import annotations

import time
from datetime import UTC, datetime, timedelta
from typing import cast

import structlog
from django.conf import settings
from django.core.cache import cache
from django.http import HttpRequest
from django.utils import timezone

from accounts import session
from accounts.http import actor
from accounts.membership import join
from accounts.models import User
from accounts.seal import REFRESH_TOKEN
from accounts.workos import client, memberships
from accounts.workos.admission import NotAdmitted, is_internal, place, staff_role
from accounts.workos.client import Declined, Granted, Unavailable
from accounts.workos.models import Grant
from accounts.workos.token import Claims

LOCK_SECONDS = 15  # longer than WorkOS may take to answer
WAIT_SECONDS = 6
LEFT_ALONE_SECONDS = 30
DOWN = "workos:down"
log = structlog.get_logger(__name__)


def begin(request: HttpRequest, *, user: User, claims: Claims, sealed: str) -> None:
    """Bind the browser's new session to the one at WorkOS."""
    keep(user=user, claims=claims, sealed=sealed)
    request.session[session.WORKOS] = {"sid": claims.sid, "org_id": claims.org_id}


def keep(*, user: User, claims: Claims, sealed: str) -> None:
    """Write down what a sign-in or its renewal granted. `sealed` is the refresh token, encrypted."""
    fields = {
        "user": user,
        "organization_id": claims.org_id,
        "claims": claims.kept(),
        "refresh_token": sealed,
        "expires_at": datetime.fromtimestamp(claims.exp, UTC),
    }
    if not Grant.objects.filter(session_id=claims.sid).update(**fields):
        Grant.objects.create(session_id=claims.sid, **fields)


def drop(*, session_id: str) -> None:
    """Forget it: the session is over."""
    Grant.objects.filter(session_id=session_id).delete()


def doubt(*, user: User | None = None, organization_id: str) -> None:
    """Have sessions in the organization ask WorkOS again at their next request."""
    doubted = Grant.objects.filter(organization_id=organization_id)
    if user is not None:
        doubted = doubted.filter(user=user)
    doubted.update(expires_at=timezone.now())


def sweep() -> None:
    """Forget what no session can need any more."""
    Grant.objects.filter(expires_at__lt=timezone.now() - _grace()).delete()


def stands(request: HttpRequest) -> bool:
    """Whether the request's session, one that began at WorkOS, may go on. Asks WorkOS when the time has come."""
    grant = _grant(request)
    if grant is None or not settings.WORKOS_API_KEY:
        return False
    if grant.expires_at > timezone.now():
        return True
    if cache.get(DOWN):
        return _within_grace(grant)
    lock = f"workos:renewing:{grant.session_id}"
    if not cache.add(lock, 1, LOCK_SECONDS):
        return _others_result(request, lock)
    try:
        latest = _grant(request)  # who held the lock until now may have renewed it
        if latest is not None and (latest.expires_at > timezone.now() or _renewed(request, latest)):
            return True
        drop(session_id=grant.session_id)  # before those who wait look
        return False
    finally:
        cache.delete(lock)


def claimed_role(request: HttpRequest) -> str | None:
    """The role in the session's organization, as WorkOS said at the sign-in or its last renewal."""
    grant = _grant(request) if session.WORKOS in request.session else None
    return grant.claims.get("role") if grant else None


def _grant(request: HttpRequest) -> Grant | None:
    return Grant.objects.filter(
        session_id=request.session[session.WORKOS]["sid"],
        user=cast(User, request.user),
        organization_id=session.organization_of(request),
    ).first()


def _others_result(request: HttpRequest, lock: str) -> bool:
    deadline = time.monotonic() + WAIT_SECONDS
    while cache.get(lock) and time.monotonic() < deadline:
        time.sleep(0.05)
    grant = _grant(request)
    return grant is not None and _within_grace(grant)


def _within_grace(grant: Grant) -> bool:
    return grant.expires_at + _grace() > timezone.now()


def _grace() -> timedelta:
    return timedelta(seconds=settings.SESSION_COOKIE_AGE)


def _renewed(request: HttpRequest, grant: Grant) -> bool:
    refresh_token = REFRESH_TOKEN.open_(grant.refresh_token)
    if refresh_token is None:
        return False  # sealed under a SECRET_KEY that is gone
    try:
        granted = client.renew(refresh_token=refresh_token)
    except Unavailable:
        cache.set(DOWN, 1, LEFT_ALONE_SECONDS)
        return _within_grace(grant)
    except Declined:
        return False
    return _same_session(grant, granted) and _kept(request, grant, granted)


def _same_session(grant: Grant, granted: Granted) -> bool:
    before = (grant.session_id, grant.claims["sub"], grant.organization_id)
    return before == (granted.claims.sid, granted.claims.sub, granted.claims.org_id)


def _kept(request: HttpRequest, grant: Grant, granted: Granted) -> bool:
    try:
        placed = staff_role(granted.claims) if is_internal(granted.claims.org_id) else place(granted.claims)
    except NotAdmitted as refusal:
        log.info("session no longer admitted", why=str(refusal))
        return False
    keep(user=grant.user, claims=granted.claims, sealed=REFRESH_TOKEN.close(granted.refresh_token))
    if isinstance(placed, tuple):
        tenant, role = placed
        if memberships.removed(tenant=tenant, user=grant.user):
            return False
        join(tenant=tenant, user=grant.user, role=role, actor=actor(request))
    return True
