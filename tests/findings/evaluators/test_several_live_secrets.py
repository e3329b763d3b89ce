"""More than two that still open something are too many."""

from __future__ import annotations

from typing import Any

import pytest

from connectors.inventory.records import Credential
from findings.evaluators.several_live_secrets import several_live_secrets
from tests.findings.estate import Estate, ago, role


def secret(number: int, **fields: Any) -> Credential:
    return Credential(kind="client secret", id=f"s{number}", created_at=ago(number), **fields)


def test_it_counts_them():
    hit = several_live_secrets(role("Care App", credentials=tuple(map(secret, range(3)))), Estate())
    assert hit is not None
    assert hit.because == "IAM role Care App has 3 live secrets: client secret."
    assert hit.facts["Client secret 3"] == f"s2, made {ago(2):%Y-%m-%d}"


@pytest.mark.parametrize(
    "third",
    [
        secret(3, enabled=False),
        secret(3, expires_at=ago(1)),
        Credential(kind="federated", id="f"),
        Credential(kind="stored sign-in", id="f"),
    ],
)
def test_near_misses(third: Credential):
    assert several_live_secrets(role(credentials=(secret(1), secret(2), third)), Estate()) is None


def test_other_companies_secrets_are_theirs():
    assert several_live_secrets(role(external=True, credentials=tuple(map(secret, range(5)))), Estate()) is None
