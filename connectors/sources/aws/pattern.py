"""Which texts does a policy's pattern with * and ? match, and how do two patterns relate?

Patterns are compared as sets of texts. Letter case is the caller's business: actions ignore it, resources don't.
"""

from __future__ import annotations

from functools import lru_cache


def is_pattern(text: str) -> bool:
    return "*" in text or "?" in text


def matches(pattern: str, text: str) -> bool:
    """Whether the pattern matches that very text."""
    return _matches(pattern, text, star_is_text=True)


@lru_cache(maxsize=65_536)
def covers(wide: str, narrow: str) -> bool:
    """Whether everything `narrow` matches is certainly matched by `wide`. False may also mean that it can't be told."""
    if wide == "*" or wide == narrow:
        return True
    return is_pattern(wide) and _matches(wide, narrow, star_is_text=False)


@lru_cache(maxsize=65_536)
def overlaps(one: str, other: str) -> bool:
    """Whether some text is matched by both."""
    if not is_pattern(one):
        return matches(other, one)
    if not is_pattern(other):
        return matches(one, other)
    return _prefixes_agree(one, other) and _share_a_text(one, other)


def _matches(pattern: str, text: str, *, star_is_text: bool) -> bool:
    """Greedy match in O(len × len). With `star_is_text` False, a * in `text` stands for any run of characters."""
    at = position = 0
    star, resume = -1, 0
    while position < len(text):
        if at < len(pattern) and pattern[at] == "*":
            star, resume = at, position
            at += 1
        elif at < len(pattern) and _same(pattern[at], text[position], star_is_text=star_is_text):
            at, position = at + 1, position + 1
        elif star >= 0:
            resume += 1
            at, position = star + 1, resume
        else:
            return False
    return all(character == "*" for character in pattern[at:])


def _same(expected: str, found: str, *, star_is_text: bool) -> bool:
    if expected == "?":
        return star_is_text or found != "*"
    return expected == found and (star_is_text or found not in "*?")


def _prefixes_agree(one: str, other: str) -> bool:
    """Cheap way out: the literal beginnings of two overlapping patterns can't contradict each other."""
    for left, right in zip(one, other, strict=False):
        if left in "*?" or right in "*?":
            return True
        if left != right:
            return False
    return True


def _share_a_text(one: str, other: str) -> bool:
    """Walk both patterns at once: the set of positions in `other` that some common text can have reached."""
    reached = _skip_stars({0}, other)
    for character in one:
        if character == "*":
            reached = set(range(min(reached), len(other) + 1)) if reached else set()
            continue
        following = set()
        for position in reached:
            if position < len(other) and other[position] == "*":
                following.add(position)
            elif position < len(other) and _agree(character, other[position]):
                following.add(position + 1)
        reached = _skip_stars(following, other)
    return len(other) in reached


def _agree(one: str, other: str) -> bool:
    return one == "?" or other == "?" or one == other


def _skip_stars(positions: set[int], pattern: str) -> set[int]:
    found = set(positions)
    for start in positions:
        position = start
        while position < len(pattern) and pattern[position] == "*":
            position += 1
            found.add(position)
    return found
