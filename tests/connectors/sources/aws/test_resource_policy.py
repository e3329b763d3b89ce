"""Whom does a resource's own policy let in?"""

from __future__ import annotations

from typing import Any

import pytest

from connectors.inventory.records import Grade
from connectors.sources.aws.resource_policy import doors

OURS, THEIRS = "200000000002", "555555555501"
ROLE = f"arn:aws:iam::{THEIRS}:role/sync"


def allow(principal: Any, action: str = "s3:GetObject", **more: Any) -> dict[str, Any]:
    return {"Effect": "Allow", "Principal": principal, "Action": action, "Resource": "arn:aws:s3:::b/*", **more}


def deny(principal: Any, action: str = "s3:*", **more: Any) -> dict[str, Any]:
    return {"Effect": "Deny", "Principal": principal, "Action": action, "Resource": "*", **more}


def let_in(*rows: dict[str, Any]) -> list[tuple[str, str, Grade, tuple[str, ...]]]:
    found = doors({"Statement": list(rows)}, policy="policy of the bucket")
    return [(door.kind, door.principal, each.grade, each.conditions) for door in found for each in door.grants]


def test_every_principal_of_a_statement_has_a_door():
    found = let_in(allow({"AWS": [ROLE, THEIRS], "Service": "cloudtrail.amazonaws.com"}))
    assert [(kind, principal) for kind, principal, _, _ in found] == [
        ("aws", ROLE),
        ("aws", THEIRS),
        ("service", "cloudtrail.amazonaws.com"),
    ]


@pytest.mark.parametrize("star", ["*", {"AWS": "*"}])
def test_a_star_is_anyone(star: Any):
    assert let_in(allow(star)) == [("anyone", "*", Grade.GRANTED, ())]


@pytest.mark.parametrize("key", ["AWS:SourceOwner", "aws:PrincipalAccount", "kms:CallerAccount"])
def test_anyone_of_an_account_is_that_account(key: str):
    ((kind, principal, _, _),) = let_in(allow({"AWS": "*"}, Condition={"StringEquals": {key: OURS}}))
    assert (kind, principal) == ("aws", OURS)


def test_anyone_under_another_condition_stays_anyone_under_it():
    condition = {"StringEquals": {"aws:PrincipalOrgID": "o-acme"}}
    assert let_in(allow("*", Condition=condition)) == [("anyone", "*", Grade.CONDITIONAL, ("aws:PrincipalOrgID",))]
    not_ours = {"StringNotEquals": {"aws:SourceAccount": OURS}}
    assert let_in(allow("*", Condition=not_ours)) == [("anyone", "*", Grade.CONDITIONAL, ("aws:SourceAccount",))]


def test_everybody_but_one_is_anyone_under_that_condition():
    row = {**allow(None), "NotPrincipal": {"AWS": ROLE}}
    assert let_in(row) == [("anyone", "*", Grade.CONDITIONAL, (f"not {ROLE}",))]


@pytest.mark.parametrize(
    "against", [deny("*"), deny({"AWS": ROLE}), deny({"AWS": THEIRS}), deny({"AWS": f"arn:aws:iam::{THEIRS}:root"})]
)
def test_a_deny_that_means_the_principal_closes_its_door(against: dict[str, Any]):
    assert let_in(allow({"AWS": ROLE}), against) == []


@pytest.mark.parametrize(
    "elsewhere",
    [
        deny({"AWS": f"arn:aws:iam::{OURS}:role/other"}),
        {**deny(None), "NotPrincipal": {"AWS": [ROLE]}},
        deny("*", "s3:PutObject"),
        deny("*", Condition={"Bool": {"aws:SecureTransport": "false"}}),
    ],
    ids=["another", "all but it", "another action", "unencrypted only"],
)
def test_a_deny_of_something_else_leaves_it_open(elsewhere: dict[str, Any]):
    assert let_in(allow({"AWS": ROLE}), elsewhere) == [("aws", ROLE, Grade.GRANTED, ())]


def test_a_deny_of_all_but_another_closes_it():
    assert let_in(allow({"AWS": ROLE}), {**deny(None), "NotPrincipal": {"AWS": f"arn:aws:iam::{OURS}:root"}}) == []


def test_a_conditional_deny_leaves_it_conditional():
    network = {"StringNotEquals": {"aws:SourceVpce": "vpce-1"}}
    assert let_in(allow("*"), deny("*", Condition=network)) == [
        ("anyone", "*", Grade.CONDITIONAL, ("narrowed by a deny in policy of the bucket",))
    ]


def test_a_deny_of_all_but_one_leaves_anyone_conditional():
    (found,) = let_in(allow("*"), {**deny(None), "NotPrincipal": {"AWS": ROLE}})
    assert found[2] is Grade.CONDITIONAL
