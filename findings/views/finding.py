"""What is this finding, on what evidence, and what happened to it?"""

from __future__ import annotations

import json
import re
from collections.abc import Iterator
from dataclasses import replace
from datetime import datetime
from typing import Any
from urllib.parse import urlencode

from bson import ObjectId
from django.http import HttpResponse
from django.shortcuts import get_object_or_404
from django.views.decorators.http import require_safe

from accounts.http import TenantRequest, actor, can, needs, page, tenant_url
from accounts.limits import limited
from accounts.roles import Capability
from connectors.inventory.diagram import draw
from connectors.inventory.models import Node
from connectors.inventory.records import Ref
from findings import evidence, queue
from findings import path as kept
from findings.evaluator import rules
from findings.filter import Filter, parse
from findings.lifecycle import Observation, label
from findings.models import Finding, Ticket
from findings.related import related
from findings.views.changed import changed
from findings.views.decision import Refusal, decision
from findings.views.timeline import timeline
from tenants import audit
from ticketing.models import TicketSystem

MOST_TICKETS = 10
COPYABLE = frozenset({"Address", "Provider's id"})
COMMAND = re.compile(r"(aws|az|pac) |[A-Z][a-z]+-[A-Z]\w+ |\"")  # AWS', Azure's and PowerShell's; JSON


@require_safe
@needs(Capability.VIEW)
def finding(request: TenantRequest, pk: ObjectId) -> HttpResponse:
    """The finding's page; for htmx, which asks from the queue, its preview."""
    found = get_object_or_404(Finding.objects.of(request.tenant), pk=pk)
    asked = replace(parse(request.GET, me=request.user.pk)[0], selected=pk)
    if request.htmx:
        return page(
            request, "findings/finding.html", decision(request, found, asked=asked, place="queue"), fragment="preview"
        )
    return page(request, "findings/finding.html", whole(request, found, asked=asked))


@require_safe
@needs(Capability.VIEW)
@limited("exports")
def finding_evidence(request: TenantRequest, pk: ObjectId) -> HttpResponse:
    """The evidence as canonical JSON: the very bytes whose SHA-256 the page shows. Leaves an audit event."""
    found = get_object_or_404(Finding.objects.of(request.tenant), pk=pk)
    content = evidence.canonical(evidence.pack(found))
    audit.record(
        request.tenant,
        actor=actor(request),
        action="evidence:downloaded",
        subject_kind="finding",
        subject_id=str(pk),
        subject=f"{found.title}: {found.subject_name}",
        detail={"sha256": evidence.digest(content)},
    )
    response = HttpResponse(content, content_type="application/json")
    response["Content-Disposition"] = f'attachment; filename="sv0-finding-{pk}.json"'
    return response


def whole(request: TenantRequest, found: Finding, *, asked: Filter, refusal: Refusal | None = None) -> dict[str, Any]:
    """Everything the page shows."""
    rule = rules().get(found.rule)
    return {
        **decision(request, found, asked=asked, place="finding", refusal=refusal),
        **history(request, found),
        **_around(request, found, asked),
        **_picture(request, found),
        **ticketed(request, found),
        "why": rule.why if rule else None,
        "mappings": rule.mappings if rule else [],
        "steps": [parts(line) for line in rule.steps(found.system)] if rule else [],
        "rests": [(label(facet), [words for _key, words in rows]) for facet, rows in found.fingerprint.items() if rows],
        "report_url": tenant_url(request.tenant, "finding_report", pk=found.pk),
        "related": _related(request, found),
    }


def history(request: TenantRequest, found: Finding) -> dict[str, Any]:
    """What every verb adds to: the timeline, and the evidence, which holds it."""
    pack = evidence.pack(found)
    return {
        "events": timeline(request, found),
        "facts": [
            {"label": name, "value": value, "copyable": name in COPYABLE} for name, value in evidence.key_facts(pack)
        ],
        "coverage": [_scope(row) for row in pack["coverage"]],
        "evidence_json": json.dumps(pack, indent=2, ensure_ascii=False, sort_keys=True),
        "digest": evidence.digest(evidence.canonical(pack)),
        "evidence_url": tenant_url(request.tenant, "finding_evidence", pk=found.pk),
    }


def ticketed(request: TenantRequest, found: Finding) -> dict[str, Any]:
    """The finding's tickets, newest first, and what may be done about them."""
    may = can(request, Capability.TRIAGE)
    held = Ticket.objects.of(request.tenant).filter(finding=found).order_by("-requested_at")[:MOST_TICKETS]
    verbs = {f"{verb}_url": tenant_url(request.tenant, verb, pk=found.pk) for verb in ("ticket_create", "ticket_link")}
    connect = can(request, Capability.CONNECT)
    systems = list(TicketSystem.objects.of(request.tenant).order_by("name"))
    known = {system.pk for system in systems}
    return verbs | {
        "tickets": [_ticket(request, ticket, known, may=may) for ticket in held],
        "ticket_systems": systems if may else [],
        "ticket_systems_url": tenant_url(request.tenant, "ticket_systems") if connect else None,
    }


def _ticket(request: TenantRequest, ticket: Ticket, known: set[Any], *, may: bool) -> dict[str, Any]:
    told = [entry | {"at": datetime.fromisoformat(entry["at"])} for entry in ticket.log]
    verbs = {f"{verb}_url": tenant_url(request.tenant, f"ticket_{verb}", pk=ticket.pk) for verb in ("hurry", "end")}
    return {"ticket": ticket, "log": told, "orphan": ticket.system_id not in known} | (
        verbs if may and ticket.live else {}
    )


def _around(request: TenantRequest, found: Finding, asked: Filter) -> dict[str, Any]:
    """The way back to the list, and to the findings before and after in it."""
    before, after = queue.neighbours(tenant=request.tenant, asked=asked, me=request.user.pk, finding=found)
    near = {"previous_url": before, "next_url": after}
    crumb = {"label": "Findings", "url": f"{tenant_url(request.tenant, 'queue')}?{asked.query()}"}
    return {
        "crumbs": [crumb, {"label": found.title}],
        **{
            name: pk and f"{tenant_url(request.tenant, 'finding', pk=pk)}?{replace(asked, selected=pk).query()}"
            for name, pk in near.items()
        },
    }


def _picture(request: TenantRequest, found: Finding) -> dict[str, Any]:
    path = kept.path(found)
    refs = {ref.id for hop in path.hops for ref in (hop.source, hop.target)} if path else set()
    nodes = Node.objects.of(request.tenant).filter(key__in=[*refs, found.subject_key])
    known = dict(nodes.values_list("key", "pk"))
    urls = {key: tenant_url(request.tenant, "inventory_object", pk=pk) for key, pk in known.items()}

    def address(ref: Ref) -> str | None:
        return urls.get(ref.id)

    return {
        "path": path,
        "diagram": draw([path], subject=found.subject_key, address=address) if path else None,
        "changed": changed(request, found, subject=known.get(found.subject_key)),
        "subject_url": urls.get(found.subject_key) or _of_no_object(request, found),
    }


def _of_no_object(request: TenantRequest, found: Finding) -> str | None:
    """Where a subject is shown that the inventory doesn't have: who reaches a data domain, or sv0's own connection."""
    if found.subject_kind == "domain":
        return f"{tenant_url(request.tenant, 'paths')}?{urlencode({'domain': found.subject_name})}"
    if found.subject_kind == "connection" and found.observation != Observation.RETIRED:
        return tenant_url(request.tenant, "connection", pk=found.connection_id)
    return None


def _scope(row: dict[str, Any]) -> dict[str, Any]:
    ended = row.get("ended_at")
    return row | {"state_label": label(row["state"]), "ended": datetime.fromisoformat(ended) if ended else None}


def parts(line: str) -> list[tuple[str, str]]:
    """One step in its parts, in order: text, code (words of the sentence), command or policy (on a line of its own)."""
    split = [("code" if index % 2 else "text", part) for index, part in enumerate(line.split("`"))]
    split = [("command", part) if kind == "code" and COMMAND.match(part) else (kind, part) for kind, part in split]
    # What joins a command to its sentence would stand alone below it, or begin the line after it.
    return [(kind, part) for kind, part in _unjoined(split) if part.strip(" .")]


def _unjoined(split: list[tuple[str, str]]) -> Iterator[tuple[str, str]]:
    before = "text"
    for kind, part in split:
        yield kind, part.lstrip(" ,;:") if before == "command" else part
        before = kind


def _related(request: TenantRequest, found: Finding) -> list[dict[str, Any]]:
    """The groups with the addresses of their findings, and of the list of exactly these."""
    base = tenant_url(request.tenant, "queue")
    return [
        {
            "shared": group.shared,
            "rest": group.rest,
            "whole": group.whole,
            "url": f"{base}?{group.asked.query()}",
            "rows": [_other(request, row, group.asked) for row in group.rows],
        }
        for group in related(found, me=request.user.pk)
    ]


def _other(request: TenantRequest, row: dict[str, Any], asked: Filter) -> dict[str, Any]:
    query = replace(asked, selected=row["id"]).query()
    url = f"{tenant_url(request.tenant, 'finding', pk=row['id'])}?{query}"
    return row | {"status_label": label(row["status"]), "url": url}
