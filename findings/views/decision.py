"""What did people decide on a finding, and what may this person decide now?"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import datetime
from typing import Any
from urllib.parse import urlencode
from zoneinfo import ZoneInfo

from django.utils import timezone

from accounts.http import TenantRequest, actor, can, tenant_url
from accounts.models import Membership, User
from accounts.roles import Capability, Role, allows
from connectors.inventory.records import ScopeState
from findings import evidence, exemption, lifecycle, triage
from findings import proposal as proposals
from findings.filter import Filter
from findings.lifecycle import Ended
from findings.models import Exemption, Finding
from findings.ruling import policy
from findings.views.timeline import day
from tenants.models import Tenant


@dataclass(frozen=True, slots=True)
class Verb:
    """One decision: its button, the key that presses it, and what it asks for first."""

    name: str
    label: str
    key: str
    icon: str
    until: bool = False
    reason: str | None = None  # "required", "optional"
    help: str = ""
    owner: bool = False
    scope: bool = False


VERBS = (
    Verb("approve", "Approve", "y", "check"),
    Verb("refuse", "Refuse", "v", "x", reason="required", help="The finding stays as it is."),
    Verb("withdraw", "Withdraw the proposal", "w", "undo-2"),
    Verb("acknowledge", "Acknowledge", "a", "eye"),
    Verb(
        "accept",
        "Accept the risk",
        "e",
        "calendar-clock",
        until=True,
        reason="required",
        owner=True,
        help="It comes back by itself after that day, or earlier if it reaches further than today.",
    ),
    Verb(
        "false_positive",
        "False positive",
        "f",
        "circle-slash",
        reason="required",
        scope=True,
        help="It stays away unless its evidence changes.",
    ),
    Verb("close", "Close as fixed", "d", "check", reason="optional", help="The next complete scan checks it."),
    Verb("reopen", "Reopen", "r", "rotate-ccw", reason="optional"),
)


_RETURNED = {
    "reopened": "Open again after a decision.",
    "regressed": "It was gone, and is back.",
    "lapsed": "Its acceptance has ended.",
    "widened": "It has grown since it was decided on.",
}
_OBSERVED = {
    "present": "Seen in the last check,",
    "absent": "Gone, as a complete reading proved",
    "not_rechecked": "Not rechecked since",
    "retired": "No longer looked for: its source or its rule is gone, since",
}


@dataclass(frozen=True, slots=True, kw_only=True)
class Refusal:
    """Why a verb was not carried out, and what was typed into its form."""

    verb: str
    typed: Mapping[str, str]
    said: str | None = None  # about the whole
    errors: Mapping[str, str] = field(default_factory=dict)  # by field


def decision(
    request: TenantRequest, finding: Finding, *, asked: Filter, place: str, refusal: Refusal | None = None
) -> dict[str, Any]:
    """The context of the decision panel. `place` is the page it stands on: queue or finding."""
    may = can(request, Capability.TRIAGE)
    query = urlencode({"place": place}) + ("&" + asked.query() if asked.query() else "")
    stale = finding.observation == lifecycle.Observation.NOT_RECHECKED
    return {
        "finding": finding,
        "status_label": lifecycle.label(finding.status),
        "place": place,
        "finding_url": _address(request, finding, "finding", asked.query()),
        "verbs": _verbs(request, finding, query, refusal) if may else [],
        "assign_url": _address(request, finding, "finding_assign", query),
        "assignable": members(request) if may else [],
        "comment_url": _address(request, finding, "finding_comment", query) if may else None,
        "preview_url": _address(request, finding, "comment_preview", query),
        "mentionable_url": tenant_url(request.tenant, "mentionable"),
        "refusal": refusal,
        "risk_owners": people(request) if may else [],
        "proposal": _proposal(finding, request.tenant),
        "needs_approval": may and proposals.is_needed(finding, policy(request.tenant)),
        **(_covered(finding) if may or finding.exemption_id else {}),
        "decided": _decided(finding, request.tenant),
        "observed": _OBSERVED[finding.observation],
        "unread": [row for row in evidence.coverage(finding) if row["state"] != ScopeState.COMPLETE] if stale else [],
        "today": timezone.localdate(timezone=ZoneInfo(request.tenant.time_zone)).isoformat(),
    }


def _decided(finding: Finding, tenant: Tenant) -> str:
    """Where the decision stands, as what follows the status."""
    if finding.decision == lifecycle.Decision.NONE:
        return _RETURNED.get(finding.returned or "", "Nobody has decided on it yet.")
    until = f", until the end of {day(finding.accepted_until, tenant)}" if finding.accepted_until else ""
    approved = f", approved by {finding.approved_by}" if finding.approved_by else ""
    return f"by {finding.decided_by}{approved}{until}"


_CAME_TO_NOTHING = {
    Ended.REFUSED: "refused",
    Ended.WITHDRAWN: "withdrew",
    Ended.WIDENED: "made it void, because the finding has grown since",
    Ended.GONE: "made it void, because the finding was gone",
    Ended.LATE: "made it void, because its date came before anybody approved",
}


def _proposal(finding: Finding, tenant: Tenant) -> dict[str, Any] | None:
    """The latest proposal to accept the finding, as findings/proposal.html shows it."""
    proposed = finding.proposal
    if not proposed:
        return None
    ended = proposed.get("ended")
    return {
        "by": proposed["by"],
        "at": datetime.fromisoformat(proposed["at"]),
        "until": day(datetime.fromisoformat(proposed["until"]), tenant),
        "reason": proposed["reason"],
        "owner": proposals.RiskOwner(*proposed["owner"]),
        "ended": ended
        and {
            "by": ended["by"],
            "did": _CAME_TO_NOTHING[Ended(ended["how"])],
            "at": datetime.fromisoformat(ended["at"]),
            "reason": ended["reason"],
            "since": [(lifecycle.label(facet), words) for facet, words in (ended["since"] or {}).items()],
        },
    }


def _covered(finding: Finding) -> dict[str, Any]:
    """What falls, or would fall, under a false positive of the whole subject, beside this finding."""
    if held := finding.exemption_id and Exemption.objects.of(finding.tenant).filter(pk=finding.exemption_id).first():
        return {"exemption": held, "covered_too": exemption.covered(held).exclude(pk=finding.pk).count()}
    return {"exemption": None, "covered_too": exemption.others(finding).count()}


def _address(request: TenantRequest, finding: Finding, name: str, query: str) -> str:
    return tenant_url(request.tenant, name, pk=finding.pk) + (f"?{query}" if query else "")


def _verbs(request: TenantRequest, finding: Finding, query: str, refusal: Refusal | None) -> list[dict[str, Any]]:
    """The verbs that are legal now, and the refused one even if it no longer is: what was typed isn't thrown away."""
    refused = refusal.verb if refusal else None
    legal = triage.legal(finding)
    return [
        {
            "verb": verb,
            "url": _address(request, finding, f"finding_{verb.name}", query),
            "open": verb.name == refused,
            "typed": refusal.typed if refusal and verb.name == refused else {},
            "errors": refusal.errors if refusal and verb.name == refused else {},
        }
        for verb in VERBS
        if (verb.name in legal and _may(request, finding, verb.name)) or verb.name == refused
    ]


def _may(request: TenantRequest, finding: Finding, verb: str) -> bool:
    """Whether it is for this person to answer a proposal: for its author to withdraw it, for others to approve."""
    proposed = proposals.standing(finding)
    if proposed is None or verb not in {"approve", "refuse", "withdraw"}:
        return True
    own = proposals.is_of(proposed, actor(request))
    return own if verb == "withdraw" else not own and can(request, Capability.APPROVE)


def members(request: TenantRequest) -> list[User]:
    """The tenant's people who may triage, by name."""
    roles = [role.value for role in Role if allows(role, Capability.TRIAGE)]
    return _named(Membership.objects.of(request.tenant).filter(role__in=roles))


def people(request: TenantRequest) -> list[User]:
    """All of the tenant's people, by name: any of them may carry a risk."""
    return _named(Membership.objects.of(request.tenant))


def _named(memberships: Any) -> list[User]:
    found = (membership.user for membership in memberships.select_related("user"))
    return sorted((user for user in found if user.is_active), key=lambda user: user.display_name.lower())
