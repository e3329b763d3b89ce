"""Does "Test connection" tell what works, what doesn't, and which permission is missing where?"""

from __future__ import annotations

import json
import re
from collections.abc import Iterator
from typing import Any

import pytest

from connectors.source import Check
from connectors.sources.aws import checking, source
from tests.emulators.aws import AwsEmulator
from tests.emulators.aws.policies import by, document
from tests.emulators.aws.small_estate import ANALYTICS, ESTATE, ORDERS

__all__ = ["ESTATE"]


@pytest.fixture
def check(settings: dict[str, Any]) -> Any:
    """The rows by label; keyword arguments replace settings."""

    def check(**changed: Any) -> dict[str, Check]:
        return {row.label: row for row in source.check(settings={**settings, **changed})}

    return check


def test_everything_works(check):
    rows = check()
    assert {row.ok for row in rows.values()} == {True}
    assert list(rows)[:4] == ["Credentials", "Management role", "ExternalId", "Organization"]
    assert {f"Role in orders ({ORDERS})", f"Role in analytics ({ANALYTICS})"} <= set(rows)
    assert any(label.startswith("Read Bedrock agents in") for label in rows)


def test_wrong_keys_leave_the_rest_untried(check):
    rows = check(secret_access_key="x" * 40)
    assert rows["Credentials"] == Check(
        "Credentials", False, "The secret access key doesn't belong to the access key id."
    )
    assert rows["Management role"].ok is None


def test_a_wrong_external_id_is_named(check):
    rows = check(external_id="not-the-one-they-set")
    assert rows["Management role"].ok is False
    assert "ExternalId doesn't match" in rows["Management role"].detail
    assert rows["Organization"].ok is None


@pytest.fixture
def loose_hub(running: AwsEmulator) -> Iterator[None]:
    """For one test, the hub role trusts sv0 whatever the ExternalId."""

    def trust(document: dict[str, Any]) -> None:
        iam = running.console.client("iam", ESTATE.management_account)
        iam.update_assume_role_policy(RoleName="sv0-hub", PolicyDocument=json.dumps(document))

    iam = running.console.client("iam", ESTATE.management_account)
    before = iam.get_role(RoleName="sv0-hub")["Role"]["AssumeRolePolicyDocument"]
    trust(json.loads(document(by(f"arn:aws:iam::{ESTATE.platform_account}:user/sv0-platform"))))
    yield
    trust(before)


@pytest.mark.usefixtures("loose_hub")
def test_a_trust_that_does_not_ask_for_the_external_id_is_a_risk(check):
    row = check()["ExternalId"]
    assert (row.ok, row.detail) == (False, "The trust doesn't require the ExternalId: confused-deputy risk.")


def test_a_member_without_the_role_is_named_and_another_one_is_tried(aws, check):
    aws.faults.add(do="deny", action="sts:AssumeRole", account=ORDERS)
    rows = check()
    assert rows[f"Role in orders ({ORDERS})"].missing == ("sts:AssumeRole",)
    assert rows[f"Read IAM in analytics ({ANALYTICS})"].ok is True


@pytest.mark.parametrize(
    ("action", "label"),
    [
        ("lambda:ListFunctions", f"Read Lambda in orders ({ORDERS})"),
        ("states:DescribeStateMachine", f"Read Step Functions in orders ({ORDERS})"),
        ("s3:GetBucketTagging", f"Read what describes data in orders ({ORDERS})"),
        ("bedrock:GetAgent", f"Read Bedrock agents in orders ({ORDERS})"),
        ("organizations:ListRoots", "Organization"),
    ],
)
def test_a_missing_permission_is_named_in_aws_own_words(aws, check, action, label):
    aws.faults.add(do="deny", action=action)
    row = check()[label]
    assert (row.ok, row.missing) == (False, (action,))
    assert action in row.detail


def test_an_unknown_region_is_named_and_the_rest_is_tried(check):
    rows = check(regions=["eu-wset-1", "eu-west-1"])
    assert rows["Regions"] == Check("Regions", False, "AWS has no region eu-wset-1.")
    assert rows[f"Read Lambda in orders ({ORDERS})"].ok is True


def test_settings_that_make_no_sense_are_one_row(check):
    assert check(role_arn="nonsense") == {
        "Settings": Check("Settings", False, "The role in the management account isn't the ARN of a role.")
    }


def test_a_settings_form_accepts_what_the_source_accepts():
    patterns = {setting.name: setting.pattern for setting in source.settings if setting.pattern}
    assert re.fullmatch(patterns["role_arn"], ESTATE.hub_role_arn)
    assert re.fullmatch(patterns["external_id"], ESTATE.external_id)
    assert re.fullmatch(patterns["regions"], "us-gov-west-1")
    assert not re.fullmatch(patterns["member_role_name"], "arn:aws:iam::1:role/x")
    assert [setting.name for setting in source.settings if setting.secret] == ["secret_access_key"]


def test_accounts_that_were_not_tried_are_told(check, monkeypatch: pytest.MonkeyPatch):
    monkeypatch.setattr(checking, "SAMPLE", 1)
    rows = check()
    assert f"Role in analytics ({ANALYTICS})" not in rows or f"Role in orders ({ORDERS})" not in rows
    assert rows["The other member accounts"].ok is None
    assert "Tried: 1." in rows["The other member accounts"].detail
