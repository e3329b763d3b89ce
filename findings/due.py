"""What has to be judged anew since the rules last looked, and where does an evaluation that was cut short go on?

An evaluation looks at what may have changed since the one before, and asks the rules that look at the clock about
everything. Once a week, and whenever the rules go by something else than before, every rule looks at everything.
"""

from __future__ import annotations

import hashlib
from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Any

import rfc8785
from django.utils import timezone

from connectors.inventory.read import Inventory
from connectors.inventory.records import Identity, Resource, Workload
from connectors.inventory.touched import Touched, touched
from findings import ruling
from findings.evaluator import QUIET, Rule, Subject, silence
from findings.models import EvaluationRun, RuleState
from tenants.models import Tenant

WHOLE_AGAIN = timedelta(days=7)
# A worker's clock may be behind another one's, and a write may have begun long before it ends.
MARGIN = timedelta(minutes=10)
OBJECTS = frozenset({Identity, Workload, Resource})  # of which the inventory notes when they changed


@dataclass(frozen=True, slots=True, kw_only=True)
class Due:
    """`touched` is None where everything is due. `always` are the rules that are asked about everything even so."""

    touched: Touched | None = None
    since: datetime | None = None
    always: frozenset[str] = frozenset()

    @property
    def is_whole(self) -> bool:
        """Whether every rule looks at everything."""
        return self.touched is None

    def asks(self, rule: str, key: str) -> bool:
        """Whether the rule is asked about the object at this address."""
        return self.touched is None or rule in self.always or key in self.touched

    def aged(self, subject: Subject, now: datetime) -> bool:
        """Whether the subject has fallen silent meanwhile: that adds to the severity of whatever is found about it."""
        if self.since is None or not isinstance(subject, Identity):
            return False
        then, quiet = silence(subject, self.since), silence(subject, now)
        days = timedelta(days=QUIET.default)
        return then is not None and quiet is not None and then < days <= quiet


EVERYTHING = Due()


def begin(*, tenant: Tenant, scan: object, rules: Mapping[str, Rule]) -> EvaluationRun:
    """The run after this scan: the one that was cut short, if it goes by the same, or a new one."""
    now = timezone.now()
    now = now.replace(microsecond=now.microsecond // 1000 * 1000)  # as MongoDB keeps it, so that it compares equal
    basis = _basis(tenant, rules, now)
    unfinished = EvaluationRun.objects.of(tenant).filter(scan=scan, finished_at=None, basis=basis)
    found: EvaluationRun | None = unfinished.order_by("-began_at").first()
    if found:
        return found
    whole = _latest(tenant, basis=basis, whole=True)
    is_whole = whole is None or whole.began_at < now - WHOLE_AGAIN
    begun: EvaluationRun = EvaluationRun.objects.create(
        tenant=tenant, scan=scan, began_at=now, basis=basis, whole=is_whole
    )
    return begun


def due(run: EvaluationRun, rules: Mapping[str, Rule]) -> Due:
    """What the run has to look at."""
    before = None if run.whole else _latest(run.tenant, basis=run.basis)
    if before is None:
        return EVERYTHING
    since = before.began_at - MARGIN
    return Due(
        touched=touched(run.tenant, since=since.replace(tzinfo=None), now=run.began_at.replace(tzinfo=None)),
        since=since,
        always=_always(run.tenant, rules),
    )


def finish(run: EvaluationRun) -> None:
    """The run has looked at everything it had to. Those before the last whole one are of no more use."""
    EvaluationRun.objects.of(run.tenant).filter(pk=run.pk).update(finished_at=timezone.now(), moves=run.moves)
    whole = _latest(run.tenant, basis=run.basis, whole=True)
    if whole:
        EvaluationRun.objects.of(run.tenant).filter(began_at__lt=whole.began_at).delete()


def _latest(tenant: Tenant, **which: object) -> EvaluationRun | None:
    finished = EvaluationRun.objects.of(tenant).filter(**which).exclude(finished_at=None)
    found: EvaluationRun | None = finished.order_by("-began_at").first()
    return found


def _always(tenant: Tenant, rules: Mapping[str, Rule]) -> frozenset[str]:
    """Those that look at the clock or at what is no object, that failed, that are new or another version."""
    went = {state.rule: state for state in RuleState.objects.of(tenant)}
    return frozenset(
        name
        for name, rule in rules.items()
        if rule.clock or not OBJECTS.issuperset(rule.subjects) or not _went_well(went.get(name), rule)
    )


def _went_well(state: RuleState | None, rule: Rule) -> bool:
    return state is not None and state.failed_at is None and state.version == rule.version


def _basis(tenant: Tenant, rules: Mapping[str, Rule], now: datetime) -> str:
    """What decides about findings beside the inventory: which rules are asked, the tenant's word, what sv0 reads."""
    connections = sorted(
        (str(each.connection), sorted(each.hosts)) for each in Inventory(tenant, now=now).connections()
    )
    said: dict[str, Any] = {"rules": sorted(rules), "word": ruling.word(tenant), "connections": connections}
    return hashlib.sha256(rfc8785.dumps(said)).hexdigest()
