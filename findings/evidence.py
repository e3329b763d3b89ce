"""What proves a finding, in a form whose hash anyone can recompute?

A pack says what was found, by which rule, along which path, how completely the sources were read, what was decided by
whom, and every event since. The same state of the database makes the same pack, byte for byte: it holds nothing of the
moment at which it was made.
"""

from __future__ import annotations

import hashlib
from datetime import UTC, datetime
from typing import Any

import rfc8785

from connectors.inventory.graph import Hop
from connectors.inventory.models import Coverage
from findings import log
from findings.evaluator import rules
from findings.lifecycle import Decision, label
from findings.log import Told
from findings.models import Exemption, Finding

FORMAT = "sv0 finding evidence 1"
_SUBJECT = ("key", "name", "kind", "type", "provider_id")
_DECISION = ("decision", "decided_by", "decided_at", "reason", "accepted_until", "decided_on", "returned")
_TERMS = ("risk_owner", "risk_owner_email", "approved_by", "warned_at", "proposal")
_EXEMPT = ("rule", "subject_name", "reason", "by", "at")
_EVENT = ("number", "action", "actor", "acting_as", "via", "detail", "at", "previous_hash", "hash")
_COVERAGE = ("scope", "label", "group_label", "state", "started_at", "ended_at", "missing", "error")


def pack(finding: Finding) -> dict[str, Any]:
    """The evidence as JSON-able data; times are ISO 8601 in UTC, to the millisecond."""
    return {
        "format": FORMAT,
        "tenant": {"id": str(finding.tenant_id), "name": finding.tenant.name},
        "finding": _finding(finding),
        "rule": _rule(finding),
        "subject": {name: getattr(finding, f"subject_{name}") for name in _SUBJECT}
        | {name: getattr(finding, name) for name in ("system", "account_id", "account_name", "domains")},
        "path": finding.path,
        "facts": finding.facts,
        "fingerprint": finding.fingerprint,
        "coverage": coverage(finding),
        "decision": {
            name: _plain(getattr(finding, name)) for name in (*_DECISION, *_TERMS, "returned_diff", "assignee")
        },
        "timeline": [_told(told) for told in timeline(finding)],
    }


def canonical(found: dict[str, Any]) -> bytes:
    """The one spelling of a pack: canonical JSON (RFC 8785), UTF-8."""
    return rfc8785.dumps(found)


def digest(spelled: bytes) -> str:
    """SHA-256 of the canonical bytes, as 64 hex digits."""
    return hashlib.sha256(spelled).hexdigest()


def timeline(finding: Finding) -> list[Told]:
    """What happened to the finding, oldest first. Reading and downloading it change nothing and aren't in it."""
    return [told for told in log.about(finding) if told.did.startswith("finding:")]


def coverage(finding: Finding) -> list[dict[str, Any]]:
    """How the scopes that prove or disprove the finding were last read; `state` "unknown" where none is on record."""
    rows = []
    for scope in finding.scopes:
        history = Coverage.objects.of(finding.tenant).filter(scope=scope)
        own = history.filter(connection=finding.connection_id)
        last = own.order_by("-started_at").first() or history.order_by("-started_at").first()
        found = {name: _plain(getattr(last, name)) for name in _COVERAGE} | {"scan": str(last.scan)} if last else None
        rows.append(found or {"scope": scope, "label": scope, "state": "unknown"})
    return rows


def hop(found: Hop) -> dict[str, Any]:
    """One step of a path as a finding keeps it, with its evidence: observed when, by which scan."""
    return {
        "relation": found.relation,
        "source": {"kind": found.source.kind, "id": found.source.id, "name": found.source.name},
        "source_type": found.source_type,
        "target": {"kind": found.target.kind, "id": found.target.id, "name": found.target.name},
        "target_type": found.target_type,
        "target_account": found.target_account,
        "target_domains": list(found.target_domains),
        "access": found.access and str(found.access),
        "actions": list(found.actions),
        "grade": str(found.grade),
        "via": found.via,
        "conditions": list(found.conditions),
        "scope": found.scope,
        "first_seen": _plain(found.first_seen),
        "last_seen": _plain(found.last_seen),
        "scan": found.scan,
        "sentence": found.sentence,
    }


def key_facts(found: dict[str, Any]) -> list[tuple[str, str]]:
    """The pack's most telling lines for a reader: (label, value)."""
    finding, subject, decision = found["finding"], found["subject"], found["decision"]
    lines: list[tuple[str, str | None]] = [
        (subject["type"], subject["name"]),
        ("Address", subject["key"]),
        ("Provider's id", subject["provider_id"] if subject["provider_id"] != subject["key"] else None),
        ("Account", subject["account_name"] or subject["account_id"]),
        *found["facts"].items(),
        ("Data domains", ", ".join(subject["domains"]) or None),
        ("First seen", _spoken(finding["first_seen"])),
        ("Last seen", _spoken(finding["last_seen"])),
        ("Observation", f"{label(finding['observation'])} since {_spoken(finding['observed_at'])}"),
        *((row["label"], _read(row)) for row in found["coverage"]),
        ("Decided by", decision["decided_by"] and f"{decision['decided_by']}, {_spoken(decision['decided_at'])}"),
        ("Accepted until", _spoken(decision["accepted_until"])),
        ("Risk carried by", _carrier(decision)),
        ("Approved by", decision["approved_by"]),
        ("Rule exempt here", _exempted(finding["exemption"])),
        ("Rule", f"{found['rule']['id']}, version {found['rule']['version']}"),
    ]
    return [(name, value) for name, value in lines if value]


def _told(told: Told) -> dict[str, Any]:
    """The event as it is sealed; of one about many findings also what it did to this one."""
    event = {name: _plain(getattr(told.event, name)) for name in _EVENT}
    return event if told.did == told.event.action else event | {"did": told.did}


def _finding(finding: Finding) -> dict[str, Any]:
    names = (
        "key",
        "title",
        "severity",
        "score",
        "severity_sum",
        "because",
        "path_line",
        "status",
        "observation",
        "version",
        "scopes",
    )
    times = ("observed_at", "first_seen", "last_seen")
    return (
        {"id": str(finding.pk), "exemption": _exemption(finding), "last_scan": str(finding.last_scan)}
        | {name: getattr(finding, name) for name in names}
        | {name: _plain(getattr(finding, name)) for name in times}
    )


def _carrier(decision: dict[str, Any]) -> str | None:
    name, email = decision["risk_owner"], decision["risk_owner_email"]
    return f"{name} <{email}>" if name and decision["decision"] == Decision.ACCEPTED else None


def _exempted(held: dict[str, Any] | None) -> str | None:
    return f"by {held['by']}, {_spoken(held['at'])}: {held['reason']}" if held else None


def _exemption(finding: Finding) -> dict[str, Any] | None:
    """The false positive of its subject that it falls under, if it does."""
    held = finding.exemption_id and Exemption.objects.of(finding.tenant).filter(pk=finding.exemption_id).first()
    return {"id": str(held.pk)} | {name: _plain(getattr(held, name)) for name in _EXEMPT} if held else None


def _rule(finding: Finding) -> dict[str, Any]:
    """The rule that found it; of a rule that is gone, its name only."""
    known = {"id": finding.rule, "version": finding.rule_version, "title": finding.title}
    rule = rules().get(finding.rule)
    if rule is None:
        return known
    said = {"why": rule.why, "fix": rule.steps(finding.system), "needs": list(rule.needs)}
    return known | said | {"mappings": [{"code": code, "title": title} for code, title in rule.mappings]}


def _read(row: dict[str, Any]) -> str:
    ended = row.get("ended_at")
    return f"{label(row['state'])}, {_spoken(ended)}" if ended else label(row["state"])


def _plain(value: Any) -> Any:
    return value.astimezone(UTC).isoformat(timespec="milliseconds") if isinstance(value, datetime) else value


def _spoken(moment: str | None) -> str | None:
    return f"{datetime.fromisoformat(moment):%Y-%m-%d %H:%M} UTC" if moment else None
