"""Staff sees findings in the admin, and changes none."""

from __future__ import annotations

import pytest
from django.test import Client

from accounts.models import User
from findings.models import Comment, RuleState
from tenants.models import Tenant
from tests.conftest import signed_in
from tests.factories import NOW, make_finding


@pytest.fixture
def as_staff(staff: User) -> Client:
    return signed_in(staff)


def test_findings_are_listed_searched_and_shown(as_staff: Client, tenant: Tenant):
    finding = make_finding(tenant, subject_name="<b>Billing</b>")
    other = make_finding(tenant, subject_name="other-role", subject_key="other-role")
    listed = as_staff.get("/admin/findings/finding/").content.decode()
    assert "&lt;b&gt;Billing&lt;/b&gt;" in listed
    assert other.subject_name in listed
    found = as_staff.get("/admin/findings/finding/", {"tenant": "acme", "q": "other"}).content.decode()
    assert "Billing" not in found
    assert as_staff.get(f"/admin/findings/finding/{finding.pk}/change/").status_code == 200


def test_nothing_can_be_added_changed_or_deleted(as_staff: Client, tenant: Tenant):
    finding = make_finding(tenant)
    comment = Comment.objects.create(tenant=tenant, finding=finding, author="Bob", body="Ours.", at=NOW)
    assert "Ours." in as_staff.get("/admin/findings/comment/").content.decode()
    for address in (
        "/admin/findings/finding/add/",
        f"/admin/findings/finding/{finding.pk}/change/",
        f"/admin/findings/finding/{finding.pk}/delete/",
        f"/admin/findings/comment/{comment.pk}/delete/",
    ):
        assert as_staff.post(address, {"status": "closed"}).status_code == 403


def test_members_do_not_get_in(as_alice: Client, tenant: Tenant):
    assert as_alice.get("/admin/findings/finding/").status_code == 302


def test_a_rule_that_failed_is_told_with_what_it_raised(as_staff: Client, tenant: Tenant):
    RuleState.objects.create(
        tenant=tenant, rule="owner_left", version=1, failed_at=NOW, error="KeyError: x", subject="arn"
    )
    for query in ({}, {"tenant": "acme"}):
        listed = as_staff.get("/admin/findings/rulestate/", query).content.decode()
        assert "owner_left" in listed
        assert "KeyError: x" in listed
