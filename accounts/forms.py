"""Who may ask for a code, and whom does a manager invite?"""

from __future__ import annotations

from allauth.account.forms import RequestLoginCodeForm
from django import forms

from accounts import invitation
from accounts.adapter import local_code_allowed
from accounts.models import User
from accounts.roles import Role

ROLES = (
    (Role.ANALYST, "Analyst: decides about findings"),
    (Role.MANAGER, "Manager: also connects systems and manages members"),
    (Role.VIEWER, "Viewer: reads"),
    (Role.AUDITOR, "Auditor: reads, and sees the audit log"),
)


class CodeRequestForm(RequestLoginCodeForm):
    """Treats whom no code may let in like whom nobody knows: the same answer, and the same mail."""

    _user: User | None

    def clean_email(self) -> str:
        """The address; whose it is, only where a code may be sent. The invited get an account by asking for one."""
        email: str = super().clean_email()
        self._user = self._user or invitation.account_for(email)
        if self._user is not None and not local_code_allowed(self._user):
            self._user = None
        return email


class InviteForm(forms.Form):
    """An address and the role it gets."""

    email = forms.EmailField(label="E-mail address", widget=forms.EmailInput(attrs={"autocomplete": "off"}))
    role = forms.ChoiceField(choices=ROLES)


class RoleForm(forms.Form):
    """A member's new role, and the one that the manager saw."""

    role = forms.ChoiceField(choices=ROLES)
    seen = forms.CharField(max_length=16)
