"""Which credentials sign an identity in, and which only belong to the signing of tokens?"""

from __future__ import annotations

from datetime import UTC, datetime
from typing import Any

from connectors.inventory.records import Credential
from connectors.sources.entra import credentials

SECRET: dict[str, Any] = {
    "keyId": "AAAA0000-0000-0000-0000-000000000001",
    "displayName": "rbac",
    "startDateTime": "2025-01-01T00:00:00Z",
    "endDateTime": "2027-01-01T00:00:00Z",
    "hint": "CANARY",
    "secretText": "CANARY",
}


def key(number: int, usage: str, mark: str | None) -> dict[str, Any]:
    return {"keyId": f"key-{number}", "usage": usage, "customKeyIdentifier": mark, "key": "CANARY"}


def test_a_secret_is_told_by_its_dates_alone():
    (found,) = credentials.of([SECRET], [], [])
    assert found == Credential(
        kind="client secret",
        id="aaaa0000-0000-0000-0000-000000000001",
        created_at=datetime(2025, 1, 1, tzinfo=UTC),
        expires_at=datetime(2027, 1, 1, tzinfo=UTC),
    )
    assert "CANARY" not in repr(found)


def test_what_signs_tokens_signs_nobody_in():
    keys = [key(1, "Sign", "MARK"), key(2, "Verify", "MARK"), key(3, "Verify", None), key(4, "Verify", "OTHER")]
    password_of_the_signing_key = {**SECRET, "keyId": "key-1"}
    found = credentials.of([password_of_the_signing_key], keys, [])
    assert [(each.kind, each.id) for each in found] == [("certificate", "key-3"), ("certificate", "key-4")]


def test_a_federated_credential_is_one():
    (found,) = credentials.of([], [], [{"id": "F1", "issuer": "https://x", "subject": "y", "name": "z"}])
    assert (found.kind, found.id, found.expires_at) == ("federated", "f1", None)


def test_the_order_that_graph_gives_them_in_makes_no_difference():
    one, other = {**SECRET, "keyId": "k1"}, {**SECRET, "keyId": "k2"}
    assert credentials.of([one, other], [], []) == credentials.of([other, one], [], [])
