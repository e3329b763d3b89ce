"""A trust that leaves more than the ref of one repository open is too wide."""

from __future__ import annotations

import pytest

from findings.evaluators.federated_trust_too_wide import federated_trust_too_wide
from tests.findings.estate import Estate, administers, hop, role

GITHUB = role("token.actions.githubusercontent.com", type="OIDC provider", external=True)
DEPLOY = role("Deploy")
SUB, AUD = "token.actions.githubusercontent.com:sub = ", "token.actions.githubusercontent.com:aud = sts.amazonaws.com"


def trust(*conditions: str):
    return hop("can_assume", GITHUB, DEPLOY, conditions=conditions, via="trust policy of Deploy")


@pytest.mark.parametrize(
    ("conditions", "said"),
    [
        ((), "any subject"),
        ((AUD,), "any subject"),
        ((AUD, SUB + "repo:acme-media/*"), "every subject like repo:acme-media/*"),
        ((SUB + "repo:acme-media/*:ref:refs/heads/main",), "every subject like repo:acme-media/*:ref:refs/heads/main"),
        ((SUB + "repo:acme-media/site:*",), "every subject like repo:acme-media/site:*"),
        ((SUB + "*",), "every subject like *"),
    ],
)
def test_hits(conditions: tuple[str, ...], said: str):
    hit = federated_trust_too_wide(DEPLOY, Estate(DEPLOY).link(trust(*conditions)))
    assert hit is not None
    assert hit.because == f"IAM role Deploy lets in {said} of token.actions.githubusercontent.com."


@pytest.mark.parametrize(
    "conditions",
    [
        (AUD, SUB + "repo:acme-media/site:ref:refs/heads/main"),
        (SUB + "repo:acme-media/site:environment:production",),
        (SUB + "repo:acme-media/site:ref:refs/heads/release-*",),
        (SUB + "11111111-aaaa-4bbb-8ccc-000000000001",),
        ("an expression over the token's claims, which is not read",),
    ],
)
def test_near_misses(conditions: tuple[str, ...]):
    assert federated_trust_too_wide(DEPLOY, Estate(DEPLOY).link(trust(*conditions))) is None


def test_what_it_opens_is_told_and_other_trusts_are_other_rules():
    wide = trust(AUD)
    hit = federated_trust_too_wide(DEPLOY, Estate(DEPLOY).link(wide).path(administers(DEPLOY)))
    assert hit is not None
    assert hit.because.endswith("of token.actions.githubusercontent.com, and administers billing-prod.")
    assert hit.path == (wide, administers(DEPLOY))
    assert federated_trust_too_wide(DEPLOY, Estate(DEPLOY).link(hop("can_assume", role("Other"), DEPLOY))) is None
    theirs = role("Deploy", external=True)
    assert federated_trust_too_wide(theirs, Estate(theirs).link(wide)) is None
