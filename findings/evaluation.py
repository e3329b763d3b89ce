"""What does every rule say of the inventory now, and what does that change about the findings?

One run streams each kind of subject once past all rules on it and writes what they hit in batches. Then, rule by rule,
it looks at the findings that were not hit: gone where their scopes were read completely, not re-checked elsewhere. Each
batch reads, decides and writes in one transaction with its audit events: where a person decides meanwhile, the batch
is read again, and nothing of theirs is overwritten. Saying the same twice changes nothing.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Callable, Iterable, Mapping
from datetime import datetime
from functools import partial
from hashlib import blake2b
from itertools import islice
from typing import Any, Protocol

import structlog
from bson import ObjectId
from django.db import connection as database
from django.utils import timezone
from pymongo import UpdateOne

from connectors.inventory.models import Coverage, Node
from connectors.inventory.read import Inventory
from connectors.inventory.records import Identity, Resource, Workload
from connectors.inventory.subjects import DataDomain, OwnConnection
from findings import evidence, lifecycle, ruling
from findings.evaluator import AS_IT_IS, Hit, Rule, Settings, Subject, rules
from findings.lifecycle import Decision, Observation, Returned, State, Transition
from findings.models import Finding, RuleState
from findings.pen import Pen
from findings.sighting import Sighting, sighting
from tenants import audit
from tenants.models import Tenant

log = structlog.get_logger(__name__)
BATCH = 200
LONGEST_ERROR = 2_000
MOVES = ("opened", "reopened", "regressed", "resolved", "not_rechecked", "rechecked", "retired")


class Scan(Protocol):
    """As much as findings knows of a scan."""

    pk: Any


def evaluate(*, tenant: Tenant, scan: Scan) -> dict[str, int]:
    """Run every rule over the tenant's inventory as `scan` left it. Returns how many findings made which move, and how
    many rules failed."""
    now = timezone.now()
    now = now.replace(microsecond=now.microsecond // 1000 * 1000)  # as MongoDB keeps it, so that it compares equal
    settings, inventory = ruling.settings(tenant), Inventory(tenant, now=now)
    return Evaluation(tenant=tenant, scan=scan.pk, rules=rules(), inventory=inventory, settings=settings).run()


class Evaluation:
    """One run over one tenant's inventory, as of `inventory.now`."""

    def __init__(
        self,
        *,
        tenant: Tenant,
        scan: ObjectId,
        rules: Mapping[str, Rule],
        inventory: Inventory,
        settings: Settings = AS_IT_IS,
    ) -> None:
        self._tenant = tenant
        self._scan = scan
        self._rules = {name: rule for name, rule in rules.items() if rule.is_asked(settings)}
        self._settings = settings
        self._inventory = inventory
        self._now = inventory.now
        self._versions = dict(RuleState.objects.of(tenant).values_list("rule", "version"))
        self._failed: dict[str, tuple[str, str]] = {}  # rule → what it raised, and at which subject
        self._moves: Counter[str] = Counter()
        self._gaps: dict[tuple[str | None, tuple[str, ...]], bool] = {}
        self._connected: dict[ObjectId, bool] = {}

    def run(self) -> dict[str, int]:
        """Judge everything, then settle what no rule hit any more."""
        for kind, subjects in (
            (Identity, self._inventory.identities),
            (Workload, self._inventory.workloads),
            (Resource, self._inventory.resources),
            (DataDomain, self._inventory.domains),
            (OwnConnection, self._inventory.connections),
        ):
            applicable = [rule for rule in self._rules.values() if kind in rule.subjects]
            if applicable:
                self._judge_all(subjects(), applicable)
        for rule in self._rules.values():
            if rule.id not in self._failed:
                self._settle(rule)
        self._retire_what_no_rule_finds()
        self._note_how_rules_went()
        return {move: self._moves[move] for move in MOVES} | {"failed_rules": len(self._failed)}

    # ── what rules hit ──────────────────────────────────────────────────────────────────────────────────────────────

    def _judge_all(self, subjects: Iterable[Subject], applicable: list[Rule]) -> None:
        waiting: list[Sighting] = []
        for subject in subjects:
            for rule in applicable:
                if rule.id not in self._failed:
                    waiting.extend(self._judge(rule, subject))
            if len(waiting) >= BATCH:
                self._write(waiting)
                waiting = []
        self._write(waiting)

    def _judge(self, rule: Rule, subject: Subject) -> list[Sighting]:
        """A rule that raises is out of this run: the others go on, and its findings stay as they are."""
        try:
            found = rule(subject, self._inventory, self._settings)
            hits = [found] if isinstance(found, Hit) else found or ()
            return [sighting(rule, subject, hit, self._inventory) for hit in hits]
        except Exception as error:
            log.exception("rule failed", rule=rule.id, subject=subject.id, tenant=self._tenant.slug)
            self._failed[rule.id] = f"{type(error).__name__}: {error}", subject.id
            return []

    def _write(self, sightings: list[Sighting]) -> None:
        if sightings:
            connections = self._connections({sighted.at for sighted in sightings if isinstance(sighted.at, str)})
            self._moves += audit.atomically(partial(self._merge, sightings, connections))

    def _connections(self, keys: set[str]) -> dict[str, ObjectId]:
        """Which connection each subject is read through; of several, always the same one."""
        nodes = Node.objects.of(self._tenant).filter(key__in=list(keys), gone_at=None).order_by("-connection_id")
        return dict(nodes.values_list("key", "connection_id"))

    def _merge(self, sightings: list[Sighting], connections: dict[str, ObjectId]) -> Counter[str]:
        keys = [sighted.key for sighted in sightings]
        known = {finding.key: finding for finding in Finding.objects.of(self._tenant).filter(key__in=keys)}
        pen = Pen(self._tenant, self._changed)
        for sighted in {sighted.key: sighted for sighted in sightings}.values():
            connection = connections.get(sighted.at) if isinstance(sighted.at, str) else sighted.at
            finding = known.get(sighted.key)
            if connection is None or (finding and self._is_later(finding)):
                continue
            fields = sighted.fields | {"connection_id": connection}
            if finding is None:
                pen.open(self._new(sighted, fields))
            else:
                self._see(finding, sighted, fields, pen)
        return pen.write()

    def _is_later(self, finding: Finding) -> bool:
        """Whether an evaluation that began later has already looked at it: history isn't moved backwards."""
        return max(finding.last_seen, finding.observed_at) > self._now

    def _new(self, sighted: Sighting, fields: dict[str, Any]) -> Finding:
        complete = self._complete(fields["scopes"], fields["account_id"], sighted.rule)
        observation = Observation.PRESENT if complete else Observation.NOT_RECHECKED
        return Finding(
            pk=ObjectId(),
            tenant=self._tenant,
            key=sighted.key,
            fingerprint=sighted.fingerprint,
            observation=observation.value,
            observed_at=self._now,
            first_seen=self._now,
            last_seen=self._now,
            last_scan=self._scan,
            status=lifecycle.status(observation, Decision.NONE, None, None, self._now).value,
            **fields,
        )

    def _see(self, finding: Finding, sighted: Sighting, fields: dict[str, Any], pen: Pen) -> None:
        complete = self._complete(fields["scopes"], fields["account_id"], sighted.rule)
        wider = lifecycle.widened(finding.decided_on, sighted.fingerprint) if finding.decided_on else None
        if wider and self._changed(sighted.rule.id):
            wider = {"rule": [f"the rule looks at it differently: {self._changed(sighted.rule.id)}"]}
        newer = finding.decision == Decision.CLOSED and _read_since(finding)
        transition = lifecycle.seen(_state(finding), complete=complete, newer=newer, wider=bool(wider))
        changes = {name: value for name, value in fields.items() if getattr(finding, name) != value}
        if sighted.fingerprint != finding.fingerprint:
            changes["fingerprint"] = sighted.fingerprint
        # Who decides must have seen this: other words are no reason to refuse, other evidence is.
        guarded = "severity" in changes or not lifecycle.same(finding.fingerprint, sighted.fingerprint)
        if complete:
            changes |= {"last_seen": self._now, "last_scan": self._scan}
        if transition:
            pen.move(finding, transition, now=self._now, changes=changes, wider=wider)
        elif changes:
            pen.change(finding, changes, version=finding.version + guarded)

    # ── what no rule hit ────────────────────────────────────────────────────────────────────────────────────────────

    def _settle(self, rule: Rule) -> None:
        there = [Observation.PRESENT.value, Observation.NOT_RECHECKED.value]
        unseen = Finding.objects.of(self._tenant).filter(rule=rule.id, observation__in=there, last_seen__lt=self._now)
        self._move_all(unseen, partial(self._unseen, rule))

    def _unseen(self, rule: Rule, finding: Finding) -> Transition | None:
        if not self._is_connected(finding.connection_id):
            return lifecycle.retired(_state(finding))
        complete = self._complete(finding.scopes, finding.account_id, rule)
        return lifecycle.unseen(_state(finding), complete=complete)

    def _retire_what_no_rule_finds(self) -> None:
        orphans = Finding.objects.of(self._tenant).exclude(rule__in=list(self._rules))
        self._move_all(
            orphans.exclude(observation=Observation.RETIRED.value), lambda finding: lifecycle.retired(_state(finding))
        )

    def _move_all(self, findings: Any, judge: Callable[[Finding], Transition | None]) -> None:
        """Stream the keys; read, judge and write each page of them in one transaction."""
        keys = findings.values_list("pk", flat=True).iterator(chunk_size=BATCH)
        while page := list(islice(keys, BATCH)):
            self._moves += audit.atomically(partial(self._move_page, page, judge))

    def _move_page(self, page: list[ObjectId], judge: Callable[[Finding], Transition | None]) -> Counter[str]:
        pen = Pen(self._tenant, self._changed)
        for finding in Finding.objects.of(self._tenant).filter(pk__in=page):
            transition = None if self._is_later(finding) else judge(finding)
            if transition:
                pen.move(finding, transition, now=self._now, changes={}, wider=None)
        return pen.write()

    def _changed(self, rule: str) -> str | None:
        """That the rule's logic is another one than when it last looked, in words; None: it is the same."""
        before, now = self._versions.get(rule), self._rules[rule].version if rule in self._rules else None
        return f"version {before} became version {now}" if before and now and before != now else None

    def _note_how_rules_went(self) -> None:
        """Two evaluations may end at once, after scans of two systems: the row's id follows from what it is about."""
        noted = []
        for rule in self._rules.values():
            error, subject = self._failed.get(rule.id, (None, None))
            fields: dict[str, Any] = {"version": rule.version, "subject": subject}
            fields["error"] = error and error[:LONGEST_ERROR]
            fields |= {"failed_at": self._now} if error else {"failed_at": None, "evaluated_at": self._now}
            key = ObjectId(blake2b(f"{self._tenant.pk} {rule.id}".encode(), digest_size=12).digest())
            made = {"tenant_id": self._tenant.pk, "rule": rule.id} | ({"evaluated_at": None} if error else {})
            noted.append(UpdateOne({"_id": key}, {"$set": fields, "$setOnInsert": made}, upsert=True))
        if noted:
            states = database.get_collection(RuleState._meta.db_table)  # type: ignore[attr-defined]
            states.bulk_write(noted, ordered=False)

    # ── what the inventory was proven to be complete for ────────────────────────────────────────────────────────────

    def _complete(self, scopes: list[str], account: str | None, rule: Rule) -> bool:
        """Whether what the latest scans read proves that the rule hits, or that it doesn't."""
        asked = (account, rule.needs)
        if rule.needs and asked not in self._gaps:
            self._gaps[asked] = bool(self._inventory.gaps(*asked))
        return not self._gaps.get(asked, False) and self._inventory.complete(tuple(scopes))

    def _is_connected(self, connection: ObjectId) -> bool:
        """Whether the connection still exists: its coverage goes with it."""
        if connection not in self._connected:
            read = Coverage.objects.of(self._tenant).filter(connection=connection)
            self._connected[connection] = read.exists()
        return self._connected[connection]


def _state(finding: Finding) -> State:
    returned = Returned(finding.returned) if finding.returned else None
    return State(Observation(finding.observation), Decision(finding.decision), returned)


def _read_since(finding: Finding) -> bool:
    """Whether everything that proves the finding was read after the decision on it: only then does it contradict."""
    started = [row.get("started_at") for row in evidence.coverage(finding)]
    since = finding.decided_at
    return all(moment and since and datetime.fromisoformat(moment) > since for moment in started)
