"""Do a subject's claims satisfy what a trust policy asks of them?

Pure. A subject's link to an identity provider carries its claims as conditions ("sub = repo:acme/app"), a role's trust
in the provider what it asks ("token.actions.githubusercontent.com:sub = repo:acme/*"). Both may hold * and ?; a claim
that the metadata doesn't tell satisfies nothing and rules nothing out.
"""

from __future__ import annotations

import re
from collections.abc import Iterable, Sequence
from enum import Enum, auto
from functools import lru_cache

ASKED = re.compile(r"(?P<key>[^ ]+) = (?P<value>.+)")
_VARIABLE = re.compile(r"\$\{[^}]*\}")


class Match(Enum):
    """How the claims stand to what is asked."""

    MET = auto()
    OPEN = auto()
    FAILED = auto()


def met(asked: tuple[str, ...], claimed: tuple[str, ...]) -> Match:
    """Whether the claims let the subject in: certainly, maybe or certainly not."""
    claims = _by_claim(claimed)
    wanted = _by_claim(asked)
    if any(claim in claims and not _any_overlaps(values, claims[claim]) for claim, values in wanted.items()):
        return Match.FAILED
    # Of several values it isn't known whether one statement asks for them: two statements were maybe told together.
    told = all(len(values) == 1 and _any_covers(values, claims.get(claim, ())) for claim, values in wanted.items())
    bare = any(not ASKED.fullmatch(each) for each in asked)
    return Match.MET if told and not bare else Match.OPEN


def covers(pattern: str, text: str) -> bool:
    """Whether the pattern, with * and ? and policy variables, matches that text."""
    return _compiled(_VARIABLE.sub("*", pattern)).fullmatch(text) is not None


@lru_cache(maxsize=4096)
def _by_claim(said: tuple[str, ...]) -> dict[str, list[str]]:
    """Claim ("sub", without its issuer) → values."""
    found: dict[str, list[str]] = {}
    for each in said:
        if parts := ASKED.fullmatch(each):
            found.setdefault(parts["key"].rsplit(":", 1)[-1].casefold(), []).append(parts["value"])
    return found


def _any_covers(patterns: Iterable[str], values: Sequence[str]) -> bool:
    return any(
        covers(pattern, value) for pattern in patterns for value in values if "*" not in value or pattern == value
    )


def _any_overlaps(patterns: Iterable[str], values: Sequence[str]) -> bool:
    """May some text match both? With two wildcards only the beginnings are compared: rather open than ruled out."""
    return any(
        covers(pattern, value) or covers(value, pattern) or ("*" in value and "*" in pattern and _agree(pattern, value))
        for pattern in patterns
        for value in values
    )


def _agree(one: str, other: str) -> bool:
    left, right = (re.split(r"[*?]", text, maxsplit=1)[0] for text in (one, other))
    return left.startswith(right) or right.startswith(left)


@lru_cache(maxsize=4096)
def _compiled(pattern: str) -> re.Pattern[str]:
    wild = {"*": ".*", "?": "."}
    return re.compile("".join(wild.get(mark) or re.escape(mark) for mark in pattern), re.DOTALL)
