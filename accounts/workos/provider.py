"""What does allauth need to know of WorkOS?"""

from __future__ import annotations

from typing import Any

from allauth.account.models import EmailAddress
from allauth.socialaccount.providers.base import Provider, ProviderAccount
from django.http import HttpRequest
from django.urls import reverse

from accounts.workos.admission import PROVIDER


class WorkOSProvider(Provider):
    """Reads WorkOS' user; the ways there and back are in accounts.workos.views. Its keys are settings, not records."""

    id = PROVIDER
    name = "WorkOS"
    account_class = ProviderAccount
    uses_apps = False
    supports_redirect = True

    def get_login_url(self, _request: HttpRequest, **_kwargs: Any) -> str:
        """The sign-in page."""
        return reverse("account_login")

    def extract_uid(self, data: dict[str, Any]) -> str:
        """WorkOS' user id."""
        return str(data["id"])

    def extract_extra_data(self, data: dict[str, Any]) -> dict[str, Any]:
        """What the identity's record shows to staff."""
        return {"email": data["email"]}

    def extract_common_fields(self, data: dict[str, Any]) -> dict[str, Any]:
        """Address and name."""
        names = (data.get("first_name"), data.get("last_name"))
        return {"email": data["email"], "name": " ".join(name for name in names if name)}

    def extract_email_addresses(self, data: dict[str, Any]) -> list[EmailAddress]:
        """The one address, verified or not."""
        return [EmailAddress(email=data["email"], verified=bool(data["email_verified"]), primary=True)]


provider_classes = [WorkOSProvider]
