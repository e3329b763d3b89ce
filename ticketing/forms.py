"""What does a person fill in about a ticket system?"""

from __future__ import annotations

from typing import Any

from django import forms
from django.core.validators import RegexValidator

from ticketing.models import TicketSystem
from ticketing.system import Field, Kind

LONGEST = 400
MOVED = "The address is another one: enter this again, or what is stored would be sent there."


class SystemForm(forms.Form):
    """A name and the settings of its kind. A secret is only ever typed in: no form gives one back."""

    name = forms.CharField(max_length=120, help_text="As people shall read it on a finding.")

    def __init__(self, *args: Any, kind: Kind, system: TicketSystem | None = None, **options: Any) -> None:
        super().__init__(*args, **options)
        self._kind, self._system = kind, system
        held = system.settings if system else {}
        self.initial.setdefault("name", system.name if system else kind.label)
        for each in kind.fields:
            self.fields[each.name] = _field(each, stored=bool(system and each.name in system.sealed))
            if not each.secret:
                self.initial.setdefault(each.name, held.get(each.name, each.default))

    def clean(self) -> dict[str, Any]:
        """A secret is never sent to an address that it wasn't entered for."""
        cleaned: dict[str, Any] = super().clean() or {}
        held = self._system.settings if self._system else {}
        moved = held and any(each.address and cleaned.get(each.name) != held[each.name] for each in self._kind.fields)
        for each in self._kind.fields:
            if moved and each.secret and not cleaned.get(each.name):
                self.add_error(each.name, MOVED)
        return cleaned

    @property
    def settings(self) -> dict[str, str]:
        """What isn't secret, after validation; what was left empty is absent."""
        return {each.name: value for each in self._kind.fields if not each.secret and (value := self._value(each))}

    @property
    def secret(self) -> dict[str, str]:
        """The secrets that were typed."""
        return {each.name: value for each in self._kind.fields if each.secret and (value := self._value(each))}

    def _value(self, field: Field) -> str:
        return str(self.cleaned_data.get(field.name) or "").strip()


def _field(field: Field, *, stored: bool) -> forms.Field:
    widget: forms.Widget = forms.TextInput({"autocomplete": "off", "spellcheck": "false"})
    if field.secret:
        widget = forms.PasswordInput({"autocomplete": "new-password"}, render_value=False)
    validators = [RegexValidator(rf"\A(?:{field.pattern})\Z", "This isn't in the form expected here.")]
    return forms.CharField(
        label=field.label,
        help_text=f"{field.help} Set – leave empty to keep." if stored else field.help,
        required=field.required and not stored,
        max_length=LONGEST,
        widget=widget,
        validators=validators if field.pattern else [],
    )
