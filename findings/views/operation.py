"""How does a person look at a verb on many findings, confirm it, follow it, and take it back?"""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import replace
from typing import Any
from urllib.parse import urlencode
from zoneinfo import ZoneInfo

from bson import ObjectId
from django.contrib import messages
from django.core.exceptions import BadRequest
from django.http import Http404, HttpResponse
from django.shortcuts import get_object_or_404, redirect, render
from django.utils import timezone
from django.views.decorators.http import require_POST, require_safe

from accounts.http import TenantRequest, actor, can, needs, page, tenant_url
from accounts.roles import Capability
from findings import operation as operations
from findings import triage
from findings.filter import Filter, parse
from findings.lifecycle import Verb
from findings.models import Finding, Operation, OperationMember
from findings.views import decision as decisions
from findings.views.carrier import risk_owner
from findings.views.decision import decision, members, people
from findings.views.finding import history
from findings.views.queue import listing
from findings.views.terms import assignee, end_of_day, typed

TO_ME = "assign_me"  # the button that assigns to whoever presses it
NAMED = 5  # findings of each reason why one was not changed
_VERBS = {verb.name: verb for verb in decisions.VERBS} | {
    operations.ASSIGN: decisions.Verb(operations.ASSIGN, "Assign", "i", "user-round-check")
}
_ENDED = {Operation.State.DONE, Operation.State.UNDONE}


@require_POST
@needs(Capability.TRIAGE)
def operation_draft(request: TenantRequest) -> HttpResponse:
    """Write down what a verb would be done to; nothing is done yet."""
    verb = request.POST.get("verb", "")
    if verb not in {*operations.VERBS, TO_ME}:
        raise BadRequest("There is no such verb for many findings. Reload the page.")
    asked = _asked(request)
    drafted = operations.draft(
        tenant=request.tenant,
        actor=actor(request),
        verb=operations.ASSIGN if verb == TO_ME else verb,
        me=request.user.pk,
        picked=None if request.POST.get("everything") else _picked(request),
        asked=asked,
    )
    if drafted is None:
        return _nothing(request, asked)
    if request.htmx:
        return _answer(request, drafted, preset=_preset(request, verb))
    preset = urlencode(_preset(request, verb))
    return redirect(_address(request, drafted, "operation") + (f"&{preset}" if preset else ""))


@require_safe
@needs(Capability.VIEW)
def operation(request: TenantRequest, pk: ObjectId) -> HttpResponse:
    """What it would do, how far it is, or what came of it. A draft is its author's alone."""
    found = _of(request, pk)
    if found.state == Operation.State.DRAFT and not _is_own(request, found):
        raise Http404
    return _answer(request, found, preset={"assignee": request.GET.get("assignee", "")})


@require_POST
@needs(Capability.TRIAGE)
def operation_start(request: TenantRequest, pk: ObjectId) -> HttpResponse:
    """Carry the draft out, on the terms that were filled in."""
    found = _of(request, pk)
    if not _is_own(request, found):
        raise Http404
    try:
        given: dict[str, Any] = {}
        if found.verb == Verb.ACCEPT:
            given = {"until": end_of_day(request), "owner": risk_owner(request)}
        assigned = found.verb == operations.ASSIGN
        terms = triage.terms_of(
            Verb.ACKNOWLEDGE if assigned else Verb(found.verb), reason=request.POST.get("reason"), **given
        )
        who = assignee(request) if assigned else None
    except triage.Invalid as invalid:
        return _answer(request, found, preset=typed(request), errors={invalid.field: invalid.message})
    operations.start(operation=found, actor=actor(request), terms=terms, assignee=who)
    started = _of(request, pk)
    if not request.htmx:
        return redirect(_address(request, started, "operation"))
    return _answer(request, started)


@require_POST
@needs(Capability.TRIAGE)
def operation_undo(request: TenantRequest, pk: ObjectId) -> HttpResponse:
    """Give every finding back what it was, unless somebody has changed it since."""
    found = _of(request, pk)
    try:
        operations.undo(operation=found, actor=actor(request))
    except operations.TooLate as late:
        return _undone(request, found, said=str(late), tone="bad")
    undone = _of(request, pk)
    if undone.single and undone.kept:
        kept = OperationMember.objects.of(request.tenant).get(operation=pk)
        return _undone(request, undone, said=f"{kept.why} Nothing was undone.", tone="bad")
    return _undone(request, undone, said=_said(undone), tone="ok")


# ── What was asked for ──────────────────────────────────────────────────────────────────────────────────────────────


def _of(request: TenantRequest, pk: ObjectId) -> Operation:
    found: Operation = get_object_or_404(Operation.objects.of(request.tenant), pk=pk)
    found.tenant = request.tenant
    return found


def _is_own(request: TenantRequest, found: Operation) -> bool:
    asking = actor(request)
    return bool((found.actor["id"], found.actor["acting_as_id"]) == (asking.id, asking.acting_as_id))


def _asked(request: TenantRequest) -> Filter:
    """The queue's filter, and where in it the reader is: at the row the script names, if it does."""
    asked, at = parse(request.GET, me=request.user.pk)[0], request.POST.get("at", "")
    return replace(asked, selected=ObjectId(at)) if ObjectId.is_valid(at) else asked


def _picked(request: TenantRequest) -> list[ObjectId]:
    return [ObjectId(each) for each in request.POST.getlist("selected") if ObjectId.is_valid(each)]


def _preset(request: TenantRequest, verb: str) -> dict[str, str]:
    return {"assignee": str(request.user.pk)} if verb == TO_ME else {}


def _place(request: TenantRequest) -> str:
    """The page from which it is asked: the queue, a finding's, or the operation's own."""
    given = request.GET.get("place", "")
    return given if given in {"queue", "finding"} else "operation"


def _address(request: TenantRequest, found: Operation, name: str) -> str:
    query = _asked(request).query()
    return f"{tenant_url(request.tenant, name, pk=found.pk)}?place={_place(request)}" + (f"&{query}" if query else "")


def _back(request: TenantRequest) -> str:
    query = _asked(request).query()
    return tenant_url(request.tenant, "queue") + (f"?{query}" if query else "")


# ── Answers ─────────────────────────────────────────────────────────────────────────────────────────────────────────


def _nothing(request: TenantRequest, asked: Filter) -> HttpResponse:
    said = "Select findings first." if not request.POST.get("everything") else "No finding matches any more."
    if request.htmx:
        return HttpResponse(said, status=400, content_type="text/plain")
    messages.warning(request, said)
    return redirect(_back(request))


def _answer(
    request: TenantRequest,
    found: Operation,
    *,
    preset: dict[str, str] | None = None,
    errors: dict[str, str] | None = None,
) -> HttpResponse:
    """Its page; for the queue's dialog its panel, and once it is over also what of the queue became untrue."""
    context = _context(request, found, preset or {}, errors or {})
    on_queue = request.htmx and _place(request) == "queue"
    if on_queue and found.state in _ENDED:
        return _over(request, found, context)
    fragment = "dialog" if on_queue else "panel"
    return page(request, "findings/operation.html", context, fragment=fragment, status=422 if errors else 200)


def _over(request: TenantRequest, found: Operation, context: dict[str, Any]) -> HttpResponse:
    """The dialog stays where something was not done; it goes, with a toast, where all was."""
    asked = _asked(request)
    context |= listing(request, asked, acted_on=asked.selected) | {"focus_row": True, "said": _said(found)}
    context["undo_url"] = context["undo_operation_url"]
    return render(request, "findings/operation.html#over", context)


def _undone(request: TenantRequest, found: Operation, *, said: str, tone: str) -> HttpResponse:
    """Where "Undo" was pressed, with what became untrue there."""
    place = _place(request) if found.single or _place(request) != "finding" else "operation"
    if not request.htmx or place == "operation":
        messages.add_message(request, messages.SUCCESS if tone == "ok" else messages.ERROR, said)
        where = _address(request, found, "operation") if place == "operation" or found.is_live else _back(request)
        return redirect(_finding_url(request, found) if place == "finding" else where)
    if place == "finding":
        finding = Finding.objects.of(request.tenant).get(pk=_member(found).finding)
        context = decision(request, finding, asked=_asked(request), place=place) | history(request, finding)
        return render(request, "findings/finding.html#decided", context | {"acted": True, "said": said, "tone": tone})
    asked = _asked(request)
    context = _context(request, found, {}, {}) | listing(request, asked, acted_on=asked.selected)
    context |= {"focus_row": True, "said": said, "tone": tone}
    return render(request, "findings/operation.html#undone", context)


def _member(found: Operation) -> OperationMember:
    member: OperationMember = OperationMember.objects.of(found.tenant).get(operation=found.pk)
    return member


def _finding_url(request: TenantRequest, found: Operation) -> str:
    query = _asked(request).query()
    return tenant_url(request.tenant, "finding", pk=_member(found).finding) + (f"?{query}" if query else "")


def _said(found: Operation) -> str:
    """What came of it, for a toast."""
    done = operations.words(found)
    if found.state == Operation.State.UNDOING:
        return f"{done}: being undone"
    if found.state == Operation.State.UNDONE:
        return "Undone" if found.single else f"{done}: {found.restored:,} undone"
    return done


# ── What the panel shows ────────────────────────────────────────────────────────────────────────────────────────────


def _context(
    request: TenantRequest, found: Operation, preset: dict[str, str], errors: dict[str, str]
) -> dict[str, Any]:
    now, may = timezone.now(), can(request, Capability.TRIAGE)
    ended, undoable = found.state in _ENDED, may and operations.undoable(found, now)
    draft = found.state == Operation.State.DRAFT
    return {
        "operation": found,
        "title": operations.title(found),
        "summary": _said(found),
        "verb": _VERBS[found.verb],
        "preview_of": operations.preview(found) if draft else None,
        "item": {"typed": preset, "errors": errors},
        "assignable": members(request) if draft else [],
        "risk_owners": people(request) if draft else [],
        "today": timezone.localdate(timezone=ZoneInfo(request.tenant.time_zone)).isoformat(),
        "not_done": list(_not_done(found)) if ended else [],
        "undo_until": found.finished_at + operations.UNDOABLE_FOR if undoable and found.finished_at else None,
        "operation_url": _address(request, found, "operation"),
        "start_url": _address(request, found, "operation_start"),
        "undo_operation_url": _address(request, found, "operation_undo") if undoable else None,
        "back_url": _back(request),
        "crumbs": [{"label": "Findings", "url": _back(request)}, {"label": operations.title(found)}],
    }


def _not_done(found: Operation) -> Iterator[dict[str, Any]]:
    """Why members were not changed, or not given back: each reason with how many, and a few of them by name."""
    others = OperationMember.objects.of(found.tenant).filter(operation=found.pk).exclude(why=None)
    reasons: dict[str, list[OperationMember]] = {}
    for member in others.order_by("pk").only("tenant", "why", "name", "finding").iterator():
        reasons.setdefault(str(member.why), []).append(member)
    for why, of_these in sorted(reasons.items(), key=lambda each: -len(each[1])):
        named = [
            {"name": member.name, "url": tenant_url(found.tenant, "finding", pk=member.finding)}
            for member in of_these[:NAMED]
        ]
        yield {"why": why, "number": len(of_these), "named": named, "rest": len(of_these) - len(named)}
