"""Each vendor's way of saying how much is left is understood; where nothing is said, nothing is waited for."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta

import pytest
from requests.structures import CaseInsensitiveDict

from connectors.http.waiting import pace, retry_after

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
        # The IETF's later drafts, and Atlassian's trial of them.
        ({"RateLimit-Policy": '"a";q=100;w=60', "RateLimit": '"a";r=50;t=20'}, 0),
        ({"RateLimit-Policy": '"a";q=100;w=60', "RateLimit": '"a";r=4;t=20'}, 4),
        ({"RateLimit": '"a";r=4;t=20'}, 0),
        (
            {
                "Beta-RateLimit-Policy": '"global-app-quota";q=65000;w=3600, "tenant-quota";q=100000;w=3600',
                "Beta-RateLimit": '"global-app-quota";r=60000;t=1800, "tenant-quota";r=99;t=1800',
            },
            18,
        ),
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


@pytest.mark.parametrize("name", ["Retry-After", "Beta-Retry-After"])
def test_how_long_to_be_left_alone_is_told_in_two_ways(name: str):
    assert retry_after(CaseInsensitiveDict({name: "7"}), now=NOW) == 7
