"""What is in the inventory, and what is known of one object: its facts, its access, who reaches it, what changed?"""

from __future__ import annotations

import json
from collections.abc import Iterable
from dataclasses import replace
from typing import Any
from urllib.parse import urlencode

from bson import ObjectId
from django.http import Http404, HttpResponse
from django.views.decorators.http import require_safe

from accounts.http import TenantRequest, can, needs, page, tenant_url
from accounts.roles import Capability
from connectors.inventory import around, browse, counts, graph, history
from connectors.inventory.classification import known_domains
from connectors.inventory.codec import decode
from connectors.inventory.diagram import draw
from connectors.inventory.graph import Hop, Path
from connectors.inventory.models import Change, Node
from connectors.inventory.records import Identity, ObjectRecord, Resource, Usage, Workload
from connectors.inventory.words import SYSTEMS
from connectors.models import Scan
from connectors.views import matches
from connectors.views.owners import panel as ownership

PATHS_TOLD = 10  # in sentences; the picture folds, the rest is one click away
EDGES_SHOWN = 50
CHANGES_SHOWN = 50
MORE = 1000  # after "show more"
NOTHING_FITS = "No object fits all the filters together. Take one away, or start over."
NOTHING_SO_FAR = (
    f"Very many begin with it: of the first {browse.MOST_KEYS:,}, none fits the filters. Type more of it, "
    "or take a filter away."
)
NOTHING_FOUND = "No name, id, ARN, e-mail or tag begins with it among what the filters leave. Try fewer letters."


@require_safe
@needs(Capability.VIEW)
def inventory(request: TenantRequest) -> HttpResponse:
    """The list with its facets. htmx gets what a changed filter changes."""
    asked = browse.parse(request.GET)
    number = counts.counted(tenant=request.tenant, asked=asked)
    found = browse.listed(tenant=request.tenant, asked=asked, lead=number.lead)
    if number.bounded:  # the narrow choices of a wide search may lie behind what was counted
        number = replace(number, matching=max(number.matching, asked.skip + len(found.rows)))
    context = {
        "asked": asked,
        "rows": found.rows,
        "count": number.matching,
        "said": f"{_many(number)} objects",
        "shown": f"{len(found.rows)} of {_many(number)}",
        "nothing": (NOTHING_SO_FAR if number.bounded else NOTHING_FOUND) if asked.search else NOTHING_FITS,
        "counts": number,
        "facets": number.facets,
        "filters": [chip | {"remove_url": _address(request, chip["asked"])} for chip in counts.chips(asked, number)],
        "clear_url": tenant_url(request.tenant, "inventory"),
        "previous_url": found.preceding and _address(request, found.preceding),
        "next_url": found.following and _address(request, found.following),
        "scanned": bool(found.rows) or Scan.objects.of(request.tenant).exists(),
    }
    response = page(request, "connectors/inventory.html", context, fragment="rows")
    if request.htmx:
        response["HX-Push-Url"] = _address(request, asked)
    return response


def _many(number: counts.Counts) -> str:
    return f"{number.matching:,}{'+' if number.bounded else ''}"


def _address(request: TenantRequest, asked: browse.Asked) -> str:
    query = asked.query()
    return tenant_url(request.tenant, "inventory") + (f"?{query}" if query else "")


@require_safe
@needs(Capability.VIEW)
def inventory_object(request: TenantRequest, pk: ObjectId) -> HttpResponse:
    """One object with its access. `?all=paths` (permissions, trust …) shows more of that part."""
    node: Node | None = Node.objects.of(request.tenant).filter(pk=pk).first()
    if node is None:
        raise Http404("There is no such object.")
    record = decode(node.kind, node.data)
    reaching = node.kind == "resource"
    explore = graph.paths_to if reaching else graph.paths_from
    reach = graph.Reach([], whole=True) if node.kind == "owner" else explore(request.tenant, node.key)
    paths = reach.paths
    edges = {
        "out": graph.edges_from(request.tenant, node.key),
        "into": graph.edges_to(request.tenant, node.key),
    }
    owns = [hop for hop in edges["into"] if hop.relation == "owns"]
    if len(edges["into"]) >= graph.MOST_LISTED:
        owns = graph.edges_to(request.tenant, node.key, "owns")
    urls = _urls(request, (hop for path in paths for hop in path.hops), edges["out"], edges["into"], owns)
    whole = request.GET.get("all", "")
    context = {
        "node": node,
        "record": record,
        "system": SYSTEMS.get(node.system, node.system),
        "facts": _facts(request, node, record),
        "reaching": reaching,
        "diagram": draw(paths, subject=node.key, address=lambda ref: urls.get(ref.id)) if paths else None,
        **_paths(paths, whole),
        "paths_whole": reach.whole,
        "sections": _sections(request, node, edges, urls),
        "owners": [_edge(hop, "into", urls) for hop in owns],
        **ownership(request, node),
        "changes": _changes(request, node, whole),
        "matches": matches.told(request, matches.around(request.tenant, node.key)),
        "known_domains": known_domains(),
        "can_decide": can(request, Capability.TRIAGE),
        "raw": json.dumps(node.data, indent=2, ensure_ascii=False, sort_keys=True),
    }
    return page(request, "connectors/inventory_object.html", context)


def _urls(request: TenantRequest, *hops: Iterable[Hop]) -> dict[str, str]:
    """Key → page, for every object at an end of a hop that the inventory knows."""
    keys = {ref.id for each in hops for hop in each for ref in (hop.source, hop.target)}
    known = browse.ids(tenant=request.tenant, keys=keys)
    return {key: tenant_url(request.tenant, "inventory_object", pk=pk) for key, pk in known.items()}


def _paths(paths: list[Path], whole: str) -> dict[str, Any]:
    limit = MORE if whole == "paths" else PATHS_TOLD
    return {"paths": paths[:limit], "paths_total": len(paths), "paths_hidden": max(0, len(paths) - limit)}


SECTIONS = (
    ("permissions", "Permissions", "permission", "out", "What it may do, as its policies say."),
    ("trust", "Who can become it", "can_assume", "into", "Whom its trust policy names."),
    ("becomes", "Whom it can become", "can_assume", "out", "Whose trust names it; its own permissions must agree."),
    ("barred", "Whom it may not become", "barred", "out", "What its own policies forbid, whatever trust says."),
    ("identity", "Runs as", "runs_as", "out", "The identity it acts with."),
    ("workloads", "What runs as it", "runs_as", "into", "Workloads that act with this identity."),
    ("egress", "Where it sends data", "egress", "out", "Destinations outside, and the metadata that shows them."),
    (
        "granted",
        "Who is granted access",
        "permission",
        "into",
        "Direct grants; the picture above has the ways there.",
    ),
    ("data", "Data it is configured with", "uses_data", "out", "Event sources, knowledge bases."),
    ("used_by", "Configured with it", "uses_data", "into", "Workloads that name it in their configuration."),
    ("calls", "What it calls", "calls", "out", "Triggers, targets and tools."),
    ("called", "What calls it", "calls", "into", "Triggers, targets and tools."),
    ("contains", "What it covers", "contains", "out", "Resources that its pattern matches."),
    ("covered", "Covered by", "contains", "into", "Sets of resources that it belongs to."),
    ("owns", "Owns", "owns", "out", "What it answers for."),
)  # name, title, relation, which edges, lead
TOLD_WHEN_EMPTY = {
    "identity": {"permissions", "trust", "workloads"},
    "workload": {"identity", "egress"},
    "resource": {"granted"},
}


def _sections(
    request: TenantRequest, node: Node, edges: dict[str, list[Hop]], urls: dict[str, str]
) -> list[dict[str, Any]]:
    """The edges around the object in tables: what it is, which end to name, the rows, how many are hidden, and where
    there are too many to fetch, the page behind."""
    whole, sections = request.GET.get("all", ""), []
    for name, title, relation, side, lead in SECTIONS:
        if len(edges[side]) >= graph.MOST_LISTED:
            found = _paged(request, node, name, relation, side)
        else:
            hops = [hop for hop in edges[side] if hop.relation == relation]
            limit = MORE if whole == name else EDGES_SHOWN
            rows = [_edge(hop, side, urls) for hop in hops[:limit]]
            found = {"rows": rows, "total": len(hops), "hidden": max(0, len(hops) - limit)}
        if found["total"] or name in TOLD_WHEN_EMPTY.get(node.kind, set()):
            sections.append({"name": name, "title": title, "lead": lead, "relation": relation, **found})
    return sections


def _paged(request: TenantRequest, node: Node, name: str, relation: str, side: str) -> dict[str, Any]:
    """One page of a section of a hub, the one that the address names or the first."""
    after = request.GET.get("after", "").replace("\0", "") if request.GET.get("in") == name else ""
    end = "source" if side == "out" else "target"
    found = around.edges(request.tenant, node.key, side=end, relation=relation, after=after)
    urls = _urls(request, found.hops)
    following = found.following and urlencode({"in": name, "after": found.following})
    return {
        "rows": [_edge(hop, side, urls) for hop in found.hops],
        "total": found.total,
        "bounded": found.total >= around.MOST_COUNTED,
        "further": bool(after),
        "next_url": following and f"?{following}#{name}",
    }


def _edge(hop: Hop, side: str, urls: dict[str, str]) -> dict[str, Any]:
    """The other end of an edge, seen from the object."""
    end, kind = (hop.target, hop.target_type) if side == "out" else (hop.source, hop.source_type)
    return {"hop": hop, "end": end, "type": kind, "url": urls.get(end.id)}


def _changes(request: TenantRequest, node: Node, whole: str) -> dict[str, Any]:
    limit = MORE if whole == "changes" else CHANGES_SHOWN
    found = Change.objects.of(request.tenant).filter(subject=node.key, connection=node.connection).order_by("-at")
    rows = list(found[: limit + 1])
    scans = set(Scan.objects.of(request.tenant).filter(pk__in={row.scan for row in rows}).values_list("pk", flat=True))
    return {"rows": [_change(row, scans) for row in rows[:limit]], "more": len(rows) > limit}


def _change(row: Change, scans: set[ObjectId]) -> dict[str, Any]:
    said = history.told(row.subject_kind, row.subject_name, row.field, row.before, row.after)
    return {"row": row, "by_scan": row.scan in scans, **said}


# ── Facts ───────────────────────────────────────────────────────────────────────────────────────────────────────────

UNTOLD = "the source doesn’t say"


def _fact(label: str, value: Any, **more: Any) -> dict[str, Any]:
    return {"label": label, "value": value, "reason": UNTOLD, **more}


def _facts(request: TenantRequest, node: Node, record: ObjectRecord) -> list[dict[str, Any]]:
    facts = [
        _fact("Type", node.type),
        _fact("System", SYSTEMS.get(node.system, node.system)),
        *([_fact("Account", node.account_name or node.account_id, hint=node.account_name and node.account_id)]),
        *([_fact("Region", node.region)] if node.region else []),
        *facts_of(record),
        _fact("Created", record.created_at, when=True),
        _fact("First seen", node.first_seen, when=True),
        _fact("Last seen", node.last_seen, when=True, url=tenant_url(request.tenant, "scan", pk=node.seen_scan)),
        _fact("Address", node.key, copyable=True),
    ]
    if node.provider_id != node.key:
        facts.append(_fact("Provider’s id", node.provider_id, copyable=True))
    return facts


def facts_of(record: ObjectRecord) -> list[dict[str, Any]]:
    """What is told of it besides what all objects have."""
    if isinstance(record, Workload):
        return [
            _fact("Role", record.role),
            _fact("Enabled", _yes_no(record.enabled)),
            _fact("Last active", record.last_active_at, when=True),
            _fact("Modified", record.modified_at, when=True),
            *(_fact(label, value) for label, value in record.facts),
        ]
    if isinstance(record, Identity):
        return _facts_of_identity(record)
    if isinstance(record, Resource):
        return [
            _fact("Public", _yes_no(record.public)),
            *([_fact("Pattern", record.pattern, copyable=True)] if record.pattern else []),
        ]
    return [
        _fact("E-mail", record.email),
        _fact("Still active", _yes_no(record.active)),
    ]


def _facts_of_identity(record: Identity) -> list[dict[str, Any]]:
    never = record.usage is Usage.NEVER and record.last_used_at is None
    used = _fact(
        "Last used", "never, as far back as the provider looks" if never else record.last_used_at, when=not never
    )
    marks = [
        ("External", "outside the organization", record.external),
        ("Managed by", "the provider, which owns and rotates it", record.provider_managed),
    ]
    return [
        _fact("Enabled", _yes_no(record.enabled)),
        used,
        _fact("Used by a person", _yes_no(record.human)),
        *(_fact(label, value) for label, value, applies in marks if applies),
        *(_fact(label, value) for label, value in record.facts),
    ]


def _yes_no(value: bool | None) -> str | None:  # noqa: FBT001  (the value is what is told)
    return None if value is None else "yes" if value else "no"
