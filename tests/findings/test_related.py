"""Are the related findings exactly those that share a cause, and does the queue list exactly these?"""

from __future__ import annotations

import re
from typing import Any

from django.test import Client

from accounts.models import User
from connectors.inventory.graph import Hop
from findings import evidence, related
from findings.mark import marks
from findings.models import Finding
from tenants.models import Tenant
from tests.factories import make_finding
from tests.findings.test_mark import GRANT, RUNS


def passing(tenant: Tenant, *hops: Hop, key: str, **fields: Any) -> Finding:
    """A finding as evaluation writes it."""
    search = [mark.word for mark in marks(key, key, hops)]
    return make_finding(
        tenant, subject_key=key, subject_name=key, path=[evidence.hop(hop) for hop in hops], search=search, **fields
    )


def page_of(finding: Finding) -> str:
    return f"/t/acme/findings/{finding.pk}/"


def test_groups_by_subject_and_by_what_the_path_shares(tenant: Tenant, other_tenant: Tenant, bob: User):
    ours = passing(tenant, RUNS, GRANT, key="export", title="Ours")
    same = passing(tenant, key="export", title="Same subject", status="closed")
    through = passing(tenant, RUNS, key="import", title="Through the role")
    passing(tenant, key="stranger")
    passing(other_tenant, RUNS, GRANT, key="export")
    groups = related.related(ours, me=bob.pk)
    assert [(group.shared, [row["id"] for row in group.rows]) for group in groups] == [
        ("About export", [same.pk]),
        ("About Billing-Admin", [through.pk]),
    ]
    assert [(group.count, group.rest, group.whole) for group in groups] == [(1, 0, True), (1, 0, True)]


def test_two_causes_with_the_same_findings_are_told_once(tenant: Tenant, bob: User):
    ours = passing(tenant, RUNS, GRANT, key="export")
    passing(tenant, RUNS, GRANT, key="import")
    assert [group.shared for group in related.related(ours, me=bob.pk)] == ["About Billing-Admin"]


def test_the_worst_are_shown_and_the_rest_is_one_link_to_exactly_these(tenant: Tenant, as_bob: Client):
    ours = passing(tenant, RUNS, key="export", severity="low", severity_rank=1)
    others = [passing(tenant, RUNS, key=f"f{place}", severity_rank=4 - place % 4) for place in range(7)]
    make_finding(tenant)
    page = as_bob.get(page_of(ours))
    (group,) = page.context["related"]
    assert [row["severity_rank"] for row in group["rows"]] == [4, 4, 3, 3, 2]
    assert "2 more: see them all in the queue" in re.sub(r"\s+", " ", page.content.decode())
    listed = as_bob.get(group["url"])
    assert listed.context["filters"][-1]["value"] == "about billing-admin"
    assert {row["id"] for row in listed.context["rows"]} == {ours.pk, *(other.pk for other in others)}
    assert as_bob.get(group["rows"][0]["url"]).context["next_url"]


def test_what_shares_nothing_has_no_such_panel(tenant: Tenant, as_bob: Client):
    ours = passing(tenant, RUNS, GRANT, key="export")
    make_finding(tenant)
    assert "Related findings" not in as_bob.get(page_of(ours)).content.decode()
