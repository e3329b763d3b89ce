"""Many services granted and never used, by an identity that had time to."""

from __future__ import annotations

import pytest

from findings.evaluators.unused_permission import unused_permission
from tests.findings.estate import Estate, ago, role

FIVE = (("Granted and never used", "s3, sqs, sns, kms, iam"),)


def test_it_counts_and_names_them():
    hit = unused_permission(role(facts=FIVE), Estate())
    assert hit is not None
    assert hit.because == "IAM role Billing-Admin may use 5 services that it has never used: s3, sqs, sns and 2 more."


@pytest.mark.parametrize(
    "identity",
    [
        role(),
        role(facts=(("Granted and never used", "s3, sqs"),)),
        role(facts=FIVE, created_at=ago(20)),
        role(facts=FIVE, created_at=None),
        role(facts=FIVE, provider_managed=True),
    ],
)
def test_near_misses(identity):
    assert unused_permission(identity, Estate()) is None
