"""What can be reached from here, over which hops, and with what evidence?

Two ways to the same answer: for one page, the edges around one object are fetched level by level; for an evaluation,
`connectors.inventory.read` keeps all of a tenant's. `connectors.inventory.walk` knows the rules for both.
"""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from datetime import datetime

import structlog
from bson import ObjectId

from connectors.inventory.adjacency import ACCESSES, EDGE_FIELDS, GRADES, NODE_FIELDS, NONE, RELATIONS, Adjacency
from connectors.inventory.documents import NODE_KEY, Document, by_key, collection
from connectors.inventory.models import Edge, Node
from connectors.inventory.records import Access, Grade, Ref
from connectors.inventory.walk import MOST_HOPS, Step, Walk
from connectors.inventory.words import edge_in_words, sentence, titled
from tenants.models import Tenant

WALKED = ("runs_as", "can_assume", "contains", "permission", "egress")
INDEX = {"source": "edge_forward", "target": "edge_backward"}
MOST_EDGES = 10_000  # fetched for one page; what lies behind more of them isn't walked
MOST_LISTED = 1_000  # edges of one object on its page
log = structlog.get_logger(__name__)


@dataclass(frozen=True, slots=True, kw_only=True)
class Hop:
    """One edge, walked from source to target, with its evidence: observed when, by which scan.

    `relation` is a records.Relation value, "permission" or "egress". `source_type`/`target_type` are the provider's
    kinds ("Lambda function"); an egress' target has kind "egress" and its destination as id and name. Becoming an
    identity by a permission and its trust is one hop "can_assume", with the conditions of both.
    """

    relation: str
    source: Ref
    target: Ref
    source_type: str
    target_type: str
    grade: Grade
    scope: str
    first_seen: datetime
    last_seen: datetime
    scan: str
    access: Access | None = None
    actions: tuple[str, ...] = ()
    via: str | None = None
    conditions: tuple[str, ...] = ()
    target_domains: tuple[str, ...] = ()
    target_account: str | None = None  # its name, where the target is known

    @property
    def sentence(self) -> str:
        """The hop in words with names, ending in a full stop: "Lambda function export runs as Billing-Admin."."""
        source = titled(self.source_type, self.source.name)
        becomes = self.relation in ("runs_as", "can_assume")
        target = self.target.name if becomes else titled(self.target_type, self.target.name)
        access = self.access if self.relation == "permission" else None
        return sentence(
            edge_in_words(self.relation, access, source, target), grade=self.grade, conditions=self.conditions
        )


@dataclass(frozen=True, slots=True)
class Path:
    """Hops that join: each one's target is the next one's source. Never empty."""

    hops: tuple[Hop, ...]

    @property
    def grade(self) -> Grade:
        """The weakest hop's: one unknown hop makes the path unknown."""
        return max((hop.grade for hop in self.hops), key=list(Grade).index)

    @property
    def line(self) -> str:
        """The path in one line: "billing-export → Billing-Admin → customer-data → internet"."""
        return " → ".join([self.hops[0].source.name, *(hop.target.name for hop in self.hops)])


def paths_from(tenant: Tenant, key: str) -> list[Path]:
    """The surest and shortest path to each thing worth reaching, as `Inventory.paths_from`, for one page.

    Fetches at most MOST_EDGES edges; beyond those nothing is told.
    """
    graph = _Surroundings(tenant).explored(key, forward=True)
    start = graph.number(key)
    return [] if start is None else told(graph, Walk(graph).reach(start))


def paths_to(tenant: Tenant, key: str) -> list[Path]:
    """The surest and shortest path from each workload and identity that reaches this object, for one page.

    Fetches at most MOST_EDGES edges; beyond those nothing is told.
    """
    graph = _Surroundings(tenant).explored(key, forward=False)
    target = graph.number(key)
    return [] if target is None else told(graph, Walk(graph).reaching(target))


def edges_from(tenant: Tenant, key: str, *relations: str) -> list[Hop]:
    """The live edges that leave this object, of the given relations or of all; MOST_LISTED at most."""
    return _hops_around(tenant, "source", key, relations)


def edges_to(tenant: Tenant, key: str, *relations: str) -> list[Hop]:
    """The live edges that arrive at this object, of the given relations or of all; MOST_LISTED at most."""
    return _hops_around(tenant, "target", key, relations)


def told(graph: Adjacency, ways: Iterable[Sequence[Step]]) -> list[Path]:
    """Ways through the graph as paths: the surest first, then the shortest, then by name."""
    paths = [Path(tuple(hop_of(graph, step) for step in way)) for way in ways]
    return sorted(paths, key=lambda path: (list(Grade).index(path.grade), len(path.hops), path.line))


def hop_of(graph: Adjacency, step: Step) -> Hop:
    """A step as a hop, with the evidence of the trust that it needed, if it needed one."""
    source, target = graph.things[graph.source[step.edge]], graph.things[graph.target[step.edge]]
    said = graph.said(step.edge)
    relation, via, conditions = RELATIONS[graph.relation[step.edge]], said.via, said.conditions
    access = ACCESSES[graph.access[step.edge]]
    if access == "assume" and step.proof != NONE:
        proof = graph.said(step.proof)
        relation = "can_assume"
        via = "; ".join(each for each in (via, proof.via) if each) or None
        conditions = tuple(dict.fromkeys((*conditions, *proof.conditions)))
        said = said._replace(
            first_seen=max(said.first_seen, proof.first_seen), last_seen=min(said.last_seen, proof.last_seen)
        )
    return Hop(
        relation=relation,
        source=Ref(kind=source.kind, id=source.key, name=source.name),
        target=Ref(kind=target.kind, id=target.key, name=target.name),
        source_type=source.type,
        target_type=target.type,
        grade=Grade(GRADES[step.grade]),
        scope=said.scope,
        first_seen=said.first_seen,
        last_seen=said.last_seen,
        scan=said.scan,
        access=Access(access) if access else None,
        actions=said.actions,
        via=via,
        conditions=conditions,
        target_domains=target.domains,
        target_account=target.account_name,
    )


def hops_of(graph: Adjacency, edges: Iterable[int]) -> list[Hop]:
    """Edges as they are, each on its own."""
    return [hop_of(graph, Step(edge, graph.target[edge], graph.grade[edge])) for edge in edges]


def _hops_around(tenant: Tenant, side: str, key: str, relations: tuple[str, ...]) -> list[Hop]:
    surroundings = _Surroundings(tenant)
    surroundings.take(side, [key], relations or RELATIONS, most=MOST_LISTED)
    surroundings.describe()
    return hops_of(surroundings.graph, range(len(surroundings.graph.source)))


class _Surroundings:
    """The part of a tenant's graph around one object, fetched as far as one page needs it."""

    def __init__(self, tenant: Tenant) -> None:
        self.graph = Adjacency()
        self._tenant = tenant
        self._taken: set[ObjectId] = set()

    def explored(self, key: str, *, forward: bool) -> Adjacency:
        """What lies within MOST_HOPS in one direction, level by level, with the trust that becoming someone needs."""
        level = self._ahead if forward else self._behind
        seen, frontier = {key}, [key]
        for _ in range(MOST_HOPS):
            frontier = [each for each in dict.fromkeys(level(frontier)) if each not in seen] if frontier else []
            seen.update(frontier)
        if len(self._taken) >= MOST_EDGES:
            log.info("paths cut short", tenant=self._tenant.slug, start=key)
        self.describe()
        return self.graph

    def take(self, side: str, keys: list[str], relations: Sequence[str], *, most: int) -> list[Document]:
        """Fetch the live edges that have one of the keys at that side; those that were not there yet."""
        wanted = {side: {"$in": keys}, "gone_at": None, "relation": {"$in": list(relations)}}
        found = collection(Edge).find(
            {"tenant_id": self._tenant.pk, **wanted}, dict.fromkeys(EDGE_FIELDS, 1), hint=INDEX[side]
        )
        rows = [row for row in found.limit(most) if row["_id"] not in self._taken] if keys and most > 0 else []
        for row in rows:
            self._taken.add(row["_id"])
            self.graph.add_edge(row)
        return rows

    def describe(self) -> None:
        """Fetch what a walk has to know of the objects."""
        named = by_key(self._tenant.pk, (thing.key for thing in self.graph.things))
        for row in collection(Node).find({**named, "gone_at": None}, dict.fromkeys(NODE_FIELDS, 1), hint=NODE_KEY):
            self.graph.describe(row)

    def _ahead(self, frontier: list[str]) -> list[str]:
        rows = self.take("source", frontier, WALKED, most=MOST_EDGES - len(self._taken))
        roles = [row["target"] for row in rows if row["access"] == "assume" or row["relation"] == "can_assume"]
        self.take("target", list(dict.fromkeys(roles)), ("can_assume",), most=MOST_EDGES - len(self._taken))
        return [row["target"] for row in rows if row["target_kind"] != "egress" and not _only_access(row)]

    def _behind(self, frontier: list[str]) -> list[str]:
        rows = self.take("target", frontier, WALKED, most=MOST_EDGES - len(self._taken))
        return [row["source"] for row in rows if row["source_kind"] != "workload" and not _only_access(row)]


def _only_access(row: Document) -> bool:
    """Access to an identity that isn't becoming it."""
    kind, relation, access = row["target_kind"], row["relation"], row["access"]
    return bool(kind == "identity" and relation == "permission" and access != "assume")
