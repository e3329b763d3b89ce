"""By which way does a workload reach sensitive data, and by which does it send out?"""

from __future__ import annotations

from collections.abc import Iterable

from connectors.inventory.read import Inventory
from connectors.inventory.records import Workload
from findings.evaluator import AccessPath, known, surest, touched

INTERNET = "internet"  # a way out of the network, to whichever host
Ways = tuple[AccessPath, AccessPath | None]


def by_itself(workload: Workload, inventory: Inventory) -> Ways | None:
    """To the data, and out; a named destination before the open network."""
    paths = known(inventory.paths_from(workload.id))
    data, out = _surest_to_data(paths), [path for path in paths if _leaves(path, workload, inventory)]
    named = [path for path in out if path.hops[-1].target.name != INTERNET]
    return (data, surest(named or out)) if data and out else None


def by_another(workload: Workload, inventory: Inventory) -> Ways | None:
    """What it sends to an address arrives at a workload there, which does the reading: the way out is on the way."""
    sent = [hop.target.id for hop in inventory.edges_from(workload.id, "egress")]
    if not any(inventory.edges_from(host, "calls") for host in sent):
        return None
    paths = known(inventory.paths_by_calls(workload.id))
    data = _surest_to_data(path for path in paths if any(hop.relation == "egress" for hop in path.hops))
    return (data, None) if data else None


def _surest_to_data(paths: Iterable[AccessPath]) -> AccessPath | None:
    return surest(path for path in paths if touched(path))


def _leaves(path: AccessPath, workload: Workload, inventory: Inventory) -> bool:
    """Whether the workload itself sends out at its end, to somewhere else than the tenant's own systems."""
    last = path.hops[-1]
    return last.relation == "egress" and last.source.id == workload.id and last.target.name not in inventory.own_hosts
