"""All who answer are known to be gone; one who may be there is enough for none."""

from __future__ import annotations

import pytest

from connectors.inventory.records import Identity, Owner, Workload
from findings.evaluators.owner_left import owner_left
from tests.findings.estate import Estate, administers, function, owner, role

GONE = owner("Bob", active=False)


def owned(subject: Workload | Identity, *owners: Owner) -> Estate:
    estate = Estate(subject)
    estate.owned[subject.id] = list(owners)
    return estate


@pytest.mark.parametrize("subject", [role(), function()])
def test_it_says_who_left(subject: Workload | Identity):
    hit = owner_left(subject, owned(subject, GONE))
    assert hit is not None
    assert hit.because == f"{subject.type} {subject.name} is answered for by Bob, who is no longer active."


def test_what_it_still_may_do_is_told():
    hit = owner_left(role(), owned(role(), GONE, owner("Ann", active=False)).path(administers(role())))
    assert hit is not None
    assert hit.because.endswith("by Ann and Bob, who are no longer active and still administers billing-prod.")


@pytest.mark.parametrize(
    ("subject", "owners"),
    [
        (role(), []),
        (role(), [GONE, owner("Ann")]),
        (role(), [GONE, owner("Ann", active=None)]),
        (role(external=True), [GONE]),
        (role(human=True), [GONE]),
        (role(provider_managed=True), [GONE]),
        (role(enabled=False), [GONE]),
        (function(enabled=False), [GONE]),
        (role(type="OIDC provider"), [GONE]),
    ],
)
def test_near_misses(subject: Workload | Identity, owners: list[Owner]):
    assert owner_left(subject, owned(subject, *owners)) is None
