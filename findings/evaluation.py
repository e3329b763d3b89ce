"""What does every rule say of the inventory now, and what does that change about the findings?

One run streams each kind of subject once past the rules that have to look at it again, and writes what they hit in
batches. Then, rule by rule, it looks at the findings that were not hit: gone where their scopes were read completely,
not re-checked elsewhere; those about what wasn't due stand. Each batch reads, decides and writes in one transaction
with its audit events: where a person decides meanwhile, the batch is read again, and nothing of theirs is overwritten.
Saying the same twice changes nothing: a run that is cut short goes on behind the last batch that it noted.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Callable, Iterable, Iterator, Mapping
from dataclasses import replace
from datetime import datetime
from functools import partial
from hashlib import blake2b
from itertools import islice
from typing import Any, Protocol

import structlog
from bson import ObjectId
from django.db import connection as database
from pymongo import UpdateOne

from connectors.inventory.models import Coverage
from connectors.inventory.read import Inventory, Place
from connectors.inventory.records import Identity, Resource, Workload
from connectors.inventory.subjects import DataDomain, OwnConnection
from findings import drift, due, evidence, exemption, lifecycle, proposal, ruling
from findings.due import EVERYTHING, Due, finish
from findings.evaluator import AS_IT_IS, KINDS, Hit, Rule, Settings, Subject, rules
from findings.lifecycle import Decision, Ended, Observation, Returned, State, Transition
from findings.models import EvaluationRun, Exemption, Finding, RuleState
from findings.pen import Pen, Wider
from findings.sighting import Sighting, sighting
from tenants import audit
from tenants.models import Tenant

log = structlog.get_logger(__name__)
BATCH = 200
STRETCH = 5_000  # of subjects, after which the place is noted whatever was found
LONGEST_ERROR = 2_000
_GONE = (Observation.ABSENT.value, Observation.RETIRED.value)
MOVES = ("opened", "reopened", "regressed", "resolved", "not_rechecked", "rechecked", "retired")


class Scan(Protocol):
    """As much as findings knows of a scan."""

    pk: Any


def evaluate(*, tenant: Tenant, scan: Scan) -> dict[str, int]:
    """Run the rules over the tenant's inventory as `scan` left it. Returns how many findings made which move, and how
    many rules failed."""
    settings = ruling.settings(tenant)
    asked = {name: rule for name, rule in rules().items() if rule.is_asked(settings)}
    run = due.begin(tenant=tenant, scan=scan.pk, rules=asked)
    inventory = Inventory(tenant, now=run.began_at)
    return Evaluation(run=run, rules=asked, inventory=inventory, settings=settings, due=due.due(run, asked)).carry_out()


class Evaluation:
    """One run over one tenant's inventory, as of `inventory.now`."""

    def __init__(
        self,
        *,
        run: EvaluationRun,
        rules: Mapping[str, Rule],
        inventory: Inventory,
        settings: Settings = AS_IT_IS,
        due: Due = EVERYTHING,
    ) -> None:
        self._run = run
        self._tenant = run.tenant
        self._rules = rules
        self._settings = settings
        self._due = due
        self._inventory = inventory
        self._now = inventory.now
        self._versions = dict(RuleState.objects.of(self._tenant).values_list("rule", "version"))
        self._failed: dict[str, list[str]] = run.failed  # rule → what it raised, and at which subject
        self._moves: Counter[str] = Counter(run.moves)
        self._gaps: dict[tuple[str | None, tuple[str, ...]], bool] = {}
        self._connected: dict[ObjectId, bool] = {}

    def carry_out(self) -> dict[str, int]:
        """Judge what is due, then settle what no rule hit any more."""
        for kind, subjects in self._streams():
            self._judge_all(subjects, [rule for rule in self._rules.values() if kind in rule.subjects])
            self._note(kind=KINDS[kind], name=None, row=None)
        for rule in self._rules.values():
            if rule.id not in self._failed and rule.id not in self._run.settled:
                self._settle(rule)
                self._note(settled=[*self._run.settled, rule.id])
        self._retire_what_no_rule_finds()
        self._note_how_rules_went()
        finish(self._run)
        return {move: self._moves[move] for move in MOVES} | {"failed_rules": len(self._failed)}

    def _streams(self) -> Iterator[tuple[type, Iterable[Subject]]]:
        """Each kind of subject that is not done with yet; the first one from where it was left."""
        inventory, left = self._inventory, self._run
        place = Place(left.name, left.row) if left.name is not None and left.row else None
        streams: tuple[tuple[type, Callable[[Place | None], Iterable[Subject]]], ...] = (
            (Identity, inventory.identities),
            (Workload, inventory.workloads),
            (Resource, inventory.resources),
            (DataDomain, lambda _: inventory.domains()),
            (OwnConnection, lambda _: inventory.connections()),
        )
        kinds = [KINDS[kind] for kind, _ in streams]
        done = 0 if left.kind is None else kinds.index(left.kind) + (place is None)
        for kind, stream in streams[done:]:
            yield kind, stream(place)
            place = None

    def _note(self, **reached: Any) -> None:
        """How far the run has come. Everything up to there is written; what came after is written again the same."""
        said = {"failed": self._failed, "moves": dict(self._moves), **reached}
        for name, value in said.items():
            setattr(self._run, name, value)
        EvaluationRun.objects.of(self._tenant).filter(pk=self._run.pk).update(**said)

    # ── what rules hit ──────────────────────────────────────────────────────────────────────────────────────────────

    def _judge_all(self, subjects: Iterable[Subject], applicable: list[Rule]) -> None:
        waiting: list[Sighting] = []
        for seen, subject in enumerate(subjects if applicable else (), start=1):
            aged = self._due.aged(subject, self._now)
            for rule in applicable:
                if rule.id not in self._failed and (aged or self._due.asks(rule.id, subject.id)):
                    waiting.extend(self._judge(rule, subject))
            if len(waiting) >= BATCH or seen % STRETCH == 0:
                self._write(waiting)
                waiting = []
                self._note_place(subject)
        self._write(waiting)

    def _note_place(self, subject: Subject) -> None:
        if place := self._inventory.place:
            self._note(kind=KINDS[type(subject)], name=place.name, row=place.row)

    def _judge(self, rule: Rule, subject: Subject) -> list[Sighting]:
        """A rule that raises is out of this run: the others go on, and its findings stay as they are."""
        try:
            found = rule(subject, self._inventory, self._settings)
            hits = [found] if isinstance(found, Hit) else found or ()
            return [sighting(rule, subject, hit, self._inventory) for hit in hits]
        except Exception as error:
            log.exception("rule failed", rule=rule.id, subject=subject.id, tenant=self._tenant.slug)
            self._failed[rule.id] = [f"{type(error).__name__}: {error}", subject.id]
            return []

    def _write(self, sightings: list[Sighting]) -> None:
        if sightings:
            subjects = {sighted.at for sighted in sightings if isinstance(sighted.at, str)}
            connections = self._inventory.read_through(subjects)
            self._moves += audit.atomically(partial(self._merge, sightings, connections))

    def _merge(self, sightings: list[Sighting], connections: dict[str, ObjectId]) -> Counter[str]:
        keys = [sighted.key for sighted in sightings]
        known = {finding.key: finding for finding in Finding.objects.of(self._tenant).filter(key__in=keys)}
        arrived = [each for each in sightings if each.key not in known or known[each.key].observation in _GONE]
        exempt = exemption.standing(self._tenant, [each.fields["subject_provider_id"] for each in arrived])
        pen = Pen(self._tenant, self._changed)
        for sighted in {sighted.key: sighted for sighted in sightings}.values():
            connection = connections.get(sighted.at) if isinstance(sighted.at, str) else sighted.at
            finding = known.get(sighted.key)
            if connection is None or (finding and self._is_later(finding)):
                continue
            fields = sighted.fields | {"connection_id": connection}
            held = exempt.get(exemption.key(sighted.fields))
            if held and lifecycle.widened(held.decided_on, sighted.fingerprint):
                held = None  # it reaches further than what was decided on
            if finding is None:
                self._open(sighted, fields, held, pen)
            else:
                self._see(finding, sighted, fields, held, pen)
        return pen.write()

    def _is_later(self, finding: Finding) -> bool:
        """Whether an evaluation that began later has already looked at it: history isn't moved backwards."""
        return max(finding.last_seen, finding.observed_at) > self._now

    def _open(self, sighted: Sighting, fields: dict[str, Any], held: Exemption | None, pen: Pen) -> None:
        complete = self._complete(fields["scopes"], fields["account_id"], sighted.rule)
        observation = Observation.PRESENT if complete else Observation.NOT_RECHECKED
        decided = exemption.decided(held, sighted.fingerprint) if held else {"decision": Decision.NONE.value}
        finding = Finding(
            pk=ObjectId(),
            tenant=self._tenant,
            key=sighted.key,
            fingerprint=sighted.fingerprint,
            observation=observation.value,
            observed_at=self._now,
            first_seen=self._now,
            last_seen=self._now,
            last_scan=self._run.scan,
            status=lifecycle.status(observation, Decision(decided["decision"]), None, None, self._now).value,
            **fields,
            **decided,
        )
        pen.open(finding)
        if held:
            pen.exempt(finding, held, was=Decision.NONE.value, version=finding.version)

    def _see(
        self, finding: Finding, sighted: Sighting, fields: dict[str, Any], held: Exemption | None, pen: Pen
    ) -> None:
        complete = self._complete(fields["scopes"], fields["account_id"], sighted.rule)
        wider = self._wider(finding.decided_on, sighted)
        newer = finding.decision == Decision.CLOSED and _read_since(finding)
        transition = lifecycle.seen(_state(finding), complete=complete, newer=newer, wider=bool(wider))
        changes, guarded = self._changes(finding, sighted, fields, pen)
        if complete:
            changes |= {"last_seen": self._now, "last_scan": self._run.scan}
        if transition:
            covered = finding.observation in _GONE and transition.state.decision is Decision.NONE
            if held and covered:
                state = State(transition.state.observation, Decision.FALSE_POSITIVE)
                transition = replace(transition, state=state)
                changes |= exemption.decided(held, sighted.fingerprint)
            pen.move(finding, transition, now=self._now, changes=changes, wider=wider)
            if held and covered:
                pen.exempt(finding, held, was=finding.decision, version=finding.version + 1)
        elif changes:
            pen.change(finding, changes, version=finding.version + guarded)

    def _changes(
        self, finding: Finding, sighted: Sighting, fields: dict[str, Any], pen: Pen
    ) -> tuple[dict[str, Any], bool]:
        """What is no longer as it was kept, and whether who decides must have seen that: other words are no reason to
        refuse a decision, other evidence is."""
        changes = {name: value for name, value in fields.items() if getattr(finding, name) != value}
        if sighted.fingerprint != finding.fingerprint:
            changes["fingerprint"] = sighted.fingerprint
        if proposed := proposal.standing(finding):
            since = self._wider(proposed["fingerprint"], sighted)
            changes |= pen.void(finding, Ended.WIDENED, now=self._now, since=since) if since else {}
        other = not lifecycle.same(finding.fingerprint, sighted.fingerprint)
        guarded = other or "severity" in changes or "proposal" in changes
        if guarded:
            changes["former"] = drift.former(finding, now=self._now)
        return changes, guarded

    def _wider(self, before: dict[str, Any] | None, sighted: Sighting) -> Wider:
        """What is seen now beyond what was seen then; of a rule that has become another one, that it has."""
        wider = lifecycle.widened(before, sighted.fingerprint) if before else None
        if wider and (changed := self._changed(sighted.rule.id)):
            return {"rule": [f"the rule looks at it differently: {changed}"]}
        return wider

    # ── what no rule hit ────────────────────────────────────────────────────────────────────────────────────────────

    def _settle(self, rule: Rule) -> None:
        there = [Observation.PRESENT.value, Observation.NOT_RECHECKED.value]
        unseen = Finding.objects.of(self._tenant).filter(rule=rule.id, observation__in=there, last_seen__lt=self._now)
        if not self._due.is_whole and rule.id not in self._due.always:
            self._see_again(unseen, rule)
        self._move_all(unseen, partial(self._unseen, rule))

    def _see_again(self, unseen: Any, rule: Rule) -> None:
        """What wasn't due stands, as far as it was read again; nothing else about it can differ."""
        asked = ("pk", "subject_key", "scopes", "account_id")
        present = unseen.filter(observation=Observation.PRESENT.value).exclude(decision=Decision.CLOSED)
        rows = present.values_list(*asked).iterator(chunk_size=STRETCH)
        while page := list(islice(rows, STRETCH)):
            standing = [
                pk
                for pk, key, scopes, account in page
                if not self._due.asks(rule.id, key) and self._complete(scopes, account, rule)
            ]
            same = Finding.objects.of(self._tenant).filter(pk__in=standing, last_seen__lt=self._now)
            same.update(last_seen=self._now, last_scan=self._run.scan)

    def _unseen(self, rule: Rule, finding: Finding) -> Transition | None:
        if not self._is_connected(finding.connection_id):
            return lifecycle.retired(_state(finding))
        complete = self._complete(finding.scopes, finding.account_id, rule)
        if not self._due.asks(rule.id, finding.subject_key):
            newer = finding.decision == Decision.CLOSED and _read_since(finding)
            return lifecycle.seen(_state(finding), complete=complete, newer=newer, wider=False)
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
            error, subject = self._failed.get(rule.id, [None, None])
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
