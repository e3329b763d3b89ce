"""Dormant is what is known to be unused for ninety days, and nothing else."""

from __future__ import annotations

from typing import Any

import pytest

from connectors.inventory.records import Access, Grade, Usage
from findings.evaluator import Severity
from findings.evaluators.dormant_identity import dormant_identity
from tests.findings.estate import Estate, administers, ago, key, may, resource, role, severity

NEVER: dict[str, Any] = {"usage": Usage.NEVER, "last_used_at": None}


@pytest.mark.parametrize(
    ("fields", "said"),
    [
        ({"last_used_at": ago(90)}, "IAM role Billing-Admin has not been used for 90 days."),
        (
            {"last_used_at": ago(90), "credentials": (key(enabled=False), key("AKIA2"))},
            "IAM role Billing-Admin has not been used for 90 days.",
        ),
        ({**NEVER}, "IAM role Billing-Admin has not been used since it was made 400 days ago."),
    ],
)
def test_hits(fields: dict[str, Any], said: str):
    hit = dormant_identity(role(**fields), Estate())
    assert hit is not None
    assert (hit.because, hit.path) == (said, ())


@pytest.mark.parametrize(
    "fields",
    [
        {"last_used_at": ago(89.9)},
        {**NEVER, "created_at": ago(89)},
        {**NEVER, "provider_managed": True},
        {**NEVER, "external": True},
        {**NEVER, "enabled": False},
        {**NEVER, "human": True},
        {"last_used_at": ago(800), "credentials": (key(enabled=False), key("AKIA2", enabled=False))},
    ],
)
def test_near_misses(fields: dict[str, Any]):
    assert dormant_identity(role(**fields), Estate()) is None


@pytest.mark.parametrize(
    "fields", [{"usage": Usage.UNKNOWN, "last_used_at": None}, {**NEVER, "created_at": None}, {"last_used_at": None}]
)
def test_unknown_is_no_hit(fields: dict[str, Any]):
    assert dormant_identity(role(**fields), Estate()) is None


def test_reach_raises_and_is_said():
    idle, data = role(**NEVER), resource()
    reads = may(idle, data, "s3:GetObject", target_domains=("customer", "backup"))
    estate = Estate(idle, data).path(reads)
    hit = dormant_identity(idle, estate)
    assert hit is not None
    assert hit.because.endswith("400 days ago and can still reach customer data.")
    assert (hit.domains, hit.path) == (("customer",), (reads,))
    assert severity(dormant_identity, idle, estate) is Severity.HIGH
    admin = administers(idle)
    hit = dormant_identity(idle, Estate(idle, data).path(reads).path(admin))
    assert hit is not None
    assert hit.because.endswith("and still administers billing-prod.")
    assert hit.path == (admin,)


def test_reach_that_is_unsure_or_harmless_raises_nothing():
    idle, data = role(**NEVER), resource()
    unsure = may(idle, data, grade=Grade.UNKNOWN, target_domains=("customer",))
    harmless = may(idle, data, access=Access.WRITE, target_domains=("backup",))
    estate = Estate(idle, data).path(unsure).path(harmless)
    hit = dormant_identity(idle, estate)
    assert hit is not None
    assert hit.domains == ()
    assert severity(dormant_identity, idle, estate) is Severity.MEDIUM
