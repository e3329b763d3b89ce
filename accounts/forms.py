"""Who may ask for a code?"""

from __future__ import annotations

from allauth.account.forms import RequestLoginCodeForm

from accounts import invitation
from accounts.adapter import local_code_allowed
from accounts.models import User


class CodeRequestForm(RequestLoginCodeForm):
    """Treats whom no code may let in like whom nobody knows: the same answer, and the same mail."""

    _user: User | None

    def clean_email(self) -> str:
        """The address; whose it is, only where a code may be sent. Who is invited gets an account with the first one."""
        email: str = super().clean_email()
        self._user = self._user or invitation.account_for(email)
        if self._user is not None and not local_code_allowed(self._user):
            self._user = None
        return email
