"""What is an operation about, and what does it say beforehand?"""

from __future__ import annotations

from datetime import timedelta

import pytest
from django.utils import timezone

from findings import operation, tasks
from findings.models import Finding, Operation, OperationMember
from tenants.models import Tenant
from tests.findings.operation.desk import (
    begun,
    did,
    drafted,
    make,
)


def test_a_filter_is_about_all_that_fits_it_and_no_more(tenant: Tenant, other_tenant: Tenant):
    high, low = make(tenant, 3), make(tenant, 2, severity="low", severity_rank=1)
    make(other_tenant, 2)
    held = drafted(tenant, "close", severity=("high",))
    assert (held.total, held.matching, held.query) == (3, 3, "severity=high")
    begun(held)
    assert {each.pk for each in Finding.objects.of(tenant).filter(status="closed")} == {each.pk for each in high}
    assert drafted(tenant, "close", status=()).total == len(high) + len(low)


def test_what_another_tenant_has_cannot_be_picked(tenant: Tenant, other_tenant: Tenant):
    ours, theirs = make(tenant, 1), make(other_tenant, 1)
    held = did(tenant, "close", ours + theirs)
    assert (held.total, held.done) == (1, 1)
    assert Finding.objects.of(other_tenant).get().status == "open"


def test_of_a_filter_that_is_too_wide_the_first_are_taken_and_that_is_said(
    tenant: Tenant, monkeypatch: pytest.MonkeyPatch
):
    make(tenant, 3), make(tenant, 1, severity="critical", severity_rank=4)
    monkeypatch.setattr("findings.operation.drafting.MOST", 2)
    held = drafted(tenant, "close")
    assert (held.total, held.matching) == (2, 4)
    assert operation.preview(held).severities == [("critical", 1), ("high", 1)]


def test_a_preview_says_how_many_and_why_some_will_refuse(tenant: Tenant):
    found = make(tenant, 2) + make(tenant, 1, severity="low", severity_rank=1)
    found += make(tenant, 2, status="resolved", observation="absent")
    found += make(tenant, 1, status="acknowledged", decision="acknowledged")
    seen = operation.preview(drafted(tenant, "acknowledge", found))
    assert (seen.total, seen.done) == (6, 3)
    assert seen.severities == [("high", 5), ("low", 1)]
    assert seen.refused == [
        ("This finding is resolved: it can't be acknowledged.", 2),
        ("This finding is acknowledged: it can't be acknowledged.", 1),
    ]
    held = begun(drafted(tenant, "acknowledge", found))
    assert (held.done, held.refused) == (3, 3)


def test_a_draft_that_nobody_confirms_is_forgotten(tenant: Tenant):
    old, new = drafted(tenant, "close", make(tenant, 1)), drafted(tenant, "close", make(tenant, 2))
    Operation.objects.of(tenant).filter(pk=old.pk).update(drafted_at=timezone.now() - timedelta(days=2))
    tasks.drop_drafts()
    assert [each.pk for each in Operation.objects.of(tenant)] == [new.pk]
    assert {each.operation for each in OperationMember.objects.of(tenant)} == {new.pk}
