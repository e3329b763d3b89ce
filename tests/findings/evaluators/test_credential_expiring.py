"""The last of its kind that ends soon is a finding, and worse while it is in use."""

from __future__ import annotations

from typing import Any

import pytest

from connectors.inventory.records import Credential
from findings.evaluator import Severity
from findings.evaluators.credential_expiring import credential_expiring
from tests.findings.estate import Estate, ago, role, severity


def app(*secrets: Credential, **fields: Any):
    return role("Care App", type="service principal", credentials=secrets, **{"last_used_at": ago(60), **fields})


def secret(left: float | None, number: str = "s1", *, kind: str = "client secret", **fields: Any) -> Credential:
    return Credential(kind=kind, id=number, expires_at=None if left is None else ago(-left), **fields)


def test_it_says_when():
    hit = credential_expiring(app(secret(12)), Estate())
    assert hit is not None
    assert hit.because == f"The last client secret of Care App ends on {ago(-12):%Y-%m-%d}, in 12 days."
    assert severity(credential_expiring, app(secret(12)), Estate()) is Severity.LOW
    assert severity(credential_expiring, app(secret(12), last_used_at=ago(1)), Estate()) is Severity.MEDIUM


@pytest.mark.parametrize(
    "held",
    [
        (secret(31),),
        (secret(None),),
        (secret(-1),),
        (secret(12), secret(200, "s2")),
        (secret(12, enabled=False),),
    ],
    ids=["later", "never", "ended", "another lives on", "off"],
)
def test_near_misses(held: tuple[Credential, ...]):
    assert credential_expiring(app(*held), Estate()) is None


def test_other_companies_credentials_are_theirs():
    assert credential_expiring(app(secret(12), external=True), Estate()) is None


def test_another_kind_does_not_replace_it():
    assert credential_expiring(app(secret(12), secret(200, "c1", kind="certificate")), Estate()) is not None
