"""How does a person get a second factor, and lose one?

allauth's pages do it, and ask for a factor before. What they leave open is decided here: the first factor needs a
sign-in of just now, since there is nothing else yet to ask for; setting one up uses it; and what changed is audited.
"""

from __future__ import annotations

import time
from collections.abc import Callable
from functools import wraps
from typing import cast

from allauth.mfa.base.internal.flows import post_authentication
from allauth.mfa.models import Authenticator
from allauth.mfa.recovery_codes import views as recovery_codes
from allauth.mfa.totp import views as totp
from allauth.mfa.webauthn import views as webauthn
from bson import ObjectId
from django.conf import settings
from django.core.exceptions import PermissionDenied
from django.http import HttpRequest, HttpResponse
from django.shortcuts import render

from accounts import factors, staff
from accounts.adapter import leave_event
from accounts.models import User

View = Callable[..., HttpResponse]
JUST_NOW_SECONDS = 15 * 60


def changing(view: View) -> View:
    """A page of allauth's that adds factors or takes them away: each is used at once, and leaves an event."""

    @wraps(view)
    def watched(request: HttpRequest, **kwargs: ObjectId) -> HttpResponse:
        before = _all(request)
        response = view(request, **kwargs)
        after = _all(request)
        for factor in [after[pk] for pk in after if pk not in before]:
            _use(request, factor)
            leave_event(request, "account:factor_added", factor=factor.type)
        for factor in [before[pk] for pk in before if pk not in after]:
            leave_event(request, "account:factor_removed", factor=factor.type)
        return response

    return watched


def adding(view: View) -> View:
    """The same for one that adds: whoever has none yet must have signed in just now."""

    @wraps(view)
    def enrol(request: HttpRequest) -> HttpResponse:
        if not offered(request):
            raise PermissionDenied("Your organization asks for second factors on its own sign-in page.")
        if not factors.of(cast(User, request.user)).exists() and not _signed_in_just_now(request):
            return render(request, "accounts/sign_in_again.html", {"path": request.path})
        return changing(view)(request)

    return enrol


activate_totp = adding(totp.activate_totp)
deactivate_totp = changing(totp.deactivate_totp)
add_webauthn = adding(webauthn.add_webauthn)
remove_webauthn = changing(webauthn.remove_webauthn)
generate_recovery_codes = changing(recovery_codes.generate_recovery_codes)


def offered(request: HttpRequest) -> bool:
    """Whether the asking person may set up a factor here: not who acts as somebody, nor members who come by WorkOS."""
    if getattr(request, "impersonation", None) is not None:
        return False
    return not settings.WORKOS_API_KEY or staff.standing(request) is not None


def _all(request: HttpRequest) -> dict[ObjectId, Authenticator]:
    found: dict[ObjectId, Authenticator] = Authenticator.objects.filter(user_id=request.user.pk).in_bulk()
    return found


def _signed_in_just_now(request: HttpRequest) -> bool:
    begun = factors.sign_in(request)
    return begun is not None and time.time() - begun["at"] < JUST_NOW_SECONDS


def _use(request: HttpRequest, added: Authenticator) -> None:
    """The code that proved an authenticator app is used up, and counts as its first use; so does a passkey's answer."""
    app = added.type == Authenticator.Type.TOTP
    if added.type == Authenticator.Type.WEBAUTHN or (app and added.wrap().validate_code(request.POST["code"])):
        post_authentication(request, added, reauthenticated=True)
