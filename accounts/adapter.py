"""Which of allauth's decisions are ours?"""

from __future__ import annotations

from typing import Any

from allauth.account.adapter import DefaultAccountAdapter
from django.http import HttpRequest

from accounts.http import actor, client_ip
from accounts.models import Membership
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

    def login(self, request: HttpRequest, user: Any) -> None:
        """Sign in, and leave an event in the log of each tenant the person belongs to."""
        super().login(request, user)
        for tenant in _tenants(user):
            audit.record(tenant, actor=actor(request), action="account:signed_in")

    def logout(self, request: HttpRequest) -> None:
        """Leave the events while it's still known who it is, and sign out."""
        for tenant in _tenants(request.user):
            audit.record(tenant, actor=actor(request), action="account:signed_out")
        super().logout(request)


def _tenants(user: Any) -> list[Tenant | None]:
    """A person's tenants; for who belongs to none (internal staff) the log that belongs to none."""
    return [membership.tenant for membership in Membership.objects.of_user(user).select_related("tenant")] or [None]
