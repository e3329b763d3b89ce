"""Looking only at what changed finds what looking at everything finds; and a run that was cut short goes on."""

from __future__ import annotations

import random
from collections.abc import Callable
from dataclasses import replace
from datetime import timedelta
from typing import Any

import pytest
from django.utils import timezone

from connectors import scan as scans
from connectors.inventory.read import Inventory
from connectors.inventory.records import (
    Access,
    Egress,
    Grade,
    Link,
    Owner,
    Permission,
    Record,
    Ref,
    Relation,
    Usage,
)
from connectors.inventory.touched import Touched
from connectors.models import Connection, Scan
from findings import due, evaluation, evaluator, ruling, triage
from findings.due import Due
from findings.evaluator import Hit, Rule
from findings.models import EvaluationRun, Finding
from tenants.models import AuditEvent, Tenant
from tests.factories import make_connection
from tests.findings.estate import IAM, LAMBDA, account, function, owner, resource, role
from tests.findings.said import Said, scanned
from tests.findings.world import ALICE, watched

S3 = "aws:111111111111:s3"
SPRING = timezone.now() - timedelta(days=200)


@pytest.fixture
def said(monkeypatch: pytest.MonkeyPatch) -> Said:
    found = Said({S3: [], IAM: [], LAMBDA: []})
    monkeypatch.setattr(scans, "source", lambda _kind: found)
    return found


@pytest.fixture(autouse=True)
def no_margin(monkeypatch: pytest.MonkeyPatch) -> None:
    """Whatever a test does takes less than the margin."""
    monkeypatch.setattr(due, "MARGIN", timedelta(0))


@pytest.fixture
def connection(tenant: Tenant) -> Connection:
    return make_connection(tenant)


# ── the same as everything ──────────────────────────────────────────────────────────────────────────────────────────


def ref(record: Any) -> Ref:
    kinds = {"Workload": "workload", "Identity": "identity", "Resource": "resource", "Owner": "owner"}
    return Ref(kind=kinds[type(record).__name__], id=record.id, name=record.name)


class Company:
    """Objects and edges that change from scan to scan, at random."""

    def __init__(self, seed: int) -> None:
        self.random = random.Random(seed)
        self.functions = [function(f"job-{number}") for number in range(4)]
        self.roles = [role(f"Role-{number}", usage=Usage.USED, last_used_at=timezone.now()) for number in range(5)]
        domains = ("customer", "hr", None)
        self.buckets = [self._bucket(f"bucket-{number}", domain) for number, domain in enumerate(domains)]
        self.owners: list[Owner] = [owner(name) for name in ("Bob", "Carol")]
        self.account = account()
        self.edges: set[int] = set()
        for _ in range(12):
            self.step()

    def _bucket(self, name: str, domain: str | None) -> Any:
        return resource(name, tags=(("data-domain", domain),) if domain else ())

    def _every_edge(self) -> list[Record]:
        """All that there could be; which of them are there is what `edges` says."""
        found: list[Record] = []
        for job in self.functions:
            found += [self._link(Relation.RUNS_AS, job, each, LAMBDA) for each in self.roles[:3]]
            found += [self._link(Relation.CALLS, job, other, LAMBDA) for other in self.functions if other is not job]
            told = "It sends to collect.example.net."
            found.append(Egress(source=ref(job), destination="collect.example.net", evidence=told, scope=LAMBDA))
        for each in self.roles:
            for other in self.roles:
                if other is not each:
                    found.append(self._link(Relation.CAN_ASSUME, other, each, IAM))
                    found.append(self._may(each, other, Access.ASSUME, "sts:AssumeRole"))
            found += [self._may(each, bucket, Access.READ, "s3:GetObject") for bucket in self.buckets]
            found.append(self._may(each, self.buckets[0], Access.WRITE, "s3:PutObject", grade=Grade.CONDITIONAL))
            found.append(self._may(each, self.account, Access.ADMIN, "*"))
        for person in self.owners:
            found += [self._link(Relation.OWNS, person, each, IAM) for each in (*self.functions, *self.roles)]
        return found

    def _link(self, relation: Relation, source: Any, target: Any, scope: str) -> Link:
        return Link(relation=relation, source=ref(source), target=ref(target), scope=scope)

    def _may(self, source: Any, target: Any, access: Access, action: str, **fields: Any) -> Permission:
        fields |= {"access": access, "actions": (action,), "scope": IAM}
        return Permission(source=ref(source), target=ref(target), **fields)

    def step(self) -> None:
        """One thing changes."""
        change = self.random.choice([self._toggle] * 5 + [self._person, self._use, self._rename, self._tag, self._off])
        change()

    def _toggle(self) -> None:
        self.edges ^= {self.random.randrange(len(self._every_edge()))}

    def _person(self) -> None:
        self._change(self.owners, lambda each: replace(each, active=not each.active))

    def _use(self) -> None:
        self._change(self.roles, lambda each: replace(each, last_used_at=SPRING))

    def _rename(self) -> None:
        things = self.random.choice([self.functions, self.buckets, self.owners])
        self._change(things, lambda each: replace(each, name=f"{each.name}x"))

    def _tag(self) -> None:
        domain = self.random.choice(["hr", "customer", "finance", None])
        self._change(self.buckets, lambda each: replace(self._bucket(each.name, domain), id=each.id))

    def _off(self) -> None:
        self._change(self.functions, lambda each: replace(each, enabled=not each.enabled))

    def _change(self, things: list[Any], how: Callable[[Any], Any]) -> None:
        place = self.random.randrange(len(things))
        things[place] = how(things[place])

    def told(self) -> dict[str, list[Record]]:
        edges = [edge for number, edge in enumerate(self._every_edge()) if number in self.edges]
        shown: dict[str, list[Record]] = {
            S3: [*self.buckets],
            IAM: [self.account, *self.roles, *self.owners],
            LAMBDA: [*self.functions],
        }
        for edge in edges:
            shown[edge.scope].append(edge)
        return shown


@pytest.mark.parametrize("seed", range(16))
def test_what_changed_is_all_that_can_differ(seed: int, said: Said, connection: Connection):
    company, narrow = Company(seed), 0
    for round_ in range(4):
        said.scopes = company.told()
        said.cut = {S3} if round_ == 2 else set()
        scan = scanned(connection)
        seen = snapshot(connection.tenant)
        narrow += not EvaluationRun.objects.of(connection.tenant).latest("began_at").whole
        EvaluationRun.objects.of(connection.tenant).delete()
        moves = evaluation.evaluate(tenant=connection.tenant, scan=scan)
        assert {name: count for name, count in moves.items() if count} == {}
        assert snapshot(connection.tenant) == seen
        company.step()
        company.step()
    assert seen, "a company without findings tests nothing"
    assert narrow == 3


def test_a_change_far_down_the_path_is_looked_at(said: Said, connection: Connection):
    job, first, second, bucket = function(), role("First"), role("Second"), resource("plain")
    runs = Link(relation=Relation.RUNS_AS, source=ref(job), target=ref(first), scope=LAMBDA)
    becomes = Link(relation=Relation.CAN_ASSUME, source=ref(first), target=ref(second), scope=IAM)
    reads = Permission(source=ref(second), target=ref(bucket), access=Access.READ, actions=("s3:Get*",), scope=IAM)
    said.scopes = {S3: [bucket], IAM: [first, second, becomes, reads], LAMBDA: [job, runs]}
    scanned(connection)
    assert not Finding.objects.of(connection.tenant).filter(subject_name=job.name)
    said.scopes[S3] = [replace(bucket, tags=(("data-domain", "customer"),))]
    scanned(connection)
    assert Finding.objects.of(connection.tenant).filter(subject_name=job.name, rule="orphaned_sensitive_access")


def snapshot(tenant: Tenant) -> list[dict[str, Any]]:
    """All that findings say, but for when the evidence was last seen."""
    asked = (
        "key",
        "because",
        "severity_sum",
        "score",
        "facts",
        "path",
        "fingerprint",
        "observation",
        "status",
        "domains",
    )
    rows = list(Finding.objects.of(tenant).order_by("key").values(*asked, "observation", "subject_name", "scopes"))
    for row in rows:
        row["path"] = [{k: v for k, v in hop.items() if k not in ("last_seen", "scan")} for hop in row["path"]]
    return rows


# ── what is looked at again ─────────────────────────────────────────────────────────────────────────────────────────


@pytest.fixture
def asked(monkeypatch: pytest.MonkeyPatch) -> list[str]:
    """The names of the identities that the rule was asked about."""
    names: list[str] = []
    ask(monkeypatch, names)
    return names


def ask(monkeypatch: pytest.MonkeyPatch, names: list[str], *, most: int = 100, **fields: Any) -> None:
    """Have evaluations ask the one rule, which notes about whom; it is killed when asked more often than that."""

    def judge(identity: Any, inventory: Inventory) -> Hit | None:
        if len(names) >= most:
            raise Killed
        names.append(identity.name)
        return watched(identity, inventory)

    spying = replace(watched, judge=judge, **fields)
    monkeypatch.setattr(evaluation, "rules", lambda: {"watched": spying})


class Killed(BaseException):
    """As if the process ended there."""


def put(said: Said, *records: Record) -> None:
    said.scopes[IAM] = [*records]


ONE, TWO, THREE = (role(f"Role-{number}", tags=(("watched", ""),)) for number in (1, 2, 3))


def test_only_what_changed_is_looked_at(said: Said, connection: Connection, asked: list[str]):
    put(said, ONE, TWO)
    scanned(connection)
    assert asked == ["Role-1", "Role-2"]
    asked.clear()
    put(said, ONE, replace(TWO, tags=(("watched", "high"),)), THREE)
    scan = scanned(connection)
    assert asked == ["Role-2", "Role-3"]
    found = {finding.subject_name: finding for finding in Finding.objects.of(connection.tenant)}
    assert found.keys() == {"Role-1", "Role-2", "Role-3"}
    assert {finding.last_scan for finding in found.values()} == {scan.pk}
    assert len({finding.last_seen for finding in found.values()}) == 1


def test_what_was_not_due_and_not_read_is_not_rechecked(said: Said, connection: Connection, asked: list[str]):
    put(said, ONE)
    scanned(connection)
    asked.clear()
    said.cut = {IAM}
    scanned(connection)
    assert asked == []
    assert Finding.objects.of(connection.tenant).get().observation == "not_rechecked"
    said.cut = set()
    scanned(connection)
    assert Finding.objects.of(connection.tenant).get().observation == "present"


def test_what_is_gone_is_resolved(said: Said, connection: Connection, asked: list[str]):
    put(said, ONE, TWO)
    scanned(connection)
    put(said, TWO)
    scanned(connection)
    assert Finding.objects.of(connection.tenant).get(subject_name="Role-1").status == "resolved"
    assert Finding.objects.of(connection.tenant).get(subject_name="Role-2").status == "open"


def test_a_claim_that_it_is_mended_is_held_against_what_was_not_due_too(
    said: Said, connection: Connection, asked: list[str]
):
    put(said, ONE)
    scanned(connection)
    triage.close(finding=Finding.objects.of(connection.tenant).get(), version=1, actor=ALICE, reason="Done.")
    asked.clear()
    scanned(connection)
    assert asked == []
    assert Finding.objects.of(connection.tenant).get().status == "reopened"


def test_another_version_or_another_word_of_the_tenant_looks_at_everything(
    said: Said, connection: Connection, asked: list[str], monkeypatch: pytest.MonkeyPatch
):
    put(said, ONE)
    scanned(connection)
    ask(monkeypatch, asked, version=2)
    asked.clear()
    scanned(connection)
    assert asked == ["Role-1"]
    asked.clear()
    real: Rule = evaluator.rules()["dormant_identity"]
    ruling.set_thresholds(tenant=connection.tenant, rule=real, numbers={"quiet_days": 30}, actor=ALICE)
    scanned(connection)
    assert asked == ["Role-1"]


def test_everything_is_looked_at_again_after_a_week(said: Said, connection: Connection, asked: list[str]):
    put(said, ONE)
    scanned(connection)
    old = timezone.now() - timedelta(days=8)
    EvaluationRun.objects.of(connection.tenant).update(began_at=old)
    asked.clear()
    scanned(connection)
    assert asked == ["Role-1"]
    assert EvaluationRun.objects.of(connection.tenant).count() == 1  # the older one is of no more use


def test_who_fell_silent_meanwhile_is_looked_at_again():
    now = timezone.now()
    silent = role(usage=Usage.USED, last_used_at=now - timedelta(days=90, hours=1))
    since_yesterday = Due(touched=Touched([]), since=now - timedelta(days=1))
    assert since_yesterday.aged(silent, now)
    assert not since_yesterday.aged(replace(silent, last_used_at=now - timedelta(days=92)), now)
    assert not since_yesterday.aged(replace(silent, last_used_at=now), now)
    assert not since_yesterday.aged(replace(silent, usage=Usage.UNKNOWN, last_used_at=None), now)


# ── going on ────────────────────────────────────────────────────────────────────────────────────────────────────────


def test_a_run_that_was_killed_goes_on_where_it_was(
    said: Said, connection: Connection, asked: list[str], monkeypatch: pytest.MonkeyPatch
):
    put(said, *(role(f"Role-{number}", tags=(("watched", ""),)) for number in range(9)))
    monkeypatch.setattr(evaluation, "BATCH", 3)
    ask(monkeypatch, asked, most=7)
    with pytest.raises(Killed):
        scanned(connection)
    ask(monkeypatch, asked)
    scan = Scan.objects.of(connection.tenant).get()
    assert Finding.objects.of(connection.tenant).count() == 6
    asked.clear()
    moves = evaluation.evaluate(tenant=connection.tenant, scan=scan)
    assert asked == ["Role-6", "Role-7", "Role-8"]
    assert moves["opened"] == 9
    assert moves["resolved"] == 0
    assert {finding.status for finding in Finding.objects.of(connection.tenant)} == {"open"}
    assert AuditEvent.objects.of(connection.tenant).filter(action="finding:opened").count() == 9
