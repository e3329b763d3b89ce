"""What does one finding come to: what, why, what to do, on what evidence, and what was decided?"""

from __future__ import annotations

from collections.abc import Iterator
from datetime import datetime
from typing import Any
from zoneinfo import ZoneInfo

from connectors.inventory.diagram import draw
from findings import evidence
from findings import path as kept
from findings.coverage import coverage
from findings.lifecycle import label
from findings.models import Finding
from findings.proposal import RiskOwner, standing
from findings.report import Report, fitting
from findings.triage import DID

LINE = 120  # characters of a line of the appendix
WIDEST = 1100  # px of a path's picture that an upright page can hold readably; a wider one lies on its side


def report(*, finding: Finding, made_by: str, now: datetime) -> Report:
    """The report of one finding, as of now."""
    pack = evidence.pack(finding)
    proof = evidence.canonical(pack)
    path = kept.path(finding)
    return Report(
        name="finding",
        title=finding.title,
        tenant=finding.tenant,
        period=_period(finding),
        made_by=made_by,
        made_at=now,
        coverage=coverage(finding.tenant),
        proof=proof,
        slug=str(finding.pk),
        content={
            "finding": finding,
            "subject": fitting(finding.subject_name),
            "status": label(finding.status),
            "decision": label(finding.decision),
            "observation": label(finding.observation),
            "rule": pack["rule"],
            "steps": [_step(line) for line in pack["rule"].get("fix", [])],
            "hops": [hop | {"last_seen": _moment(hop["last_seen"])} for hop in pack["path"]],
            "diagram": draw([path], subject=finding.subject_key) if path else None,
            "widest": WIDEST,
            "proposal": _proposal(finding),
            "grew": [(label(facet), words) for facet, words in (finding.returned_diff or {}).items()],
            "facts": evidence.key_facts(pack),
            "scopes": [_scope(row) for row in pack["coverage"]],
            "timeline": [_event(event) for event in pack["timeline"]],
            "proof_lines": list(ascii_lines(proof)),
        },
    )


def _proposal(finding: Finding) -> dict[str, Any] | None:
    """An acceptance that waits for a second person."""
    proposed = standing(finding)
    return proposed and proposed | {"owner": RiskOwner(*proposed["owner"]), "until": _moment(proposed["until"])}


def _period(finding: Finding) -> str:
    zone = ZoneInfo(finding.tenant.time_zone)
    first, last = (moment.astimezone(zone) for moment in (finding.first_seen, finding.last_seen))
    return f"{first.day} {first:%B %Y} – {last.day} {last:%B %Y}"


def _step(line: str) -> list[tuple[bool, str]]:
    """One step as (is it code, text): what stands between backticks is code."""
    return [(place % 2 == 1, part) for place, part in enumerate(line.split("`")) if part]


def _scope(row: dict[str, Any]) -> dict[str, Any]:
    return row | {"state": label(row["state"]), "ended_at": _moment(row.get("ended_at"))}


def _event(event: dict[str, Any]) -> dict[str, Any]:
    detail = event["detail"]
    return {
        "at": _moment(event["at"]),
        "actor": event["actor"],
        "acting_as": event["acting_as"],
        "did": DID.get(event.get("did") or event["action"], event["action"]),
        "to": detail.get("to"),
        "until": _moment(detail.get("until")),
        "owner": detail.get("owner"),
        "proposed_by": detail.get("proposed_by"),
        "reason": detail.get("reason"),
        "hash": event["hash"],
    }


def _moment(spelled: str | None) -> datetime | None:
    return datetime.fromisoformat(spelled) if spelled else None


def ascii_lines(proof: bytes) -> Iterator[str]:
    r"""Canonical JSON in lines for paper, which join to the same JSON again.

    What isn't ASCII becomes \u escapes (two for a surrogate pair), because letters that a PDF turns round, joins or
    lacks can't be read back from it; no line begins or ends with a space, because a reader couldn't see it.
    """
    text = "".join(mark if " " <= mark <= "~" else _escaped(mark) for mark in proof.decode())
    start = 0
    while start < len(text):
        end = start + LINE
        while end < len(text) and " " in text[end - 1 : end + 1] and end > start + 1:
            end -= 1
        yield text[start:end]
        start = end


def _escaped(mark: str) -> str:
    units = mark.encode("utf-16-be")
    return "".join(f"\\u{units[place]:02x}{units[place + 1]:02x}" for place in range(0, len(units), 2))
