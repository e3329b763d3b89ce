"""Does the page say what of the evidence is different, and nothing that isn't?"""

from __future__ import annotations

import re
from dataclasses import replace
from typing import Any

from django.test import Client

from connectors.inventory.models import Change
from findings import drift, triage
from findings.drift import Difference
from findings.models import Finding
from tenants.models import Tenant
from tests.factories import NOW, make_connection, make_finding, make_scan
from tests.findings.estate import may, resource
from tests.findings.world import ALICE, World, accept, watch

READ, WRITE = ["read on x", "read on data"], ["write on x", "write on data"]
FINGERPRINT = {"permissions": [READ], "domains": []}


def test_differences_are_by_key_and_both_ways(tenant: Tenant):
    now = {"permissions": [["read on x", "read on renamed"], WRITE], "domains": [], "trust": [["y", "y may assume it"]]}
    wider = Finding(decided_on=FINGERPRINT, fingerprint=now)
    assert drift.since_decision(wider) == [Difference("Permissions", ["write on data"], [])]
    narrower = Finding(decided_on=now, fingerprint=FINGERPRINT)
    assert drift.since_decision(narrower) == [Difference("Permissions", [], ["write on data"])]
    assert drift.since_decision(Finding(decided_on=FINGERPRINT, fingerprint=FINGERPRINT)) == []


def test_the_evidence_before_the_latest_telling_change_is_kept(world: World):
    world.put(watch())
    world.run()
    assert world.finding.former is None
    world.run()
    assert world.finding.former is None  # nothing changed
    seen = world.finding.last_seen
    world.put(watch(severity="critical"))
    world.run()
    former = world.finding.former
    assert former is not None
    assert (former["severity"], former["last_seen"]) == ("medium", seen.isoformat())
    assert drift.since_former(world.finding) == [Difference("Severity", ["Critical"], ["Medium"])]
    world.run()
    assert world.finding.former == former


def test_another_name_is_no_telling_change(world: World):
    first = watch()
    world.put(first)
    world.run()
    world.put(replace(first, name="Renamed"))
    world.run()
    assert "Renamed" in world.finding.because
    assert world.finding.former is None


def test_an_object_that_came_is_told_between_scans_and_since_the_decision(world: World, as_alice: Client):
    world.put(watch())
    world.run()
    accepted = accept(world.finding)
    assert drift.since_decision(accepted) == []
    data = resource("payroll")
    world.put(watch(), data)
    world.estate.path(may(watch(), data, "s3:GetObject"))
    world.run()
    finding = world.finding
    assert finding.returned == "widened"
    came = {difference.name: difference.came for difference in drift.since_former(finding)}
    assert any("payroll" in words for words in came["Permissions"])
    page = text(as_alice.get(f"/t/acme/findings/{finding.pk}/"))
    assert "Since the decision that it ended" in page
    assert "Between two scans" in page


def text(answer: Any) -> str:
    return " ".join(re.sub(r"<[^>]+>", " ", answer.content.decode()).split())


def test_a_decision_on_the_same_evidence_says_so(tenant: Tenant, as_bob: Client):
    finding = make_finding(tenant, fingerprint=FINGERPRINT)
    triage.acknowledge(finding=finding, version=1, actor=ALICE)
    page = text(as_bob.get(f"/t/acme/findings/{finding.pk}/"))
    assert re.search(r"Since the decision by Alice ?, .* Its evidence is the same\.", page)


def test_what_became_of_the_subject_in_the_inventory_is_told(tenant: Tenant, as_bob: Client):
    connection = make_connection(tenant)
    finding = make_finding(tenant)
    Change.objects.create(
        tenant=tenant, connection=connection, scan=make_scan(connection).pk, key=finding.subject_key,
        subject=finding.subject_key, subject_name="Billing-Admin", subject_kind="identity", field="enabled",
        before=False, after="<b>true</b>", at=NOW,
    )  # fmt: skip
    page = as_bob.get(f"/t/acme/findings/{finding.pk}/").content.decode()
    assert "<bdi>Billing-Admin in the inventory</bdi>" in page
    assert "&lt;b&gt;true&lt;/b&gt;" in page


def test_without_a_before_there_is_no_such_section(tenant: Tenant, as_bob: Client):
    assert 'id="changed"' not in as_bob.get(f"/t/acme/findings/{make_finding(tenant).pk}/").content.decode()
