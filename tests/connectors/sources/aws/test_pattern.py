"""Do patterns match as AWS matches them, and are comparisons between two of them never wrong the dangerous way?"""

import re
from fnmatch import fnmatchcase

import pytest
from hypothesis import given
from hypothesis import strategies as st

from connectors.sources.aws.pattern import covers, matches, overlaps

PATTERNS = st.text(alphabet="ab*?", max_size=8)
TEXTS = st.text(alphabet="ab", max_size=8)


def naive(pattern: str, text: str) -> bool:
    """The same as a regular expression, which is slow for many stars."""
    translated = "".join({"*": ".*", "?": "."}.get(each, re.escape(each)) for each in pattern)
    return re.fullmatch(translated, text, re.DOTALL) is not None


@given(PATTERNS, TEXTS)
def test_a_pattern_matches_what_its_regular_expression_matches(pattern, text):
    assert matches(pattern, text) == naive(pattern, text) == fnmatchcase(text, pattern)


@given(PATTERNS, PATTERNS, TEXTS)
def test_what_covers_matches_everything_the_other_does(wide, narrow, text):
    if covers(wide, narrow) and naive(narrow, text):
        assert naive(wide, text)


@given(PATTERNS, PATTERNS, TEXTS)
def test_two_patterns_that_match_one_text_overlap(one, other, text):
    if naive(one, text) and naive(other, text):
        assert overlaps(one, other)


@given(PATTERNS, PATTERNS)
def test_overlap_has_no_sides_and_a_pattern_covers_itself(one, other):
    assert overlaps(one, other) == overlaps(other, one)
    assert covers(one, one)
    if covers(one, other):
        assert overlaps(one, other)


@pytest.mark.parametrize(
    ("one", "other", "expected"),
    [
        ("s3:get*", "s3:*object", True),
        ("s3:get*", "s3:put*", False),
        ("a?c", "ab?", True),
        ("a?", "a", False),
        ("*", "", True),
        ("arn:aws:s3:::hr-*", "arn:aws:s3:::*-archive", True),
    ],
)
def test_overlaps_by_example(one, other, expected):
    assert overlaps(one, other) is expected


@pytest.mark.parametrize(
    ("wide", "narrow", "expected"),
    [
        ("s3:*", "s3:get*", True),
        ("s3:get*", "s3:*", False),
        ("s3:get?bject", "s3:get*", False),
        ("a?c", "a*c", False),
        ("*", "anything*", True),
    ],
)
def test_covers_by_example(wide, narrow, expected):
    assert covers(wide, narrow) is expected


def test_a_hostile_pattern_takes_no_exponential_time():
    stars = "a*" * 60
    assert not matches(stars + "b", "a" * 300)
    assert covers(stars, "a" * 300)
    assert overlaps(stars, "*a" * 60)
