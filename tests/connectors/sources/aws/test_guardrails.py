"""What do service control policies leave of a grant, level by level?"""

from __future__ import annotations

from typing import Any

import pytest

from connectors.inventory.records import Grade
from connectors.sources.aws.bars import Bar, bars
from connectors.sources.aws.control_policies import ControlPolicies
from connectors.sources.aws.guardrails import Guardrails, guardrails, left
from connectors.sources.aws.organization import Organization
from connectors.sources.aws.place import Account
from connectors.sources.aws.policy import Statement, grants, statements

FULL = {"Effect": "Allow", "Action": "*", "Resource": "*"}
REGION = {"StringNotEquals": {"aws:RequestedRegion": "eu-west-1"}}


def policy(name: str, *rows: dict[str, Any]) -> tuple[Statement, ...]:
    return statements({"Statement": list(rows)}, policy=f"service control policy {name}")


def deny(**fields: Any) -> dict[str, Any]:
    return {"Effect": "Deny", "Resource": "*", **fields}


def allow(*actions: str) -> dict[str, Any]:
    return {"Effect": "Allow", "Action": list(actions), "Resource": "*"}


OPEN = policy("FullAWSAccess", FULL)


def after(granted: dict[str, Any], *levels: tuple[Statement, ...]) -> list[tuple[str, Grade, tuple[str, ...]]]:
    found = left(grants(statements({"Statement": granted}, policy="policy P")), guardrails(levels))
    return [(each.action, each.grade, each.conditions) for each in found.grants]


def test_nothing_is_taken_where_every_level_lets_everything_through():
    assert after(allow("s3:GetObject"), OPEN, OPEN, OPEN) == [("s3:GetObject", Grade.GRANTED, ())]


@pytest.mark.parametrize("level", [0, 1, 2])
def test_a_deny_at_any_level_takes_all_of_it_away_and_is_named(level: int):
    levels = [OPEN, OPEN, OPEN]
    levels[level] = OPEN + policy("NoData", deny(Action="s3:*"))
    found = left(grants(statements({"Statement": allow("s3:GetObject")}, policy="policy P")), guardrails(levels))
    assert (found.grants, found.taken) == ([], ("policy P, by service control policy NoData",))


@pytest.mark.parametrize(
    "narrowing",
    [
        deny(Action="s3:Get*", Condition=REGION),
        deny(NotAction="iam:*", Condition=REGION),
        deny(Action="s3:GetObjectA*"),
    ],
)
def test_a_deny_of_a_part_makes_it_conditional(narrowing: dict[str, Any]):
    assert after(allow("s3:GetObject*"), OPEN + policy("Regions", narrowing)) == [
        ("s3:GetObject*", Grade.CONDITIONAL, ("narrowed by a deny in service control policy Regions",))
    ]


def test_a_list_of_what_is_allowed_takes_the_rest_away_at_whichever_level_it_stands():
    few = policy("Few", allow("s3:*", "ec2:*"))
    both = allow("s3:GetObject", "iam:PassRole")
    for levels in ((few, OPEN, OPEN), (OPEN, OPEN, few)):
        found = left(grants(statements({"Statement": both}, policy="policy P")), guardrails(levels))
        assert [each.action for each in found.grants] == ["s3:GetObject"]
        assert found.taken == ("policy P, because no service control policy of a level allows it",)


def test_what_two_levels_allow_is_what_both_of_them_do():
    levels = policy("Data", allow("s3:*", "sqs:*")), policy("Compute", allow("s3:Get*", "ec2:*"))
    assert [action for action, _, _ in after(FULL, *levels)] == ["s3:Get*"]


def test_several_policies_of_one_level_allow_together():
    level = policy("Data", allow("s3:*")) + policy("Compute", allow("ec2:*"))
    assert [action for action, _, _ in after(allow("s3:GetObject", "ec2:RunInstances"), level)] == [
        "s3:GetObject",
        "ec2:RunInstances",
    ]


def test_whoever_may_do_everything_but_stop_the_log_is_an_administrator_all_the_same():
    keep = OPEN + policy("Keep", deny(Action=["cloudtrail:StopLogging", "organizations:LeaveOrganization"]))
    said = "not cloudtrail:StopLogging, organizations:LeaveOrganization (service control policy Keep)"
    assert after(FULL, keep) == [("*", Grade.GRANTED, (said,))]
    ((_, grade, _),) = after(FULL, OPEN + policy("NoKeys", deny(Action="iam:CreateAccessKey")))
    assert grade is Grade.CONDITIONAL


def test_policies_that_were_not_read_make_every_grant_conditional():
    found = left(grants(statements({"Statement": FULL}, policy="policy P")), Guardrails(read=False))
    assert [(each.grade, each.conditions) for each in found.grants] == [
        (Grade.CONDITIONAL, ("service control policies not read",))
    ]


def test_they_bar_from_assuming_a_role_that_trusts_by_name():
    closed = guardrails([OPEN + policy("NoHops", deny(Action="sts:AssumeRole"))])
    assert bars((), limits=closed) == [Bar("*", Grade.GRANTED, "service control policy NoHops")]
    (bar,) = bars((), limits=guardrails([policy("Few", allow("s3:*"))]))
    assert (bar.grade, bar.policy) == (Grade.CONDITIONAL, "service control policies")
    assert bars((), limits=guardrails([OPEN, OPEN])) == []


# ── Which of them are over an account ───────────────────────────────────────────────────────────────────────────────

ACCOUNT = Account(id="200000000002", name="shop", above=("r-1", "ou-1"))


def over(account: Account, *, attached: dict[str, tuple[Statement, ...]], complete: bool = True) -> Guardrails:
    organization = Organization(management="100000000001", guarded=True)
    known = ControlPolicies(organization, {each: list(rows) for each, rows in attached.items()}, complete=complete)
    return known.over(account)


def test_those_of_root_unit_and_account_are_over_it():
    no_data = policy("NoData", deny(Action="s3:*"))
    found = over(ACCOUNT, attached={"r-1": OPEN, "ou-1": OPEN + no_data, "ou-2": (), ACCOUNT.id: OPEN})
    assert found == Guardrails(denies=no_data)


def test_none_is_over_the_management_account():
    assert over(Account(id="100000000001", name="root"), attached={}, complete=False) == Guardrails()


@pytest.mark.parametrize(
    "attached", [{}, {"r-1": OPEN, ACCOUNT.id: OPEN}], ids=["nothing", "a level that seems to have none"]
)
def test_a_level_without_a_policy_was_not_read(attached: dict[str, tuple[Statement, ...]]):
    assert over(ACCOUNT, attached=attached).read is False


def test_an_account_whose_place_is_unknown_may_be_limited():
    everywhere = {"r-1": OPEN, "200000000002": OPEN}
    assert over(Account(id="200000000002", name="shop"), attached=everywhere).read is False
