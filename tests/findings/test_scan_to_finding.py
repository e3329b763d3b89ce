"""From what a source says to what an analyst sees: real scans, the real inventory, the real rules."""

from __future__ import annotations

from dataclasses import replace
from datetime import timedelta
from typing import Any

import pytest
from django.utils import timezone

from connectors import scan as scans
from connectors.inventory.models import Change
from connectors.inventory.records import (
    Access,
    Link,
    Permission,
    Ref,
    Relation,
    Usage,
)
from connectors.models import Connection, Scan
from findings import evaluation, evaluator, evidence, triage
from findings.models import Finding
from findings.proposal import RiskOwner
from tenants import audit
from tenants.audit import Actor
from tenants.models import AuditEvent, Tenant
from tests.factories import make_connection
from tests.findings.estate import IAM, LAMBDA, account, function, resource, role
from tests.findings.said import Said, scanned

RULES = {"administrative_workload", "dormant_identity", "unused_sensitive_access", "role_assumable_from_outside"}
ALICE = Actor(id="a", name="Alice", via="web")
S3 = "aws:111111111111:s3"
OWNER = RiskOwner("Carol", "carol@acme-media.example")


def ref(kind: str, record: Any) -> Ref:
    return Ref(kind=kind, id=record.id, name=record.name)


EXPORT, ADMIN, DATA = (
    function(),
    role("Billing-Admin"),
    resource(tags=(("data-domain", "customer"),)),
)
RUNS = Link(relation=Relation.RUNS_AS, source=ref("workload", EXPORT), target=ref("identity", ADMIN), scope=LAMBDA)
MAY = Permission(
    source=ref("identity", ADMIN), target=ref("resource", account()), access=Access.ADMIN, actions=("*",), scope=IAM
)
READS = Permission(
    source=ref("identity", ADMIN),
    target=ref("resource", DATA),
    access=Access.READ,
    actions=("s3:GetObject",),
    scope=IAM,
)


@pytest.fixture
def said(monkeypatch: pytest.MonkeyPatch) -> Said:
    found = Said({S3: [DATA], IAM: [account(), ADMIN, MAY, READS], LAMBDA: [EXPORT, RUNS]})
    monkeypatch.setattr(scans, "source", lambda _kind: found)
    return found


@pytest.fixture(autouse=True)
def few_rules(monkeypatch: pytest.MonkeyPatch) -> None:
    """Those about IAM's authority and use, so that a test says all that moves."""
    asked = {rule.id: rule for rule in evaluator.rules().values() if rule.id in RULES}
    monkeypatch.setattr(evaluation, "rules", lambda: asked)


@pytest.fixture
def connection(tenant: Tenant) -> Connection:
    return make_connection(tenant)


def findings(tenant: Tenant) -> dict[str, Finding]:
    return {finding.rule: finding for finding in Finding.objects.of(tenant)}


def moves(scan: Scan) -> dict[str, int]:
    names = ("opened", "reopened", "regressed", "resolved", "not_rechecked", "rechecked", "retired", "failed_rules")
    return {name: scan.counts[name] for name in names if scan.counts[name]}


def test_a_scan_opens_a_finding_with_the_path_and_its_evidence(tenant: Tenant, connection: Connection, said: Said):
    scan = scanned(connection)
    assert moves(scan) == {"opened": 1}
    finding = findings(tenant)["administrative_workload"]
    assert (finding.status, finding.subject_name, finding.connection_id) == ("open", "billing-export", connection.pk)
    assert [(hop["relation"], hop["scan"]) for hop in finding.path] == [
        ("runs_as", str(scan.pk)),
        ("permission", str(scan.pk)),
    ]
    assert finding.domains == ["customer", "finance"]  # as it is tagged, and as its name says
    pack = evidence.pack(finding)
    assert [row["state"] for row in pack["coverage"]] == ["complete", "complete"]
    assert evidence.digest(evidence.canonical(pack)) == evidence.digest(evidence.canonical(evidence.pack(finding)))


def test_the_same_scan_result_twice_moves_nothing(tenant: Tenant, connection: Connection, said: Said):
    scanned(connection)
    events = AuditEvent.objects.of(tenant).filter(action__startswith="finding:").count()
    changes = Change.objects.of(tenant).count()
    for _ in range(2):
        assert moves(scanned(connection)) == {}
    assert AuditEvent.objects.of(tenant).filter(action__startswith="finding:").count() == events
    assert Change.objects.of(tenant).count() == changes
    assert findings(tenant)["administrative_workload"].version == 1


def test_a_denied_scope_closes_nothing_and_the_next_complete_scan_does(
    tenant: Tenant, connection: Connection, said: Said
):
    scanned(connection)
    said.scopes[LAMBDA] = [EXPORT]  # it runs as nothing now
    said.cut = {IAM}
    said.scopes[IAM] = []
    assert moves(scanned(connection)) == {"not_rechecked": 1}
    assert findings(tenant)["administrative_workload"].status == "open"
    said.cut = set()
    said.scopes[IAM] = [account(), ADMIN, MAY, READS]
    assert moves(scanned(connection)) == {"resolved": 1}
    said.scopes[LAMBDA].append(RUNS)
    assert moves(scanned(connection)) == {"regressed": 1}


def test_renaming_is_not_drift_and_new_reach_is(tenant: Tenant, connection: Connection, said: Said):
    scanned(connection)
    finding = findings(tenant)["administrative_workload"]
    until = timezone.now() + timedelta(days=30)
    triage.accept(finding=finding, version=1, actor=ALICE, reason="Until the migration.", until=until, owner=OWNER)
    renamed = replace(EXPORT, name="invoice-export")
    said.scopes[LAMBDA] = [renamed, replace(RUNS, source=ref("workload", renamed))]
    assert moves(scanned(connection)) == {}
    finding = findings(tenant)["administrative_workload"]
    assert (finding.subject_name, finding.status) == ("invoice-export", "accepted")
    staff = resource("staff-files", tags=(("data-domain", "hr"),))
    said.scopes[S3].append(staff)
    said.scopes[IAM].append(replace(READS, target=ref("resource", staff)))
    assert moves(scanned(connection)) == {"reopened": 1}
    finding = findings(tenant)["administrative_workload"]
    assert (finding.status, finding.returned) == ("reopened", "widened")
    assert finding.returned_diff is not None
    assert finding.returned_diff["domains"] == ["reaches hr data"]
    assert audit.verify(tenant).why is None


def test_a_claim_is_checked_by_the_next_complete_scan(tenant: Tenant, connection: Connection, said: Said):
    scanned(connection)
    finding = findings(tenant)["administrative_workload"]
    triage.close(finding=finding, version=1, actor=ALICE, reason="Done.")
    assert moves(scanned(connection)) == {"reopened": 1}


def test_a_role_that_fell_silent_is_dormant(tenant: Tenant, connection: Connection, said: Said):
    said.scopes[IAM][1] = replace(ADMIN, usage=Usage.NEVER, last_used_at=None)
    assert moves(scanned(connection)) == {"opened": 3}
    found = findings(tenant)
    assert set(found) == {"administrative_workload", "dormant_identity", "unused_sensitive_access"}
    assert found["dormant_identity"].severity == "high"
