"""Which rules are there, how do they go over this tenant, and what does the tenant say about them?"""

from __future__ import annotations

from typing import Any

from bson import ObjectId
from django.contrib import messages
from django.http import Http404, HttpResponse
from django.shortcuts import redirect
from django.views.decorators.http import require_POST, require_safe

from accounts.http import TenantRequest, actor, can, needs, page, tenant_url
from accounts.roles import Capability
from connectors.inventory.kinds import systems
from connectors.inventory.words import SYSTEMS
from findings import counting, exemption, ruling, triage
from findings import evaluator as catalogue
from findings import sight as seeing
from findings.evaluator import Family, Rule
from findings.filter import Filter
from findings.forms import ApprovalForm, OffForm, ThresholdForm
from findings.models import Approval, Exemption, RuleSetting, RuleState
from findings.views.finding import parts
from tenants.models import AuditEvent

NEXT = "It takes effect at the next evaluation, after a scan."
SHOWN = 20  # changes of a rule
MOST_EXEMPTIONS = 100


@require_safe
@needs(Capability.VIEW)
def rules(request: TenantRequest) -> HttpResponse:
    """The catalogue by family, with how many findings need attention because of each."""
    said, states = ruling.settings(request.tenant), _states(request)
    counts = _counts(request)
    rows = [_row(request, rule, states.get(rule.id), counts.get(rule.id, 0)) for rule in catalogue.rules().values()]
    for row in rows:
        row["rests"] = seeing.resting(row["rule"], said, ())
    families = [(family.value, [row for row in rows if row["rule"].family is family]) for family in Family]
    return page(request, "findings/rules.html", {"families": families, "count": len(rows)})


@require_safe
@needs(Capability.VIEW)
def sight(request: TenantRequest) -> HttpResponse:
    """What the rules see: the client's concerns, and each rule in each system."""
    every, said, counts = list(catalogue.rules().values()), ruling.settings(request.tenant), _counts(request)
    failed = {state.rule for state in _states(request).values() if state.failed_at}
    found = systems(request.tenant)
    rows = []
    for each in every:
        rests = seeing.resting(each, said, failed)
        cells = [(system, seeing.cell(each, system, rests)) for system in found]
        rows.append({"rule": each, "cells": cells, "url": tenant_url(request.tenant, "rule", rule_id=each.id)})
    concerns = []
    for concern in seeing.CONCERNS:
        covering, number = seeing.counted(concern, every, counts)
        asked = Filter(rule=tuple(each.id for each in covering)).query() if covering else ""
        url = f"{tenant_url(request.tenant, 'queue')}?{asked}" if asked else None
        concerns.append({"concern": concern, "rules": covering, "count": number, "url": url})
    context = {"concerns": concerns, "systems": found, "rows": rows}
    return page(request, "findings/sight.html", context)


def _counts(request: TenantRequest) -> dict[str, int]:
    """Rule → findings that need attention."""
    found = counting.count(tenant=request.tenant, asked=Filter(), me=request.user.pk)
    return {option.value: option.count for facet in found.facets if facet.name == "rule" for option in facet.options}


def _states(request: TenantRequest) -> dict[str, RuleState]:
    return {state.rule: state for state in RuleState.objects.of(request.tenant)}


def _row(request: TenantRequest, rule: Rule, state: RuleState | None, count: int) -> dict[str, Any]:
    asked = Filter(rule=(rule.id,)).query()
    return {
        "rule": rule,
        "state": state,
        "count": count,
        "url": tenant_url(request.tenant, "rule", rule_id=rule.id),
        "findings_url": f"{tenant_url(request.tenant, 'queue')}?{asked}",
    }


# ── One rule ────────────────────────────────────────────────────────────────────────────────────────────────────────


@require_safe
@needs(Capability.VIEW)
def rule(request: TenantRequest, rule_id: str) -> HttpResponse:
    """What it finds, why that matters, what to do, and what the tenant changed about it."""
    return _page(request, _get(rule_id))


def _get(name: str) -> Rule:
    found = catalogue.rules().get(name)
    if found is None:
        raise Http404("There is no such rule.")
    return found


def _exemptions(request: TenantRequest, found: Rule) -> list[dict[str, Any]]:
    """The subjects at which all that it finds is a false positive, the latest decided first, with how many that is."""
    held = Exemption.objects.of(request.tenant).filter(rule=found.id, ended_at=None).order_by("-at")
    return [{"exemption": each, "covers": exemption.covered(each).count()} for each in held[:MOST_EXEMPTIONS]]


def _page(request: TenantRequest, found: Rule, *, status: int = 200, **forms: Any) -> HttpResponse:
    setting = RuleSetting.objects.of(request.tenant).filter(rule=found.id).first()
    held = setting.thresholds if setting else {}
    changes = AuditEvent.objects.of(request.tenant).filter(subject_kind="rule", subject_id=found.id)
    context = {
        "rule": found,
        "setting": setting,
        "state": _states(request).get(found.id),
        "rests": seeing.resting(found, ruling.settings(request.tenant), ()),
        "fixes": [(SYSTEMS.get(each, "Elsewhere"), [parts(line) for line in found.steps(each)]) for each in found.fix],
        "numbers": [(t.label, held.get(name, t.default), t.unit) for name, t in found.thresholds.items()],
        "thresholds": ThresholdForm(rule=found, held=held) if found.thresholds else None,
        "off": OffForm(),
        "exemptions": _exemptions(request, found),
        "can_triage": can(request, Capability.TRIAGE),
        "changes": list(changes.order_by("-number")[:SHOWN]),
        "can_change": can(request, Capability.RULES),
        "findings_url": f"{tenant_url(request.tenant, 'queue')}?{Filter(rule=(found.id,)).query()}",
    }
    return page(request, "findings/rule.html", context | forms, status=status)


@require_POST
@needs(Capability.TRIAGE)
def exemption_end(request: TenantRequest, pk: ObjectId) -> HttpResponse:
    """What was a false positive at one subject is open again."""
    held: Exemption | None = Exemption.objects.of(request.tenant).filter(pk=pk).first()
    if held is None:
        raise Http404("There is no such exemption.")
    try:
        triage.lift(held=held, actor=actor(request))
        messages.success(request, f"Ended for “{held.subject_name}”: what it covered is open again.")
    except triage.Conflict as conflict:
        messages.error(request, str(conflict))
    return redirect(tenant_url(request.tenant, "rule", rule_id=held.rule))


@require_POST
@needs(Capability.RULES)
def rule_change(request: TenantRequest, rule_id: str) -> HttpResponse:
    """Switch it off or on, or change its numbers."""
    found, verb = _get(rule_id), request.POST.get("verb")
    if verb == "on":
        ruling.switch_on(tenant=request.tenant, rule=found, actor=actor(request))
    elif verb == "off":
        off = OffForm(request.POST)
        if not off.is_valid():
            return _page(request, found, status=422, off=off)
        ruling.switch_off(tenant=request.tenant, rule=found, actor=actor(request), **off.cleaned_data)
    else:
        numbers = ThresholdForm(request.POST, rule=found, held={})
        if not numbers.is_valid():
            return _page(request, found, status=422, thresholds=numbers)
        ruling.set_thresholds(tenant=request.tenant, rule=found, numbers=numbers.cleaned_data, actor=actor(request))
    messages.success(request, f"Saved. {NEXT}")
    return redirect(tenant_url(request.tenant, "rule", rule_id=found.id))


# ── Approved AI ─────────────────────────────────────────────────────────────────────────────────────────────────────


@require_safe
@needs(Capability.VIEW)
def approved_ai(request: TenantRequest) -> HttpResponse:
    """The list, whether it is kept, and what holds."""
    return _list(request, ApprovalForm(tenant=request.tenant))


def _list(request: TenantRequest, form: ApprovalForm, *, status: int = 200) -> HttpResponse:
    context = {
        "form": form,
        "kept": ruling.keeps_list(request.tenant),
        "approvals": ruling.standing(request.tenant),
        "can_change": can(request, Capability.RULES),
        "findings_url": f"{tenant_url(request.tenant, 'queue')}?{Filter(rule=('unapproved_ai',)).query()}",
    }
    return page(request, "findings/approved_ai.html", context, status=status)


@require_POST
@needs(Capability.RULES)
def approve_ai(request: TenantRequest) -> HttpResponse:
    """Keep a list or drop it, or put a name on it."""
    verb = request.POST.get("verb")
    if verb == "keep":
        ruling.keep_list(tenant=request.tenant, actor=actor(request))
    elif verb == "drop":
        ruling.drop_list(tenant=request.tenant, actor=actor(request))
    else:
        form = ApprovalForm(request.POST, tenant=request.tenant)
        if not form.is_valid():
            return _list(request, form, status=422)
        ruling.approve(tenant=request.tenant, actor=actor(request), **form.values)
    messages.success(request, f"Saved. {NEXT}")
    return redirect(tenant_url(request.tenant, "approved_ai"))


@require_POST
@needs(Capability.RULES)
def approval_withdraw(request: TenantRequest, pk: ObjectId) -> HttpResponse:
    """Take one approval back."""
    found: Approval | None = Approval.objects.of(request.tenant).filter(pk=pk).first()
    if found is None:
        raise Http404("There is no such approval.")
    found.tenant = request.tenant
    ruling.withdraw(approval=found, actor=actor(request))
    messages.success(request, f"“{found.name}” is no longer approved. {NEXT}")
    return redirect(tenant_url(request.tenant, "approved_ai"))
