"""People's decisions under evaluation: which hold, which lapse, and that none is overwritten."""

from __future__ import annotations

from concurrent.futures import ThreadPoolExecutor
from dataclasses import replace
from datetime import timedelta
from typing import Any

import pytest
from bson import ObjectId
from django.db import connection as database

from connectors.inventory.records import Access, Owner
from findings import pen, triage
from findings.evaluation import Evaluation
from findings.models import Finding
from tests.factories import NOW, make_scan
from tests.findings.estate import IAM, cover, hop, may, resource, role
from tests.findings.world import ALICE, World, accept, begun, watch, watched

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
    write, interrupted = pen.Pen.write, list[Finding]()

    def slowly(held: Any) -> Any:
        if not interrupted:
            interrupted.append(_elsewhere(lambda: accept(world.finding)))
        return write(held)

    monkeypatch.setattr(pen.Pen, "write", slowly)
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
            run = begun(world.tenant, ObjectId(), at=NOW)
            return Evaluation(run=run, rules={"watched": watched}, inventory=world.estate).carry_out()
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
