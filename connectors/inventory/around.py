"""Which edges of one relation leave or arrive at an object, page by page, however many there are?"""

from __future__ import annotations

from dataclasses import dataclass

from connectors.inventory.becoming import Step
from connectors.inventory.documents import collection
from connectors.inventory.graph import Hop, hops_of
from connectors.inventory.models import Edge
from connectors.inventory.surroundings import INDEX, Surroundings
from tenants.models import Tenant

EDGES_PER_PAGE = 50
MOST_COUNTED = 10_000
MOST_BETWEEN_TWO = 1_000  # edges of one relation between the same two objects
FAR = {"source": "target", "target": "source"}


@dataclass(frozen=True, slots=True, kw_only=True)
class Edges:
    """One page in the order of the far ends' addresses. `total` counts to MOST_COUNTED; `following` is the address
    behind which the next page begins, None where there is none."""

    hops: list[Hop]
    total: int
    following: str | None


def edges(tenant: Tenant, key: str, *, side: str, relation: str, after: str = "") -> Edges:
    """The live edges that have the object at this side, source or target, behind an address."""
    far = FAR[side]
    graph = Surroundings(tenant)
    rows = graph.take(side, [key], most=EDGES_PER_PAGE, relation=relation, **{far: {"$gt": after}})
    more = not graph.whole
    if more and rows[0][far] != rows[-1][far]:  # the last far end may have more edges: it begins the next page
        shown = [number for number, row in enumerate(rows) if row[far] != rows[-1][far]]
    else:
        rows += (
            graph.take(side, [key], most=MOST_BETWEEN_TWO, relation=relation, **{far: rows[-1][far]}) if more else []
        )
        shown = list(range(len(rows)))
    graph.describe_new()
    graph.prove(Step(edge, graph.source[edge], graph.target[edge], graph.grade[edge]) for edge in shown)
    return Edges(
        hops=hops_of(graph, shown),
        total=_counted(tenant, key, side, relation) if more or after else len(rows),
        following=rows[shown[-1]][far] if more else None,
    )


def _counted(tenant: Tenant, key: str, side: str, relation: str) -> int:
    wanted = {"tenant_id": tenant.pk, side: key, "gone_at": None, "relation": relation}
    return collection(Edge).count_documents(wanted, limit=MOST_COUNTED, hint=INDEX[side])
