"""How does a person get a second factor?

allauth's pages set it up, change it and take it away, and ask for it before. What they leave open is decided here: the
first factor needs a sign-in of just now, since there is nothing else yet to ask for; and setting one up uses it.
"""

from __future__ import annotations

import time
from collections.abc import Callable
from functools import wraps

from allauth.mfa.base.internal.flows import post_authentication
from allauth.mfa.models import Authenticator
from allauth.mfa.totp import views as totp
from allauth.mfa.webauthn import views as webauthn
from django.http import HttpRequest, HttpResponse
from django.shortcuts import render

from accounts import factors

JUST_NOW_SECONDS = 15 * 60


def enrolling(view: Callable[..., HttpResponse]) -> Callable[..., HttpResponse]:
    """A page of allauth's that adds a factor."""

    @wraps(view)
    def enrol(request: HttpRequest) -> HttpResponse:
        known = set(factors.of(request.user).values_list("pk", flat=True))
        if not known and not _signed_in_just_now(request):
            return render(request, "accounts/sign_in_again.html", {"path": request.path})
        response = view(request)
        for added in factors.of(request.user).exclude(pk__in=known):
            _use(request, added)
        return response

    return enrol


activate_totp = enrolling(totp.activate_totp)
add_webauthn = enrolling(webauthn.add_webauthn)


def _signed_in_just_now(request: HttpRequest) -> bool:
    begun = factors.sign_in(request)
    return begun is not None and time.time() - begun["at"] < JUST_NOW_SECONDS


def _use(request: HttpRequest, added: Authenticator) -> None:
    """The code that proved an authenticator app is used up, and counts as its first use; so does a passkey's answer."""
    if added.type == Authenticator.Type.WEBAUTHN or added.wrap().validate_code(request.POST["code"]):
        post_authentication(request, added, reauthenticated=True)
