"""How far does it reach from here, who reaches this data, and through which few does it all go, for one page?"""

from __future__ import annotations

from collections import Counter
from collections.abc import Callable, Iterable, Sequence
from dataclasses import dataclass, replace

from connectors.inventory.adjacency import Adjacency
from connectors.inventory.becoming import Step
from connectors.inventory.choke import choke_points
from connectors.inventory.documents import Document, collection
from connectors.inventory.graph import Path, told
from connectors.inventory.models import Node
from connectors.inventory.records import Access, Ref
from connectors.inventory.surroundings import Surroundings
from connectors.inventory.walk import ACTORS, AUTHORITY, CALLING, OUT, SYSTEM, Walk
from tenants.models import Tenant

ALTERNATIVES = 3  # equally short ways that are told to one end
KINDS = ("workload", "identity", "resource", "egress")
MOST_PATHS = 250  # told on one page, the surest and shortest


@dataclass(frozen=True, slots=True, kw_only=True)
class Choke:
    """Somebody through whom `cut` ends of the paths have their only way."""

    ref: Ref
    type: str
    account: str | None
    cut: int


@dataclass(frozen=True, slots=True, kw_only=True)
class Exposure:
    """An answer. `ends`: how many there are at the far side of the paths. `whole` is False where there is more."""

    paths: list[Path]
    ends: int
    chokes: list[Choke]
    reached: dict[str, int]  # kind → how many objects lie within reach, worth it or not
    whole: bool


@dataclass(frozen=True, slots=True, kw_only=True)
class Part:
    """The ends of one class: its key, what it is in words, how many ends, by how many paths."""

    key: str
    label: str
    ends: int
    paths: int


def from_object(tenant: Tenant, key: str) -> Exposure:
    """What a workload or identity, or whoever holds its credentials, can reach: its blast radius."""
    graph = Surroundings(tenant)
    graph.explore_ahead(key)
    start = graph.number(key)
    if start is None:
        return Exposure(paths=[], ends=0, chokes=[], reached={}, whole=graph.whole)
    walk = Walk(graph, CALLING)
    steps = walk.steps_from(start)
    worth = {step.target for step in steps for _ in walk.worth(step)}
    ways = walk.reach(start, most=ALTERNATIVES)
    reached = Counter(graph.things[thing].kind for thing in {step.target for step in steps} - {start})
    return _exposure(graph, ways, choke_points(graph, steps, near=[start], far=worth), ends=worth, reached=reached)


def to_domain(tenant: Tenant, domain: str) -> Exposure:
    """Which workloads and identities reach what holds data of the domain."""
    graph = Surroundings(tenant)
    return _to(graph, graph.holding(domain))


def to_object(tenant: Tenant, key: str) -> Exposure:
    """Which workloads and identities reach this resource."""
    return _to(Surroundings(tenant), [key])


def _to(graph: Surroundings, keys: Sequence[str]) -> Exposure:
    graph.explore_behind(keys)
    targets = [number for number in map(graph.number, keys) if number is not None]
    walk = Walk(graph, CALLING)
    ways = walk.reaching(*targets)
    actors = {way[0].source for way in ways}
    back = [step._replace(source=step.target, target=step.source) for step in walk.steps_to(*targets)]
    chokes = choke_points(graph, back, near=targets, far=actors)
    reached = Counter(graph.things[actor].kind for actor in actors) | Counter({"resource": len(targets)})
    return _exposure(graph, ways, chokes, ends=actors, reached=reached)


def _exposure(
    graph: Surroundings, ways: list[list[Step]], chokes: list[tuple[int, int]], *, ends: set[int], reached: Counter[str]
) -> Exposure:
    ways.sort(key=lambda way: (max(step.grade for step in way), len(way)))
    shown = ways[:MOST_PATHS]
    graph.prove(step for way in shown for step in way)
    return Exposure(
        paths=told(graph, shown),
        ends=len(ends),
        chokes=[_choke(graph, thing, cut) for thing, cut in chokes],
        reached={kind: reached[kind] for kind in KINDS if reached[kind]},
        whole=graph.whole and len(ways) <= MOST_PATHS,
    )


def _choke(graph: Adjacency, thing: int, cut: int) -> Choke:
    found = graph.things[thing]
    ref = Ref(kind=found.kind, id=graph.things.key(thing), name=graph.things.name(thing))
    return Choke(ref=ref, type=found.type, account=found.account_name, cut=cut)


def domains(tenant: Tenant) -> list[tuple[str, int]]:
    """Every data domain of the tenant with how many resources hold data of it, the most first."""
    stages: list[Document] = [
        {"$match": {"tenant_id": tenant.pk, "kind": "resource", "domains": {"$gt": ""}, "gone_at": None}},
        {"$unwind": "$domains"},
        {"$group": {"_id": "$domains", "n": {"$sum": 1}}},
        {"$sort": {"n": -1, "_id": 1}},
    ]
    return [(row["_id"], row["n"]) for row in collection(Node).aggregate(stages, hint="node_domain")]


# ── Classes ─────────────────────────────────────────────────────────────────────────────────────────────────────────

_LABELS = {AUTHORITY: "Administrative authority", OUT: "Destinations outside", SYSTEM: "Into other systems"}


def classes_of(path: Path) -> list[str]:
    """What a path ends at, of what is worth reaching: "authority", "egress", "system", or a data domain."""
    last = path.hops[-1]
    found = [AUTHORITY] if last.relation == "permission" and last.access is Access.ADMIN else []
    found += [OUT] if last.relation == "egress" else []
    systems = {last.source_system, last.target_system} - {None}
    found += [SYSTEM] if last.target.kind in ACTORS and len(systems) > 1 else []
    return [*found, *(f"domain:{domain}" for domain in last.target_domains)]


def by_class(paths: Iterable[Path]) -> list[Part]:
    """The paths by what they end at, authority and data before the rest."""
    return _parts(((path.hops[-1].target, each) for path in paths for each in classes_of(path)), _class_label)


def by_type(paths: Iterable[Path]) -> list[Part]:
    """The paths by the type of what they begin at."""
    begins = ((path.hops[0].source, f"type:{path.hops[0].source_type or path.hops[0].source.kind}") for path in paths)
    return _parts(begins, lambda key: key.removeprefix("type:"))


def _parts(found: Iterable[tuple[Ref, str]], label: Callable[[str], str]) -> list[Part]:
    ends: dict[str, list[str]] = {}
    for ref, key in found:
        ends.setdefault(key, []).append(ref.id)
    parts = [Part(key=key, label=label(key), ends=len({*ids}), paths=len(ids)) for key, ids in ends.items()]
    return sorted(parts, key=lambda part: (part.key != AUTHORITY, ":" not in part.key, -part.ends, part.key))


def _class_label(key: str) -> str:
    domain = key.removeprefix("domain:")
    return _LABELS.get(key) or f"{domain.upper() if len(domain) < 3 else domain.capitalize()} data"


def narrowed(exposure: Exposure, *, only: str, through: str) -> Exposure:
    """The paths of one class or type alone, and of those the ones through one object; empty asks for any."""
    paths = [path for path in exposure.paths if not only or only in _keys(path)]
    paths = [path for path in paths if not through or through in {hop.source.id for hop in path.hops[1:]}]
    return replace(exposure, paths=paths)


def _keys(path: Path) -> list[str]:
    return [*classes_of(path), f"type:{path.hops[0].source_type or path.hops[0].source.kind}"]
