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
from findings import evidence, lifecycle, tally
from findings.evaluator import Rule, Subject, rules
from findings.facets import Row, traits
from findings.lifecycle import Decision, Observation, Returned, State, Transition
from findings.models import Finding
from findings.sighting import Sighting, sighting
from tenants import audit
from tenants.models import Tenant

log = structlog.get_logger(__name__)
BATCH = 200
MOVES = ("opened", "reopened", "regressed", "resolved", "not_rechecked", "rechecked", "retired")


class Scan(Protocol):
    """As much as findings knows of a scan."""

    pk: Any


def evaluate(*, tenant: Tenant, scan: Scan) -> dict[str, int]:
    """Run every rule over the tenant's inventory as `scan` left it. Returns how many findings made which move, and how
    many rules failed."""
    now = timezone.now()
    now = now.replace(microsecond=now.microsecond // 1000 * 1000)  # as MongoDB keeps it, so that it compares equal
    return Evaluation(tenant=tenant, scan=scan.pk, rules=rules(), inventory=Inventory(tenant, now=now)).run()


class Evaluation:
    """One run over one tenant's inventory, as of `inventory.now`."""

    def __init__(self, *, tenant: Tenant, scan: ObjectId, rules: Mapping[str, Rule], inventory: Inventory) -> None:
        self._tenant = tenant
        self._scan = scan
        self._rules = rules
        self._inventory = inventory
        self._now = inventory.now
        self._failed: set[str] = set()
        self._moves: Counter[str] = Counter()
        self._gaps: dict[tuple[str | None, tuple[str, ...]], bool] = {}
        self._connected: dict[ObjectId, bool] = {}

    def run(self) -> dict[str, int]:
        """Judge everything, then settle what no rule hit any more."""
        for kind, subjects in (
            (Identity, self._inventory.identities),
            (Workload, self._inventory.workloads),
            (Resource, self._inventory.resources),
        ):
            applicable = [rule for rule in self._rules.values() if kind in rule.subjects]
            if applicable:
                self._judge_all(subjects(), applicable)
        for rule in self._rules.values():
            if rule.id not in self._failed:
                self._settle(rule)
        self._retire_what_no_rule_finds()
        return {move: self._moves[move] for move in MOVES} | {"failed_rules": len(self._failed)}

    # ── what rules hit ──────────────────────────────────────────────────────────────────────────────────────────────

    def _judge_all(self, subjects: Iterable[Subject], applicable: list[Rule]) -> None:
        waiting: list[Sighting] = []
        for subject in subjects:
            found = (self._judge(rule, subject) for rule in applicable if rule.id not in self._failed)
            waiting.extend(sighted for sighted in found if sighted)
            if len(waiting) >= BATCH:
                self._write(waiting)
                waiting = []
        self._write(waiting)

    def _judge(self, rule: Rule, subject: Subject) -> Sighting | None:
        """A rule that raises is out of this run: the others go on, and its findings stay as they are."""
        try:
            hit = rule(subject, self._inventory)
            return sighting(rule, subject, hit, self._inventory) if hit else None
        except Exception:
            log.exception("rule failed", rule=rule.id, subject=subject.id, tenant=self._tenant.slug)
            self._failed.add(rule.id)
            return None

    def _write(self, sightings: list[Sighting]) -> None:
        if sightings:
            connections = self._connections({sighted.fields["subject_key"] for sighted in sightings})
            self._moves += audit.atomically(partial(self._merge, sightings, connections))

    def _connections(self, keys: set[str]) -> dict[str, ObjectId]:
        """Which connection each subject is read through; of several, always the same one."""
        nodes = Node.objects.of(self._tenant).filter(key__in=list(keys), gone_at=None).order_by("-connection_id")
        return dict(nodes.values_list("key", "connection_id"))

    def _merge(self, sightings: list[Sighting], connections: dict[str, ObjectId]) -> Counter[str]:
        keys = [sighted.key for sighted in sightings]
        known = {finding.key: finding for finding in Finding.objects.of(self._tenant).filter(key__in=keys)}
        pen = Pen(self._tenant)
        for sighted in {sighted.key: sighted for sighted in sightings}.values():
            connection = connections.get(sighted.fields["subject_key"])
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
        pen = Pen(self._tenant)
        for finding in Finding.objects.of(self._tenant).filter(pk__in=page):
            transition = None if self._is_later(finding) else judge(finding)
            if transition:
                pen.move(finding, transition, now=self._now, changes={}, wider=None)
        return pen.write()

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


class Pen:
    """Gathers what one transaction writes about findings, and the audit events that tell it."""

    def __init__(self, tenant: Tenant) -> None:
        self._tenant = tenant
        self._new: list[Finding] = []
        self._updates: list[UpdateOne] = []
        self._entries: list[audit.Entry] = []
        self._counted: list[tuple[Row | None, Row]] = []

    def open(self, finding: Finding) -> None:
        row = tally.fields(finding)
        finding.traits = traits(row)
        self._counted.append((None, row))
        self._new.append(finding)
        self._tell(finding, "finding:opened", {"severity": finding.severity, "version": finding.version})

    def change(self, finding: Finding, changes: dict[str, Any], *, version: int) -> None:
        """Only onto the version that was read: anybody else's write since then makes the transaction run again."""
        before = tally.fields(finding)
        after = {name: changes.get(name, value) for name, value in before.items()}
        if after != before:
            changes = changes | {"traits": traits(after)}
            self._counted.append((before, after))
        same = {"_id": finding.pk, "tenant_id": finding.tenant_id, "version": finding.version}
        self._updates.append(UpdateOne(same, {"$set": changes | {"version": version}}))

    def move(
        self,
        finding: Finding,
        transition: Transition,
        *,
        now: datetime,
        changes: dict[str, Any],
        wider: dict[str, list[str]] | None,
    ) -> None:
        state, version = transition.state, finding.version + 1
        taken_back = state.decision != finding.decision
        until = None if taken_back else finding.accepted_until
        moved: dict[str, Any] = {
            "observation": state.observation.value,
            "observed_at": now,
            "status": lifecycle.status(state.observation, state.decision, until, state.returned, now).value,
        }
        detail: dict[str, Any] = {"version": version, "status": moved["status"]}
        if state.returned != finding.returned or taken_back:
            moved |= {"returned": state.returned and state.returned.value, "returned_diff": wider}
            detail |= {"because": moved["returned"]} | ({"since": wider} if wider else {})
        if taken_back:  # who decided, when and why stays to be read: it is what has been overtaken
            moved |= {"decision": state.decision.value, "accepted_until": None, "decided_on": None}
            detail["was"] = finding.decision
        self.change(finding, changes | moved, version=version)
        self._tell(finding, transition.action, detail)

    def write(self) -> Counter[str]:
        """Write everything. Returns the moves by name."""
        if self._new:
            Finding.objects.bulk_create(self._new)
        if self._updates:
            findings = database.get_collection(Finding._meta.db_table)  # type: ignore[attr-defined]
            findings.bulk_write(self._updates, ordered=False, session=database.session)  # type: ignore[attr-defined]
        tally.update(self._tenant, self._counted)
        audit.record_all(self._tenant, actor=audit.WORKER, entries=self._entries)
        return Counter(entry.action.removeprefix("finding:") for entry in self._entries)

    def _tell(self, finding: Finding, action: str, detail: dict[str, Any]) -> None:
        self._entries.append(
            audit.Entry(
                action=action,
                subject_kind="finding",
                subject_id=str(finding.pk),
                subject=f"{finding.title}: {finding.subject_name}",
                detail=detail,
            )
        )


def _state(finding: Finding) -> State:
    returned = Returned(finding.returned) if finding.returned else None
    return State(Observation(finding.observation), Decision(finding.decision), returned)


def _read_since(finding: Finding) -> bool:
    """Whether everything that proves the finding was read after the decision on it: only then does it contradict."""
    started = [row.get("started_at") for row in evidence.coverage(finding)]
    since = finding.decided_at
    return all(moment and since and datetime.fromisoformat(moment) > since for moment in started)
