"""One run of the rules: what it opens, closes, reopens, and above all what it leaves alone."""

from __future__ import annotations

from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor
from dataclasses import replace
from datetime import datetime, timedelta
from typing import Any

import pytest
from bson import ObjectId
from django.db import connection as database
from structlog.testing import capture_logs

from connectors.inventory.records import Access, Identity, Owner, Workload
from connectors.models import Connection, Scan
from findings import evaluation, triage
from findings.evaluation import BATCH, Evaluation
from findings.evaluator import Hit, Rule, Severity, evaluator
from findings.models import Finding
from tenants import audit
from tenants.audit import Actor
from tenants.models import AuditEvent, Tenant
from tests.factories import NOW, make_connection, make_finding, make_scan
from tests.findings.estate import IAM, Estate, administers, cover, function, hop, keep, may, resource, role

ALICE = Actor(id="a", name="Alice", via="web")
QUIET = dict.fromkeys(evaluation.MOVES, 0) | {"failed_rules": 0}


@evaluator(
    Identity, title="Watched", severity=Severity.MEDIUM, why="Why.", fix="Fix.", maps_to=(), needs=("iam",), version=1
)
def watched(identity: Identity, inventory: Any) -> Hit | None:
    """Hits roles tagged watched; the tag's value is the severity, if it is one."""
    tag = dict(identity.tags).get("watched")
    if tag is None:
        return None
    severity = Severity(tag) if tag else None
    return Hit(because=f"{identity.name} is watched.", severity=severity, path=tuple(inventory.edges_from(identity.id)))


@evaluator(Identity, title="Broken", severity=Severity.LOW, why="Why.", fix="Fix.", maps_to=())
def broken(identity: Identity, _inventory: Any) -> Hit | None:
    """Raises at the identity called Trap."""
    if identity.name == "Trap":
        raise KeyError("a field nobody expected")
    return Hit(because=f"{identity.name} is fine.")


@evaluator(Workload, title="Busy", severity=Severity.INFO, why="Why.", fix="Fix.", maps_to=())
def busy(workload: Workload, _inventory: Any) -> Hit | None:
    """Hits every workload."""
    return Hit(because=f"{workload.name} is busy.")


def watch(name: str = "Billing-Admin", severity: str = "", **fields: Any) -> Identity:
    return role(name, tags=(("watched", severity),), **fields)


class World:
    """A tenant whose inventory a test changes between runs, an hour apart."""

    def __init__(self, tenant: Tenant, connection: Connection, scan: Scan) -> None:
        self.tenant, self.connection, self.scan = tenant, connection, scan
        self.estate = Estate(tenant=tenant)
        self.kept: set[str] = set()
        self.hours = 0.0

    def put(self, *objects: Any) -> None:
        fresh = {record.id: record for record in objects if record.id not in self.kept}
        keep(self.tenant, self.connection, *fresh.values())
        self.kept |= fresh.keys()
        self.estate.put(*objects)

    def run(self, *rules: Rule, later: float = 1) -> dict[str, int]:
        """The moves of one evaluation, those that happened."""
        self.hours += later
        self.estate.now = NOW + timedelta(hours=self.hours)
        rules = rules or (watched,)
        counts = Evaluation(
            tenant=self.tenant, scan=self.scan.pk, rules={rule.id: rule for rule in rules}, inventory=self.estate
        ).run()
        assert counts.keys() == QUIET.keys()
        return {move: count for move, count in counts.items() if count}

    @property
    def finding(self) -> Finding:
        (found,) = self.findings
        return found

    @property
    def findings(self) -> list[Finding]:
        return list(Finding.objects.of(self.tenant).order_by("subject_name"))

    @property
    def events(self) -> list[AuditEvent]:
        return list(AuditEvent.objects.of(self.tenant).order_by("number"))

    @property
    def actions(self) -> list[str]:
        return [event.action.removeprefix("finding:") for event in self.events]


@pytest.fixture
def world(tenant: Tenant) -> Iterator[World]:
    connection = make_connection(tenant)
    scan = make_scan(connection)
    cover(connection, scan, IAM)
    yield World(tenant, connection, scan)
    assert audit.verify(tenant).why is None


def accept(finding: Finding) -> Finding:
    until = datetime.now(NOW.tzinfo) + timedelta(days=300)
    return triage.accept(finding=finding, version=finding.version, actor=ALICE, reason="Known.", until=until)


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
    triage.comment(finding=world.finding, body="Mine.", actor=ALICE, author=bob)
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


# ── decisions ───────────────────────────────────────────────────────────────────────────────────────────────────────


def test_decisions_stand_while_nothing_grows(world: World):
    admin = watch()
    world.put(admin)
    bucket, table = resource(), resource("ledger")
    world.estate.path(may(admin, bucket, "s3:GetObject")).path(may(admin, table, "dynamodb:Query"))
    world.run()
    decided = accept(world.finding)
    assert world.run() == {}
    world.estate.hops.pop()
    assert world.run() == {}  # narrower
    finding = world.finding
    assert (finding.status, finding.reason, finding.accepted_until) == ("accepted", "Known.", decided.accepted_until)


@pytest.mark.parametrize("verb", ["acknowledge", "false_positive", "accept"])
@pytest.mark.parametrize(
    ("grow", "facet", "words"),
    [
        ("permission", "permissions", ["admin on customer-data", "admin on customer-data, unconditionally"]),
        ("domain", "domains", ["reaches hr data"]),
        ("trust", "trust", ["Vendor may assume it", "Vendor may assume it, unconditionally"]),
        ("owner", "owners", ["nobody answers for it"]),
        ("egress", "egress", ["sends to example.net"]),
    ],
)
def test_a_decision_whose_evidence_grew_comes_back_with_the_difference(
    world: World, verb: str, grow: str, facet: str, words: list[str]
):
    admin, bucket, vendor = watch(), resource(), role("Vendor")
    world.put(admin)
    world.estate.path(may(admin, bucket, "s3:GetObject"))
    world.estate.owned[admin.id] = [Owner(name="Bob", active=True, **_bare("bob"))]
    world.run()
    if verb == "accept":
        accept(world.finding)
    else:
        reason = {"reason": "A test."} if verb == "false_positive" else {}
        getattr(triage, verb)(finding=world.finding, version=1, actor=ALICE, **reason)
    growths = {
        "permission": lambda: world.estate.path(may(admin, bucket, "s3:GetObject", access=Access.ADMIN)),
        "domain": lambda: world.estate.path(may(admin, bucket, "s3:GetObject", target_domains=("hr",))),
        "trust": lambda: world.estate.link(hop("can_assume", vendor, admin)),
        "owner": world.estate.owned.clear,
        "egress": lambda: world.estate.path(hop("egress", admin, resource("example.net"))),
    }
    growths[grow]()
    assert world.run() == {"reopened": 1}
    finding = world.finding
    assert (finding.status, finding.decision, finding.returned) == ("reopened", "none", "widened")
    assert finding.returned_diff is not None
    assert finding.returned_diff[facet] == words
    assert (finding.decided_by, finding.accepted_until) == ("Alice", None)
    last = world.events[-1]
    assert last.detail["because"] == "widened"
    assert last.detail["since"][facet] == words
    assert world.run() == {}


def _bare(key: str) -> dict[str, Any]:
    return {"id": key, "provider_id": key, "type": "person", "system": "aws", "scope": IAM}


def test_a_lost_condition_is_wider_and_a_new_one_is_not(world: World):
    admin, vendor = watch(), role("Vendor")
    world.put(admin)
    guarded = hop("can_assume", vendor, admin, conditions=("sts:ExternalId",))
    world.estate.link(guarded)
    world.run()
    accept(world.finding)
    world.estate.hops = [replace(guarded, conditions=("sts:ExternalId", "aws:SourceIp"))]
    assert world.run() == {}
    world.estate.hops = [replace(guarded, conditions=())]
    assert world.run() == {"reopened": 1}


def test_an_acceptance_survives_absence_and_says_the_same_when_it_is_back(world: World):
    world.put(watch())
    world.run()
    accept(world.finding)
    world.put(role())
    assert world.run() == {"resolved": 1}
    world.put(watch())
    assert world.run() == {"regressed": 1}
    assert (world.finding.status, world.finding.decision) == ("accepted", "accepted")


def test_closed_and_still_there_reopens_only_once_it_was_read_again(world: World):
    world.put(watch())
    world.run()
    closed = triage.close(finding=world.finding, version=1, actor=ALICE)
    assert world.run() == {}  # judged again on what was read before the claim
    assert closed.decided_at is not None
    cover(world.connection, make_scan(world.connection), IAM, at=closed.decided_at + timedelta(minutes=5))
    world.estate.unread = {IAM}
    assert world.run() == {"not_rechecked": 1}
    world.estate.unread = set()
    assert world.run() == {"reopened": 1}
    assert (world.finding.status, world.finding.returned) == ("reopened", "reopened")


def test_closed_and_gone_is_resolved(world: World):
    world.put(watch())
    world.run()
    triage.close(finding=world.finding, version=1, actor=ALICE)
    world.put(role())
    assert world.run() == {"resolved": 1}


def test_other_words_do_not_refuse_a_decision_but_other_evidence_does(world: World):
    admin = watch()
    world.put(admin)
    world.run()
    read = world.finding
    world.put(replace(admin, name="Renamed"))
    world.run()
    triage.acknowledge(finding=read, version=read.version, actor=ALICE)
    read = triage.reopen(finding=read, version=2, actor=ALICE)
    world.put(watch(severity="critical"))
    assert world.run() == {}
    with pytest.raises(triage.Conflict, match="sv0 found other evidence"):
        triage.acknowledge(finding=read, version=read.version, actor=ALICE)


# ── at once, and out of order ───────────────────────────────────────────────────────────────────────────────────────


def test_a_decision_made_while_a_batch_is_written_is_kept(world: World, monkeypatch: pytest.MonkeyPatch):
    """Alice decides between the engine's reading and its writing: the batch is read again."""
    world.put(watch())
    world.run()
    world.put(role())
    write, interrupted = evaluation.Pen.write, list[Finding]()

    def slowly(pen: Any) -> Any:
        if not interrupted:
            interrupted.append(_elsewhere(lambda: accept(world.finding)))
        return write(pen)

    monkeypatch.setattr(evaluation.Pen, "write", slowly)
    assert world.run() == {"resolved": 1}
    finding = world.finding
    assert interrupted
    assert (finding.decision, finding.observation, finding.status, finding.version) == (
        "accepted",
        "absent",
        "resolved",
        3,
    )
    assert world.actions == ["opened", "accepted", "resolved"]


def _elsewhere(work: Any) -> Any:
    """On a connection of its own, outside this thread's transaction."""

    def run() -> Any:
        try:
            return work()
        finally:
            database.close()

    with ThreadPoolExecutor(1) as pool:
        return pool.submit(run).result()


def test_two_evaluations_at_once_open_each_finding_once(world: World):
    world.put(*(watch(f"Role-{number}") for number in range(60)))
    world.estate.now = NOW

    def run(_number: int) -> dict[str, int]:
        try:
            return Evaluation(
                tenant=world.tenant, scan=ObjectId(), rules={"watched": watched}, inventory=world.estate
            ).run()
        finally:
            database.close()

    with ThreadPoolExecutor(3) as pool:
        counts = list(pool.map(run, range(3)))
    assert sum(count["opened"] for count in counts) == len(world.findings) == 60
    assert len(world.events) == 60


def test_a_late_evaluation_does_not_move_history_backwards(world: World):
    world.put(watch())
    world.run()
    world.put(role())
    world.run(later=5)
    assert world.finding.status == "resolved"
    world.put(watch())
    assert world.run(later=-2) == {}
    assert world.finding.status == "resolved"
