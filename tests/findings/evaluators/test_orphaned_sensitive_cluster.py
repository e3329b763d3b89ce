"""Several orphans that reach one sensitive domain are one finding; fewer, or owned ones, are none."""

from __future__ import annotations

from connectors.inventory.subjects import DataDomain
from findings.evaluators.orphaned_sensitive_cluster import orphaned_sensitive_cluster
from tests.findings.estate import IAM, Estate, may, owner, resource, role

HR, LOGS = (DataDomain(id=f"domain/{name}", name=name) for name in ("hr", "logs"))
ROLES = [role(f"role-{number}") for number in range(4)]


def reaching(domain: str, *roles) -> Estate:
    estate = Estate(*roles)
    for each in roles:
        estate.path(may(each, resource(), target_domains=(domain,)))
    return estate


def test_it_counts_and_names_them():
    hit = orphaned_sensitive_cluster(HR, reaching("hr", *ROLES))
    assert hit is not None
    assert (
        hit.because == "4 identities that nobody active answers for reach hr data: role-0, role-1, role-2 and 1 more."
    )
    assert (hit.at, hit.scopes, len(hit.path), hit.domains) == (ROLES[0].id, (IAM,), 1, ("hr",))


def test_owners_who_left_are_no_owners():
    estate = reaching("hr", *ROLES[:3])
    estate.owned = {each.id: [owner(active=False)] for each in ROLES}
    assert orphaned_sensitive_cluster(HR, estate) is not None


def test_near_misses():
    assert orphaned_sensitive_cluster(HR, reaching("hr", *ROLES[:2])) is None
    assert orphaned_sensitive_cluster(LOGS, reaching("logs", *ROLES)) is None
    owned = reaching("hr", *ROLES[:3])
    owned.owned[ROLES[0].id] = [owner()]
    assert orphaned_sensitive_cluster(HR, owned) is None
    others = [role(f"r{n}", external=True) for n in range(5)]
    assert orphaned_sensitive_cluster(HR, reaching("hr", *others)) is None
