"""Which second factors does a person have, when was one used, and how are their seeds kept?

allauth.mfa asks for the factor at each sign-in once there is one, and remembers in the session when it was used.
"""

from __future__ import annotations

from typing import Any

from allauth.account.authentication import get_authentication_records
from allauth.mfa.adapter import DefaultMFAAdapter
from allauth.mfa.models import Authenticator
from django.contrib.auth.models import AnonymousUser
from django.db.models import QuerySet
from django.http import HttpRequest

from accounts.models import User
from accounts.seal import FACTOR

MFA = "mfa"  # allauth's method of the records that a factor leaves; any other signed somebody in


class MFAAdapter(DefaultMFAAdapter):
    """Seeds of authenticator apps and recovery codes are sealed; a copy of the database makes no codes."""

    def encrypt(self, text: str) -> str:
        """The seed, sealed."""
        return FACTOR.close(text)

    def decrypt(self, encrypted_text: str) -> str:
        """The seed. ValidationError where the key is gone: no code is right then."""
        seed = FACTOR.open_(encrypted_text)
        if seed is None:
            raise self.validation_error("incorrect_code")
        return seed

    def generate_authenticator_name(self, user: User, type: Authenticator.Type) -> str:  # noqa: A002
        """What the field for a passkey's name suggests."""
        number = Authenticator.objects.filter(user=user, type=type).count() + 1
        return "Passkey" if number == 1 else f"Passkey {number}"


def of(user: User | AnonymousUser) -> QuerySet[Authenticator]:
    """The person's factors; recovery codes only stand in for one."""
    found: QuerySet[Authenticator] = Authenticator.objects.filter(user_id=user.pk)
    return found.exclude(type=Authenticator.Type.RECOVERY_CODES)


def forget(*, user: User) -> None:
    """Take all factors away: the next sign-in asks for none."""
    Authenticator.objects.filter(user=user).delete()


def sign_in(request: HttpRequest) -> dict[str, Any] | None:
    """How and when (`method`, `at` in seconds since 1970) the session began, by allauth's record of it."""
    return next((record for record in reversed(_records(request)) if record["method"] != MFA), None)


def used(request: HttpRequest) -> list[dict[str, Any]]:
    """The factors (`type`, `at`) that were used since the sign-in, or with it; the oldest first."""
    begun = sign_in(request)
    return [each for each in _records(request) if begun and each["method"] == MFA and each["at"] >= begun["at"]]


def _records(request: HttpRequest) -> list[dict[str, Any]]:
    """Of whom the session belongs to, whoever they act as."""
    acting = getattr(request, "impersonation", None)
    records: list[dict[str, Any]] = get_authentication_records(request, acting.actor if acting else request.user)
    return records
