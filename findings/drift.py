"""What of a finding's evidence is different from what it was?

Pure. Fingerprints are compared by their structural keys: a renamed object is no difference. A finding keeps the
evidence before its latest telling change, and the fingerprint that a decision was made on.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from datetime import datetime
from typing import Any

from findings.lifecycle import label
from findings.models import Finding

KEPT = ("because", "severity", "facts", "fingerprint")


@dataclass(frozen=True, slots=True)
class Difference:
    """One thing that differs, in words: what came, and what went."""

    name: str
    came: list[str]
    went: list[str]


def former(finding: Finding, *, now: datetime) -> dict[str, Any]:
    """The evidence as the finding still has it, for when other evidence takes its place. `replaced_at` is ISO 8601."""
    times = {"last_seen": finding.last_seen.isoformat(), "replaced_at": now.isoformat()}
    return {name: getattr(finding, name) for name in KEPT} | times


def since_decision(finding: Finding) -> list[Difference]:
    """What the decision in force was not made on."""
    return list(_facets(finding.decided_on, finding.fingerprint)) if finding.decided_on is not None else []


def since_former(finding: Finding) -> list[Difference]:
    """What the evidence before the latest telling change had not, or had."""
    before = finding.former
    if before is None:
        return []
    found = [*_said("Severity", label(before["severity"]), label(finding.severity))]
    found += _facets(before["fingerprint"], finding.fingerprint)
    for name in dict.fromkeys([*before["facts"], *finding.facts]):
        found += _said(name, before["facts"].get(name), finding.facts.get(name))
    return found


def _facets(before: Mapping[str, Any], after: Mapping[str, Any]) -> Iterable[Difference]:
    """Of the facets that were looked at both times: one that wasn't before can't have changed."""
    for facet in sorted(before.keys() & after.keys()):
        old, new = dict(before[facet]), dict(after[facet])
        came = [words for key, words in new.items() if key not in old]
        went = [words for key, words in old.items() if key not in new]
        if came or went:
            yield Difference(label(facet), came, went)


def _said(name: str, before: Any, after: Any) -> Iterable[Difference]:
    if before != after:
        yield Difference(name, [str(after)] if after is not None else [], [str(before)] if before is not None else [])
