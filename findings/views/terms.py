"""What did a person fill in for a verb?"""

from __future__ import annotations

from datetime import UTC, date, datetime, time
from uuid import UUID
from zoneinfo import ZoneInfo

from accounts.http import TenantRequest
from accounts.models import User
from findings import triage
from findings.views.decision import members

TYPED = ("reason", "until", "assignee", "owner", "owner_name", "owner_email", "scope")


def typed(request: TenantRequest) -> dict[str, str]:
    """All of it as it was typed, for a form that is shown again."""
    return {name: request.POST.get(name, "") for name in TYPED}


def end_of_day(request: TenantRequest) -> datetime | None:
    """The last moment of the day given, where the tenant lives; None where no day is."""
    given = request.POST.get("until", "")
    last_moment = time(23, 59, 59, 999000, ZoneInfo(request.tenant.time_zone))  # MongoDB keeps milliseconds
    try:
        return datetime.combine(date.fromisoformat(given), last_moment).astimezone(UTC)
    except (ValueError, OverflowError):
        return None


def assignee(request: TenantRequest) -> User | None:
    """Who is to answer for it; None: nobody. triage.Invalid for anybody else than a member who may triage."""
    given = request.POST.get("assignee", "")
    if not given:
        return None
    try:
        wanted = UUID(given)
    except ValueError:
        wanted = None
    for user in members(request):
        if user.pk == wanted:
            return user
    raise triage.Invalid("assignee", "Choose somebody who may triage findings here.")
