"""What happened to a finding, newest first, in words?"""

from __future__ import annotations

from datetime import datetime
from typing import Any
from zoneinfo import ZoneInfo

from findings.models import Comment, Finding
from findings.triage import DID
from tenants.models import AuditEvent, Tenant

SHOWN = 200  # the newest; the tenant's audit log has them all
_TEXT = DID | {"evidence:downloaded": "downloaded its evidence", "report:downloaded": "downloaded its report"}
_ICONS = {
    "finding:opened": "circle-dot",
    "finding:resolved": "circle-check",
    "finding:regressed": "circle-alert",
    "finding:not_rechecked": "circle-question-mark",
    "finding:retired": "archive",
    "finding:lapsed": "calendar-x",
    "finding:acknowledged": "eye",
    "finding:accepted": "calendar-clock",
    "finding:false_positive": "circle-slash",
    "finding:closed": "check",
    "finding:reopened": "rotate-ccw",
    "finding:assigned": "user-round-check",
    "finding:unassigned": "user-round-x",
    "finding:commented": "message-square",
    "evidence:downloaded": "download",
    "report:downloaded": "download",
}


def timeline(tenant: Tenant, finding: Finding) -> list[dict[str, Any]]:
    """The audit events about this finding, as components/timeline.html takes them; comments with their words."""
    log = AuditEvent.objects.of(tenant).filter(subject_kind="finding", subject_id=str(finding.pk))
    comments = {
        str(comment.pk): comment.body
        for comment in Comment.objects.of(tenant).filter(finding=finding).order_by("-at")[:SHOWN]
    }
    return [_told(event, comments, tenant) for event in log.order_by("-number")[:SHOWN]]


def _told(event: AuditEvent, comments: dict[str, str], tenant: Tenant) -> dict[str, Any]:
    detail = event.detail
    return {
        "icon": _ICONS.get(event.action, "circle"),
        "actor": event.actor,
        "acting_as": event.acting_as,
        "text": _text(event, tenant),
        "detail": comments.get(detail.get("comment", "")) or detail.get("reason"),
        "at": event.at,
    }


def _text(event: AuditEvent, tenant: Tenant) -> str:
    text = _TEXT.get(event.action, event.action.replace(":", " "))
    if event.action == "finding:assigned":
        return f"assigned it to {event.detail.get('to')}"
    if changed := event.detail.get("rule_changed"):
        text = f"{text} by a rule whose logic changed: {changed}"
    until = event.detail.get("until")
    if event.action == "finding:accepted" and until:
        return f"{text} until the end of {day(datetime.fromisoformat(until), tenant)}"
    return text


def day(at: datetime, tenant: Tenant) -> str:
    """The day of a moment where the tenant lives: "24 December 2026"."""
    local = at.astimezone(ZoneInfo(tenant.time_zone))
    return f"{local.day} {local:%B %Y}"
