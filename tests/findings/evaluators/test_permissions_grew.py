"""What came after the baseline, and was certainly not there before, is drift."""

from __future__ import annotations

import pytest

from connectors.inventory.records import Access, Grade
from findings.evaluator import Severity
from findings.evaluators.permissions_grew import permissions_grew
from tests.findings.estate import IAM, Estate, administers, ago, may, resource, role, severity

ROLE, DATA = role(), resource("customer-data")


def came(days: float = 5, **fields):
    return may(ROLE, DATA, "s3:PutObject", **{"access": Access.WRITE, "first_seen": ago(days), **fields})


def test_it_says_what_came_when():
    reads = came(3, access=Access.READ, target_domains=("hr",))
    hit = permissions_grew(ROLE, Estate(ROLE).link(came(), reads, came(200)))
    assert hit is not None
    assert hit.because == (
        f"IAM role Billing-Admin has come to hold write access to customer-data since {ago(5):%Y-%m-%d}, and 1 more."
    )
    assert (hit.scopes, len(hit.facts)) == ((IAM,), 2)


def test_administering_one_thing_more_weighs_more():
    vault = may(ROLE, resource("vault"), "kms:*", access=Access.ADMIN, first_seen=ago(5))
    assert severity(permissions_grew, ROLE, Estate(ROLE).link(vault)) is Severity.HIGH
    assert severity(permissions_grew, ROLE, Estate(ROLE).link(came())) is Severity.MEDIUM


@pytest.mark.parametrize(
    "hop",
    [
        came(31),
        came(access=Access.READ),
        came(access=Access.READ, target_domains=("logs",)),
        came(grade=Grade.UNKNOWN),
        administers(ROLE, first_seen=ago(5)),
    ],
    ids=["long ago", "harmless", "logs", "unsure", "another rule's"],
)
def test_near_misses(hop):
    assert permissions_grew(ROLE, Estate(ROLE).link(hop)) is None


def test_other_companies_identities_are_theirs():
    theirs = role(external=True)
    assert permissions_grew(theirs, Estate(theirs).link(came())) is None


def test_what_could_not_be_seen_before_is_no_drift():
    new_object, newly_read, confirmed = (Estate(ROLE).link(came()) for _ in range(3))
    new_object.since[ROLE.id] = ago(5)
    newly_read.since[IAM] = ago(5)
    confirmed.words[ROLE.id] = ago(2)
    for estate in (new_object, newly_read, confirmed):
        assert permissions_grew(ROLE, estate) is None


def test_the_window_is_the_tenants():
    assert permissions_grew.judge(ROLE, Estate(ROLE).link(came(60)), window_days=90) is not None
