"""What do an account's properties say, where they say little?"""

from __future__ import annotations

from typing import Any

import pytest

from connectors.sources.foundry.accounts import public
from connectors.sources.foundry.agents import fingerprint, stores


@pytest.mark.parametrize(
    ("said", "expected"),
    [
        ({"publicNetworkAccess": "Enabled"}, True),
        ({"publicNetworkAccess": "Enabled", "networkAcls": {"defaultAction": "Deny"}}, False),
        ({"publicNetworkAccess": "Disabled"}, False),
        ({}, None),
        ({"networkAcls": None}, None),
    ],
)
def test_an_account_that_does_not_say_is_not_taken_for_closed_or_open(said: dict[str, Any], expected: object):
    assert public(said) is expected


def test_a_text_leaves_its_length_and_a_fingerprint():
    text = "Answer questions about salaries." * 100
    assert fingerprint(text).startswith("3,200 characters, SHA-256 ")
    assert "salaries" not in fingerprint(text)
    assert fingerprint(text) != fingerprint(text + " ")


def test_only_what_agents_keep_counts_as_their_store():
    kept = {"threadStorageConnections": ["threads"]}
    rows = [{"properties": {"capabilityHostKind": kind, **kept}} for kind in ("Agents", "Other")]
    assert stores(rows) == (("threads", "where the agents of the project keep conversations"),)
