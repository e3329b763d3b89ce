"""What can be reached from here, over which hops, and with what evidence?

Two ways to the same answer: for one page, the edges around one object are fetched level by level; for an evaluation,
`connectors.inventory.read` keeps all of a tenant's. `connectors.inventory.walk` knows the rules for both.
"""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from datetime import datetime

from connectors.inventory.adjacency import ACCESSES, CALLS, CAN_ASSUME, GRADES, NONE, RELATIONS, Adjacency, Said
from connectors.inventory.becoming import Step
from connectors.inventory.records import Access, Grade, Ref
from connectors.inventory.surroundings import Surroundings
from connectors.inventory.walk import CALLING, Walk
from connectors.inventory.words import edge_in_words, sentence, titled
from tenants.models import Tenant

MOST_LISTED = 1_000  # edges of one object on its page
ASKED = "only as far as the called one does it for whoever calls"


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
    source_system: str | None = None
    target_system: str | None = None

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


@dataclass(frozen=True, slots=True)
class Reach:
    """Paths for one page. `whole` is False where the surroundings were too many to fetch: there is more than shown."""

    paths: list[Path]
    whole: bool


def paths_from(tenant: Tenant, key: str) -> Reach:
    """The surest and shortest path to each thing worth reaching, as `Inventory.paths_from`, and by way of the workloads
    that are called."""
    graph = Surroundings(tenant)
    graph.explore_ahead(key)
    start = graph.number(key)
    ways = [] if start is None else Walk(graph, CALLING).reach(start)
    graph.prove(step for way in ways for step in way)
    return Reach(told(graph, ways), graph.whole)


def paths_to(tenant: Tenant, key: str) -> Reach:
    """The surest and shortest path from each workload and identity that reaches this object."""
    graph = Surroundings(tenant)
    graph.explore_behind([key])
    target = graph.number(key)
    ways = [] if target is None else Walk(graph, CALLING).reaching(target)
    graph.prove(step for way in ways for step in way)
    return Reach(told(graph, ways), graph.whole)


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
    """A step as a hop, with the evidence of its other half, if it needed one."""
    source, target, said = graph.things[step.source], graph.things[step.target], graph.said(step.edge)
    relation, conditions = RELATIONS[graph.relation[step.edge]], said.conditions
    access = ACCESSES[graph.access[step.edge]]
    if step.proof != NONE:
        relation, said = RELATIONS[CAN_ASSUME], _joined(said, graph.said(step.proof))
        conditions = said.conditions
    elif graph.relation[step.edge] == CALLS:
        conditions = (*conditions, ASKED)
    return Hop(
        relation=relation,
        source=_ref(graph, step.source),
        target=_ref(graph, step.target),
        source_type=source.type,
        target_type=target.type,
        grade=Grade(GRADES[step.grade]),
        scope=said.scope,
        first_seen=said.first_seen,
        last_seen=said.last_seen,
        scan=said.scan,
        access=Access(access) if access else None,
        actions=said.actions,
        via=said.via,
        conditions=conditions,
        target_domains=target.domains,
        target_account=target.account_name,
        source_system=source.system,
        target_system=target.system,
    )


def _ref(graph: Adjacency, thing: int) -> Ref:
    return Ref(kind=graph.things[thing].kind, id=graph.things.key(thing), name=graph.things.name(thing))


def _joined(one: Said, other: Said) -> Said:
    """Two halves as one: true since the later of them was first seen, and as long as both were."""
    return one._replace(
        via="; ".join(each for each in (one.via, other.via) if each) or None,
        conditions=tuple(dict.fromkeys((*one.conditions, *other.conditions))),
        first_seen=max(one.first_seen, other.first_seen),
        last_seen=min(one.last_seen, other.last_seen),
    )


def hops_of(graph: Adjacency, edges: Iterable[int]) -> list[Hop]:
    """Edges as they are, each on its own."""
    return [hop_of(graph, _as_it_is(graph, edge)) for edge in edges]


def _as_it_is(graph: Adjacency, edge: int) -> Step:
    return Step(edge, graph.source[edge], graph.target[edge], graph.grade[edge])


def _hops_around(tenant: Tenant, side: str, key: str, relations: tuple[str, ...]) -> list[Hop]:
    graph = Surroundings(tenant)
    graph.take(side, [key], most=MOST_LISTED, relation={"$in": relations or RELATIONS})
    graph.describe_new()
    graph.prove(_as_it_is(graph, edge) for edge in range(len(graph.source)))
    return hops_of(graph, range(len(graph.source)))
