"""What does a person fill in to connect a system, to classify data or to attest an owner, and what do those words mean?

The fields follow from the source's settings. A secret is only ever typed in: no form gives one back.
"""

from __future__ import annotations

from collections.abc import Collection, Mapping
from datetime import UTC, date, datetime, time, timedelta
from typing import Any
from zoneinfo import ZoneInfo

from django import forms
from django.core.exceptions import ValidationError
from django.core.validators import RegexValidator
from django.utils import timezone

from connectors.inventory.classification import NAME_LENGTH
from connectors.models import Connection
from connectors.source import Setting, Source
from tenants.models import Tenant

LONGEST, LONGEST_TEXT = 4096, 32_768
ATTESTED_DAYS = 365  # if nothing else is chosen
MOST_ATTESTED_DAYS = 3 * 366
MOST_LINES = 500
SCHEDULE = (
    (0, "Only when asked"),
    (1, "Every hour"),
    (6, "Every 6 hours"),
    (12, "Every 12 hours"),
    (24, "Every day"),
    (72, "Every 3 days"),
    (168, "Every week"),
)
MOVED = "The address is another one: enter this again, or what is stored would be sent there."
_VALUE, _FORGET = "setting_", "forget_"


class LinesField(forms.CharField):
    """A list, one value a line; empty lines and repetitions go."""

    widget = forms.Textarea

    def to_python(self, value: Any) -> Any:
        """The values in the order typed."""
        text = super().to_python(value) or ""
        return list(dict.fromkeys(line.strip() for line in text.splitlines() if line.strip()))

    def run_validators(self, value: Any) -> None:
        """Each value by itself; the message names the first that is wrong."""
        if len(value) > MOST_LINES:
            raise ValidationError(f"At most {MOST_LINES} lines.")
        for line in value:
            try:
                super().run_validators(line)
            except ValidationError as error:
                raise ValidationError([f"“{line[:80]}”: {message}" for message in error.messages]) from None

    def prepare_value(self, value: Any) -> Any:
        """A stored list as lines; what was typed as it was."""
        return "\n".join(value) if isinstance(value, list) else value


class UnfilledTextarea(forms.Textarea):
    """For a secret of several lines, which no page shows."""

    def format_value(self, value: Any) -> str | None:
        """Nothing, whatever is known."""
        return None


def setting_fields(source: Source, sealed: Collection[str] = ()) -> dict[str, forms.Field]:
    """The form fields of a source's settings. `sealed` names the secrets that are already stored."""
    fields: dict[str, forms.Field] = {}
    for setting in source.settings:
        stored = setting.secret and setting.name in sealed
        if setting.typed:
            fields[_VALUE + setting.name] = _field(setting, stored=stored)
        if stored and not setting.required:
            label = f"Forget the stored {setting.label.lower()}"
            fields[_FORGET + setting.name] = forms.BooleanField(label=label, required=False)
    return fields


def _field(setting: Setting, *, stored: bool) -> forms.Field:
    validators = []
    if setting.pattern:
        message = setting.pattern_help or "This isn't in the form expected here."
        validators = [RegexValidator(rf"\A(?:{setting.pattern})\Z", message)]
    options: dict[str, Any] = {
        "label": setting.label,
        "help_text": f"{setting.help} Set – leave empty to keep." if stored else setting.help,
        "required": setting.required and not stored,
        "validators": validators,
    }
    if setting.multiple:
        return LinesField(widget=forms.Textarea({"placeholder": setting.placeholder, "rows": 3}), **options)
    if setting.lines:
        text = UnfilledTextarea({"rows": 5, "spellcheck": "false", "autocomplete": "off"})
        return forms.CharField(widget=text, max_length=LONGEST_TEXT, **options)
    if setting.secret:
        widget: forms.Widget = forms.PasswordInput({"autocomplete": "new-password"}, render_value=False)
    else:
        widget = forms.TextInput({"placeholder": setting.placeholder, "autocomplete": "off", "spellcheck": "false"})
    return forms.CharField(widget=widget, max_length=LONGEST, **options)


def setting_values(connection: Connection) -> dict[str, Any]:
    """The stored settings as the initial values of their fields; secrets have none."""
    return {_VALUE + name: value for name, value in connection.settings.items()}


def plain_settings(source: Source, cleaned: Mapping[str, Any]) -> dict[str, Any]:
    """What was filled in of the settings that aren't secret; what was left empty is absent."""
    given = {setting.name: cleaned.get(_VALUE + setting.name) for setting in source.settings if not setting.secret}
    return {name: value for name, value in given.items() if value}


def secret_settings(source: Source, cleaned: Mapping[str, Any]) -> dict[str, str | None]:
    """The secrets that were typed in, and None for each that is to be forgotten."""
    given: dict[str, str | None] = {}
    for setting in source.settings:
        if not setting.secret:
            continue
        if value := cleaned.get(_VALUE + setting.name):
            given[setting.name] = value
        elif cleaned.get(_FORGET + setting.name):
            given[setting.name] = None
    return given


class ConnectionForm(forms.Form):
    """A connection's name and schedule, and after them its source's settings."""

    name = forms.CharField(max_length=120, help_text="As it should appear in lists: “AWS production”.")
    every_hours = forms.TypedChoiceField(label="Scan", choices=SCHEDULE, coerce=int, initial=24)

    def __init__(self, *args: Any, source: Source, connection: Connection | None = None, **kwargs: Any) -> None:
        if connection:
            stored = {"name": connection.name, "every_hours": connection.every_hours}
            kwargs["initial"] = stored | setting_values(connection)
        super().__init__(*args, **kwargs)
        self.source = source
        self._sealed = tuple(connection.sealed) if connection else ()
        self.fields.update(setting_fields(source, self._sealed))
        every = self.fields["every_hours"]
        if connection and connection.every_hours not in dict(SCHEDULE):
            every.choices = [*SCHEDULE, (connection.every_hours, f"Every {connection.every_hours} hours")]  # type: ignore[attr-defined]

    def clean(self) -> dict[str, Any]:
        """A stored secret goes to no other address than the one it was entered for."""
        cleaned = super().clean() or self.cleaned_data
        addresses = [setting.name for setting in self.source.settings if setting.address]
        granted = {setting.name for setting in self.source.settings if not setting.typed}
        moved = any(cleaned.get(_VALUE + name) != self.initial.get(_VALUE + name) for name in addresses)
        for name in set(self._sealed) - granted if moved else ():
            if not (cleaned.get(_VALUE + name) or cleaned.get(_FORGET + name)):
                self.add_error(_VALUE + name, MOVED)
        return cleaned

    @property
    def values(self) -> dict[str, Any]:
        """What connect.create and connect.change take, after validation."""
        return {
            "name": self.cleaned_data["name"],
            "every_hours": self.cleaned_data["every_hours"],
            "settings": plain_settings(self.source, self.cleaned_data),
            "secret": secret_settings(self.source, self.cleaned_data),
        }


class ObjectVerdictForm(forms.Form):
    """Whether one resource holds a data domain, and why."""

    domain = forms.CharField(
        max_length=NAME_LENGTH, widget=forms.TextInput({"list": "known-domains", "autocomplete": "off"})
    )
    holds = forms.TypedChoiceField(
        label="Verdict", choices=((1, "is held"), (0, "is not held")), coerce=lambda value: value == "1", initial=1
    )
    reason = forms.CharField(max_length=500, help_text="For whoever reads it in a year.")

    def clean_domain(self) -> str:
        """In small letters, as the rules write them."""
        return " ".join(str(self.cleaned_data["domain"]).casefold().split())

    @property
    def values(self) -> dict[str, Any]:
        """What domains.decide takes, after validation."""
        return dict(self.cleaned_data)


class PatternVerdictForm(ObjectVerdictForm):
    """Whether all resources whose name matches hold it."""

    name = forms.CharField(
        label="Name like",
        max_length=200,
        help_text="* stands for anything, ? for one character: payroll-*.",
        widget=forms.TextInput({"placeholder": "payroll-*", "autocomplete": "off", "spellcheck": "false"}),
    )
    field_order = ["name", "holds", "domain", "reason"]


class AttestationForm(forms.Form):
    """Who answers for an object, until the end of which day where the tenant lives."""

    email = forms.EmailField(
        label="Who answers for it", max_length=254, widget=forms.EmailInput({"autocomplete": "email"})
    )
    until = forms.DateField(label="Valid until", widget=forms.DateInput({"type": "date"}, format="%Y-%m-%d"))
    note = forms.CharField(max_length=500, required=False, help_text="How you know, or what they agreed to.")

    def __init__(self, *args: Any, tenant: Tenant, **kwargs: Any) -> None:
        self._zone = ZoneInfo(tenant.time_zone)
        self._today = timezone.now().astimezone(self._zone).date()
        until = {"until": self._today + timedelta(days=ATTESTED_DAYS)}
        super().__init__(*args, **kwargs | {"initial": until | kwargs.get("initial", {})})

    def clean_until(self) -> date:
        """In the future, and not for ever."""
        given: date = self.cleaned_data["until"]
        if given <= self._today:
            raise ValidationError("Choose a day in the future.")
        if given > self._today + timedelta(days=MOST_ATTESTED_DAYS):
            raise ValidationError("Choose a day within three years: whoever answers for it should say so again.")
        return given

    @property
    def values(self) -> dict[str, Any]:
        """What attestation.attest takes, after validation."""
        last_moment = time(23, 59, 59, 999000, self._zone)  # MongoDB keeps milliseconds
        until = datetime.combine(self.cleaned_data["until"], last_moment).astimezone(UTC)
        return {"email": self.cleaned_data["email"], "note": self.cleaned_data["note"] or None, "until": until}
