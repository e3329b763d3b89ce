"""What happened to a finding, newest first, in words?"""

from __future__ import annotations

from datetime import datetime
from typing import Any
from zoneinfo import ZoneInfo

from django.utils import timezone

from accounts.http import TenantRequest, actor, can, tenant_url
from accounts.roles import Capability
from findings import comment as comments
from findings.filter import parse
from findings.models import Comment, Finding
from findings.triage import DID
from tenants.models import AuditEvent, Tenant

SHOWN = 200  # the newest; the tenant's audit log has them all
_TEXT = DID | {
    "evidence:downloaded": "downloaded its evidence",
    "report:downloaded": "downloaded its report",
    "ticket:requested": "asked for a ticket",
    "ticket:created": "was created for it",
    "ticket:linked": "was linked to it",
    "ticket:moved": "was moved after it",
    "ticket:unlinked": "ended that a ticket follows it",
}
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
    "finding:comment:edited": "pencil",
    **dict.fromkeys(("ticket:requested", "ticket:created", "ticket:linked", "ticket:moved"), "ticket"),
    "ticket:unlinked": "ticket-x",
    "evidence:downloaded": "download",
    "report:downloaded": "download",
}


def timeline(request: TenantRequest, finding: Finding) -> list[dict[str, Any]]:
    """The audit events about this finding, as components/timeline.html takes them; comments with their words."""
    log = AuditEvent.objects.of(request.tenant).filter(subject_kind="finding", subject_id=str(finding.pk))
    written = Comment.objects.of(request.tenant).filter(finding=finding).order_by("-at")[:SHOWN]
    query = parse(request.GET, me=request.user.pk)[0].query()
    told = {str(comment.pk): _comment(request, finding, comment, query) for comment in written}
    return [_told(event, told, request.tenant) for event in log.order_by("-number")[:SHOWN]]


def _comment(request: TenantRequest, finding: Finding, comment: Comment, query: str) -> dict[str, Any]:
    fresh = comments.may_edit(comment, author=request.user, actor=actor(request), now=timezone.now())
    url = tenant_url(request.tenant, "comment_edit", pk=finding.pk, comment_pk=comment.pk)
    return {
        "pk": comment.pk,
        "html": comments.read(comment),
        "edited_at": comment.edited_at,
        "earlier": comments.earlier(comment),
        "edit_url": f"{url}?{query}" if fresh and can(request, Capability.TRIAGE) else None,
    }


def _told(event: AuditEvent, told: dict[str, dict[str, Any]], tenant: Tenant) -> dict[str, Any]:
    detail = event.detail
    return {
        "icon": _ICONS.get(event.action, "circle"),
        "actor": event.actor,
        "acting_as": event.acting_as,
        "text": _text(event, tenant),
        "detail": detail.get("reason"),
        "comment": told.get(detail.get("comment", "")) if event.action == "finding:commented" else None,
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
