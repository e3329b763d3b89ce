"""A secret of which the source says that nobody uses it, while its identity is used."""

from __future__ import annotations

from typing import Any

import pytest

from connectors.inventory.records import Credential, Usage
from findings.evaluators.unused_credential import unused_credential
from tests.findings.estate import Estate, ago, key, role


def secret(**fields: Any) -> Credential:
    values = {"usage": Usage.USED, "last_used_at": ago(100), "created_at": ago(300), **fields}
    return Credential(kind="client secret", id="s1", **values)


@pytest.mark.parametrize(("held", "days"), [(secret(), 100), (secret(usage=Usage.NEVER, last_used_at=None), 300)])
def test_hits(held: Credential, days: int):
    hit = unused_credential(role("Care App", credentials=(held,)), Estate())
    assert hit is not None
    assert hit.because == f"A client secret of Care App has not been used for {days} days."


@pytest.mark.parametrize(
    "held",
    [
        secret(last_used_at=ago(89)),
        secret(usage=Usage.UNKNOWN),
        secret(usage=Usage.NEVER, created_at=None),
        secret(enabled=False),
        secret(expires_at=ago(1)),
        key(last_used_at=ago(400)),
    ],
)
def test_near_misses(held: Credential):
    assert unused_credential(role(credentials=(held,)), Estate()) is None


def test_other_companies_secrets_are_theirs():
    assert unused_credential(role(external=True, credentials=(secret(),)), Estate()) is None


def test_an_identity_that_nobody_uses_is_another_rules_matter():
    assert unused_credential(role(last_used_at=ago(120), credentials=(secret(),)), Estate()) is None
