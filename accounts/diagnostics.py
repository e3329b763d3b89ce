"""Who am I to sv0, how did I sign in, and which of my powers come from where?

What a membership gives in a tenant and what the internal organization gives to staff are told apart. Everybody sees
their own; staff may ask for another person's. Tokens, seeds and session keys appear nowhere.
"""

from __future__ import annotations

from datetime import UTC, datetime
from typing import Any, cast

from allauth.socialaccount.models import SocialAccount
from django.conf import settings
from django.http import HttpRequest, HttpResponse
from django.shortcuts import render
from django.utils import timezone
from django.views.decorators.cache import never_cache
from django.views.decorators.http import require_safe

from accounts import factors, session, staff
from accounts.impersonation import Impersonation
from accounts.membership import tenants_of
from accounts.models import Membership, Session, User
from accounts.roles import CAPABILITIES, STAFF_CAPABILITIES, Role, StaffCapability
from accounts.workos.admission import PROVIDER
from tenants.models import Tenant

METHODS = {"code": "a code sent by e-mail", "socialaccount": "WorkOS", "mfa": "a second factor"}
Fact = dict[str, Any]


@never_cache
@require_safe
def diagnostics(request: HttpRequest) -> HttpResponse:
    """The asking person's own; for staff also what there is to know of whoever `?person=` names by address."""
    user = cast(User, request.user)
    context: dict[str, Any] = {
        "person": _person(user),
        "session": _session(request),
        "memberships": _memberships(user, opened=tenants_of(request)),
        "staff": _staff(request),
        "wide": staff.may(request, StaffCapability.READ),
    }
    if context["wide"]:
        context |= {"installation": _installation(), "asked": request.GET.get("person", "").strip().lower()}
        context["other"] = _other(context["asked"])
    return render(request, "accounts/diagnostics.html", context)


def _fact(label: str, value: Any, *, hint: str = "", reason: str = "") -> Fact:
    return {"label": label, "value": value, "hint": hint, "reason": reason}


def _person(user: User) -> list[Fact]:
    return [
        _fact("Address", user.email),
        _fact("Name", user.name, reason="nobody has given one"),
        _fact("Account", "active" if user.is_active else "disabled"),
        _fact("Second factors", ", ".join(_factor(each) for each in factors.of(user).values("type")) or "none set up"),
    ]


def _session(request: HttpRequest) -> list[Fact]:
    begun, used = factors.sign_in(request), factors.used(request)
    return [
        _fact("Signed in with", METHODS.get(begun["method"], begun["method"]) if begun else None, reason="no record"),
        _fact("At", _time(begun["at"]) if begun else None, reason="no record"),
        _fact("Second factor used", "; ".join(f"{_factor(each)}, {_time(each['at'])}" for each in used) or "none"),
        _fact("Until", _until(request), hint="at the latest"),
        _fact("Organization", _organization(request)),
        _fact("Acting as somebody", _acting(request)),
    ]


def _factor(record: dict[str, Any]) -> str:
    words = {"totp": "authenticator app", "webauthn": "passkey", "recovery_codes": "recovery code"}
    return words.get(str(record.get("type")), "another one")


def _until(request: HttpRequest) -> str | None:
    record = Session.objects.filter(session_key=request.session.session_key).first()
    return f"{record.expire_date:%Y-%m-%d %H:%M} UTC" if record else None


def _time(seconds: float) -> str:
    return f"{datetime.fromtimestamp(seconds, UTC):%Y-%m-%d %H:%M} UTC"


def _organization(request: HttpRequest) -> str:
    organization_id = session.organization_of(request)
    if organization_id is None:
        return "none: it opens each tenant that you are a member of"
    if organization_id == settings.INTERNAL_ORG_ID:
        return f"internal staff's ({organization_id}): it opens no tenant"
    tenant = Tenant.objects.filter(workos_organization_id=organization_id).first()
    return f"{tenant.name if tenant else 'unknown'} ({organization_id}): it opens no other tenant"


def _acting(request: HttpRequest) -> str:
    acting: Impersonation | None = getattr(request, "impersonation", None)
    if acting is None:
        return "no"
    return f"yes: {acting.actor} as {acting.subject} at {acting.tenant.name}, until {acting.until:%H:%M} UTC"


def _memberships(user: User, *, opened: list[Tenant]) -> list[dict[str, Any]]:
    return [
        {
            "tenant": each.tenant.name,
            "role": each.role,
            "powers": ", ".join(sorted(CAPABILITIES[Role(each.role)])),
            "opened": each.tenant in opened,
        }
        for each in Membership.objects.of_user(user).select_related("tenant")
    ]


def _staff(request: HttpRequest) -> dict[str, Any] | None:
    """The internal role that the session stands for, with its powers, or with what is missing to use them."""
    standing, until = staff.standing(request), staff.ends_at(request)
    if standing is None:
        return None
    missing = "a second factor used in this session" if not factors.used(request) else ""
    if until is None or until <= timezone.now():
        missing = "a sign-in of today: these powers end after a working day"
    return {
        "facts": [
            _fact("Role", standing),
            _fact("Comes from", "the internal organization at WorkOS" if settings.WORKOS_API_KEY else "your account"),
            _fact("Until", f"{until:%Y-%m-%d %H:%M} UTC" if until else None, reason="no record of a sign-in"),
            _fact("Powers", ", ".join(sorted(STAFF_CAPABILITIES[standing])) if not missing else f"missing: {missing}"),
        ]
    }


def _installation() -> list[Fact]:
    workos = bool(settings.WORKOS_API_KEY)
    return [
        _fact("People sign in through", "WorkOS" if workos else "codes that sv0 sends by e-mail"),
        _fact("Internal organization", settings.INTERNAL_ORG_ID or ("not set" if workos else "not needed")),
        _fact("Tenants served", settings.SINGLE_TENANT_SLUG or "all"),
        _fact("Trusted proxies", settings.ALLAUTH_TRUSTED_PROXY_COUNT or "none"),
    ]


def _other(email: str) -> dict[str, Any] | None:
    user = User.objects.filter(email=email).first() if email else None
    if user is None:
        return None
    identities = SocialAccount.objects.filter(user=user, provider=PROVIDER).count()
    live = Session.objects.filter(user=user, expire_date__gt=timezone.now()).count()
    facts = [
        _fact("Identity at WorkOS", "known" if identities else "none"),
        _fact("Internal staff's account", "yes" if user.is_staff or user.is_superuser else "no"),
        _fact("Open sessions", live),
        _fact("Last sign-in", f"{user.last_login:%Y-%m-%d %H:%M} UTC" if user.last_login else None, reason="none yet"),
    ]
    return {"facts": [*_person(user), *facts], "memberships": _memberships(user, opened=[])}
