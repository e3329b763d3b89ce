"""Which systems does sv0 read, how is each doing, and what may be done about it?"""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager
from typing import Any

from bson import ObjectId
from django.contrib import messages
from django.db import IntegrityError
from django.http import Http404, HttpResponse
from django.shortcuts import redirect
from django.views.decorators.http import require_http_methods, require_POST, require_safe

from accounts.http import TenantRequest, actor, can, needs, page, tenant_url
from accounts.limits import limited
from accounts.roles import Capability
from connectors import connect, coverage, secrets, tasks
from connectors.forms import ConnectionForm
from connectors.models import Connection, Scan
from connectors.registry import SOURCES, source
from connectors.source import Source
from connectors.views.consent import returning
from connectors.views.coverage import with_reasons
from connectors.views.scans import advice, counts, took

SCANS_PER_PAGE = 10
TAKEN = "There is a connection of this name already."


@require_safe
@needs(Capability.VIEW)
def connections(request: TenantRequest) -> HttpResponse:
    """All connections, each with its last scan and its open problems."""
    found = Connection.objects.of(request.tenant).order_by("name")
    context = {"rows": [_row(connection) for connection in found], **_rights(request)}
    return page(request, "connectors/connections.html", context)


def _row(connection: Connection) -> dict[str, Any]:
    last = _scans(connection).first()
    read = coverage.latest(connection)
    groups = coverage.groups(read) if read else []
    of = source(connection.kind)
    return {
        "connection": connection,
        "source": of,
        "last": last,
        "summary": coverage.summary(groups, of.groups) if read else None,
        "problems": _problems(connection, last, groups, of),
    }


def _problems(connection: Connection, last: Scan | None, groups: list[coverage.Group], of: Source) -> list[str]:
    troubled = sum(group.state in coverage.TROUBLE for group in groups)
    failing = sum(row["ok"] is False for row in connection.checks)
    return [
        *([last.error] if last and last.error else []),
        *([f"{troubled:,} {of.groups[troubled != 1]} not read completely"] if troubled else []),
        *([f"{failing} failing in the last test"] if failing else []),
    ]


def _scans(connection: Connection) -> Any:
    return Scan.objects.of(connection.tenant).filter(connection=connection).order_by("-queued_at")


def _rights(request: TenantRequest) -> dict[str, bool]:
    return {"can_connect": can(request, Capability.CONNECT), "can_scan": can(request, Capability.SCAN)}


def _get(request: TenantRequest, pk: ObjectId) -> Connection:
    found: Connection | None = Connection.objects.of(request.tenant).filter(pk=pk).first()
    if found is None:
        raise Http404("There is no such connection.")
    found.tenant = request.tenant
    return found


# ── One connection ──────────────────────────────────────────────────────────────────────────────────────────────────


@require_safe
@needs(Capability.VIEW)
def connection(request: TenantRequest, pk: ObjectId) -> HttpResponse:
    """One connection. While a scan is live, htmx asks every two seconds for the part about scans."""
    return page(request, "connectors/connection.html", _shown(request, _get(request, pk)), fragment="scans")


def _shown(request: TenantRequest, found: Connection) -> dict[str, Any]:
    scans = _scans(found)
    before = request.GET.get("before", "")
    older = scans.filter(pk=ObjectId(before)).first() if ObjectId.is_valid(before) else None
    page_of = scans.filter(queued_at__lt=older.queued_at) if older else scans
    rows = list(page_of[: SCANS_PER_PAGE + 1])
    last, read, of = scans.first(), coverage.latest(found), source(found.kind)
    groups = coverage.groups(read) if read else []
    return {
        "connection": found,
        "source": of,
        "facts": _facts(found),
        "consent": _consent(request, found),
        "live": _live(last, of) if last and last.is_live else None,
        "last": last,
        "advice": advice(last) if last else None,
        "read": read,
        "summary": coverage.summary(groups, of.groups) if read else None,
        "blind": [group for group in groups if group.state in coverage.TROUBLE][:10],
        "missing": with_reasons(found, read) if read else [],
        "scans": [{"scan": scan, "took": took(scan), "counts": scan.counts} for scan in rows[:SCANS_PER_PAGE]],
        "older_than": rows[SCANS_PER_PAGE - 1].pk if len(rows) > SCANS_PER_PAGE else None,
        "newest": older is None,
        **_rights(request),
    }


def _consent(request: TenantRequest, found: Connection) -> dict[str, Any] | None:
    """Where a person can grant access, and whether one has; None where the settings ask for no consent."""
    of = source(found.kind)
    if of.consent is None or not of.consent.ready(found.settings):
        return None
    granted = any(setting.name in found.sealed for setting in of.settings if not setting.typed)
    return {"at": of.consent.at, "granted": granted, "returning": returning(request)}


def _live(scan: Scan, of: Source) -> dict[str, Any]:
    return {
        "scan": scan,
        "took": took(scan),
        "summary": coverage.summary(coverage.groups(scan), of.groups),
        "counts": counts(scan),
    }


def _facts(found: Connection) -> list[dict[str, Any]]:
    """The settings in words. A secret says only whether it is set."""
    facts: list[dict[str, Any]] = []
    for setting in source(found.kind).settings:
        value = found.settings.get(setting.name)
        if setting.secret:
            value = "set, sealed" if setting.name in found.sealed else "not set"
        elif isinstance(value, list):
            value = ", ".join(value)
        facts.append(
            {"label": setting.label, "value": value or "not set", "copyable": bool(value) and not setting.secret}
        )
    return facts


# ── Verbs ───────────────────────────────────────────────────────────────────────────────────────────────────────────


@require_http_methods(["GET", "HEAD", "POST"])
@needs(Capability.CONNECT)
def connection_new(request: TenantRequest) -> HttpResponse:
    """Choose a source, then fill in what it needs."""
    kinds = list(SOURCES)
    kind = request.GET.get("kind") or (kinds[0] if len(kinds) == 1 else "")
    if kind not in SOURCES:
        return page(request, "connectors/connection_new.html", {"sources": [source(each) for each in kinds]})
    form = ConnectionForm(request.POST or None, source=source(kind))
    if request.method == "POST" and form.is_valid():
        made = _create(request, kind, form)
        if made:
            messages.success(request, f"{made.name} is connected. Test it, then start the first scan.")
            return redirect(tenant_url(request.tenant, "connection", pk=made.pk))
    return _form_page(request, form, source(kind), None)


def _create(request: TenantRequest, kind: str, form: ConnectionForm) -> Connection | None:
    with _refusals(form):
        return connect.create(tenant=request.tenant, kind=kind, actor=actor(request), **form.values)
    return None


@contextmanager
def _refusals(form: ConnectionForm) -> Iterator[None]:
    """Turns what only writing can find out into errors beside the fields."""
    try:
        yield
    except IntegrityError:
        form.add_error("name", TAKEN)
    except secrets.Unreadable as error:
        form.add_error(None, str(error))


@require_http_methods(["GET", "HEAD", "POST"])
@needs(Capability.CONNECT)
def connection_edit(request: TenantRequest, pk: ObjectId) -> HttpResponse:
    """Change name, schedule or settings; secrets left empty stay."""
    found = _get(request, pk)
    form = ConnectionForm(request.POST or None, source=source(found.kind), connection=found)
    if request.method == "POST" and form.is_valid():
        with _refusals(form):
            changed = connect.change(connection=found, actor=actor(request), **form.values)
            messages.success(request, "Saved. Test it to see whether it works." if changed else "Nothing was changed.")
            return redirect(tenant_url(request.tenant, "connection", pk=pk))
    return _form_page(request, form, source(found.kind), _get(request, pk))


def _form_page(request: TenantRequest, form: ConnectionForm, of: Source, found: Connection | None) -> HttpResponse:
    context = {"form": form, "source": of, "connection": found, "several": len(SOURCES) > 1}
    return page(request, "connectors/connection_form.html", context, status=422 if form.errors else 200)


@require_POST
@needs(Capability.CONNECT)
@limited("connection_tests")
def connection_test(request: TenantRequest, pk: ObjectId) -> HttpResponse:
    """Try each call the source needs, now."""
    found = _get(request, pk)
    failing = sum(row.ok is False for row in connect.test(connection=found, actor=actor(request)))
    return _answer(
        request, found, f"{failing} of the checks failed." if failing else "Everything that was tried works."
    )


@require_POST
@needs(Capability.SCAN)
def connection_scan(request: TenantRequest, pk: ObjectId) -> HttpResponse:
    """Scan now."""
    found = _get(request, pk)
    try:
        tasks.request_scan(connection=found, actor=actor(request), trigger="person")
    except tasks.ScanAlreadyLive:
        return _answer(request, found, "A scan is under way already.")
    return _answer(request, found, "The scan is queued.")


@require_POST
@needs(Capability.CONNECT)
def connection_pause(request: TenantRequest, pk: ObjectId) -> HttpResponse:
    """No scan by schedule until it is resumed."""
    found = _get(request, pk)
    connect.pause(connection=found, actor=actor(request))
    return _answer(request, found, f"{found.name} is paused: no scan starts by schedule.")


@require_POST
@needs(Capability.CONNECT)
def connection_resume(request: TenantRequest, pk: ObjectId) -> HttpResponse:
    """Back on its schedule."""
    found = _get(request, pk)
    connect.resume(connection=found, actor=actor(request))
    return _answer(request, found, f"{found.name} is active again.")


@require_POST
@needs(Capability.CONNECT)
def connection_delete(request: TenantRequest, pk: ObjectId) -> HttpResponse:
    """Remove the connection, once its name was typed."""
    found = _get(request, pk)
    typed = request.POST.get("name", "").strip()
    refusal = None if typed == found.name.strip() else "That isn't its name; nothing was deleted."
    if refusal is None:
        try:
            connect.delete(connection=found, actor=actor(request))
        except connect.StillScanning:
            refusal = "A scan is under way. Cancel it first; nothing was deleted."
    if refusal:
        context = _shown(request, found) | {"refusal": refusal, "typed": typed}
        return page(request, "connectors/connection.html", context, status=422)
    messages.success(request, f"{found.name} is deleted. What was read through it goes in the background.")
    return redirect(tenant_url(request.tenant, "connections"))


def _answer(request: TenantRequest, found: Connection, told: str) -> HttpResponse:
    """The page's body with a toast for htmx, else back to the page, which shows it."""
    if request.htmx:
        context = _shown(request, found) | {"told": told}
        return page(request, "connectors/connection.html", context, fragment="body")
    messages.success(request, told)
    return redirect(tenant_url(request.tenant, "connection", pk=found.pk))
