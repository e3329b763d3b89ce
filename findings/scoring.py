"""How right are the rules about an estate, against what somebody wrote down before they ran?

Precision is the share of what was found that was expected, recall the share of what was expected that was found.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field
from typing import Any

from findings import ruling
from findings.evaluator import Rule
from findings.lifecycle import Observation, identity
from findings.models import Finding
from tenants.audit import WORKER
from tenants.models import Tenant

THERE = (Observation.PRESENT.value, Observation.NOT_RECHECKED.value)


@dataclass(frozen=True, slots=True, order=True)
class Label:
    """That a rule must find a subject; without a discriminator, by however many findings."""

    rule: str
    subject: str  # its address
    discriminator: str = ""


@dataclass(frozen=True, slots=True)
class Labels:
    """What an estate's author wrote down. `near` is (rule, subject) → why it must not be found, though it looks like
    it."""

    expected: frozenset[Label]
    near: Mapping[tuple[str, str], str]


@dataclass(slots=True)
class Score:
    """One rule's, or all rules' together. `false_positives` and `misses` are labels in words."""

    tp: int = 0
    false_positives: list[str] = field(default_factory=list)
    misses: list[str] = field(default_factory=list)

    @property
    def fp(self) -> int:
        return len(self.false_positives)

    @property
    def fn(self) -> int:
        return len(self.misses)

    @property
    def precision(self) -> float | None:
        """None where nothing was found and nothing was to be; 0 where nothing was found and something was to be."""
        found = self.tp + self.fp
        if not found and not self.fn:
            return None
        return self.tp / found if found else 0.0

    @property
    def recall(self) -> float | None:
        """None where nothing was to be found."""
        expected = self.tp + self.fn
        return self.tp / expected if expected else None

    def row(self) -> dict[str, Any]:
        """Its figures, as they are printed."""
        return {
            "precision": self.precision,
            "recall": self.recall,
            "tp": self.tp,
            "fp": self.fp,
            "fn": self.fn,
            "false_positives": sorted(self.false_positives),
            "misses": sorted(self.misses),
        }


def scores(labels: Labels, tenant: Tenant, rules: Mapping[str, Rule]) -> dict[str, Score]:
    """Rule → how right it is, for every rule that exists or is expected to."""
    found = {rule: Score() for rule in sorted({*rules, *(label.rule for label in labels.expected)})}
    matched: set[Label] = set()
    for finding in Finding.objects.of(tenant).filter(observation__in=THERE).order_by("rule", "subject_key"):
        fitting = {label for label in labels.expected if _fits(label, finding, rules)}
        matched |= fitting
        if not fitting:
            found[finding.rule].false_positives.append(_told(finding, labels))
    for label in labels.expected:
        if label in matched:
            found[label.rule].tp += 1
        else:
            found[label.rule].misses.append(" ".join(filter(None, (label.subject, label.discriminator))))
    return found


def together(each: Iterable[Score]) -> Score:
    """The score over everything."""
    whole = Score()
    for score in each:
        whole.tp += score.tp
        whole.false_positives += score.false_positives
        whole.misses += score.misses
    return whole


def instruct(
    tenant: Tenant,
    rules: Mapping[str, Rule],
    *,
    approved: Mapping[str, str] | None,
    thresholds: Mapping[tuple[str, str], int],
) -> None:
    """Say for the tenant what an estate says about rules. ValueError for a number that no rule asks for, or that is out
    of its bounds."""
    if approved is not None:
        ruling.keep_list(tenant=tenant, actor=WORKER)
        for name, reason in approved.items():
            ruling.approve(tenant=tenant, name=name, reason=reason, until=None, actor=WORKER)
    for rule, name in thresholds:
        if rule not in rules or name not in rules[rule].thresholds:
            raise ValueError(f"thresholds.{rule}.{name}: no rule asks for that")
    for rule in sorted({rule for rule, _ in thresholds}):
        numbers = {name: number for (each, name), number in thresholds.items() if each == rule}
        ruling.set_thresholds(tenant=tenant, rule=rules[rule], numbers=numbers, actor=WORKER)


def _fits(label: Label, finding: Finding, rules: Mapping[str, Rule]) -> bool:
    if (label.rule, label.subject) != (finding.rule, finding.subject_key):
        return False
    return not label.discriminator or finding.key == identity(
        tenant=str(finding.tenant_id),
        rule=label.rule,
        identity_version=rules[label.rule].identity_version,
        provider_ids=(finding.system, finding.account_id or "", finding.subject_provider_id),
        discriminator=label.discriminator,
    )


def _told(finding: Finding, labels: Labels) -> str:
    why = labels.near.get((finding.rule, finding.subject_key))
    near = f" (near miss: {why})" if why else ""
    return f"{finding.subject_key}: {finding.because}{near}"
