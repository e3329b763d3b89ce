"""What is left of a policy once its denies and the permissions boundary are subtracted?"""

from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from connectors.inventory.records import Grade
from connectors.sources.aws.pattern import covers
from connectors.sources.aws.policy import Grant, grants, statements

ACTIONS = ["s3:GetObject", "s3:PutObject", "s3:*", "s3:Get*", "iam:PassRole", "*"]
RESOURCES = ["*", "arn:aws:s3:::hr", "arn:aws:s3:::hr/*", "arn:aws:s3:::*"]


def allow(action: Any, resource: Any = "*", **more: Any) -> dict[str, Any]:
    return {"Effect": "Allow", "Action": action, "Resource": resource, **more}


def deny(action: Any, resource: Any = "*", **more: Any) -> dict[str, Any]:
    return {"Effect": "Deny", "Action": action, "Resource": resource, **more}


def left(*rows: dict[str, Any], boundary: list[dict[str, Any]] | None = None) -> list[Grant]:
    limit = None if boundary is None else statements({"Statement": boundary}, policy="the limit")
    return grants(statements({"Statement": list(rows)}, policy="P"), boundary=limit)


def said(*rows: dict[str, Any], boundary: list[dict[str, Any]] | None = None) -> list[tuple[str, str, Grade]]:
    return [(grant.action, grant.resource, grant.grade) for grant in left(*rows, boundary=boundary)]


def test_single_values_and_a_lone_statement_are_read_like_lists():
    document = {"Version": "2008-10-17", "Statement": allow("s3:GetObject", "arn:aws:s3:::hr/*")}
    assert grants(statements(document, policy="P")) == [
        Grant(action="s3:GetObject", resource="arn:aws:s3:::hr/*", policy="P")
    ]


def test_every_action_goes_with_every_resource():
    assert len(left(allow(["s3:GetObject", "s3:PutObject"], ["arn:aws:s3:::a/*", "arn:aws:s3:::b/*"]))) == 4


@pytest.mark.parametrize(
    "covering",
    [deny("*"), deny("S3:*"), deny("s3:getobject"), deny("s3:Get*", "arn:aws:s3:::hr/*"), deny(["iam:*", "s3:*"], "*")],
)
def test_a_deny_over_all_of_it_takes_it_away(covering):
    assert left(allow("s3:GetObject", "arn:aws:s3:::hr/*"), covering) == []


@pytest.mark.parametrize(
    "partial",
    [
        deny("s3:GetObject", "arn:aws:s3:::hr/secret/*"),
        deny("s3:*", Condition={"Bool": {"aws:SecureTransport": "false"}}),
        {"Effect": "Deny", "NotAction": "s3:GetObjectTorrent", "Resource": "arn:aws:s3:::hr/x"},
        {"Effect": "Deny", "Action": "s3:GetObject", "NotResource": "arn:aws:s3:::hr/public/*"},
        deny("s3:GetObject", "arn:aws:s3:::hr/${aws:username}/*"),
    ],
    ids=["part of the resource", "conditional", "not action", "not resource", "variable"],
)
def test_a_deny_over_part_of_it_makes_it_conditional(partial):
    (grant,) = left(allow("s3:GetObject", "arn:aws:s3:::hr/*"), partial)
    assert grant.grade is Grade.CONDITIONAL
    assert grant.conditions == ("narrowed by a deny in P",)


def test_a_deny_elsewhere_changes_nothing():
    assert said(
        allow("s3:GetObject", "arn:aws:s3:::hr/*"), deny("s3:PutObject"), deny("s3:*", "arn:aws:s3:::it/*")
    ) == [("s3:GetObject", "arn:aws:s3:::hr/*", Grade.GRANTED)]


def test_a_deny_of_all_other_actions_spares_the_named_one_and_takes_the_rest():
    only_s3 = {"Effect": "Deny", "NotAction": "s3:*", "Resource": "*"}
    assert said(allow(["s3:GetObject", "iam:PassRole"]), only_s3) == [("s3:GetObject", "*", Grade.GRANTED)]


def test_a_condition_makes_a_grant_conditional_and_is_told_by_its_keys():
    condition = {"StringEquals": {"aws:SourceVpce": "vpce-1"}, "Bool": {"aws:MultiFactorAuthPresent": "true"}}
    (grant,) = left(allow("s3:GetObject", Condition=condition))
    assert (grant.grade, grant.conditions) == (
        Grade.CONDITIONAL,
        ("aws:MultiFactorAuthPresent", "aws:SourceVpce"),
    )


def test_the_service_that_a_role_may_be_passed_to_is_told_by_its_name():
    (grant,) = left(
        allow("iam:PassRole", Condition={"StringEquals": {"iam:PassedToService": ["ecs-tasks.amazonaws.com"]}})
    )
    assert grant.conditions == ("iam:PassedToService = ecs-tasks.amazonaws.com",)
    (grant,) = left(allow("iam:PassRole", Condition={"StringNotEquals": {"iam:PassedToService": "ec2.amazonaws.com"}}))
    assert grant.conditions == ("iam:PassedToService",)


def test_a_policy_variable_makes_a_grant_conditional_and_stays_as_spelled():
    (grant,) = left(allow("iam:CreateAccessKey", "arn:aws:iam::*:user/${aws:username}"))
    assert grant.resource == "arn:aws:iam::*:user/${aws:username}"
    assert (grant.grade, grant.conditions) == (Grade.CONDITIONAL, ("aws:username",))


def test_an_escaped_star_is_no_variable():
    (grant,) = left(allow("s3:GetObject", "arn:aws:s3:::hr/${*}"))
    assert grant.grade is Grade.GRANTED


def test_everything_but_names_what_it_leaves():
    found = left({"Effect": "Allow", "NotAction": ["iam:*", "organizations:*", "account:*"], "Resource": "*"})
    actions = {grant.action for grant in found}
    assert {"lambda:*", "s3:*", "sts:*"} <= actions
    assert not any(action.startswith(("iam:", "organizations:", "account:")) for action in actions)
    assert all(grant.sweeping for grant in found)


def test_everything_but_part_of_a_service_leaves_its_other_known_actions():
    actions = {grant.action for grant in left({"Effect": "Allow", "NotAction": "iam:Create*", "Resource": "*"})}
    assert "iam:passrole" in actions
    assert "iam:createaccesskey" not in actions
    assert "iam:*" not in actions


def test_all_resources_but_one_are_reached_under_that_condition():
    (grant,) = left({"Effect": "Allow", "Action": "s3:GetObject", "NotResource": "arn:aws:s3:::hr/*"})
    assert (grant.resource, grant.grade, grant.conditions) == (
        "*",
        Grade.CONDITIONAL,
        ("not on arn:aws:s3:::hr/*",),
    )


# ── The permissions boundary ────────────────────────────────────────────────────────────────────────────────────────


def test_a_boundary_cuts_everything_down_to_what_it_lets_through():
    assert said(allow("*"), boundary=[allow("s3:List*", "arn:aws:s3:::hr")]) == [
        ("s3:List*", "arn:aws:s3:::hr", Grade.GRANTED)
    ]


def test_a_grant_that_a_boundary_narrows_names_the_boundary_too():
    (cut,) = left(allow("s3:*"), boundary=[allow("s3:GetObject")])
    (whole,) = left(allow("s3:GetObject"), boundary=[allow("s3:*")])
    assert (cut.policy, whole.policy) == ("P within permissions boundary the limit", "P")


def test_a_boundary_that_is_wider_leaves_the_grant_as_it_is():
    assert said(allow("s3:GetObject", "arn:aws:s3:::hr/*"), boundary=[allow("s3:*")]) == [
        ("s3:GetObject", "arn:aws:s3:::hr/*", Grade.GRANTED)
    ]


def test_a_boundary_about_other_things_leaves_nothing():
    assert left(allow("iam:PassRole"), boundary=[allow("s3:*")]) == []
    assert left(allow("iam:PassRole"), boundary=[]) == []


def test_a_boundary_denies_too():
    assert left(allow("s3:GetObject"), boundary=[allow("*"), deny("s3:*")]) == []


def test_a_boundary_of_everything_but_drops_what_it_excludes():
    but_iam = [{"Effect": "Allow", "NotAction": "iam:*", "Resource": "*"}]
    assert said(allow(["s3:GetObject", "iam:PassRole"]), boundary=but_iam) == [("s3:GetObject", "*", Grade.GRANTED)]
    (grant,) = left(allow("*"), boundary=but_iam)
    assert grant.conditions == ("narrowed by the permissions boundary the limit",)


def test_a_boundary_with_a_condition_makes_the_grant_conditional():
    limit = [allow("s3:*", Condition={"StringEquals": {"aws:RequestedRegion": "eu-west-1"}})]
    (grant,) = left(allow("s3:GetObject"), boundary=limit)
    assert (grant.grade, grant.conditions) == (Grade.CONDITIONAL, ("aws:RequestedRegion",))


def test_a_boundary_that_was_not_read_leaves_the_answer_unknown():
    found = grants(statements({"Statement": allow("s3:*")}, policy="P"), boundary_unread="limit")
    assert [(grant.grade, grant.conditions) for grant in found] == [
        (Grade.UNKNOWN, ("permissions boundary limit not read",))
    ]


# ── Whatever the policy ─────────────────────────────────────────────────────────────────────────────────────────────

CONDITION = st.sampled_from([{}, {"Condition": {"Bool": {"aws:SecureTransport": "true"}}}])
ALLOWS = st.lists(
    st.builds(lambda a, r, c: allow(a, r, **c), st.sampled_from(ACTIONS), st.sampled_from(RESOURCES), CONDITION)
)
DENIES = st.lists(
    st.builds(lambda a, r, c: deny(a, r, **c), st.sampled_from(ACTIONS), st.sampled_from(RESOURCES), CONDITION)
)


@given(ALLOWS, DENIES)
def test_no_grant_survives_unharmed_what_denies_everything(allows, denies):
    assert left(*allows, *denies, deny("*")) == []


@given(ALLOWS, DENIES)
def test_a_deny_never_adds(allows, denies):
    before = {(grant.action, grant.resource): grant.grade for grant in left(*allows)}
    for grant in left(*allows, *denies):
        assert (grant.action, grant.resource) in before


@given(ALLOWS, DENIES)
def test_a_grant_beside_a_deny_that_touches_it_is_never_unconditional(allows, denies):
    for grant in left(*allows, *denies):
        if grant.grade is Grade.GRANTED:
            alone = left(*denies, allow(grant.action, grant.resource))
            assert [(each.grade, each.conditions) for each in alone] == [(Grade.GRANTED, ())]


@given(ALLOWS, ALLOWS)
def test_a_boundary_never_adds(allows, limits):
    without = left(*allows)
    for grant in left(*allows, boundary=limits):
        assert any(
            covers(each.action.lower(), grant.action.lower()) and covers(each.resource, grant.resource)
            for each in without
        )
