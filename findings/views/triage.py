"""How does a person's verb reach a finding, and what does the page answer?"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import replace
from typing import Any

from bson import ObjectId
from django.contrib import messages
from django.core.exceptions import BadRequest
from django.http import HttpResponse
from django.shortcuts import get_object_or_404, redirect, render
from django.utils.text import Truncator
from django.views.decorators.http import require_POST

from accounts.http import TenantRequest, actor, needs, tenant_url
from accounts.roles import Capability
from findings import operation, proposal, triage
from findings.filter import Filter, parse
from findings.lifecycle import Scope, Verb
from findings.models import Finding
from findings.views.carrier import risk_owner
from findings.views.decision import Refusal, decision
from findings.views.finding import history, whole
from findings.views.queue import listing
from findings.views.terms import assignee, end_of_day, typed
from findings.views.timeline import day

Act = Callable[[Finding], Finding]
NAME_IN_TOAST = 60  # characters of the subject's name


@require_POST
@needs(Capability.TRIAGE)
def finding_acknowledge(request: TenantRequest, pk: ObjectId) -> HttpResponse:
    """Somebody is on it."""

    def act(finding: Finding) -> Finding:
        return triage.acknowledge(finding=finding, version=_version(request), actor=actor(request))

    return _carry_out(request, pk, "acknowledge", act, said=lambda _finding: "Acknowledged")


@require_POST
@needs(Capability.TRIAGE)
def finding_false_positive(request: TenantRequest, pk: ObjectId) -> HttpResponse:
    """It is no problem, for a reason."""

    def act(finding: Finding) -> Finding:
        scope = Scope.SUBJECT if request.POST.get("scope") == Scope.SUBJECT else Scope.FINDING
        given: dict[str, Any] = {
            "version": _version(request),
            "actor": actor(request),
            "reason": request.POST.get("reason"),
        }
        return triage.false_positive(finding=finding, scope=scope, **given)

    def said(finding: Finding) -> str:
        return "Marked a false positive" + (", with all that this rule finds there" if finding.exemption_id else "")

    return _carry_out(request, pk, "false_positive", act, said=said)


@require_POST
@needs(Capability.TRIAGE)
def finding_accept(request: TenantRequest, pk: ObjectId) -> HttpResponse:
    """The risk is borne until the end of a day where the tenant lives, for a reason."""

    def act(finding: Finding) -> Finding:
        reason, until = request.POST.get("reason"), end_of_day(request)
        given: dict[str, Any] = {"version": _version(request), "actor": actor(request), "owner": risk_owner(request)}
        return triage.accept(finding=finding, reason=reason, until=until, **given)

    def said(finding: Finding) -> str:
        if finding.accepted_until is None or proposal.standing(finding):
            return "Acceptance proposed; it waits for approval"
        return f"Accepted until the end of {day(finding.accepted_until, request.tenant)}"

    return _carry_out(request, pk, "accept", act, said=said)


@require_POST
@needs(Capability.APPROVE)
def finding_approve(request: TenantRequest, pk: ObjectId) -> HttpResponse:
    """A second person agrees that the risk is borne."""

    def act(finding: Finding) -> Finding:
        return triage.approve(finding=finding, version=_version(request), actor=actor(request))

    return _carry_out(request, pk, "approve", act, said=lambda _finding: "Acceptance approved")


@require_POST
@needs(Capability.APPROVE)
def finding_refuse(request: TenantRequest, pk: ObjectId) -> HttpResponse:
    """A second person doesn't, for a reason."""

    def act(finding: Finding) -> Finding:
        reason = request.POST.get("reason")
        return triage.refuse(finding=finding, version=_version(request), actor=actor(request), reason=reason)

    return _carry_out(request, pk, "refuse", act, said=lambda _finding: "Acceptance refused")


@require_POST
@needs(Capability.TRIAGE)
def finding_withdraw(request: TenantRequest, pk: ObjectId) -> HttpResponse:
    """Who proposed it takes that back."""

    def act(finding: Finding) -> Finding:
        return triage.withdraw(finding=finding, version=_version(request), actor=actor(request))

    return _carry_out(request, pk, "withdraw", act, said=lambda _finding: "Proposal withdrawn")


@require_POST
@needs(Capability.TRIAGE)
def finding_close(request: TenantRequest, pk: ObjectId) -> HttpResponse:
    """It is mended, says somebody."""

    def act(finding: Finding) -> Finding:
        reason = request.POST.get("reason")
        return triage.close(finding=finding, version=_version(request), actor=actor(request), reason=reason)

    return _carry_out(request, pk, "close", act, said=lambda _finding: "Closed; the next complete scan checks it")


@require_POST
@needs(Capability.TRIAGE)
def finding_reopen(request: TenantRequest, pk: ObjectId) -> HttpResponse:
    """The decision is taken back."""

    def act(finding: Finding) -> Finding:
        reason = request.POST.get("reason")
        return triage.reopen(finding=finding, version=_version(request), actor=actor(request), reason=reason)

    return _carry_out(request, pk, "reopen", act, said=lambda _finding: "Reopened")


@require_POST
@needs(Capability.TRIAGE)
def finding_assign(request: TenantRequest, pk: ObjectId) -> HttpResponse:
    """A member answers for it, or nobody."""

    def act(finding: Finding) -> Finding:
        who = assignee(request)
        return triage.assign(finding=finding, version=_version(request), actor=actor(request), assignee=who)

    def said(finding: Finding) -> str:
        return f"Assigned to {finding.assignee}" if finding.assignee else "Assigned to nobody"

    return _carry_out(request, pk, "assign", act, said=said)


def _carry_out(
    request: TenantRequest, pk: ObjectId, verb: str, act: Act, *, said: Callable[[Finding], str]
) -> HttpResponse:
    """Act, and answer with what became untrue: conflicts and mistakes keep what was typed."""
    finding = get_object_or_404(Finding.objects.of(request.tenant), pk=pk)
    try:
        fresh = act(finding)
    except triage.Invalid as invalid:
        refusal = Refusal(verb=verb, typed=typed(request), errors={invalid.field: invalid.message})
        return _refuse(request, finding, refusal, status=422)
    except (triage.Conflict, triage.Illegal) as refused:
        now = Finding.objects.of(request.tenant).get(pk=pk)
        return _refuse(request, now, Refusal(verb=verb, typed=typed(request), said=str(refused)), status=409)
    text = f"{said(fresh)}: {Truncator(fresh.subject_name).chars(NAME_IN_TOAST)}"
    undo_url = _undo(request, finding, fresh, verb)
    if not request.htmx:
        messages.success(request, text, extra_tags=undo_url or "")
        return redirect(_back(request, fresh, _place(request)))
    return _answer(request, fresh, {"said": text, "undo_url": undo_url})


def _answer(request: TenantRequest, fresh: Finding, context: dict[str, Any]) -> HttpResponse:
    asked = _asked(request)
    if _place(request) == "queue":
        context |= listing(request, asked, acted_on=fresh.pk) | {"focus_row": True}
        response = render(request, "findings/queue.html#decided", context)
        if finding := context.get("finding"):
            query = replace(asked, selected=finding.pk).query()
            response["HX-Replace-Url"] = f"{tenant_url(request.tenant, 'queue')}?{query}"
        return response
    context |= decision(request, fresh, asked=asked, place="finding")
    context |= history(request, fresh) | {"acted": True}
    return render(request, "findings/finding.html#decided", context)


def _refuse(request: TenantRequest, finding: Finding, refusal: Refusal, *, status: int) -> HttpResponse:
    """What is true now, and the form as it was typed."""
    asked, place = _asked(request), _place(request)
    if not request.htmx:
        return render(
            request, "findings/finding.html", whole(request, finding, asked=asked, refusal=refusal), status=status
        )
    context = decision(request, finding, asked=asked, place=place, refusal=refusal)
    if place == "queue":
        return render(request, "findings/preview.html", context, status=status)
    return render(request, "findings/finding.html#decided", context | history(request, finding), status=status)


def _undo(request: TenantRequest, before: Finding, fresh: Finding, verb: str) -> str | None:
    """Where the verb is taken back: what covers other findings too, by reopening; else as an operation."""
    query = f"place={_place(request)}&{_asked(request).query()}"
    if fresh.exemption_id and verb == Verb.FALSE_POSITIVE:
        url = tenant_url(request.tenant, "finding_reopen", pk=fresh.pk)
        return f"{url}?version={fresh.version}&{query}"
    if verb not in operation.VERBS or before.exemption_id:
        return None
    kept = operation.keep(before=before, after=fresh, verb=verb, actor=actor(request))
    return f"{tenant_url(request.tenant, 'operation_undo', pk=kept.pk)}?{query}" if kept else None


def _asked(request: TenantRequest) -> Filter:
    return parse(request.GET, me=request.user.pk)[0]


def _place(request: TenantRequest) -> str:
    return "queue" if request.GET.get("place") == "queue" else "finding"


def _back(request: TenantRequest, finding: Finding, place: str) -> str:
    query = _asked(request).query()
    where = {"pk": finding.pk} if place == "finding" else {}
    return tenant_url(request.tenant, place, **where) + (f"?{query}" if query else "")


def _version(request: TenantRequest) -> int:
    """The version the form was rendered with; of "Undo" it stands in the address."""
    given = request.POST.get("version") or request.GET.get("version") or ""
    if not (given.isascii() and given.isdigit() and len(given) < 10):
        raise BadRequest("The form lacks the version of the finding it was made for. Reload the page.")
    return int(given)
