"""What happened to a finding, newest first, in words?"""

from __future__ import annotations

from datetime import datetime
from typing import Any
from zoneinfo import ZoneInfo

from django.utils import timezone

from accounts.http import TenantRequest, actor, can, tenant_url
from accounts.roles import Capability
from findings import comment as comments
from findings import log
from findings.filter import parse
from findings.log import Told
from findings.models import Comment, Finding
from findings.triage import DID
from tenants.models import Tenant

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
    "finding:acceptance:proposed": "calendar-clock",
    "finding:acceptance:refused": "circle-x",
    "finding:acceptance:withdrawn": "undo-2",
    "finding:acceptance:voided": "circle-x",
    "finding:acceptance:expiring": "calendar-x",
    "finding:acknowledged": "eye",
    "finding:accepted": "calendar-clock",
    "finding:false_positive": "circle-slash",
    "finding:closed": "check",
    "finding:reopened": "rotate-ccw",
    "finding:assigned": "user-round-check",
    "finding:unassigned": "user-round-x",
    "finding:commented": "message-square",
    "finding:undone": "undo-2",
    "finding:comment:edited": "pencil",
    **dict.fromkeys(("ticket:requested", "ticket:created", "ticket:linked", "ticket:moved"), "ticket"),
    "ticket:unlinked": "ticket-x",
    "evidence:downloaded": "download",
    "report:downloaded": "download",
}
_TERMS = ("finding:accepted", "finding:acceptance:proposed", "finding:acceptance:expiring")
_WHY_VOID = {
    "decided": "another decision was made",
    "widened": "it has grown since",
    "gone": "it is gone",
    "late": "its date came before anybody approved",
}


def timeline(request: TenantRequest, finding: Finding) -> list[dict[str, Any]]:
    """The audit events about this finding, as components/timeline.html takes them; comments with their words."""
    written = Comment.objects.of(request.tenant).filter(finding=finding).order_by("-at")[:SHOWN]
    query = parse(request.GET, me=request.user.pk)[0].query()
    shown = {str(comment.pk): _comment(request, finding, comment, query) for comment in written}
    return [_told(told, shown, request.tenant) for told in reversed(log.about(finding)[-SHOWN:])]


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


def _told(told: Told, shown: dict[str, dict[str, Any]], tenant: Tenant) -> dict[str, Any]:
    event, detail = told.event, told.event.detail
    return {
        "icon": _ICONS.get(told.did, "circle"),
        "actor": event.actor,
        "acting_as": event.acting_as,
        "text": _text(told, tenant),
        "detail": detail.get("reason"),
        "comment": shown.get(detail.get("comment", "")) if told.did == "finding:commented" else None,
        "at": event.at,
    }


def _text(told: Told, tenant: Tenant) -> str:
    event, text = told.event, _TEXT.get(told.did, told.did.replace(":", " "))
    if told.did == "finding:assigned":
        text = f"assigned it to {event.detail.get('to')}"
    if changed := event.detail.get("rule_changed"):
        text = f"{text} by a rule whose logic changed: {changed}"
    return text + _on_which_terms(told, tenant) + _with_how_many(told)


def _with_how_many(told: Told) -> str:
    """That it was done to others with it."""
    others = told.event.detail.get("members", 1) - 1 if told.event.subject_kind == "operation" else 0
    return f", with {others:,} other{'' if others == 1 else 's'}" if others else ""


def _on_which_terms(told: Told, tenant: Tenant) -> str:
    """Until when, who carries it, and who had proposed or exempted it."""
    detail, said = told.event.detail, ""
    if told.did in _TERMS and (until := detail.get("until")):
        said += f" until the end of {day(datetime.fromisoformat(until), tenant)}"
    if owner := detail.get("owner"):
        said += f"; {owner} carries the risk"
    if by := detail.get("proposed_by"):
        said += f"; {by} had proposed it"
    if by := detail.get("exempted_by"):
        said += f", as {by} decided for this rule there on {day(datetime.fromisoformat(detail['exempted_at']), tenant)}"
    elif detail.get("exemption"):
        said += ", with all that this rule finds there"
    if detail.get("because") in _WHY_VOID and told.did == "finding:acceptance:voided":
        said += f": {_WHY_VOID[detail['because']]}"
    return said


def day(at: datetime, tenant: Tenant) -> str:
    """The day of a moment where the tenant lives: "24 December 2026"."""
    local = at.astimezone(ZoneInfo(tenant.time_zone))
    return f"{local.day} {local:%B %Y}"
