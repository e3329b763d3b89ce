"""Who answers for an object, as its tags say?"""

from __future__ import annotations

import re
from collections.abc import Iterable
from dataclasses import dataclass

EMAIL = re.compile(r"[^@\s,;<>]+@[^@\s,;<>]+\.[^@\s,;<>]+")
OWNER_TAGS = {"owner", "contact", "team", "owner-email", "owneremail", "technical-owner", "business-owner"}


@dataclass(frozen=True, slots=True)
class Named:
    """An owner that a tag names. `id` is the e-mail address in small letters, or "team:<name>"."""

    id: str
    name: str
    type: str
    email: str | None
    tag: str


def named(tags: Iterable[tuple[str, str]]) -> list[Named]:
    """Each owner once. A value with e-mail addresses names those people; any other value names a team."""
    found: dict[str, Named] = {}
    for key, value in tags:
        if key.lower() not in OWNER_TAGS or not value.strip():
            continue
        emails = [each.lower() for each in EMAIL.findall(value)]
        for email in emails:
            found.setdefault(email, Named(email, email, "person", email, key))
        if not emails:
            team = value.strip()
            found.setdefault(f"team:{team.lower()}", Named(f"team:{team.lower()}", team, "team", None, key))
    return list(found.values())
