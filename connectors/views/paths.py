"""What can be reached from one object, who reaches data of one domain, and through which few does it go?"""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass
from typing import Any
from urllib.parse import urlencode

from bson import ObjectId
from django.http import HttpResponse, QueryDict
from django.views.decorators.http import require_safe

from accounts.http import TenantRequest, needs, page, tenant_url
from accounts.roles import Capability
from connectors.inventory import browse, exposure
from connectors.inventory.diagram import draw
from connectors.inventory.exposure import Exposure
from connectors.inventory.graph import Hop
from connectors.inventory.models import Node
from connectors.inventory.read import readings

PATHS_TOLD = 10  # in sentences; the picture folds, the rest is one click away
SUGGESTED = 20
LONGEST = 200
ASKABLE = "kind=workload&kind=identity&kind=resource"


@dataclass(frozen=True, slots=True, kw_only=True)
class Question:
    """What the address asks. `node` or `domain` is what it is about; neither is no question yet."""

    node: Node | None = None
    domain: str = ""
    only: str = ""
    through: str = ""
    opened: tuple[str, ...] = ()
    told: str = ""

    @property
    def back(self) -> bool:
        """Whether it asks who reaches it, rather than what it reaches."""
        return bool(self.domain) or (self.node is not None and self.node.kind == "resource")

    def query(self, **changed: Any) -> str:
        """The address' query for this question, changed in some respect."""
        about = {"of": str(self.node.pk)} if self.node else {"domain": self.domain}
        said = {"only": self.only, "through": self.through, "open": self.opened, "all": self.told} | changed
        return urlencode({**about, **{name: value for name, value in said.items() if value}}, doseq=True)


@require_safe
@needs(Capability.VIEW)
def paths(request: TenantRequest) -> HttpResponse:
    """The question, and its answer: picture, sentences, numbers. htmx gets the answer alone."""
    question = _question(request)
    search = " ".join(request.GET.get("q", "").replace("\0", " ").split())[:LONGEST]
    context: dict[str, Any] = {
        "question": question,
        "search": search,
        "domains": exposure.domains(request.tenant),
        "found": _suggested(request, search) if search else None,
        "unread": _unread(request),
    }
    if question.node or question.domain:
        context |= _answer(request, question)
    return page(request, "connectors/paths.html", context, fragment="answer")


def _question(request: TenantRequest) -> Question:
    of = request.GET.get("of", "")
    node: Node | None = None
    if ObjectId.is_valid(of):
        asked = Node.objects.of(request.tenant).filter(pk=ObjectId(of))
        node = asked.exclude(kind="owner").first()
    said = {name: request.GET.get(name, "").replace("\0", "")[:LONGEST] for name in ("domain", "only", "through")}
    opened = tuple(each[:LONGEST] for each in request.GET.getlist("open")[:20])
    return Question(node=node, opened=opened, told=request.GET.get("all", "")[:1], **said)


def _suggested(request: TenantRequest, search: str) -> list[dict[str, Any]]:
    query = QueryDict(f"{ASKABLE}&{urlencode({'q': search})}")
    return browse.listed(tenant=request.tenant, asked=browse.parse(query)).rows[:SUGGESTED]


def _unread(request: TenantRequest) -> list[str]:
    """The accounts that the last scans didn't read completely."""
    return [group.label for each in readings(request.tenant) for group in each.groups if group.state != "complete"]


def _answer(request: TenantRequest, question: Question) -> dict[str, Any]:
    whole = _explored(request, question)
    found = exposure.narrowed(whole, only=question.only, through=_key(request, question.through))
    shown = found.paths
    urls = _urls(request, (hop for path in shown for hop in path.hops), whole)
    limit = exposure.MOST_PATHS if question.told else PATHS_TOLD
    parts = exposure.by_type(whole.paths) if question.back else exposure.by_class(whole.paths)
    return {
        "answer": found,
        "total": len(whole.paths),
        "diagram": _drawn(request, question, found, urls) if shown else None,
        "paths": shown[:limit],
        "hidden": max(0, len(shown) - limit),
        "all_url": f"?{question.query(all='1')}#words-title",
        "whole_url": f"?{question.query(only='', through='')}",
        "parts": [{"part": part, "url": f"?{question.query(only=part.key, through='')}"} for part in parts],
        "chokes": [_choke(question, choke, urls) for choke in whole.chokes],
        "credentials": question.node.data.get("credentials", []) if question.node else [],
    }


def _explored(request: TenantRequest, question: Question) -> Exposure:
    if question.node is None:
        return exposure.to_domain(request.tenant, question.domain)
    explore = exposure.to_object if question.back else exposure.from_object
    return explore(request.tenant, question.node.key)


def _drawn(request: TenantRequest, question: Question, found: Exposure, urls: dict[str, ObjectId]) -> Any:
    return draw(
        found.paths,
        subject=question.node.key if question.node else None,
        address=lambda ref: tenant_url(request.tenant, "inventory_object", pk=urls[ref.id]) if ref.id in urls else None,
        unfolding=lambda fold: f"?{question.query(open=[*question.opened, fold])}",
        opened=question.opened,
    )


def _key(request: TenantRequest, pk: str) -> str:
    """The address of the object that the paths shall go through; what isn't there is gone through by none."""
    if not pk:
        return ""
    found = Node.objects.of(request.tenant).filter(pk=ObjectId(pk)).first() if ObjectId.is_valid(pk) else None
    return found.key if found else "nothing"


def _urls(request: TenantRequest, hops: Iterable[Hop], whole: Exposure) -> dict[str, ObjectId]:
    """Key → id, for every object to be named that the inventory knows."""
    keys = {ref.id for hop in hops for ref in (hop.source, hop.target)}
    return browse.ids(tenant=request.tenant, keys=keys | {choke.ref.id for choke in whole.chokes})


def _choke(question: Question, choke: exposure.Choke, urls: dict[str, ObjectId]) -> dict[str, Any]:
    pk = urls.get(choke.ref.id)
    return {"choke": choke, "pk": pk, "url": f"?{question.query(only='', through=pk)}" if pk else None}
