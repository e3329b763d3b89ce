"""Does an address say what is asked for, and does nonsense in it do no harm?"""

from __future__ import annotations

from datetime import UTC, datetime
from uuid import UUID

import pytest
from bson import ObjectId
from django.http import QueryDict

from findings.filter import NEEDS_ATTENTION, Cursor, Filter, parse

ME = UUID(int=1)
BOB = UUID(int=2)
PLACE = Cursor(3, datetime(2026, 11, 24, 12, 0, 0, 123000, tzinfo=UTC), ObjectId("a" * 24))


def read(query: str) -> Filter:
    return parse(QueryDict(query), me=ME)[0]


def told(query: str) -> list[str]:
    return parse(QueryDict(query), me=ME)[1]


def test_begins_with_what_needs_attention():
    assert read("").status == NEEDS_ATTENTION
    assert read("").query() == ""


def test_a_form_without_a_ticked_status_asks_for_any():
    assert read("status=all").status == ()
    assert read("status=all&status=closed").status == ("closed",)
    assert read("status=all&status=regressed&status=open&status=reopened") == Filter()


@pytest.mark.parametrize(
    "query",
    [
        "status=all",
        "severity=high&severity=low&rule=dormant_identity&account=111111111111&domain=source+code",
        "assignee=me&assignee=none&observation=not_rechecked&q=billing+export&sort=oldest",
        f"after={PLACE}&selected={'b' * 24}",
        f"sort=newest&before={PLACE}",
    ],
)
def test_reads_back_what_it_writes(query: str):
    asked = read(query)
    assert read(asked.query()) == asked
    assert asked.query() == query


def test_a_chip_takes_one_value_away_and_leads_to_the_first_page():
    asked = read(f"severity=high&severity=low&after={PLACE}&selected={'b' * 24}")
    assert asked.without("severity", "high").query() == "severity=low"


@pytest.mark.parametrize(
    ("query", "said"),
    [
        ("status=nonsense", "status"),
        ("severity=$gt", "severity"),
        ("assignee=mallory", "assignee"),
        ("account=a%00b", "account"),
        ("rule=" + "x" * 1000, "rule"),
        ("sort=$natural", "order"),
        ("after=garbage", "place"),
        ("before=3-99999999999999999999-" + "a" * 24, "place"),
        ("after=³-1-" + "a" * 24, "place"),
        ("q=" + "x" * 10_000, "200 characters"),
        ("&".join(f"rule=r{number}" for number in range(60)), "first 50"),
    ],
)
def test_nonsense_is_left_out_and_told(query: str, said: str):
    assert said in " ".join(told(query))


@pytest.mark.parametrize("query", ["status[$gt]=", "status[]=open", "selected=nobody", "q=%00", "page=7", "severity="])
def test_what_means_nothing_is_ignored(query: str):
    assert read(query) == Filter()


def test_operators_stay_values():
    chosen = read("rule=$where&domain=%7B%22$gt%22:1%7D").spelled(ME)
    assert (chosen["rule"], chosen["domain"]) == (("$where",), ('{"$gt":1}',))


def test_the_longest_word_of_a_search_leads():
    assert read("q=exp.*+Billing").words() == ["billing", "exp.*"]


def test_assignees_are_found_by_id_me_included():
    asked = read(f"assignee=none&assignee={BOB}&assignee={ME}")
    assert asked.assignee == ("none", BOB.hex, "me")
    assert asked.spelled(ME)["assignee"] == ("none", BOB.hex, ME.hex)


def test_a_cursor_is_read_back():
    assert Cursor.parse(str(PLACE)) == PLACE
    assert list(PLACE.place) == ["severity_rank", "first_seen", "_id"]
