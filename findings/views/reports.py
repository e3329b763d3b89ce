"""Which reports are there, and how does one get them as a page and as a PDF?"""

from __future__ import annotations

from bson import ObjectId
from django.http import HttpResponse
from django.middleware.csrf import get_token
from django.shortcuts import get_object_or_404
from django.utils import timezone
from django.views.decorators.http import require_safe

from accounts.http import TenantRequest, actor, needs, page, tenant_url
from accounts.limits import limited
from accounts.roles import Capability
from findings.models import Finding
from findings.period import Period, PeriodForm
from findings.report import Bar, Report, html, pdf
from findings.reports import finding as of_finding
from findings.reports import posture as of_posture
from tenants import audit


@require_safe
@needs(Capability.REPORT)
def reports(request: TenantRequest) -> HttpResponse:
    """What can be printed."""
    return _choice(request, PeriodForm({}, tenant=request.tenant), status=200)


@require_safe
@needs(Capability.REPORT)
@limited("exports")
def posture_report(request: TenantRequest) -> HttpResponse:
    """The posture report as a page. A period that makes no sense leads back to choosing one, with what was typed."""
    form = PeriodForm(request.GET, tenant=request.tenant)
    if not form.is_valid():
        return _choice(request, form, status=422)
    return _page(request, _posture(request, form.period), name="posture_report", query=_query(form.period))


@require_safe
@needs(Capability.REPORT)
@limited("exports")
def posture_report_pdf(request: TenantRequest) -> HttpResponse:
    """The posture report as a PDF."""
    form = PeriodForm(request.GET, tenant=request.tenant)
    if not form.is_valid():
        return _choice(request, form, status=422)
    made = _posture(request, form.period)
    return _download(request, made, subject_kind="report", subject_id="posture", subject=f"{made.title}, {made.period}")


@require_safe
@needs(Capability.REPORT)
@limited("exports")
def finding_report(request: TenantRequest, pk: ObjectId) -> HttpResponse:
    """One finding's report as a page."""
    return _page(request, _finding(request, pk), name="finding_report", pk=pk)


@require_safe
@needs(Capability.REPORT)
@limited("exports")
def finding_report_pdf(request: TenantRequest, pk: ObjectId) -> HttpResponse:
    """One finding's report as a PDF."""
    made = _finding(request, pk)
    about: Finding = made.content["finding"]
    subject = f"{about.title}: {about.subject_name}"
    return _download(request, made, subject_kind="finding", subject_id=str(pk), subject=subject)


def _choice(request: TenantRequest, form: PeriodForm, *, status: int) -> HttpResponse:
    context = {"form": form, "queue_url": tenant_url(request.tenant, "queue")}
    return page(request, "findings/reports.html", context, status=status)


def _posture(request: TenantRequest, period: Period) -> Report:
    made_by = actor(request).signature
    return of_posture.report(
        tenant=request.tenant, period=period, made_by=made_by, me=request.user.pk, now=timezone.now()
    )


def _finding(request: TenantRequest, pk: ObjectId) -> Report:
    found = get_object_or_404(Finding.objects.of(request.tenant), pk=pk)
    return of_finding.report(finding=found, made_by=actor(request).signature, now=timezone.now())


def _query(period: Period) -> str:
    return f"?from={period.since}&to={period.until}"


def _page(request: TenantRequest, made: Report, *, name: str, query: str = "", **kwargs: ObjectId) -> HttpResponse:
    pdf_url = tenant_url(request.tenant, f"{name}_pdf", **kwargs) + query
    back = "finding" if kwargs else "posture"
    bar = Bar(
        pdf_url=pdf_url,
        back_url=tenant_url(request.tenant, back, **kwargs),
        csp_nonce=str(request.csp_nonce),  # type: ignore[attr-defined]
        csrf_token=get_token(request),
    )
    return HttpResponse(html(made, acting=request.impersonation, bar=bar))


def _download(
    request: TenantRequest, made: Report, *, subject_kind: str, subject_id: str, subject: str
) -> HttpResponse:
    """The PDF, once the log says who took it: the hash in the event is the one that it prints."""
    content = pdf(made, acting=request.impersonation)
    audit.record(
        request.tenant,
        actor=actor(request),
        action="report:downloaded",
        subject_kind=subject_kind,
        subject_id=subject_id,
        subject=subject,
        detail={"report": made.name, "sha256": made.digest},
    )
    response = HttpResponse(content, content_type="application/pdf")
    response["Content-Disposition"] = f'attachment; filename="{made.file_name}"'
    response["X-Content-Type-Options"] = "nosniff"
    response["Cache-Control"] = "no-store"
    return response
