"""Do an identity's edges say what it may reach: few of them, each with the policy's own words?"""

from typing import Any

from connectors.inventory.records import Access, Grade
from connectors.sources.aws.policy import grants, statements
from connectors.sources.aws.reach import Edge, edges
from connectors.sources.aws.targets import Home

HOME = Home(
    account="111122223333",
    name="billing-prod",
    partition="aws",
    names={"arn:aws:s3:::payroll": "payroll", "arn:aws:kms:eu-west-1:111122223333:key/1": "payroll-key"},
    buckets_known=True,
)
EVERY_ROLE = "aws:111122223333:set:arn:aws:iam::111122223333:role/*"


def of(*rows: tuple[Any, Any] | dict[str, Any], home: Home = HOME) -> list[Edge]:
    written = [
        each if isinstance(each, dict) else {"Effect": "Allow", "Action": each[0], "Resource": each[1]} for each in rows
    ]
    return edges(grants(statements({"Statement": written}, policy="P")), home)


def brief(found: list[Edge]) -> set[tuple[str, Access, tuple[str, ...]]]:
    return {(edge.target.id, edge.access, edge.actions) for edge in found}


def test_everything_everywhere_is_one_edge_to_the_account():
    assert brief(of(("*", "*"), ("s3:GetObject", "*"), ("iam:PassRole", "*"))) == {
        ("aws:account:111122223333", Access.ADMIN, ("*",))
    }


def test_everything_under_a_condition_leaves_the_other_edges_visible():
    guarded = {
        "Effect": "Allow",
        "Action": "*",
        "Resource": "*",
        "Condition": {"Bool": {"aws:MultiFactorAuthPresent": "true"}},
    }
    found = of(guarded, ("s3:GetObject", "arn:aws:s3:::payroll/*"))
    assert {(edge.target.id, edge.grade) for edge in found} == {
        ("aws:account:111122223333", Grade.CONDITIONAL),
        ("arn:aws:s3:::payroll", Grade.GRANTED),
    }


def test_everything_but_iam_administers_the_account_without_claiming_iam():
    (edge,) = of({"Effect": "Allow", "NotAction": ["iam:*", "organizations:*"], "Resource": "*"})
    assert (edge.target.id, edge.access) == ("aws:account:111122223333", Access.ADMIN)
    assert "lambda:*" in edge.actions
    assert not any(action.startswith("iam:") for action in edge.actions)


def test_an_object_is_reached_in_its_bucket_with_all_actions_on_one_edge():
    found = of((["s3:GetObject", "s3:GetObjectVersion"], "arn:aws:s3:::payroll/2026/*"))
    assert brief(found) == {("arn:aws:s3:::payroll", Access.READ, ("s3:GetObject", "s3:GetObjectVersion"))}
    assert found[0].grade is Grade.GRANTED


def test_every_action_of_a_service_reads_writes_and_changes_permissions():
    assert brief(of(("s3:*", "arn:aws:s3:::payroll"))) == {
        ("arn:aws:s3:::payroll", Access.READ, ("s3:*",)),
        ("arn:aws:s3:::payroll", Access.WRITE, ("s3:*",)),
        ("arn:aws:s3:::payroll", Access.ADMIN, ("s3:*",)),
    }


def test_listing_and_describing_reaches_no_data():
    assert brief(of((["s3:ListBucket", "s3:GetBucketTagging", "ec2:Describe*", "dynamodb:DescribeTable"], "*"))) == {
        (
            "aws:111122223333:metadata",
            Access.READ,
            ("dynamodb:DescribeTable", "ec2:Describe*", "s3:GetBucketTagging", "s3:ListBucket"),
        )
    }


def test_a_star_of_resources_is_the_set_of_all_of_the_kind():
    (edge,) = of(("secretsmanager:GetSecretValue", "*"))
    assert edge.target.pattern == "arn:aws:secretsmanager:*:111122223333:secret:*"
    assert edge.target.name == "Every Secrets Manager secret in billing-prod"


def test_a_pattern_is_a_set_under_its_own_spelling():
    (edge,) = of(("s3:GetObject", "arn:aws:s3:::payroll-*/*"))
    assert edge.target.pattern == "arn:aws:s3:::payroll-*"
    assert edge.target.name == "S3 buckets matching payroll-*"


def test_an_action_on_another_services_resource_gives_nothing():
    assert of((["s3:GetObject", "kms:Decrypt"], "arn:aws:kms:eu-west-1:111122223333:key/1")) == of(
        ("kms:Decrypt", "arn:aws:kms:eu-west-1:111122223333:key/1")
    )


def test_a_star_action_on_a_bucket_is_that_services_actions_only():
    assert {edge.actions for edge in of(("*", "arn:aws:s3:::payroll"))} == {("s3:*",)}


def test_another_accounts_resource_is_unknown_until_its_own_policy_is_read():
    for resource in ("arn:aws:s3:::somebody-elses/*", "arn:aws:dynamodb:eu-west-1:999900009999:table/orders"):
        action = "s3:GetObject" if ":s3:" in resource else "dynamodb:GetItem"
        (edge,) = of((action, resource))
        assert (edge.grade, edge.conditions) == (Grade.UNKNOWN, ("its own resource policy was not read",))


def test_a_bucket_is_not_called_foreign_when_the_buckets_were_not_read():
    blind = Home(account="111122223333", name="billing-prod", partition="aws")
    (edge,) = of(("s3:GetObject", "arn:aws:s3:::payroll/*"), home=blind)
    assert (edge.target.id, edge.grade) == ("arn:aws:s3:::payroll", Grade.GRANTED)


def test_names_are_for_people():
    found = of(
        ("secretsmanager:GetSecretValue", "arn:aws:secretsmanager:eu-west-1:111122223333:secret:prod/db-AbCdEf"),
        ("kms:Decrypt", ["arn:aws:kms:eu-west-1:111122223333:key/1", "arn:aws:kms:eu-west-1:111122223333:key/0aa1-22"]),
        ("dynamodb:Query", "arn:aws:dynamodb:eu-west-1:111122223333:table/orders/index/by-day"),
    )
    assert [edge.target.name for edge in found] == ["prod/db", "payroll-key", "KMS key 0aa1-22…", "orders"]


# ── Becoming somebody else ──────────────────────────────────────────────────────────────────────────────────────────


def test_a_role_that_may_be_assumed_is_the_target_itself():
    role = "arn:aws:iam::999900009999:role/app/export"
    (edge,) = of(("sts:AssumeRole", role))
    assert (edge.target.kind, edge.target.id, edge.target.name, edge.access) == (
        "identity", role, "export", Access.ASSUME,
    )  # fmt: skip


def test_assuming_anything_is_the_set_of_every_role():
    (edge,) = of(("sts:*", "*"))
    assert (edge.target.pattern, edge.access) == ("arn:aws:iam::*:role/*", Access.ASSUME)


def test_passing_every_role_is_administration_and_passing_one_is_not():
    assert brief(of(("iam:PassRole", "*"))) == {(EVERY_ROLE, Access.ADMIN, ("iam:PassRole",))}
    role = "arn:aws:iam::111122223333:role/order-api"
    assert brief(of(("iam:PassRole", role))) == {(role, Access.WRITE, ("iam:PassRole",))}


def test_pass_role_survives_in_a_wildcard():
    assert brief(of(("iam:*", "*"))) == {
        (EVERY_ROLE, Access.ADMIN, ("iam:*",)),
        ("aws:111122223333:service:iam", Access.ADMIN, ("iam:*",)),
    }
    assert brief(of(("iam:Pass*", "*"))) == {(EVERY_ROLE, Access.ADMIN, ("iam:Pass*",))}


def test_changing_one_role_administers_that_role():
    role = "arn:aws:iam::111122223333:role/order-api"
    assert brief(of(("iam:PutRolePolicy", role))) == {(role, Access.ADMIN, ("iam:PutRolePolicy",))}


def test_rights_over_ones_own_user_keep_saying_so():
    own = "arn:aws:iam::*:user/${aws:username}"
    (edge,) = of(("iam:CreateAccessKey", own))
    assert own in edge.target.id
    assert edge.target.pattern == own
    assert "${aws:username}" in edge.target.name
    assert edge.grade is Grade.CONDITIONAL


def test_the_actions_of_an_escalation_stay_in_sight_one_edge_for_a_service():
    found = of(
        (["lambda:CreateFunction", "lambda:List*"], "*"), ("lambda:InvokeFunction", "arn:aws:lambda:*:*:function:x")
    )
    assert brief(found) == {
        (
            "aws:111122223333:service:lambda",
            Access.WRITE,
            ("lambda:CreateFunction", "lambda:InvokeFunction", "lambda:List*"),
        )
    }


def test_a_conditional_action_beside_a_free_one_is_told_on_the_edge():
    guarded = {
        "Effect": "Allow", "Action": "lambda:UpdateFunctionCode", "Resource": "*",
        "Condition": {"StringEquals": {"aws:ResourceTag/team": "a"}},
    }  # fmt: skip
    (edge,) = of(("lambda:InvokeFunction", "*"), guarded)
    assert edge.grade is Grade.GRANTED
    assert edge.conditions == ("lambda:UpdateFunctionCode only with aws:ResourceTag/team",)


def test_a_summary_is_as_sure_as_its_strongest_part_not_as_its_surest():
    guarded = {
        "Effect": "Allow",
        "Action": "iam:*",
        "Resource": "*",
        "Condition": {"Bool": {"aws:MultiFactorAuthPresent": "true"}},
    }
    summaries = [edge for edge in of(guarded, ("iam:List*", "*")) if edge.target.id.endswith(":service:iam")]
    assert [(edge.access, edge.grade) for edge in summaries] == [(Access.ADMIN, Grade.CONDITIONAL)]
    assert "aws:MultiFactorAuthPresent" in str(summaries[0].conditions)
