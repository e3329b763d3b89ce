"""What did people decide on a finding, and what may this person decide now?"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Any
from urllib.parse import urlencode
from zoneinfo import ZoneInfo

from django.utils import timezone

from accounts.http import TenantRequest, can, tenant_url
from accounts.models import Membership, User
from accounts.roles import Capability, Role, allows
from connectors.inventory.records import ScopeState
from findings import evidence, lifecycle, triage
from findings.filter import Filter
from findings.models import Finding
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


VERBS = (
    Verb("acknowledge", "Acknowledge", "a", "eye"),
    Verb(
        "accept",
        "Accept the risk",
        "e",
        "calendar-clock",
        until=True,
        reason="required",
        help="It comes back by itself after that day, or earlier if it reaches further than today.",
    ),
    Verb(
        "false_positive",
        "False positive",
        "f",
        "circle-slash",
        reason="required",
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
    return f"by {finding.decided_by}{until}"


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
        if verb.name in legal or verb.name == refused
    ]


def members(request: TenantRequest) -> list[User]:
    """The tenant's people who may triage, by name."""
    roles = [role.value for role in Role if allows(role, Capability.TRIAGE)]
    found = Membership.objects.of(request.tenant).filter(role__in=roles).select_related("user")
    return sorted((membership.user for membership in found), key=lambda user: user.display_name.lower())
