"""Is what the traits of a finding say what was written, whatever the values hold?"""

from __future__ import annotations

from typing import Any
from uuid import UUID

import pytest

from findings.facets import MARK, NARROW, read, read_narrow, traits

ROW: dict[str, Any] = {
    "status": "open",
    "severity": "high",
    "rule": "dormant_identity",
    "observation": "present",
    "system": "aws",
    "acceptance": "none",
    "account_id": "111111111111",
    "domains": ["hr", "customer"],
    "assignee_id": None,
}
LOW = ("open", "high", "dormant_identity", "present", "aws", "none")


@pytest.mark.parametrize(
    ("changed", "wide"),
    [
        ({}, {"account": ["111111111111"], "domain": ["hr", "customer"], "assignee": ["none"]}),
        ({"account_id": None, "domains": []}, {"account": [], "domain": [], "assignee": ["none"]}),
        (
            {"assignee_id": UUID(int=7)},
            {"account": ["111111111111"], "domain": ["hr", "customer"], "assignee": ["0" * 31 + "7"]},
        ),
        ({"account_id": "a=b", "domains": ["x=y"]}, {"account": ["a=b"], "domain": ["x=y"], "assignee": ["none"]}),
        (
            {"account_id": f"a{MARK}status=closed"},
            {"account": ["a status=closed"], "domain": ["hr", "customer"], "assignee": ["none"]},
        ),
    ],
)
def test_what_was_written_is_read(changed: dict[str, Any], wide: dict[str, list[str]]):
    assert read(traits(ROW | changed)) == (LOW, wide)
    assert read_narrow(traits(ROW | changed)) == LOW
    assert len(LOW) == len(NARROW)
