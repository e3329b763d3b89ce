"""Whom does a trust policy let in?"""

from typing import Any

from connectors.inventory.records import Grade
from connectors.sources.aws.trust import Trust, trusts

ROLE = "arn:aws:iam::111122223333:role/export"


def row(principal: Any, *, action: Any = "sts:AssumeRole", effect: str = "Allow", **more: Any) -> dict[str, Any]:
    return {"Effect": effect, "Principal": principal, "Action": action, **more}


def found(*rows: dict[str, Any]) -> list[Trust]:
    return trusts({"Version": "2012-10-17", "Statement": list(rows)})


def test_services_roles_accounts_and_anyone_are_told_apart():
    assert [(each.kind, each.principal) for each in found(
        row({"Service": ["lambda.amazonaws.com", "ec2.amazonaws.com"]}),
        row({"AWS": [ROLE, "999900009999"]}),
        row("*"),
    )] == [
        ("service", "lambda.amazonaws.com"),
        ("service", "ec2.amazonaws.com"),
        ("aws", ROLE),
        ("aws", "999900009999"),
        ("anyone", "*"),
    ]  # fmt: skip


def test_a_star_among_aws_principals_is_anyone():
    assert found(row({"AWS": "*"})) == [Trust("anyone", "*")]


def test_the_id_of_a_deleted_principal_is_recognised():
    (trust,) = found(row({"AWS": "AROAEXAMPLEEXAMPLE123"}))
    assert trust.kind == "deleted"


def test_an_external_id_is_told_by_its_key_and_not_by_its_value():
    (trust,) = found(row({"AWS": ROLE}, Condition={"StringEquals": {"sts:ExternalId": "a-value-of-theirs"}}))
    assert trust == Trust("aws", ROLE, Grade.CONDITIONAL, ("sts:ExternalId",))


def test_a_federated_subject_is_told_with_its_value():
    issuer = "token.actions.githubusercontent.com"
    provider = f"arn:aws:iam::111122223333:oidc-provider/{issuer}"
    condition = {
        "StringLike": {f"{issuer}:sub": ["repo:acme-media/app:*"]},
        "StringEquals": {f"{issuer}:aud": "sts.amazonaws.com"},
    }
    (trust,) = found(row({"Federated": provider}, action="sts:AssumeRoleWithWebIdentity", Condition=condition))
    assert trust.kind == "federated"
    assert trust.conditions == (f"{issuer}:aud = sts.amazonaws.com", f"{issuer}:sub = repo:acme-media/app:*")


def test_two_statements_for_one_principal_are_as_loose_as_the_looser():
    guarded = row({"AWS": ROLE}, Condition={"Bool": {"aws:MultiFactorAuthPresent": "true"}})
    assert found(guarded, row({"AWS": ROLE})) == [Trust("aws", ROLE)]


def test_a_deny_leaves_doubt():
    (trust,) = found(row({"AWS": ROLE}), row("*", effect="Deny", Condition={"Bool": {"aws:SecureTransport": "false"}}))
    assert trust.grade is Grade.CONDITIONAL


def test_everyone_but_one_is_anyone_under_that_condition():
    (trust,) = trusts({"Statement": {"Effect": "Allow", "NotPrincipal": {"AWS": ROLE}, "Action": "sts:AssumeRole"}})
    assert trust == Trust("anyone", "*", Grade.CONDITIONAL, (f"not {ROLE}",))


def test_statements_about_other_actions_let_nobody_in():
    assert found(row({"AWS": ROLE}, action="sts:TagSession")) == []


def test_a_wildcard_action_lets_in():
    assert found(row({"AWS": ROLE}, action="sts:*")) == [Trust("aws", ROLE)]


def spared(effect: str, *actions: str) -> dict[str, Any]:
    """A statement on all actions but these."""
    return {"Effect": effect, "Principal": {"AWS": "999900009999"}, "NotAction": list(actions)}


def test_all_actions_but_others_let_in():
    assert found(spared("Allow", "sts:TagSession")) == [Trust("aws", "999900009999")]


def test_all_actions_but_assuming_let_nobody_in():
    assert found(spared("Allow", "sts:Assume*")) == []


def test_a_deny_of_all_actions_but_others_casts_doubt():
    (trust,) = found(row({"AWS": "999900009999"}), spared("Deny", "sts:TagSession"))
    assert trust.grade is Grade.CONDITIONAL


def test_a_claim_that_must_not_be_is_not_told_as_one_that_must():
    issuer = "token.actions.githubusercontent.com"
    tests = {"StringEquals": {f"{issuer}:aud": "sts"}, "StringNotLike": {f"{issuer}:sub": "repo:acme/*"}}
    (trust,) = found(row({"Federated": issuer}, action="sts:AssumeRoleWithWebIdentity", Condition=tests))
    assert trust.conditions == (f"{issuer}:aud = sts", f"{issuer}:sub is not repo:acme/*")
