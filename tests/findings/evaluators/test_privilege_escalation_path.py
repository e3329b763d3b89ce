"""A way counts when all its actions are granted, on targets that make it one."""

from __future__ import annotations

import pytest

from connectors.inventory.records import Access, Grade
from findings.evaluator import A_BAND, meant
from findings.evaluators.privilege_escalation_path import privilege_escalation_path
from tests.findings.estate import Estate, administers, hop, may, resource, role, user

DEPLOY, STRONG = role("Deploy"), role("Strong")
ROLES = resource("Every IAM role in billing-prod", id="aws:111111111111:set:role/*", type="Every IAM role")
IAM = resource("iam in billing-prod", id="aws:111111111111:service:iam", type="AWS service")
OTHERS = resource("lambda in billing-prod", id="aws:111111111111:service:lambda", type="AWS service")


def judged(*hops, identity=DEPLOY):
    return privilege_escalation_path(identity, Estate().link(*hops))


def grants(*actions: str, identity=DEPLOY, target=IAM, **fields):
    return may(identity, target, *actions, **{"access": Access.ADMIN, **fields})


@pytest.mark.parametrize(
    ("actions", "way", "lowered"),
    [
        (("iam:PutRolePolicy",), "iam-005", False),
        (("iam:CreatePolicyVersion",), "iam-001", False),
        (("iam:createaccesskey",), "iam-002", False),
        (("iam:UpdateAssumeRolePolicy",), "iam-012", False),
        (("iam:PassRole", "lambda:CreateFunction", "lambda:InvokeFunction"), "lambda-001", False),
        (("iam:Pass*", "ec2:Run?nstances"), "ec2-001", False),
        (("lambda:UpdateFunctionCode",), "lambda-003", True),
    ],
)
def test_hits(actions: tuple[str, ...], way: str, *, lowered: bool):
    hit = judged(grants(*actions))
    assert hit is not None
    assert hit.facts["Strongest way"] == f"{way} (pathfinding.cloud)"
    assert bool(hit.raised) == lowered


def test_actions_come_together_from_several_policies():
    passes = grants("iam:PassRole", target=ROLES)
    hit = judged(passes, grants("lambda:*", target=OTHERS, access=Access.WRITE))
    assert hit is not None
    assert hit.path == (passes,)
    assert hit.because == (
        "IAM role Deploy can start something new that runs as a stronger role with iam:PassRole, "
        "lambda:CreateFunction and lambda:InvokeFunction; 5 more ways."
    )


def test_the_strongest_way_is_told_and_the_others_counted():
    hit = judged(grants("iam:*"))
    assert hit is not None
    assert hit.because == "IAM role Deploy can give itself any right with iam:CreatePolicyVersion; 12 more ways."


@pytest.mark.parametrize(
    "actions",
    [
        ("iam:PassRole",),
        ("lambda:CreateFunction", "lambda:InvokeFunction"),
        ("cloudformation:CreateChangeSet", "cloudformation:ExecuteChangeSet"),
        ("iam:GetRole", "iam:List*"),
        ("iam:Put",),
        ("sts:AssumeRole",),
    ],
    ids=["only passes", "nothing to pass", "nothing to pass, said or not", "reads", "no pattern", "mere role chain"],
)
def test_near_misses(actions: tuple[str, ...]):
    assert judged(grants(*actions)) is None


def test_rights_over_users_do_not_raise_a_role():
    assert judged(grants("iam:PutUserPolicy", "iam:AddUserToGroup")) is None
    deployer = user()
    hit = judged(grants("iam:PutUserPolicy", identity=deployer), identity=deployer)
    assert hit is not None
    assert judged(grants("iam:PutRolePolicy", identity=deployer), identity=deployer) is None


def test_rights_over_another_role_do_not_raise_this_one():
    assert judged(grants("iam:PutRolePolicy", target=STRONG)) is None
    assert judged(grants("iam:PutRolePolicy", target=DEPLOY)) is not None


def test_a_named_role_must_be_worth_passing():
    starts = grants("lambda:CreateFunction", "lambda:InvokeFunction", target=OTHERS, access=Access.WRITE)
    estate = Estate().link(grants("iam:PassRole", target=STRONG), starts)
    assert privilege_escalation_path(DEPLOY, estate) is None
    assert privilege_escalation_path(DEPLOY, estate.path(administers(STRONG))) is not None


@pytest.mark.parametrize(
    ("conditions", "hits"),
    [
        (("iam:PassedToService = lambda.amazonaws.com",), True),
        (("iam:PassedToService = ecs-tasks.amazonaws.com", "iam:PassedToService = lambda.amazonaws.com"), True),
        (("iam:PassRole only with aws:SourceIp, iam:PassedToService = lambda.amazonaws.com",), True),
        (("iam:PassedToService = *.amazonaws.com",), True),
        (("iam:PassedToService",), True),
        (("iam:PassedToService = ecs-tasks.amazonaws.com",), False),
    ],
)
def test_a_role_passed_to_another_service_only_is_of_no_use(conditions: tuple[str, ...], *, hits: bool):
    passes = grants("iam:PassRole", target=ROLES, grade=Grade.CONDITIONAL, conditions=conditions)
    starts = grants("lambda:CreateFunction", "lambda:InvokeFunction", target=OTHERS, access=Access.WRITE)
    hit = judged(passes, starts)
    assert (hit is not None) == hits
    if hit:
        assert sum(weight.points for weight in hit.raised) == -A_BAND


def test_a_condition_on_one_action_of_a_granted_edge_counts():
    hit = judged(grants("iam:PutRolePolicy", "iam:GetRole", conditions=("iam:PutRolePolicy only with aws:SourceIp",)))
    assert hit is not None
    assert ", under conditions" in hit.because


def test_keys_of_the_own_user_are_self_service():
    deployer = user()
    own = resource(
        "own user", id="aws:111111111111:set:arn:aws:iam::*:user/${aws:username}", type="IAM roles by pattern"
    )
    assert judged(grants("iam:CreateAccessKey", identity=deployer, target=own), identity=deployer) is None
    both = [grants("iam:CreateAccessKey", identity=deployer, target=target) for target in (IAM, own)]
    assert judged(*both, identity=deployer) is not None


def test_an_administrator_needs_no_path():
    assert judged(administers(DEPLOY), grants("iam:PutRolePolicy")) is None


def test_a_role_chain_that_leads_to_authority_hits():
    assume = may(DEPLOY, STRONG, "sts:AssumeRole", access=Access.ASSUME)
    estate = Estate().link(assume).path(hop("can_assume", DEPLOY, STRONG), administers(STRONG))
    hit = privilege_escalation_path(DEPLOY, estate)
    assert hit is not None
    assert hit.facts["Strongest way"] == "sts-001 (pathfinding.cloud)"


def test_conditions_lower_it_and_unknown_is_no_hit():
    hit = judged(grants("iam:PutRolePolicy", grade=Grade.CONDITIONAL))
    assert hit is not None
    assert sum(weight.points for weight in hit.raised) == -A_BAND
    assert ", under conditions" in hit.because
    assert judged(grants("iam:PutRolePolicy", grade=Grade.UNKNOWN)) is None


@pytest.mark.parametrize("fields", [{"provider_managed": True}, {"external": True}])
def test_the_providers_and_strangers_are_left_alone(fields: dict[str, bool]):
    theirs = role("Theirs", **fields)
    assert judged(grants("iam:PutRolePolicy", identity=theirs), identity=theirs) is None


def test_patterns_are_texts_but_for_star_and_question_mark():
    actions = ("iam:PassRole", "ec2:RunInstances")
    assert meant("IAM:pass*", actions) == ("iam:PassRole",)
    assert meant("*", actions) == actions
    assert meant("iam:P.ssRole", actions) == ()
    assert meant("iam:[P]assRole", actions) == ()
