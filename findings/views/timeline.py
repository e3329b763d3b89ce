"""What happened to a finding, newest first, in words?"""

from __future__ import annotations

from datetime import datetime
from typing import Any
from zoneinfo import ZoneInfo

from findings import log
from findings.log import Told
from findings.models import Comment, Finding
from findings.triage import DID
from tenants.models import Tenant

SHOWN = 200  # the newest; the tenant's audit log has them all
_TEXT = DID | {"evidence:downloaded": "downloaded its evidence", "report:downloaded": "downloaded its report"}
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


def timeline(tenant: Tenant, finding: Finding) -> list[dict[str, Any]]:
    """The audit events about this finding, as components/timeline.html takes them; comments with their words."""
    comments = {
        str(comment.pk): comment.body
        for comment in Comment.objects.of(tenant).filter(finding=finding).order_by("-at")[:SHOWN]
    }
    return [_told(told, comments, tenant) for told in reversed(log.about(finding)[-SHOWN:])]


def _told(told: Told, comments: dict[str, str], tenant: Tenant) -> dict[str, Any]:
    event, detail = told.event, told.event.detail
    return {
        "icon": _ICONS.get(told.did, "circle"),
        "actor": event.actor,
        "acting_as": event.acting_as,
        "text": _text(told, tenant),
        "detail": comments.get(detail.get("comment", "")) or detail.get("reason"),
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
