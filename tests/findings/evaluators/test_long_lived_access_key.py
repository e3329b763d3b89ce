"""A key is judged by its age and use, if both it and its being switched on are known."""

from __future__ import annotations

from typing import Any

import pytest

from connectors.inventory.records import Usage
from findings.evaluator import Severity
from findings.evaluators.long_lived_access_key import long_lived_access_key
from tests.findings.estate import Estate, administers, ago, key, severity, user

NEVER: dict[str, Any] = {"usage": Usage.NEVER, "last_used_at": None}


@pytest.mark.parametrize(
    ("fields", "said"),
    [
        ({"created_at": ago(90)}, "is 90 days old"),
        ({"created_at": ago(400), "last_used_at": ago(90)}, "is switched on but has not been used for 90 days"),
        ({"created_at": None, "last_used_at": ago(100)}, "is switched on but has not been used for 100 days"),
        ({"created_at": ago(30), **NEVER}, "is 30 days old and has never been used"),
    ],
)
def test_hits(fields: dict[str, Any], said: str):
    hit = long_lived_access_key(user("deployer", key(**fields)), Estate())
    assert hit is not None
    assert hit.because == f"Access key AKIA1 of deployer {said}."


@pytest.mark.parametrize(
    "fields",
    [
        {"created_at": ago(89), "last_used_at": ago(89)},
        {"created_at": ago(29), **NEVER},
        {"created_at": ago(900), "enabled": False},
    ],
)
def test_near_misses(fields: dict[str, Any]):
    assert long_lived_access_key(user("deployer", key(**fields)), Estate()) is None


@pytest.mark.parametrize(
    "fields",
    [
        {"created_at": ago(900), "enabled": None},
        {"created_at": None, "last_used_at": None, "usage": Usage.UNKNOWN},
        {"created_at": ago(60), "last_used_at": None, "usage": Usage.UNKNOWN},
        {"created_at": None, **NEVER},
    ],
)
def test_unknown_is_no_hit(fields: dict[str, Any]):
    assert long_lived_access_key(user("deployer", key(**fields)), Estate()) is None


def test_no_keys_and_other_credentials_are_no_hit():
    assert long_lived_access_key(user(), Estate()) is None


def test_the_worst_key_makes_the_sentence_and_authority_raises():
    deployer = user("deployer", key("AKIA1", created_at=ago(100)), key("AKIA2", created_at=ago(900)), key("AKIA3"))
    admin = administers(deployer)
    estate = Estate(deployer).path(admin)
    hit = long_lived_access_key(deployer, estate)
    assert hit is not None
    assert (
        hit.because == "Access key AKIA2 of deployer is 900 days old, and 1 more like it; it administers billing-prod."
    )
    assert hit.facts == {"Access key 1": "AKIA1 is 100 days old", "Access key 2": "AKIA2 is 900 days old"}
    assert hit.path == (admin,)
    assert severity(long_lived_access_key, deployer, estate) is Severity.HIGH
