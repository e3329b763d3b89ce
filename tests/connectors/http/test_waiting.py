"""Each vendor's way of saying how much is left is understood; where nothing is said, nothing is waited for."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta

import pytest
from requests.structures import CaseInsensitiveDict

from connectors.http.waiting import pace

NOW = datetime(2026, 11, 25, 12, 0, tzinfo=UTC)
SINCE_1970 = str(int((NOW + timedelta(seconds=20)).timestamp()))


@pytest.mark.parametrize(
    ("said", "seconds"),
    [
        ({}, 0),
        ({"RateLimit-Remaining": "many"}, 0),
        # The IETF's draft, in three fields and in one.
        ({"RateLimit-Limit": "100", "RateLimit-Remaining": "50", "RateLimit-Reset": "20"}, 0),
        ({"RateLimit-Limit": "100", "RateLimit-Remaining": "4", "RateLimit-Reset": "20"}, 4),
        ({"RateLimit": "limit=100, remaining=0, reset=20"}, 20),
        ({"RateLimit": "limit=100, remaining=0, reset=3600"}, 60),
        # ServiceNow: seconds since 1970; Atlassian: a date.
        (
            {"X-RateLimit-Limit": "50", "X-RateLimit-Remaining": "0", "X-RateLimit-Reset": SINCE_1970},
            20,
        ),
        ({"X-RateLimit-Limit": "50", "X-RateLimit-Remaining": "1", "X-RateLimit-Reset": "2026-11-25T12:00:20Z"}, 10),
        ({"X-RateLimit-Remaining": "0"}, 1),
        # Microsoft Graph, Azure Resource Manager, Azure Resource Graph.
        ({"x-ms-throttle-limit-percentage": "0.7"}, 0),
        ({"x-ms-throttle-limit-percentage": "1.3"}, 5),
        ({"x-ms-ratelimit-remaining-subscription-reads": "249"}, 0),
        ({"x-ms-ratelimit-remaining-subscription-reads": "3"}, 1),
        ({"x-ms-user-quota-remaining": "4", "x-ms-user-quota-resets-after": "00:00:05"}, 0),
        ({"x-ms-user-quota-remaining": "0", "x-ms-user-quota-resets-after": "00:00:05"}, 5),
    ],
)
def test_what_is_left_says_how_fast_to_go(said: dict[str, str], seconds: float):
    assert pace(CaseInsensitiveDict(said), now=NOW) == pytest.approx(seconds)


def test_the_answers_own_time_is_the_one_to_reckon_with():
    theirs = {"Date": "Thu, 26 Nov 2026 12:00:00 GMT", "X-RateLimit-Reset": "2026-11-26T12:00:20Z"}
    said = {"X-RateLimit-Limit": "50", "X-RateLimit-Remaining": "0", **theirs}
    assert pace(CaseInsensitiveDict(said), now=NOW) == pytest.approx(20)
