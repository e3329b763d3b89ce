"""The pack proves the finding, and the same state makes the same bytes."""

from __future__ import annotations

import hashlib
import json
from datetime import timedelta

import pytest

from findings import evidence, triage
from findings.evaluation import Evaluation
from findings.evaluators.administrative_workload import administrative_workload
from findings.models import Finding
from tenants import audit
from tenants.audit import Actor
from tenants.models import Tenant
from tests.factories import NOW, make_connection, make_finding, make_scan
from tests.findings.estate import IAM, LAMBDA, Estate, administers, cover, function, hop, keep, role
from tests.findings.world import begun

ALICE = Actor(id="a", name="Alice", via="web")


@pytest.fixture
def finding(tenant: Tenant) -> Finding:
    """A finding of the real rule on an invented Lambda function, acknowledged by Alice."""
    connection = make_connection(tenant)
    scan = make_scan(connection)
    cover(connection, scan, IAM, LAMBDA)
    export, admin = function(), role()
    keep(tenant, connection, export, admin)
    estate = Estate(export, admin, tenant=tenant).path(hop("runs_as", export, admin), administers(admin))
    run = begun(tenant, scan.pk, at=estate.now)
    Evaluation(run=run, rules={administrative_workload.id: administrative_workload}, inventory=estate).carry_out()
    return triage.acknowledge(finding=Finding.objects.of(tenant).get(), version=1, actor=ALICE)


def bytes_of(finding: Finding) -> bytes:
    fresh = Finding.objects.of(finding.tenant).get(pk=finding.pk)
    return evidence.canonical(evidence.pack(fresh))


def test_the_pack_tells_the_whole_story(finding: Finding):
    pack = json.loads(bytes_of(finding))
    assert pack["rule"]["id"] == "administrative_workload"
    assert pack["rule"]["mappings"][0] == {"code": "OWASP-NHI5:2025", "title": "Overprivileged NHI"}
    assert pack["subject"]["name"] == "billing-export"
    assert [hop["relation"] for hop in pack["path"]] == ["runs_as", "permission"]
    assert all(hop["last_seen"] == "2026-11-24T12:00:00.000+00:00" and hop["scan"] for hop in pack["path"])
    assert {row["scope"]: row["state"] for row in pack["coverage"]} == {IAM: "complete", LAMBDA: "complete"}
    assert pack["coverage"][0]["ended_at"] == "2026-11-24T12:01:00.000+00:00"
    assert (pack["decision"]["decision"], pack["decision"]["decided_by"]) == ("acknowledged", "Alice")
    assert [event["action"] for event in pack["timeline"]] == ["finding:opened", "finding:acknowledged"]
    assert pack["timeline"][1]["previous_hash"] == pack["timeline"][0]["hash"]


def test_the_same_state_makes_the_same_bytes(finding: Finding):
    first = bytes_of(finding)
    audit.record(
        finding.tenant, actor=ALICE, action="evidence:downloaded", subject_kind="finding", subject_id=str(finding.pk)
    )
    assert bytes_of(finding) == first
    assert evidence.digest(first) == hashlib.sha256(first).hexdigest()
    triage.close(finding=finding, version=finding.version, actor=ALICE)
    assert bytes_of(finding) != first


def test_the_spelling_is_canonical(finding: Finding):
    spelled = bytes_of(finding)
    plain = json.dumps(json.loads(spelled), sort_keys=True, separators=(",", ":"), ensure_ascii=False)
    assert spelled.decode() == plain


def test_scopes_without_record_and_rules_that_are_gone_are_said_so(tenant: Tenant):
    finding = make_finding(tenant, rule="a_rule_of_old", scopes=["aws:1:iam"], subject_name="<b>\u202e" + "n" * 10_000)
    pack = json.loads(bytes_of(finding))
    assert pack["coverage"] == [{"scope": "aws:1:iam", "label": "aws:1:iam", "state": "unknown"}]
    assert pack["rule"] == {"id": "a_rule_of_old", "version": 1, "title": finding.title}


def test_another_tenants_coverage_and_events_stay_out(finding: Finding, other_tenant: Tenant):
    before = bytes_of(finding)
    theirs = make_connection(other_tenant)
    cover(theirs, make_scan(theirs), IAM, LAMBDA, state="denied", at=NOW + timedelta(days=1))
    audit.record(other_tenant, actor=ALICE, action="finding:closed", subject_kind="finding", subject_id=str(finding.pk))
    assert bytes_of(finding) == before


def test_key_facts_are_readable_and_leave_out_what_is_not_known(finding: Finding):
    facts = dict(evidence.key_facts(evidence.pack(finding)))
    assert facts["Lambda function"] == "billing-export"
    assert facts["Administers"] == "billing-prod"
    assert facts["Last seen"] == "2026-11-24 12:00 UTC"
    assert facts["Decided by"].startswith("Alice, ")
    assert facts[IAM] == "Complete, 2026-11-24 12:01 UTC"
    assert "Accepted until" not in facts
    assert all(facts.values())
