"""What do an identity's own policies forbid it to assume, whatever a role's trust says?"""

from __future__ import annotations

from typing import Any

import pytest

from connectors.inventory.records import Grade
from connectors.sources.aws.bars import Bar, bars
from connectors.sources.aws.policy import statements

ROLE = "arn:aws:iam::111111111111:role/Admin"
REGION = {"StringEquals": {"aws:RequestedRegion": "eu-west-1"}}


def found(*rows: dict[str, Any], boundary: list[dict[str, Any]] | None = None, unread: str | None = None) -> list[Bar]:
    limit = None if boundary is None else statements({"Statement": boundary}, policy="policy Limit")
    return bars(statements({"Statement": list(rows)}, policy="policy P"), boundary=limit, boundary_unread=unread)


def deny(**fields: Any) -> dict[str, Any]:
    return {"Effect": "Deny", **fields}


@pytest.mark.parametrize(
    ("statement", "bar"),
    [
        (deny(Action="sts:AssumeRole", Resource=ROLE), Bar(ROLE, Grade.GRANTED, "policy P")),
        (deny(Action="sts:*", Resource="*"), Bar("*", Grade.GRANTED, "policy P")),
        (deny(NotAction="s3:*", Resource="*"), Bar("*", Grade.GRANTED, "policy P")),
        (
            deny(Action="*", Resource="*", Condition=REGION),
            Bar("*", Grade.CONDITIONAL, "policy P", ("aws:RequestedRegion",)),
        ),
        (
            deny(Action="sts:AssumeRole", NotResource=ROLE),
            Bar("*", Grade.CONDITIONAL, "policy P", (f"not on {ROLE}",)),
        ),
    ],
)
def test_a_deny_bars(statement: dict[str, Any], bar: Bar):
    assert found(statement) == [bar]


@pytest.mark.parametrize(
    "statement",
    [
        deny(Action="s3:*", Resource="*"),
        deny(NotAction="sts:AssumeRole", Resource="*"),
        {"Effect": "Allow", "Action": "sts:AssumeRole", "Resource": "*"},
    ],
)
def test_other_statements_bar_nothing(statement: dict[str, Any]):
    assert found(statement) == []


def test_a_boundary_that_may_not_let_assuming_through_casts_doubt():
    everything = {"Effect": "Allow", "Action": "*", "Resource": "*"}
    assert found(boundary=[everything]) == []
    for narrow in (
        {**everything, "Action": "s3:*"},
        {**everything, "Resource": ROLE},
        {**everything, "Condition": REGION},
    ):
        (bar,) = found(boundary=[narrow])
        assert (bar.resource, bar.grade, bar.policy) == ("*", Grade.CONDITIONAL, "policy Limit")
    (bar,) = found(unread="Limit")
    assert (bar.grade, bar.policy) == (Grade.CONDITIONAL, "permissions boundary Limit")
