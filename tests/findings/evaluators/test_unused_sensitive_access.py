"""Unused access is known by the identity that holds it; an identity used for anything is left alone."""

from __future__ import annotations

from typing import Any

import pytest

from connectors.inventory.records import Access, Grade, Usage
from findings.evaluators.unused_sensitive_access import unused_sensitive_access
from tests.findings.estate import Estate, ago, function, hop, may, resource, role

EXPORT, DATA = function(), resource()
NEVER: dict[str, Any] = {"usage": Usage.NEVER, "last_used_at": None}


def judged(identity, *domains: str, workload=EXPORT, **fields: Any):
    reads = may(identity, DATA, "s3:GetObject", target_domains=domains, **fields)
    return unused_sensitive_access(workload, Estate(identity, DATA).path(hop("runs_as", workload, identity), reads))


@pytest.mark.parametrize(
    ("fields", "said"),
    [
        (NEVER, "which has not been used since it was made 400 days ago."),
        ({"last_used_at": ago(91)}, "which has not been used for 91 days."),
    ],
)
def test_hits(fields: dict[str, Any], said: str):
    hit = judged(role("Export", **fields), "customer", "backup")
    assert hit is not None
    assert hit.because == f"Lambda function billing-export can reach customer data as Export, {said}"
    assert (hit.raised, hit.domains, len(hit.path)) == ((), ("customer",), 2)


def test_writing_raises():
    hit = judged(role(**NEVER), "hr", access=Access.WRITE)
    assert hit is not None
    assert [(weight.name, weight.because) for weight in hit.raised] == [("write", "can change hr data")]


def test_members_of_a_set_count_by_who_may_reach_the_set():
    idle, buckets = role(**NEVER), resource("every bucket", type="Every S3 bucket")
    way = (
        hop("runs_as", EXPORT, idle),
        may(idle, buckets, "s3:*"),
        hop("contains", buckets, DATA, target_domains=("finance",)),
    )
    hit = unused_sensitive_access(EXPORT, Estate(idle, buckets, DATA).path(*way))
    assert hit is not None
    assert hit.domains == ("finance",)


@pytest.mark.parametrize(
    ("fields", "domains"),
    [
        ({"last_used_at": ago(89)}, ("customer",)),
        ({**NEVER, "created_at": ago(89)}, ("customer",)),
        (NEVER, ("backup",)),
        (NEVER, ()),
    ],
    ids=["used lately", "too young", "harmless", "no domain"],
)
def test_near_misses(fields: dict[str, Any], domains: tuple[str, ...]):
    assert judged(role(**fields), *domains) is None


@pytest.mark.parametrize(
    "fields", [{"usage": Usage.UNKNOWN, "last_used_at": None}, {**NEVER, "created_at": None}, {"last_used_at": None}]
)
def test_unknown_use_is_no_hit(fields: dict[str, Any]):
    assert judged(role(**fields), "customer") is None


def test_unknown_reach_and_a_stopped_workload_are_no_hit():
    assert judged(role(**NEVER), "customer", grade=Grade.UNKNOWN) is None
    assert judged(role(**NEVER), "customer", workload=function(enabled=False)) is None
