"""What must a finding say of one hit, before anybody asks what it said until now?"""

from __future__ import annotations

import re
from collections.abc import Iterable
from dataclasses import dataclass
from typing import Any

from bson import ObjectId

from connectors.inventory.graph import Path
from connectors.inventory.read import Inventory
from connectors.inventory.records import Relation
from connectors.inventory.subjects import OwnConnection
from findings import evidence, lifecycle
from findings.evaluator import KINDS, Hit, Rule, Subject
from findings.fingerprint import Fingerprint, fingerprint
from findings.mark import marks
from findings.severity import Score
from findings.weighing import weighed

WORDS, LONGEST_WORD = 60, 64  # of what a search can find


@dataclass(frozen=True, slots=True)
class Sighting:
    """One hit. `fields` are written whenever they differ: what a finding says may change without its moving. `at` is
    the connection that the finding belongs to, or the address of the object that is read through it."""

    key: str
    at: str | ObjectId
    rule: Rule
    fingerprint: Fingerprint
    fields: dict[str, Any]


def sighting(rule: Rule, subject: Subject, hit: Hit, inventory: Inventory) -> Sighting:
    """The hit with its identity, its evidence and what a decision on it would rest on."""
    found = fingerprint(subject, hit, inventory)
    key = lifecycle.identity(
        tenant=str(inventory.tenant.pk),
        rule=rule.id,
        identity_version=rule.identity_version,
        provider_ids=(subject.system, subject.account_id or "", subject.provider_id),
        discriminator=hit.discriminator,
    )
    at = subject.connection if isinstance(subject, OwnConnection) else hit.at or subject.id
    return Sighting(key, at, rule, found, _fields(rule, subject, hit, found, weighed(rule, subject, hit, inventory)))


def _fields(rule: Rule, subject: Subject, hit: Hit, found: Fingerprint, scored: Score) -> dict[str, Any]:
    domains = [domain for domain, _words in found["domains"]]
    told = (rule.title, subject.name, subject.type, subject.account_name, subject.account_id, subject.id, *domains)
    return {
        "rule": rule.id,
        "rule_version": rule.version,
        "title": rule.title,
        "severity": scored.severity.value,
        "severity_rank": scored.severity.rank,
        "score": scored.total,
        "severity_sum": scored.rows,
        "because": hit.because,
        "path": [evidence.hop(hop) for hop in hit.path],
        "path_line": Path(hit.path).line if hit.path else f"{subject.type} {subject.name}",
        "facts": dict(hit.facts),
        "subject_key": subject.id,
        "subject_name": subject.name,
        "subject_kind": KINDS[type(subject)],
        "subject_type": subject.type,
        "subject_provider_id": subject.provider_id,
        "system": subject.system,
        "account_id": subject.account_id,
        "account_name": subject.account_name,
        "domains": domains,
        "scopes": list(dict.fromkeys(filter(None, [subject.scope, *_scopes(hit), *hit.scopes]))),
        "search": [*(mark.word for mark in marks(subject.id, subject.name, hit.path)), *_words(told)],
    }


def _scopes(hit: Hit) -> list[str]:
    """Where the path was read. That two identities are one is worked out, not read: from what both scopes tell."""
    return [hop.scope for hop in hit.path if hop.relation != Relation.SAME_AS]


def _words(texts: Iterable[str | None]) -> list[str]:
    """Small-letter words as people type them: whole ("billing-admin") and in their parts."""
    words: dict[str, None] = {}
    for word in (word for text in texts if text for word in text.lower()[:1000].split()):
        words.update(dict.fromkeys([word[:LONGEST_WORD], *(part[:LONGEST_WORD] for part in re.split(r"[\W_]+", word))]))
    return [word for word in words if word][:WORDS]
