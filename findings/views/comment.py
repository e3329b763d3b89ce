"""How do words reach a finding, and how does their author see, change and preview them?"""

from __future__ import annotations

from typing import Any

from bson import ObjectId
from django.contrib import messages
from django.core.exceptions import BadRequest
from django.http import HttpResponse
from django.shortcuts import get_object_or_404, redirect, render
from django.utils import timezone
from django.views.decorators.http import require_http_methods, require_POST, require_safe
from django_htmx.http import reswap, retarget

from accounts.http import TenantRequest, actor, needs, page, tenant_url
from accounts.roles import Capability
from findings import comment as comments
from findings import prose
from findings.filter import Filter, parse
from findings.models import Comment, Finding
from findings.triage import Invalid
from findings.views.decision import Refusal, decision
from findings.views.finding import history, whole


@require_POST
@needs(Capability.TRIAGE)
def finding_comment(request: TenantRequest, pk: ObjectId) -> HttpResponse:
    """Words under it. Its version stays, so that a decision being typed beside it isn't refused."""
    finding = get_object_or_404(Finding.objects.of(request.tenant), pk=pk)
    body = request.POST.get("body", "")
    try:
        comments.write(finding=finding, body=body, actor=actor(request), author=request.user)
    except Invalid as invalid:
        refusal = Refusal(verb="comment", typed={"body": body}, errors={invalid.field: invalid.message})
        return _form(request, finding, refusal, status=422)
    if not request.htmx:
        messages.success(request, "Comment added.")
        return redirect(_back(request, finding))
    return _told(request, finding, "commented", {"said": "Comment added"})


@require_POST
@needs(Capability.TRIAGE)
def comment_preview(request: TenantRequest, pk: ObjectId) -> HttpResponse:
    """What is being written, as it will be read. Keeps nothing."""
    finding = get_object_or_404(Finding.objects.of(request.tenant), pk=pk)
    body = request.POST.get("body", "")
    try:
        shown = comments.draft(request.tenant, body)
    except Invalid as invalid:
        refusal = Refusal(verb="comment", typed={"body": body}, errors={invalid.field: invalid.message})
        return _form(request, finding, refusal, status=422)
    return _form(request, finding, Refusal(verb="comment", typed={"body": body, "html": shown}), status=200)


@require_http_methods(["GET", "HEAD", "POST"])
@needs(Capability.TRIAGE)
def comment_edit(request: TenantRequest, pk: ObjectId, comment_pk: ObjectId) -> HttpResponse:
    """A form for one's own fresh comment, and what it posts."""
    finding = get_object_or_404(Finding.objects.of(request.tenant), pk=pk)
    comment = get_object_or_404(Comment.objects.of(request.tenant), pk=comment_pk, finding=finding)
    if request.method != "POST":
        return page(request, "findings/comment_edit.html", _editing(request, finding, comment), fragment="form")
    body, revision = request.POST.get("body", ""), request.POST.get("revision", "")
    if not (revision.isascii() and revision.isdigit() and len(revision) < 5):
        raise BadRequest("The form lacks the revision of the comment it was made for. Reload the page.")
    try:
        comments.edit(comment=comment, revision=int(revision), body=body, actor=actor(request), author=request.user)
    except (Invalid, comments.TooLate) as refused:
        context = _editing(request, finding, comment) | {"body": body, "error": str(refused)}
        status = 422 if isinstance(refused, Invalid) else 409
        response = page(request, "findings/comment_edit.html", context, fragment="form", status=status)
        return reswap(retarget(response, f"#edit-{comment.pk}"), "outerHTML")
    if not request.htmx:
        messages.success(request, "Comment changed.")
        return redirect(_back(request, finding))
    return _told(request, finding, "edited", {"said": "Comment changed", "changed_comment": comment.pk})


@require_safe
@needs(Capability.TRIAGE)
def mentionable(request: TenantRequest) -> HttpResponse:
    """Who could be meant by what is typed behind an @."""
    beginning = request.GET.get("beginning", "")[: prose.LONGEST_NAME]
    people = comments.suggested(request.tenant, beginning)
    return render(request, "findings/mentionable.html", {"people": people})


def _editing(request: TenantRequest, finding: Finding, comment: Comment) -> dict[str, Any]:
    mine = comments.may_edit(comment, author=request.user, actor=actor(request), now=timezone.now())
    back, query = _back(request, finding), _asked(request).query()
    url = tenant_url(request.tenant, "comment_edit", pk=finding.pk, comment_pk=comment.pk)
    return {
        "finding": finding,
        "comment": comment,
        "body": comment.body,
        "mine": mine,
        "edit_url": url + (f"?{query}" if query else ""),
        "mentionable_url": tenant_url(request.tenant, "mentionable"),
        "crumbs": [{"label": finding.title, "url": back}, {"label": "Your comment"}],
        "back_url": back,
    }


def _form(request: TenantRequest, finding: Finding, refusal: Refusal, *, status: int) -> HttpResponse:
    """The form for a comment as it was typed; without scripts, on its page."""
    asked = _asked(request)
    if not request.htmx:
        context = whole(request, finding, asked=asked, refusal=refusal)
        return render(request, "findings/finding.html", context, status=status)
    context = decision(request, finding, asked=asked, place="finding", refusal=refusal)
    return render(request, "findings/comment.html", context, status=status)


def _told(request: TenantRequest, finding: Finding, fragment: str, news: dict[str, Any]) -> HttpResponse:
    context = decision(request, finding, asked=_asked(request), place="finding")
    context |= history(request, finding) | news
    return render(request, f"findings/finding.html#{fragment}", context)


def _asked(request: TenantRequest) -> Filter:
    return parse(request.GET, me=request.user.pk)[0]


def _back(request: TenantRequest, finding: Finding) -> str:
    query = _asked(request).query()
    return tenant_url(request.tenant, "finding", pk=finding.pk) + (f"?{query}" if query else "")
