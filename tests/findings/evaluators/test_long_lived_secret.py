"""A live secret is judged by its age and by how long it was made for."""

from __future__ import annotations

from typing import Any

import pytest

from connectors.inventory.records import Credential
from findings.evaluators.long_lived_secret import long_lived_secret
from tests.findings.estate import Estate, ago, role


def app(*secrets: Credential, **fields: Any):
    return role("Care App", type="service principal", system="entra", credentials=secrets, **fields)


def secret(days: float | None, *, left: float | None = 100, kind: str = "client secret", **fields: Any) -> Credential:
    ends = None if left is None else ago(-left)
    return Credential(kind=kind, id="s1", created_at=None if days is None else ago(days), expires_at=ends, **fields)


@pytest.mark.parametrize(
    ("held", "said"),
    [
        (secret(181), "client secret of Care App is 181 days old"),
        (secret(300, left=None, kind="token"), "token of Care App is 300 days old"),
        (secret(1, left=800), "client secret of Care App was made to live for 801 days"),
        (secret(361, kind="certificate"), "certificate of Care App is 361 days old"),
    ],
)
def test_hits(held: Credential, said: str):
    hit = long_lived_secret(app(held), Estate())
    assert hit is not None
    assert hit.because == f"A {said}."


@pytest.mark.parametrize(
    "held",
    [
        secret(180),
        secret(360, kind="certificate"),
        secret(900, left=-1),
        secret(900, enabled=False),
        secret(None),
        secret(900, kind="federated"),
        secret(900, kind="access key"),
    ],
)
def test_near_misses(held: Credential):
    assert long_lived_secret(app(held), Estate()) is None


def test_whose_secrets_are_nobodys_business():
    assert long_lived_secret(role(type="User-assigned managed identity", credentials=(secret(900),)), Estate()) is None
    assert long_lived_secret(app(secret(900), external=True), Estate()) is None
