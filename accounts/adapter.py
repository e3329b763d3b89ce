"""Which of allauth's decisions are ours?"""

from __future__ import annotations

from typing import Any

from allauth.account.adapter import DefaultAccountAdapter
from django.http import HttpRequest

from accounts.http import actor, client_ip
from tenants import audit


class AccountAdapter(DefaultAccountAdapter):
    """Accounts are made by managers and staff, never by signing up; sign-ins are audited."""

    def is_open_for_signup(self, _request: HttpRequest) -> bool:
        """Nobody signs up by themselves."""
        return False

    def get_client_ip(self, request: HttpRequest) -> str:
        """The same address as the audit log's, IPv4-mapped ones unwrapped."""
        return client_ip(request) or "0.0.0.0"  # noqa: S104  (a bucket for the unknown, nothing is bound)

    def login(self, request: HttpRequest, user: Any) -> None:
        """Sign in, and leave an event."""
        super().login(request, user)
        audit.record(None, actor=actor(request), action="account:signed_in", subject_kind="user", subject_id=str(user.pk))

    def logout(self, request: HttpRequest) -> None:
        """Leave an event while it's still known who it is, and sign out."""
        audit.record(None, actor=actor(request), action="account:signed_out")
        super().logout(request)

    def authentication_failed(self, request: HttpRequest, **_credentials: Any) -> None:
        """A failed sign-in is an event too."""
        audit.record(None, actor=actor(request), action="account:sign_in_failed")
