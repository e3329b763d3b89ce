"""How complete and how old is what sv0 knows, system by system?"""

from __future__ import annotations

from typing import Any

from bson import ObjectId
from django.conf import settings
from django.http import HttpResponse
from django.utils.module_loading import import_string
from django.views.decorators.http import require_safe

from accounts.http import TenantRequest, needs, page
from accounts.roles import Capability
from connectors import coverage as read
from connectors.models import Connection, Scan
from connectors.registry import source

ROWS = 100  # groups shown at once; those with trouble come first


@require_safe
@needs(Capability.VIEW)
def coverage(request: TenantRequest) -> HttpResponse:
    """Per connection, the last scan that read anything: its groups by kinds, and which permissions were missing."""
    everything = ObjectId(wanted) if ObjectId.is_valid(wanted := request.GET.get("all", "")) else None
    connections = Connection.objects.of(request.tenant).order_by("name")
    sections = [_section(connection, whole=connection.pk == everything) for connection in connections]
    return page(request, "connectors/coverage.html", {"sections": sections})


def _section(connection: Connection, *, whole: bool) -> dict[str, Any]:
    scan = read.latest(connection)
    of = source(connection.kind)
    section: dict[str, Any] = {"connection": connection, "scan": scan, "label": of.label}
    if scan is None:
        return section
    matrix = read.matrix(scan)
    later = Scan.objects.of(connection.tenant).filter(connection=connection, queued_at__gt=scan.queued_at)
    return section | {
        "kinds": matrix.kinds,
        "rows": matrix.rows if whole else matrix.rows[:ROWS],
        "hidden": 0 if whole else max(0, len(matrix.rows) - ROWS),
        "summary": read.summary((group for group, _ in matrix.rows), of.groups),
        "missing": with_reasons(connection, scan),
        "later": later.order_by("-queued_at").first(),
    }


def with_reasons(connection: Connection, scan: Scan) -> list[dict[str, Any]]:
    """The permissions that were refused in the scan, each with what the source needs it for, and the rules that can't
    be evaluated without what it opens."""
    why = {permission.name: permission.why for permission in source(connection.kind).permissions}
    needing = import_string(settings.RULES_NEEDING)
    return [
        {"missing": entry, "why": why.get(entry.name), "rules": needing(entry.kinds)} for entry in read.missing(scan)
    ]
