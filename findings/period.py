"""Which days does a report cover, as its tenant's calendar counts them?"""

from __future__ import annotations

from dataclasses import dataclass
from datetime import date, datetime, time, timedelta
from typing import Any, Self
from zoneinfo import ZoneInfo

from django import forms
from django.utils import timezone

from tenants.models import Tenant

USUAL_DAYS = 30
MOST_DAYS = 366
MOST_MOMENTS = 62


@dataclass(frozen=True, slots=True)
class Period:
    """From the beginning of the day `since` to the end of the day `until`, in `zone`."""

    since: date
    until: date
    zone: ZoneInfo

    @classmethod
    def usual(cls, tenant: Tenant) -> Self:
        """The last thirty days, today included."""
        today = _today(tenant)
        return cls(today - timedelta(days=USUAL_DAYS - 1), today, ZoneInfo(tenant.time_zone))

    @property
    def start(self) -> datetime:
        """Its first moment."""
        return _midnight(self.since, self.zone)

    @property
    def end(self) -> datetime:
        """The first moment after it."""
        return _midnight(self.until + timedelta(days=1), self.zone)

    @property
    def days(self) -> list[date]:
        """Its days, or when they are many, evenly spaced ones that end in the last."""
        count = (self.until - self.since).days + 1
        step = -(-count // MOST_MOMENTS)
        return [self.until - timedelta(days=back) for back in range(0, count, step)][::-1]

    def ends(self) -> list[datetime]:
        """The first moment after each of `days`."""
        return [_midnight(day + timedelta(days=1), self.zone) for day in self.days]

    def __str__(self) -> str:
        return f"{_spoken(self.since)} – {_spoken(self.until)}"


class PeriodForm(forms.Form):
    """The days as somebody types them; the usual ones where nothing was typed."""

    def __init__(self, data: Any, *, tenant: Tenant) -> None:
        self.usual = Period.usual(tenant)
        given = {"from": data.get("from") or self.usual.since, "to": data.get("to") or self.usual.until}
        super().__init__(given)
        widget = forms.DateInput(attrs={"type": "date", "max": self.usual.until.isoformat()}, format="%Y-%m-%d")
        for name, label in {"from": "From", "to": "To and including"}.items():
            wrong = {"invalid": "Write the day as 2026-11-24."}
            self.fields[name] = forms.DateField(
                label=label, input_formats=["%Y-%m-%d"], widget=widget, error_messages=wrong
            )

    def clean(self) -> dict[str, Any]:
        """Both days together: in order, not in the future, and not too many."""
        days = self.cleaned_data
        if "from" not in days or "to" not in days:
            return days
        if days["to"] > self.usual.until:
            self.add_error("to", "This day is still to come.")
        elif days["from"] > days["to"]:
            self.add_error("from", "This day is after the last one.")
        elif (days["to"] - days["from"]).days >= MOST_DAYS:
            self.add_error("from", f"A report covers at most {MOST_DAYS} days.")
        return days

    @property
    def period(self) -> Period:
        """What was asked for. Only of a valid form."""
        return Period(self.cleaned_data["from"], self.cleaned_data["to"], self.usual.zone)


def _today(tenant: Tenant) -> date:
    return timezone.localdate(timezone=ZoneInfo(tenant.time_zone))


def _midnight(day: date, zone: ZoneInfo) -> datetime:
    return datetime.combine(day, time(), tzinfo=zone)


def _spoken(day: date) -> str:
    return f"{day.day} {day:%B %Y}"
