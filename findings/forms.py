"""What does a person fill in about rules, and what do those words mean?"""

from __future__ import annotations

from collections.abc import Mapping
from datetime import UTC, date, datetime, time
from typing import Any
from zoneinfo import ZoneInfo

from django import forms
from django.core.exceptions import ValidationError
from django.utils import timezone

from findings.evaluator import Rule
from findings.severity import Severity
from tenants.models import Tenant


class ThresholdForm(forms.Form):
    """A rule's numbers, each within its bounds."""

    def __init__(self, *args: Any, rule: Rule, held: Mapping[str, int], **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        for name, bounds in rule.thresholds.items():
            said = f"{bounds.unit}, {bounds.least} to {bounds.most:,}; {bounds.default:,} unless changed"
            self.fields[name] = forms.IntegerField(
                label=bounds.label,
                help_text=said,
                min_value=bounds.least,
                max_value=bounds.most,
                initial=held.get(name, bounds.default),
            )


class AcceptingForm(forms.Form):
    """When accepting a risk takes a second person, and how long before its end it is marked."""

    approval_from = forms.ChoiceField(
        label="A second person approves",
        required=False,
        choices=[("", "Never"), *((each.value, f"From {each.value} on") for each in Severity)],
        help_text="Who accepts such a finding only proposes it; a manager who is somebody else approves or refuses.",
    )
    warn_days = forms.IntegerField(
        label="Days of warning",
        min_value=1,
        max_value=90,
        help_text="So long before it ends, an acceptance is marked as ending soon.",
    )


class OffForm(forms.Form):
    """Why a rule is switched off."""

    reason = forms.CharField(
        label="Why it is switched off", max_length=500, help_text="For whoever reads it in a year."
    )


class ApprovalForm(forms.Form):
    """Which AI is approved, why, and until the end of which day where the tenant lives."""

    name = forms.CharField(
        label="Name",
        max_length=200,
        help_text="Of an agent or a model deployment; * stands for anything, ? for one character.",
        widget=forms.TextInput({"autocomplete": "off", "spellcheck": "false", "placeholder": "newsroom-*"}),
    )
    reason = forms.CharField(max_length=500, help_text="Who looked at it, and what for.")
    until = forms.DateField(
        label="Valid until", required=False, widget=forms.DateInput({"type": "date"}, format="%Y-%m-%d")
    )

    def __init__(self, *args: Any, tenant: Tenant, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        self._zone = ZoneInfo(tenant.time_zone)

    def clean_until(self) -> date | None:
        """In the future, if at all."""
        given: date | None = self.cleaned_data["until"]
        if given and given <= timezone.now().astimezone(self._zone).date():
            raise ValidationError("Choose a day in the future, or none.")
        return given

    @property
    def values(self) -> dict[str, Any]:
        """What ruling.approve takes, after validation."""
        given, last = self.cleaned_data["until"], time(23, 59, 59, 999000, self._zone)  # MongoDB keeps milliseconds
        until = datetime.combine(given, last).astimezone(UTC) if given else None
        return {"name": self.cleaned_data["name"], "reason": self.cleaned_data["reason"], "until": until}
