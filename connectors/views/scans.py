"""How is this scan getting on, part by part, and how does one stop it?"""

from __future__ import annotations

from datetime import timedelta
from typing import Any
from urllib.parse import urlencode

from bson import ObjectId
from django.contrib import messages
from django.http import Http404, HttpRequest, HttpResponse
from django.shortcuts import redirect
from django.utils import timezone
from django.views.decorators.http import require_POST, require_safe

from accounts.http import TenantRequest, actor, can, needs, page, tenant_url
from accounts.roles import Capability
from accounts.templatetags.sv0 import lasted
from connectors import coverage, tasks
from connectors.models import Connection, Scan
from connectors.registry import source
from connectors.source import ErrorKind

GROUPS_PER_PAGE = 50
COUNTS = {
    "edges": "links",
    "new": "new",
    "changed": "changed",
    "gone": "gone",
    "opened": "findings opened",
    "resolved": "resolved",
    "regressed": "regressed",
}  # what Scan.counts keeps → how it is said
STOPPABLE = (Scan.State.QUEUED, Scan.State.RUNNING)  # what is read is evaluated to the end
ADVICE = {
    ErrorKind.CONFIG: "Something must be changed on your side; then scan again.",
    ErrorKind.TRANSIENT: "It may pass by itself: scan again later.",
    ErrorKind.SYSTEM: "The fault is sv0's. Nothing was lost; report it with the number of this scan.",
}


def get_scan(request: TenantRequest, pk: ObjectId) -> Scan:
    """The tenant's scan, or 404."""
    found: Scan | None = Scan.objects.of(request.tenant).filter(pk=pk).first()
    if found is None:
        raise Http404("There is no such scan.")
    return found


def took(scan: Scan) -> str | None:
    """How long it has run, or ran: "4 min 12 s"; None before it starts."""
    if scan.started_at is None:
        return None
    return lasted(((scan.finished_at or timezone.now()) - scan.started_at) / timedelta(seconds=1))


def advice(scan: Scan) -> str | None:
    """What to do about the scan's error, by whose turn it is."""
    known = {kind.value: words for kind, words in ADVICE.items()}
    return known.get(scan.error_kind or "", ADVICE[ErrorKind.SYSTEM]) if scan.error else None


def counts(scan: Scan) -> list[tuple[str, int]]:
    """What the scan counted so far, in the order people ask for it."""
    return [(label, scan.counts[name]) for name, label in COUNTS.items() if name in scan.counts]


@require_safe
@needs(Capability.VIEW)
def scan(request: TenantRequest, pk: ObjectId) -> HttpResponse:
    """The scan with its groups of scopes."""
    return page(request, "connectors/scan.html", _progress(request, get_scan(request, pk)))


@require_safe
@needs(Capability.VIEW)
def scan_progress(request: TenantRequest, pk: ObjectId) -> HttpResponse:
    """The part of the scan's page that moves, asked for every two seconds while it does."""
    return page(request, "connectors/scan.html", _progress(request, get_scan(request, pk)), fragment="progress")


@require_POST
@needs(Capability.SCAN)
def scan_cancel(request: TenantRequest, pk: ObjectId) -> HttpResponse:
    """Ask the scan to stop; it does between two pages of the source's answers."""
    found = get_scan(request, pk)
    if found.is_live:
        tasks.cancel_scan(scan=found, actor=actor(request))
        found = get_scan(request, pk)
    if request.htmx:
        return page(request, "connectors/scan.html", _progress(request, found), fragment="progress")
    messages.success(request, "The scan is cancelled; what is under way stops with the source’s next answer.")
    return redirect(tenant_url(request.tenant, "scan", pk=pk))


def _progress(request: TenantRequest, found: Scan) -> dict[str, Any]:
    groups = coverage.groups(found)
    total = coverage.summary(groups, _called(found))
    chosen, number = request.GET.get("group", ""), _page_number(request)
    shown = groups[(number - 1) * GROUPS_PER_PAGE : number * GROUPS_PER_PAGE]
    here = {"group": chosen} if chosen else {}
    said = f"{found.state} {total.ended}"
    return {
        "scan": found,
        "took": took(found),
        "advice": advice(found),
        "counts": counts(found),
        "summary": total,
        "troubled": sum(group.state in coverage.TROUBLE for group in groups),
        "groups": shown,
        "chosen": chosen,
        "scopes": coverage.scopes(found, chosen) if chosen else [],
        "number": number,
        "first": (number - 1) * GROUPS_PER_PAGE + 1,
        "last": (number - 1) * GROUPS_PER_PAGE + len(shown),
        "previous_url": number > 1 and f"?{urlencode({'page': number - 1})}",
        "next_url": number * GROUPS_PER_PAGE < len(groups) and f"?{urlencode({'page': number + 1})}",
        "poll_query": urlencode({**here, "page": number, "said": said}),
        # Told to a screen reader only when something changed since the last answer.
        "announce": request.GET.get("said") not in {None, said},
        "can_cancel": found.state in STOPPABLE and can(request, Capability.SCAN),
    }


def _called(found: Scan) -> tuple[str, str]:
    """What its groups are called; the connection may be gone by now."""
    of = Connection.objects.of(found.tenant).filter(pk=found.connection_id).first()
    return source(of.kind).groups if of else coverage.PARTS


def _page_number(request: HttpRequest) -> int:
    given = request.GET.get("page", "")
    return max(int(given), 1) if given.isascii() and given.isdigit() and len(given) < 7 else 1
