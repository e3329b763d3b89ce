"""What is different between two scans, in the whole tenant or in one object, and what was an object like then?"""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any
from urllib.parse import urlencode

from bson import ObjectId
from django.http import Http404, HttpResponse, QueryDict
from django.utils import timezone
from django.views.decorators.http import require_safe

from accounts.http import TenantRequest, needs, page, tenant_url
from accounts.roles import Capability
from connectors.coverage import READ
from connectors.inventory import browse
from connectors.inventory.codec import decode
from connectors.inventory.history import Net, Span, as_of, between, counted
from connectors.inventory.models import Node
from connectors.inventory.prune import horizon
from connectors.models import Scan
from connectors.views.inventory import facts_of

OFFERED = 100  # scans to choose from, the latest first
ROWS = 200  # differences on one page
KINDS = {"workload": "Workloads", "identity": "Identities", "resource": "Resources", "owner": "Owners", "edge": "Links"}
HOW = ("appeared", "changed", "gone")


@dataclass(frozen=True, slots=True)
class Pair:
    """Two scans, each with the moment as of which it was written."""

    earlier: Scan
    later: Scan
    span: Span


@dataclass(frozen=True, slots=True)
class Choice:
    """The scans that can be compared, the one that is looked at, and the two that are."""

    scans: list[Scan]
    later: Scan | None
    pair: Pair | None

    @property
    def earlier(self) -> Scan | None:
        """The first of the two."""
        return self.pair.earlier if self.pair else None


def _pair(earlier: Scan | None, later: Scan | None) -> Pair | None:
    """What lies between them: of their connection, or of all where they belong to two."""
    if not (earlier and later and earlier.started_at and later.started_at):
        return None
    one = earlier.connection_id == later.connection_id
    whose = later.connection_id if one else None
    return Pair(earlier, later, Span(after=earlier.started_at, until=later.started_at, connection_id=whose))


def _chosen(request: TenantRequest, connection_id: ObjectId | None = None) -> Choice:
    """As asked for, whichever way round; else the last two scans of the connection that was read last."""
    readable = Scan.objects.of(request.tenant).filter(state__in=READ, started_at__isnull=False)
    if connection_id:
        readable = readable.filter(connection_id=connection_id)
    scans = list(readable.order_by("-started_at")[:OFFERED])
    wanted = [given for name in ("from", "to") if (given := _id(request.GET.get(name)))]
    if wanted:
        asked = sorted(readable.filter(pk__in=wanted), key=lambda scan: scan.started_at)
        if len(wanted) != 2 or len(asked) != len(set(wanted)):
            raise Http404("There is no such scan.")
        return Choice(scans, asked[-1], _pair(asked[0], asked[-1]))
    later = scans[0] if scans else None
    before = (scan for scan in scans[1:] if later and scan.connection_id == later.connection_id)
    return Choice(scans, later, _pair(next(before, None), later))


def _id(given: str | None) -> ObjectId | None:
    return ObjectId(given) if given and ObjectId.is_valid(given) else None


@require_safe
@needs(Capability.VIEW)
def changes(request: TenantRequest) -> HttpResponse:
    """What came, went and changed in the tenant between two scans."""
    choice = _chosen(request)
    context: dict[str, Any] = {"choice": choice, "horizon": horizon(timezone.now())}
    if pair := choice.pair:
        kind = request.GET.get("kind") if request.GET.get("kind") in KINDS else None
        found = between(request.tenant, pair.span, kind=kind, after=_place(request.GET), limit=ROWS + 1)
        context |= {
            "kind": kind,
            "tabs": _tabs(request, pair, kind),
            "subjects": _by_subject(request, found[:ROWS]),
            "next_url": _address(request, pair, kind, found[ROWS - 1].place) if len(found) > ROWS else None,
            "several": pair.span.connection_id is None,
        }
    return page(request, "connectors/changes.html", context)


def _place(asked: QueryDict) -> list[str]:
    """Where the page before ended."""
    given = asked.getlist("after")
    return given if len(given) == 3 else []


def _tabs(request: TenantRequest, pair: Pair, kind: str | None) -> list[dict[str, Any]]:
    counts = counted(request.tenant, pair.span)
    tabs = [
        {
            "label": label,
            "url": _address(request, pair, name),
            "current": name == kind,
            "counts": [(counts[name].get(how, 0), how) for how in HOW if counts[name].get(how)],
        }
        for name, label in KINDS.items()
        if name in counts
    ]
    return [{"label": "All", "url": _address(request, pair), "current": kind is None, "counts": []}, *tabs]


def _address(request: TenantRequest, pair: Pair, kind: str | None = None, after: list[str] | None = None) -> str:
    asked: dict[str, Any] = {"from": pair.earlier.pk, "to": pair.later.pk}
    asked |= ({"kind": kind} if kind else {}) | ({"after": after} if after else {})
    return f"{tenant_url(request.tenant, 'changes')}?{urlencode(asked, doseq=True)}"


def _by_subject(request: TenantRequest, found: list[Net]) -> list[dict[str, Any]]:
    """The differences gathered under the object that they are told with."""
    known = browse.ids(tenant=request.tenant, keys={net.subject for net in found})
    names = dict(Node.objects.of(request.tenant).filter(pk__in=known.values()).values_list("key", "name"))
    gathered: dict[str, dict[str, Any]] = {}
    for net in found:
        if net.subject not in gathered:
            url = tenant_url(request.tenant, "object_history", pk=known[net.subject]) if net.subject in known else None
            name = names.get(net.subject) or (net.subject if net.subject_kind == "edge" else net.subject_name)
            gathered[net.subject] = {"name": name, "url": url, "rows": []}
        gathered[net.subject]["rows"].append({"at": net.at, **net.told})
    return list(gathered.values())


@require_safe
@needs(Capability.VIEW)
def object_history(request: TenantRequest, pk: ObjectId) -> HttpResponse:
    """One object: what is different between two scans, and what it was like at the later one."""
    node: Node | None = Node.objects.of(request.tenant).filter(pk=pk).first()
    if node is None:
        raise Http404("There is no such object.")
    choice = _chosen(request, node.connection_id)
    context: dict[str, Any] = {"node": node, "choice": choice, "horizon": horizon(timezone.now())}
    if choice.pair:
        found = between(request.tenant, choice.pair.span, subject=node.key, after=[], limit=ROWS + 1)
        context |= {"rows": [{"at": net.at, **net.told} for net in found[:ROWS]], "more": len(found) > ROWS}
    if choice.later and choice.later.started_at:
        state = as_of(node, choice.later.started_at)
        record = decode(node.kind, {**state.data, "scope": node.scope})
        edges = sorted(state.edges, key=lambda edge: (edge["relation"], edge["words"]))
        context |= {"state": state, "record": record, "facts": facts_of(record), "edges": edges}
    return page(request, "connectors/object_history.html", context)
