"""Outside is certain or it is nothing; a condition that says who came closes the door."""

from __future__ import annotations

import pytest

from connectors.inventory.records import Grade
from findings.evaluator import Severity
from findings.evaluators.role_assumable_from_outside import role_assumable_from_outside
from tests.findings.estate import Estate, administers, hop, role, severity

ROLE = role("Vendor-Access")
VENDOR = role(
    "AWS account 999999999999 (outside the organization)",
    id="arn:aws:iam::999999999999:root",
    type="AWS account principal",
    external=True,
)
ANYONE = role("Anyone", id="aws:anyone", type="anyone", external=True)
INSIDE = role("any identity in audit", id="arn:aws:iam::222222222222:root", type="AWS account principal")


def judged(source=VENDOR, **fields):
    return role_assumable_from_outside(ROLE, Estate(ROLE, VENDOR, ANYONE, INSIDE).link(trust(source, **fields)))


def trust(source, **fields):
    return hop("can_assume", source, ROLE, via="trust policy of Vendor-Access", **fields)


def test_an_outside_account_without_external_id_hits():
    hit = judged()
    assert hit is not None
    assert hit.because == (
        "IAM role Vendor-Access may be assumed by AWS account 999999999999 (outside the organization), "
        "without an external id or any other condition."
    )
    assert (hit.raised, hit.path) == ((), (trust(VENDOR),))


def test_anyone_is_critical():
    estate = Estate(ROLE, ANYONE).link(trust(ANYONE))
    hit = role_assumable_from_outside(ROLE, estate)
    assert hit is not None
    assert severity(role_assumable_from_outside, ROLE, estate) is Severity.CRITICAL
    assert "by anyone with an AWS account, without" in hit.because


def test_authority_behind_it_is_critical_and_on_the_path():
    estate = Estate(ROLE, VENDOR).link(trust(VENDOR)).path(administers(ROLE))
    hit = role_assumable_from_outside(ROLE, estate)
    assert hit is not None
    assert hit.path == (trust(VENDOR), administers(ROLE))
    assert severity(role_assumable_from_outside, ROLE, estate) is Severity.CRITICAL


@pytest.mark.parametrize("source", [VENDOR, ANYONE])
@pytest.mark.parametrize(
    "condition", ["sts:ExternalId", "aws:PrincipalOrgID", "aws:SourceAccount", "aws:SourceArn", "aws:PrincipalArn"]
)
def test_a_guard_is_no_hit(source, condition: str):
    assert judged(source, grade=Grade.CONDITIONAL, conditions=(condition,)) is None


def test_a_condition_that_guards_nothing_still_hits():
    hit = judged(grade=Grade.CONDITIONAL, conditions=("aws:MultiFactorAuthPresent",))
    assert hit is not None
    assert hit.because.endswith("under conditions that don't say who.")


def test_inside_is_no_hit():
    assert judged(INSIDE) is None


def test_unknown_is_no_hit():
    assert judged(grade=Grade.UNKNOWN) is None
    stranger = role("not among the accounts read", id="arn:aws:iam::333333333333:root", external=False)
    assert judged(stranger) is None


def test_nobody_becomes_a_provider_that_vouches_for_outsiders():
    provider = role("token.actions.githubusercontent.com", type="OIDC provider")
    vouched = hop("can_assume", VENDOR, provider)
    assert role_assumable_from_outside(provider, Estate(provider, VENDOR).link(vouched)) is None
