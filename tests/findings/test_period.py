"""Which days are asked for, and is nonsense refused in words?"""

from __future__ import annotations

from datetime import UTC, date, datetime
from typing import Any
from zoneinfo import ZoneInfo

import pytest
from django.utils import timezone

from findings.period import MOST_MOMENTS, Period, PeriodForm
from tenants.models import Tenant

TENANT = Tenant(slug="acme", name="Acme Media", time_zone="Europe/Madrid")


@pytest.fixture(autouse=True)
def late_evening(monkeypatch: Any) -> None:
    """Half past eleven in London and past midnight in Madrid: the 24th there, the 23rd here."""
    monkeypatch.setattr(timezone, "now", lambda: datetime(2026, 11, 23, 23, 30, tzinfo=UTC))


def form(**days: str) -> PeriodForm:
    given = {"from": days["since"]} if "since" in days else {}
    return PeriodForm(given | ({"to": days["to"]} if "to" in days else {}), tenant=TENANT)


def test_usually_the_last_thirty_days_of_the_tenants_calendar():
    period = Period.usual(TENANT)
    assert (period.since, period.until) == (date(2026, 10, 26), date(2026, 11, 24))
    assert str(period) == "26 October 2026 – 24 November 2026"
    assert len(period.days) == 30


def test_begins_and_ends_at_the_tenants_midnight_also_across_a_clock_change():
    period = Period(date(2026, 10, 24), date(2026, 10, 26), ZoneInfo("Europe/Madrid"))
    assert period.start == datetime(2026, 10, 23, 22, tzinfo=UTC)
    assert period.end == datetime(2026, 10, 26, 23, tzinfo=UTC)
    assert period.ends()[-1] == period.end


def test_many_days_are_thinned_out_and_end_in_the_last():
    days = Period(date(2025, 11, 24), date(2026, 11, 24), ZoneInfo("UTC")).days
    assert len(days) <= MOST_MOMENTS
    assert days[-1] == date(2026, 11, 24)


def test_what_was_asked_for_is_taken():
    asked = form(since="2026-11-01", to="2026-11-10")
    assert asked.is_valid()
    assert (asked.period.since, asked.period.until) == (date(2026, 11, 1), date(2026, 11, 10))


@pytest.mark.parametrize(
    ("days", "field", "said"),
    [
        ({"since": "yesterday"}, "from", "Write the day as 2026-11-24."),
        ({"to": "2026-13-01"}, "to", "Write the day as 2026-11-24."),
        ({"to": "2026-11-25"}, "to", "This day is still to come."),
        ({"since": "2026-11-10", "to": "2026-11-01"}, "from", "This day is after the last one."),
        ({"since": "2024-01-01"}, "from", "A report covers at most 366 days."),
        ({"since": "2026-11-01\0"}, "from", "Write the day as 2026-11-24."),
    ],
)
def test_nonsense_is_refused_beside_its_field(days: dict[str, str], field: str, said: str):
    asked = form(**days)
    assert not asked.is_valid()
    assert asked.errors[field] == [said]
