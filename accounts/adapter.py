"""Which of allauth's decisions are ours?"""

from __future__ import annotations

from datetime import timedelta
from typing import Any

from allauth.account.adapter import DefaultAccountAdapter
from django.conf import settings
from django.http import HttpRequest, HttpResponse
from django.shortcuts import render
from django.utils import timezone

from accounts import invitation, staff
from accounts.http import actor, client_ip
from accounts.membership import note_sign_in, shut_out, tenants_of
from accounts.models import User
from accounts.session import WORKOS, organization_of
from accounts.workos import grants
from accounts.workos.token import Claims
from tenants import audit
from tenants.models import Tenant


class AccountAdapter(DefaultAccountAdapter):
    """Accounts are made by managers and staff, never by signing up; sign-ins are audited."""

    def is_open_for_signup(self, _request: HttpRequest) -> bool:
        """Nobody signs up by themselves."""
        return False

    def get_client_ip(self, request: HttpRequest) -> str:
        """The same address as the audit log's, IPv4-mapped ones unwrapped."""
        return client_ip(request) or "0.0.0.0"  # noqa: S104  (a bucket for the unknown, nothing is bound)

    def pre_login(
        self, request: HttpRequest, user: User, *, signal_kwargs: dict[str, Any] | None, **how: Any
    ) -> HttpResponse | None:
        """Refuse whoever must come through WorkOS and comes another way."""
        response: HttpResponse | None = super().pre_login(request, user, signal_kwargs=signal_kwargs, **how)
        if response is None and "sociallogin" not in (signal_kwargs or {}) and not local_code_allowed(user):
            return _refused(request, "Your organization signs in through its own sign-in page.")
        if response is None and not user.is_staff and shut_out(user):
            return _refused(request, "Your organization is deactivated here. Ask whoever runs sv0 for it.")
        return response

    def post_login(
        self, request: HttpRequest, user: User, *, signal_kwargs: dict[str, Any] | None, **how: Any
    ) -> HttpResponse:
        """Bind a session that began at WorkOS to it, and leave an event in the log of each tenant that it opens."""
        if sociallogin := (signal_kwargs or {}).get("sociallogin"):
            kept = sociallogin.state[WORKOS]
            grants.begin(request, user=user, claims=Claims.of(kept["claims"]), sealed=kept["refresh_token"])
        # A moment, not a number of seconds: those would begin anew whenever the session is saved.
        longest = timezone.now() + timedelta(seconds=settings.SESSION_COOKIE_AGE)
        request.session.set_expiry(staff.ends_at(request) if staff.standing(request) is not None else longest)
        response: HttpResponse = super().post_login(request, user, signal_kwargs=signal_kwargs, **how)
        invitation.accept(user=user, organization_id=organization_of(request), actor=actor(request))
        note_sign_in(request)
        leave_event(request, "account:signed_in")
        return response

    def send_notification_mail(
        self, template_prefix: str, user: User, context: dict[str, Any] | None = None, email: str | None = None
    ) -> None:
        """Whoever's factors have changed hears of it at the address of the account."""
        super().send_notification_mail(template_prefix, user, context, email or user.email)

    def logout(self, request: HttpRequest) -> None:
        """Leave the events while it's still known who it is, and sign out."""
        leave_event(request, "account:signed_out")
        if workos := request.session.get(WORKOS):
            grants.drop(session_id=workos["sid"])
        super().logout(request)


def local_code_allowed(_user: User) -> bool:
    """Whether a person may sign in by a code that sv0 itself sends: nobody, where WorkOS signs people in.

    Otherwise an organization's rule, such as single sign-on only, could be walked around.
    """
    return not settings.WORKOS_API_KEY


def _refused(request: HttpRequest, message: str) -> HttpResponse:
    return render(request, "accounts/refused.html", {"message": message}, status=403)


def leave_event(request: HttpRequest, action: str, **detail: str) -> None:
    """In the log of each tenant that the session opens; else (internal staff) in the log that belongs to none."""
    tenants: list[Tenant | None] = [*tenants_of(request)]
    for tenant in tenants or [None]:
        audit.record(tenant, actor=actor(request), action=action, detail=detail)
