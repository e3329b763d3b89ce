"""Which findings need attention, and what is the selected one about?"""

from __future__ import annotations

from dataclasses import replace
from typing import Any
from urllib.parse import urlencode

from bson import ObjectId
from django.http import HttpResponse
from django.views.decorators.http import require_safe

from accounts.http import TenantRequest, can, needs, page, tenant_url
from accounts.roles import Capability
from connectors.inventory.read import coverage_chip, scanned
from findings import counting, operation
from findings import queue as lists
from findings.filter import SORTS, Filter, parse
from findings.lifecycle import Acceptance, label
from findings.models import Finding, Operation
from findings.related import spoken
from findings.views.decision import decision

BULK = (  # what a bar's buttons do to the selected rows: verb, words, key, icon
    ("acknowledge", "Acknowledge", "a", "eye"),
    ("assign_me", "Assign to me", "m", "user-round-check"),
    ("assign", "Assign …", "i", "user-round-plus"),
    ("false_positive", "False positive", "f", "circle-slash"),
    ("accept", "Accept the risk", "e", "calendar-clock"),
    ("close", "Close as fixed", "d", "check"),
    ("reopen", "Reopen", "r", "rotate-ccw"),
)
MOST_RUNNING = 3  # operations that are named
SORT_LABELS = {"severity": "Severity", "newest": "Newest", "oldest": "Oldest"}


@require_safe
@needs(Capability.VIEW)
def queue(request: TenantRequest) -> HttpResponse:
    """The list with its facets and, on wide screens, a preview. htmx gets what a changed filter changes."""
    asked, told = parse(request.GET, me=request.user.pk)
    response = page(request, "findings/queue.html", listing(request, asked) | {"told": told}, fragment="rows")
    if request.htmx:
        response["HX-Push-Url"] = _address(request, asked)
    return response


def listing(request: TenantRequest, asked: Filter, *, acted_on: ObjectId | None = None) -> dict[str, Any]:
    """The queue's context. After a verb the row acted on stays selected if it still matches, else the next one is."""
    found = lists.read(tenant=request.tenant, asked=asked, me=request.user.pk)
    counts = counting.count(tenant=request.tenant, asked=asked, me=request.user.pk)
    selected = asked.selected or (found.rows[0]["id"] if found.rows else None)
    if acted_on and acted_on not in {row["id"] for row in found.rows}:
        selected = _next(request, asked, acted_on, found.rows)
    preview = selected and Finding.objects.of(request.tenant).filter(pk=selected).first()
    context = {
        "asked": asked,
        "count": counts.matching,
        "count_words": counting.words(counts),
        "counts_whole": counts.whole,
        "any_status": counts.any_status,
        "facets": counts.facets,
        "filters": _chips(request, asked, counts),
        "clear_url": None if asked.is_default else tenant_url(request.tenant, "queue"),
        "any_status_url": _address(request, asked.from_start(status=())),
        "rows": [_row(request, asked, row, selected) for row in found.rows],
        "sorts": _sorts(request, asked),
        **_awaiting(request, asked),
        "previous_url": found.preceding and _address(request, asked.from_start(before=found.preceding)),
        "next_url": found.following and _address(request, asked.from_start(after=found.following)),
        "shown": len(found.rows),
        "bulk": _bulk(request, asked, counts) if can(request, Capability.TRIAGE) else None,
        "running": _running(request, asked),
    }
    if preview:
        context |= decision(request, preview, asked=replace(asked, selected=preview.pk), place="queue")
    return context if counts.matching else context | _emptiness(request, counts, asked)


def _bulk(request: TenantRequest, asked: Filter, counts: counting.Counts) -> dict[str, Any]:
    """What the bar says that stands below selected rows."""
    severities = next(facet for facet in counts.facets if facet.name == "severity").options
    fitting = [option for option in severities if option.count and (option.selected or not asked.severity)]
    everything = counts.matching <= operation.MOST
    return {
        "url": f"{tenant_url(request.tenant, 'operation_draft')}?{urlencode({'place': 'queue'})}&{asked.query()}",
        "verbs": BULK,
        "everything": f"all {counting.words(counts)}" if everything else f"the first {operation.MOST:,} findings",
        "matching": None if everything else counts.matching,
        "severities": ", ".join(f"{option.count:,} {option.value}" for option in fitting) if everything else "",
    }


def _running(request: TenantRequest, asked: Filter) -> list[dict[str, str]]:
    """The operations that a worker has now, whoever began them: what they are called and where each is followed."""
    live = Operation.objects.of(request.tenant).filter(state__in=[Operation.State.RUNNING, Operation.State.UNDOING])
    return [
        {
            "words": f"{operation.title(each)}, by {each.by}: {each.settled:,} of {each.expected:,} so far",
            "url": f"{tenant_url(request.tenant, 'operation', pk=each.pk)}?{asked.query()}",
        }
        for each in live.order_by("-beat_at")[:MOST_RUNNING]
    ]


def _awaiting(request: TenantRequest, asked: Filter) -> dict[str, Any]:
    """For whoever may approve: how many acceptances wait for that, and where, unless that is what is shown."""
    wanted = Filter(status=(), acceptance=(Acceptance.AWAITING.value,))
    if not can(request, Capability.APPROVE) or asked.acceptance == wanted.acceptance:
        return {}
    return {"awaiting": counting.awaiting_approval(request.tenant), "awaiting_url": _address(request, wanted)}


def _next(request: TenantRequest, asked: Filter, acted_on: ObjectId, rows: list[dict[str, Any]]) -> ObjectId | None:
    """What follows the row that left the list: the one that took its place, or the last one left."""
    left = Finding.objects.of(request.tenant).get(pk=acted_on)
    _, after = lists.neighbours(tenant=request.tenant, asked=asked, me=request.user.pk, finding=left)
    known = {row["id"] for row in rows}
    if after in known:
        return after
    last: ObjectId | None = rows[-1]["id"] if rows else None
    return last


def _findings(number: int) -> str:
    return f"{number:,} finding{'' if number == 1 else 's'}"


def _address(request: TenantRequest, asked: Filter) -> str:
    query = asked.query()
    return tenant_url(request.tenant, "queue") + (f"?{query}" if query else "")


def _row(request: TenantRequest, asked: Filter, row: dict[str, Any], selected: ObjectId | None) -> dict[str, Any]:
    here = replace(asked, selected=row["id"])
    finding_url = f"{tenant_url(request.tenant, 'finding', pk=row['id'])}?{here.query()}"
    return row | {
        "url": finding_url,
        "selected_url": _address(request, here),
        "is_selected": row["id"] == selected,
        "status_label": label(row["status"]),
    }


def _chips(request: TenantRequest, asked: Filter, counts: counting.Counts) -> list[dict[str, str]]:
    base = tenant_url(request.tenant, "queue")
    chips = [chip | {"remove_url": f"{base}?{chip['query']}"} for chip in counting.chips(asked, counts)]
    if asked.search:
        chips[-1]["value"] = spoken(request.tenant, asked.search)
    return chips


def _sorts(request: TenantRequest, asked: Filter) -> list[dict[str, Any]]:
    return [
        {
            "name": name,
            "label": SORT_LABELS[name],
            "url": _address(request, asked.from_start(sort=name)),
            "current": name == asked.sort,
        }
        for name in SORTS
    ]


def _emptiness(request: TenantRequest, counts: counting.Counts, asked: Filter) -> dict[str, Any]:
    """Why nothing is listed: nothing connected, nothing scanned yet, all clear, or nothing that matches."""
    if not asked.is_default or asked.search:
        has = "has" if counts.any_status == 1 else "have"
        return {"empty": "no_match", "elsewhere": f"{_findings(counts.any_status)} {has} another status."}
    sources = scanned(request.tenant)
    if not sources.connections and not counts.any_status:
        connect = can(request, Capability.CONNECT)
        return {"empty": "no_connection", "connect_url": connect and tenant_url(request.tenant, "connection_new")}
    if not sources.finished_at and not counts.any_status:
        return {"empty": "scanning" if sources.live else "no_scan"}
    chip = coverage_chip(request.tenant)
    read = f" What sv0 has read: {chip['label']}." if chip else ""
    return {
        "empty": "all_clear",
        "clear_text": f"No finding is open, reopened or regressed.{read}",
        "coverage_url": tenant_url(request.tenant, "coverage"),
    }
