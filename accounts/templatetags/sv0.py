"""What do all templates need: a tenant page's address, a time told relatively, a number with separators?"""

from __future__ import annotations

from datetime import UTC, datetime
from typing import Any

from django import template
from django.contrib.humanize.templatetags.humanize import intcomma
from django.template import Context
from django.utils import timezone
from django.utils.html import format_html
from django.utils.safestring import SafeString
from django.utils.timesince import timesince, timeuntil

from accounts.http import tenant_url

register = template.Library()


@register.simple_tag(takes_context=True)
def turl(context: Context, name: str, **kwargs: Any) -> str:
    """The address of a page of the current tenant: `{% turl "finding" pk=finding.pk %}`."""
    return tenant_url(context["request"].tenant, name, **kwargs)


@register.filter
def ago(at: datetime | None) -> SafeString | str:
    """A <time> that says "2 h ago" or "in 3 d", with the absolute UTC time as its title; "unknown" for None."""
    if at is None:
        return "unknown"
    at = at.astimezone(UTC)
    now = timezone.now()
    words = f"{_short(timesince(at, now, depth=1))} ago" if at <= now else f"in {_short(timeuntil(at, now, depth=1))}"
    return format_html(
        '<time datetime="{}" title="{} UTC">{}</time>',
        at.isoformat(timespec="seconds"),
        f"{at:%Y-%m-%d %H:%M:%S}",
        words,
    )


_UNITS = {"minute": "min", "hour": "h", "day": "d", "week": "wk", "month": "mo", "year": "y"}


def _short(words: str) -> str:
    number, _, unit = words.replace("\xa0", " ").partition(" ")
    return "moments" if number == "0" else f"{number} {_UNITS.get(unit.rstrip('s'), unit)}"


@register.filter
def spaced(name: str) -> str:
    """A name of the code's as people write it: "business_rules", "app-roles"."""
    return name.replace("_", " ").replace("-", " ")


@register.filter
def lasted(seconds: float) -> str:
    """A time in words: "4 min 12 s"."""
    minutes, rest = divmod(max(int(seconds), 0), 60)
    hours, minutes = divmod(minutes, 60)
    if hours:
        return f"{hours} h {minutes} min"
    return f"{minutes} min {rest} s" if minutes else f"{rest} s"


@register.filter
def thousands(number: int | None) -> str:
    """1234 → 1,234; "unknown" for None."""
    return "unknown" if number is None else str(intcomma(number))
