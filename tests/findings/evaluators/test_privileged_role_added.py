"""A known identity that newly administers is a finding."""

from __future__ import annotations

from findings.evaluators.privileged_role_added import privileged_role_added
from tests.findings.estate import IAM, Estate, administers, ago, may, role

ROLE = role()


def test_it_says_what_since_when():
    new = administers(ROLE, first_seen=ago(2))
    hit = privileged_role_added(ROLE, Estate(ROLE).link(new))
    assert hit is not None
    assert hit.because == f"IAM role Billing-Admin administers billing-prod since {ago(2):%Y-%m-%d}."
    assert hit.path == (new,)


def test_near_misses():
    assert privileged_role_added(ROLE, Estate(ROLE).link(administers(ROLE, first_seen=ago(40)))) is None
    first_read = Estate(ROLE).link(administers(ROLE, first_seen=ago(2)))
    first_read.since[IAM] = ago(2)
    assert privileged_role_added(ROLE, first_read) is None
    outsider = role(external=True)
    assert privileged_role_added(outsider, Estate(outsider).link(administers(outsider, first_seen=ago(2)))) is None
    assert privileged_role_added(ROLE, Estate(ROLE).link(may(ROLE, ROLE, first_seen=ago(2)))) is None
