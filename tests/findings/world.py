"""A tenant whose inventory a test changes between evaluations, three rules to evaluate, and what came of it."""

from __future__ import annotations

from datetime import datetime, timedelta
from typing import Any

from bson import ObjectId

from connectors.inventory.records import Identity, Workload
from connectors.models import Connection, Scan
from findings import evaluation, triage
from findings.evaluation import Evaluation
from findings.evaluator import AS_IT_IS, Factor, Family, Hit, Rule, Settings, Severity, Weight, evaluator
from findings.models import EvaluationRun, Finding
from findings.proposal import RiskOwner
from findings.severity import BASE
from tenants.audit import Actor
from tenants.models import AuditEvent, Tenant
from tests.factories import NOW
from tests.findings.estate import Estate, keep, role

OWNER = RiskOwner("Carol", "carol@acme-media.example")
ALICE = Actor(id="a", name="Alice", via="web")
QUIET = dict.fromkeys(evaluation.MOVES, 0) | {"failed_rules": 0}


@evaluator(
    Identity,
    family=Family.AUTHORITY,
    title="Watched",
    severity=Severity.MEDIUM,
    why="Why.",
    fix="Fix.",
    needs=("iam",),
    given=tuple(Factor),
)
def watched(identity: Identity, inventory: Any) -> Hit | None:
    """Hits roles tagged watched; the tag's value is the severity, if it is one."""
    tag = dict(identity.tags).get("watched")
    if tag is None:
        return None
    points = BASE[Severity(tag)] - BASE[Severity.MEDIUM] if tag else 0
    return Hit(
        because=f"{identity.name} is watched.",
        raised=(Weight("tag", points, "the tag says so"),),
        path=tuple(inventory.edges_from(identity.id)),
    )


@evaluator(Identity, family=Family.AUTHORITY, title="Broken", severity=Severity.LOW, why="Why.", fix="Fix.")
def broken(identity: Identity, _inventory: Any) -> Hit | None:
    """Raises at the identity called Trap."""
    if identity.name == "Trap":
        raise KeyError("a field nobody expected")
    return Hit(because=f"{identity.name} is fine.")


@evaluator(Workload, family=Family.AUTHORITY, title="Busy", severity=Severity.INFO, why="Why.", fix="Fix.")
def busy(workload: Workload, _inventory: Any) -> Hit | None:
    """Hits every workload."""
    return Hit(because=f"{workload.name} is busy.")


def watch(name: str = "Billing-Admin", severity: str = "", **fields: Any) -> Identity:
    return role(name, tags=(("watched", severity),), **fields)


def begun(tenant: Tenant, scan: ObjectId, *, at: datetime) -> EvaluationRun:
    """A run that looks at everything."""
    return EvaluationRun.objects.create(tenant=tenant, scan=scan, began_at=at, whole=True, basis="")


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

    def run(self, *rules: Rule, later: float = 1, settings: Settings = AS_IT_IS) -> dict[str, int]:
        """The moves of one evaluation, those that happened."""
        self.hours += later
        self.estate.now = NOW + timedelta(hours=self.hours)
        rules = rules or (watched,)
        counts = Evaluation(
            run=begun(self.tenant, self.scan.pk, at=self.estate.now),
            rules={rule.id: rule for rule in rules if rule.is_asked(settings)},
            inventory=self.estate,
            settings=settings,
        ).carry_out()
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


def accept(finding: Finding) -> Finding:
    until = datetime.now(NOW.tzinfo) + timedelta(days=300)
    return triage.accept(
        finding=finding, version=finding.version, actor=ALICE, reason="Known.", until=until, owner=OWNER
    )
