"""One run of the rules: what it opens and closes, and above all what it leaves alone."""

from __future__ import annotations

from concurrent.futures import ThreadPoolExecutor
from dataclasses import replace
from datetime import timedelta
from typing import Any

from django.db import connection as database
from structlog.testing import capture_logs

from accounts.models import User
from connectors.inventory.records import Domain
from connectors.inventory.subjects import DataDomain, OwnConnection
from findings import comment, ruling, triage
from findings.evaluation import BATCH
from findings.evaluator import Family, Hit, Severity, evaluator
from findings.evaluators.unapproved_ai import unapproved_ai
from findings.models import Approval, Policy, RuleSetting, RuleState
from tenants.models import Tenant
from tests.factories import NOW, make_connection, make_finding
from tests.findings.estate import IAM, Estate, administers, function, hop, keep, may, resource, role
from tests.findings.world import ALICE, World, broken, busy, watch, watched

# ── opening, and saying the same again ──────────────────────────────────────────────────────────────────────────────


def test_a_hit_opens_a_finding_with_its_evidence(world: World):
    admin = watch(severity="high")
    world.put(admin)
    world.estate.path(administers(admin))
    assert world.run() == {"opened": 1}
    finding = world.finding
    assert (finding.status, finding.observation, finding.version) == ("open", "present", 1)
    assert (finding.severity, finding.severity_rank) == ("high", 3)
    assert (finding.because, finding.title, finding.rule) == ("Billing-Admin is watched.", "Watched", "watched")
    assert finding.path_line == "Billing-Admin → billing-prod"
    assert finding.path[0]["via"] == "policy AdministratorAccess"
    assert finding.connection_id == world.connection.pk
    assert (finding.scopes, finding.account_name, finding.system) == ([IAM], "billing-prod", "aws")
    assert {"watched", "billing-admin", "billing", "admin", "111111111111"} <= {*finding.search}
    assert finding.first_seen == finding.last_seen == world.estate.now
    (event,) = world.events
    assert (event.action, event.actor, event.via, event.subject_id) == (
        "finding:opened",
        "sv0",
        "worker",
        str(finding.pk),
    )


def test_the_same_again_moves_nothing_and_leaves_no_event(world: World):
    world.put(watch(), watch("Other"), function())
    assert world.run(watched, busy) == {"opened": 3}
    before = [(finding.pk, finding.key, finding.version, finding.status) for finding in world.findings]
    for _ in range(3):
        assert world.run(watched, busy) == {}
    assert [(finding.pk, finding.key, finding.version, finding.status) for finding in world.findings] == before
    assert len(world.events) == 3
    assert all(finding.last_seen == world.estate.now for finding in world.findings)


def test_the_same_scan_evaluated_twice_moves_nothing(world: World):
    world.put(watch())
    world.run()
    assert world.run(later=0) == {}
    assert world.finding.version == 1


def test_more_findings_than_one_batch(world: World):
    many = [watch(f"Role-{number}") for number in range(2 * BATCH + 3)]
    world.put(*many)
    assert world.run() == {"opened": len(many)}
    assert world.run() == {}
    world.put(*(role(record.name) for record in many))
    assert world.run() == {"resolved": len(many)}
    assert {finding.status for finding in world.findings} == {"resolved"}


def test_one_object_read_through_two_connections_is_one_finding(world: World):
    world.put(watch())
    keep(world.tenant, make_connection(world.tenant, name="Second"), watch())
    assert world.run() == {"opened": 1}
    first = world.finding.connection_id
    assert world.run() == {}
    assert world.finding.connection_id == first


def test_a_renamed_object_is_the_same_finding_and_no_drift(world: World):
    admin, bucket = watch(), resource()
    world.put(admin)
    world.estate.path(may(admin, bucket, "s3:GetObject", target_domains=("customer",)))
    world.run()
    decided = triage.acknowledge(finding=world.finding, version=1, actor=ALICE)
    renamed, moved = replace(admin, name="Invoices", account_name="invoices"), replace(bucket, name="clients")
    world.estate = Estate(renamed, tenant=world.tenant).path(
        may(renamed, moved, "s3:GetObject", target_domains=("customer",))
    )
    assert world.run() == {}
    finding = world.finding
    assert (finding.key, finding.version, finding.status) == (decided.key, 2, "acknowledged")
    assert (finding.subject_name, finding.because) == ("Invoices", "Invoices is watched.")
    assert finding.path_line == "Invoices → clients"
    assert len(world.events) == 2


def test_an_object_recreated_under_its_name_is_another_finding(world: World):
    world.put(watch())
    world.run()
    world.put(watch(provider_id="AROAANOTHER"))
    assert world.run() == {"opened": 1, "resolved": 1}


def test_tenants_do_not_touch_each_other(world: World, other_tenant: Tenant):
    theirs = make_finding(other_tenant, rule="watched", last_seen=NOW - timedelta(days=9))
    gone = make_finding(other_tenant, rule="removed_rule")
    world.put(watch())
    assert world.run() == {"opened": 1}
    for finding in (theirs, gone):
        finding.refresh_from_db()
        assert (finding.observation, finding.version) == ("present", 1)


# ── closing only what is proven gone ────────────────────────────────────────────────────────────────────────────────


def test_gone_is_resolved_and_back_is_regressed_with_its_comments(world: World, bob: Any):
    world.put(watch())
    world.run()
    comment.write(finding=world.finding, body="Mine.", actor=ALICE, author=bob)
    world.put(role())
    assert world.run() == {"resolved": 1}
    assert (world.finding.status, world.finding.observation) == ("resolved", "absent")
    assert world.run() == {}
    world.put(watch())
    assert world.run() == {"regressed": 1}
    finding = world.finding
    assert (finding.status, finding.returned, finding.comment_count) == ("regressed", "regressed", 1)
    assert world.actions == ["opened", "commented", "resolved", "regressed"]


def test_an_unread_scope_closes_nothing(world: World):
    world.put(watch())
    world.run()
    world.put(role())
    world.estate.unread = {IAM}
    assert world.run() == {"not_rechecked": 1}
    assert (world.finding.status, world.finding.observation) == ("open", "not_rechecked")
    assert world.run() == {}
    world.estate.unread = set()
    assert world.run() == {"resolved": 1}


def test_a_kind_of_coverage_the_rule_needs_and_lacks_closes_nothing(world: World):
    world.put(watch(), function())
    world.run(watched, busy)
    world.estate.objects.clear()
    world.estate.blind = {"iam"}
    assert world.run(watched, busy) == {"not_rechecked": 1, "resolved": 1}


def test_old_evidence_says_not_rechecked_and_does_not_look_seen(world: World):
    world.put(watch())
    world.run()
    seen = world.finding.last_seen
    world.estate.unread = {IAM}
    assert world.run() == {"not_rechecked": 1}
    assert world.run() == {}
    assert (world.finding.last_seen, world.finding.observation) == (seen, "not_rechecked")
    world.estate.unread = set()
    assert world.run() == {"rechecked": 1}
    assert (world.finding.last_seen, world.finding.observation) == (world.estate.now, "present")


def test_a_rule_that_raises_fails_alone_loudly_and_closes_nothing(world: World):
    world.put(watch(), role("Zoe"))
    assert world.run(broken, watched) == {"opened": 3}
    world.estate.objects.clear()
    world.put(role("Trap"), role("Zoe"))
    with capture_logs() as logs:
        assert world.run(broken, watched) == {"failed_rules": 1, "resolved": 1}
    assert [(log["event"], log["log_level"], log["rule"]) for log in logs] == [("rule failed", "error", "broken")]
    statuses = {(finding.rule, finding.status) for finding in world.findings}
    assert statuses == {("broken", "open"), ("watched", "resolved")}
    assert world.run(broken, watched) == {"failed_rules": 1}


def test_a_rule_that_is_gone_retires_its_findings_and_back_reopens_them(world: World):
    world.put(watch(), function())
    world.run(watched, busy)
    assert world.run(busy) == {"retired": 1}
    assert world.run(busy) == {}
    assert {finding.status for finding in world.findings} == {"open", "retired"}
    assert world.run(watched, busy) == {"reopened": 1}


def test_a_connection_that_is_gone_retires_its_findings(world: World):
    world.put(watch())
    world.run()
    world.estate.objects.clear()
    world.connection.delete()
    assert world.run() == {"retired": 1}


# ── Rules that change, fail and rest ────────────────────────────────────────────────────────────────────────────────


def test_a_changed_logic_is_told_as_such(world: World):
    world.put(watch())
    world.run(watched)
    triage.false_positive(finding=world.finding, version=world.finding.version, actor=ALICE, reason="It is fine.")
    world.estate.link(hop("runs_as", watch(), role("Other")))
    assert world.run(replace(watched, version=2)) == {"reopened": 1}
    assert world.finding.returned_diff == {"rule": ["the rule looks at it differently: version 1 became version 2"]}
    assert world.events[-1].detail["rule_changed"] == "version 1 became version 2"
    assert world.finding.rule_version == 2
    world.put(watch("Another"))
    world.run(replace(watched, version=2))
    assert "rule_changed" not in world.events[-1].detail


def test_how_a_rule_fails_is_kept_until_it_works_again(world: World):
    world.put(role("Trap"))
    world.run(broken)
    state = RuleState.objects.of(world.tenant).get(rule="broken")
    assert (state.error, state.subject) == ("KeyError: 'a field nobody expected'", role("Trap").id)
    assert state.failed_at
    assert not state.evaluated_at
    world.estate.objects.clear()
    world.run(broken)
    state = RuleState.objects.of(world.tenant).get(rule="broken")
    assert (state.error, state.failed_at, state.evaluated_at) == (None, None, world.estate.now)


def test_a_rule_that_is_switched_off_rests_and_comes_back_with_its_findings(world: World, alice: User):
    world.put(watch())
    world.run(watched)
    comment.write(finding=world.finding, body="Mine.", actor=ALICE, author=alice)
    off = RuleSetting.objects.create(tenant=world.tenant, rule="watched", off=True, changed_by="Alice", changed_at=NOW)
    assert world.run(watched, settings=ruling.settings(world.tenant)) == {"retired": 1}
    off.off = False
    off.save()
    assert world.run(watched, settings=ruling.settings(world.tenant)) == {"reopened": 1}
    assert (world.finding.comment_count, world.finding.status) == (1, "reopened")


def test_a_rule_about_a_domain_belongs_to_the_connection_of_what_it_names(world: World):
    @evaluator(DataDomain, family=Family.AUTHORITY, title="Held", severity=Severity.LOW, why="Why.", fix="Fix.")
    def held(domain: DataDomain, inventory: Any) -> list[Hit]:
        """Each domain, as two findings."""
        return [Hit(because=f"{domain.name} is held.", at=role().id, discriminator=each) for each in "ab"]

    world.put(role(), resource(domains=(Domain(name="hr", because="tag"),)))
    assert world.run(held) == {"opened": 2}
    assert {(each.subject_kind, each.connection_id) for each in world.findings} == {("domain", world.connection.pk)}


def test_a_rule_about_our_own_connection_belongs_to_it(world: World):
    @evaluator(OwnConnection, family=Family.HYGIENE, title="Silent", severity=Severity.LOW, why="Why.", fix="Fix.")
    def silent(connection: OwnConnection, _inventory: Any) -> Hit:
        """Each connection."""
        return Hit(because=f"{connection.name} says nothing.")

    world.estate.ours = [
        OwnConnection(
            id="connection/1",
            connection=world.connection.pk,
            name="AWS",
            system="aws",
            every_hours=24,
            paused=False,
            created_at=NOW,
        )
    ]
    assert world.run(silent) == {"opened": 1}
    assert (world.finding.subject_kind, world.finding.connection_id) == ("connection", world.connection.pk)


def test_an_approved_list_that_nobody_keeps_asks_for_nothing(world: World):
    world.put(function(role="agent"))
    assert world.run(unapproved_ai, settings=ruling.settings(world.tenant)) == {}
    Policy.objects.create(tenant=world.tenant, keeps_approved_list=True, changed_by="Alice", changed_at=NOW)
    assert world.run(unapproved_ai, settings=ruling.settings(world.tenant)) == {"opened": 1}
    approved = {"name": "billing-*", "reason": "Reviewed.", "by": "Alice", "at": NOW}
    Approval.objects.create(tenant=world.tenant, **approved)
    assert world.run(unapproved_ai, settings=ruling.settings(world.tenant)) == {"resolved": 1}


def test_evaluations_that_end_at_once_note_each_rule_once(world: World):
    world.put(role("Trap"))

    def run(_number: int) -> dict[str, int]:
        try:
            return world.run(broken, busy, watched, later=0)
        finally:
            database.close()

    with ThreadPoolExecutor(8) as pool:
        assert len(list(pool.map(run, range(8)))) == 8
    assert RuleState.objects.of(world.tenant).count() == 3
