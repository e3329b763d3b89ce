"""What has somebody proposed to accept, who else must say yes, and how did it end?

A finding keeps its latest proposal as JSON until somebody decides: by whom (`by` as it is shown, `ids` of every person
behind that), `at`, `until`, `reason`, `owner` [name, e-mail], the `fingerprint` that it was made on; and once it came
to nothing, `ended`: {"how" (lifecycle.Ended), "by", "at", "reason", "since"}.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime
from typing import Any, NamedTuple

from bson import ObjectId

from findings import lifecycle
from findings.lifecycle import Decision, Ended, Observation
from findings.models import Finding, Policy
from findings.severity import Severity
from tenants.audit import Actor


class RiskOwner(NamedTuple):
    """Who carries an accepted risk: somebody of the tenant, or outside of it."""

    name: str
    email: str

    def __str__(self) -> str:
        return f"{self.name} <{self.email}>"


@dataclass(frozen=True, slots=True, kw_only=True)
class Terms:
    """What a decision says beside itself."""

    reason: str | None = None
    until: datetime | None = None
    owner: RiskOwner | None = None
    proposed_by: str | None = None  # where somebody else approves
    exemption: ObjectId | None = None  # that it is part of

    @property
    def told(self) -> dict[str, Any]:
        """The same for the audit log."""
        return {
            "reason": self.reason,
            "until": self.until and self.until.isoformat(),
            "owner": self.owner and str(self.owner),
            "proposed_by": self.proposed_by,
            "exemption": self.exemption and str(self.exemption),
        }


def is_needed(finding: Finding, said: Policy) -> bool:
    """Whether the tenant wants a second person before a finding of that severity is accepted."""
    least = said.approval_from
    return least is not None and finding.severity_rank >= Severity(least).rank


def made(finding: Finding, *, actor: Actor, terms: Terms, now: datetime) -> dict[str, Any]:
    """A proposal to accept the finding on these terms."""
    return {
        "by": actor.signature,
        "ids": _people(actor),
        "at": now.isoformat(),
        "until": terms.until and terms.until.isoformat(),
        "reason": terms.reason,
        "owner": list(terms.owner or ()),
        "fingerprint": finding.fingerprint,
    }


def standing(finding: Finding) -> dict[str, Any] | None:
    """The proposal that waits for somebody, if there is one."""
    proposed: dict[str, Any] | None = finding.proposal
    return proposed if proposed and "ended" not in proposed else None


def until(proposed: Mapping[str, Any] | None) -> datetime | None:
    """Until when it would be accepted."""
    return datetime.fromisoformat(proposed["until"]) if proposed else None


def is_of(proposed: Mapping[str, Any], actor: Actor) -> bool:
    """Whether one and the same person is behind both, by themselves, acting as somebody or acted as."""
    return not set(proposed["ids"]).isdisjoint(_people(actor))


def terms(proposed: Mapping[str, Any]) -> Terms:
    """On which terms it would be accepted."""
    owner = RiskOwner(*proposed["owner"])
    return Terms(reason=proposed["reason"], until=until(proposed), owner=owner, proposed_by=proposed["by"])


def ended(
    proposed: Mapping[str, Any],
    how: Ended,
    *,
    by: str,
    at: datetime,
    reason: str | None = None,
    since: Mapping[str, list[str]] | None = None,
) -> dict[str, Any]:
    """The same, come to nothing. `since` is what the finding has grown by, in words by facet."""
    return {**proposed, "ended": {"how": how.value, "by": by, "at": at.isoformat(), "reason": reason, "since": since}}


def acceptance(finding: Finding, changes: Mapping[str, Any]) -> str:
    """lifecycle.acceptance of the finding as it is after these changes."""
    after = {name: changes.get(name, getattr(finding, name)) for name in ("observation", "decision", "warned_at")}
    proposed = changes.get("proposal", finding.proposal)
    return lifecycle.acceptance(
        Observation(after["observation"]),
        Decision(after["decision"]),
        proposed=bool(proposed) and "ended" not in proposed,
        warned=after["warned_at"] is not None,
    ).value


def _people(actor: Actor) -> list[str]:
    return [each for each in (actor.id, actor.acting_as_id) if each]
