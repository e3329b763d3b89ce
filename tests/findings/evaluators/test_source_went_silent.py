"""Longer than two rounds and two days without a reading is silence."""

from __future__ import annotations

import pytest

from findings.evaluators.source_went_silent import source_went_silent
from tests.findings.estate import Estate, ago
from tests.findings.test_subjects import connected


def test_it_says_since_when():
    hit = source_went_silent(connected(silent_since=ago(3)), Estate())
    assert hit is not None
    assert hit.because == "Jira was last read 3 days ago, though it is to be read every 24 hours."
    hit = source_went_silent(connected(silent_since=None), Estate())
    assert hit is not None
    assert "has never been read" in hit.because


@pytest.mark.parametrize(
    "fields",
    [
        {"silent_since": ago(1.9)},
        {"silent_since": ago(13), "every_hours": 168},
        {"silent_since": ago(90), "paused": True},
        {"silent_since": ago(90), "every_hours": 0},
        {"silent_since": None, "created_at": ago(1)},
    ],
)
def test_near_misses(fields):
    assert source_went_silent(connected(**fields), Estate()) is None
