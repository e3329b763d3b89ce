"""An agent that anybody may talk to, and that knows or does something inside."""

from __future__ import annotations

from connectors.inventory.read import Inventory
from connectors.inventory.records import Workload
from findings.evaluator import Factor, Family, Hit, Hop, Severity, evaluator, fixes, known, listed, surest, touched

INSIDE = ("uses_data", "runs_as", "calls")


@evaluator(
    Workload,
    family=Family.EGRESS,
    title="Agent published without sign-in that reaches inside",
    severity=Severity.HIGH,
    why="Everybody who finds its address may ask it, and it answers from what it knows and may do: there is nobody to "
    "hold to account, and no account to close.",
    fix=fixes(__file__),
    maps_to=("OWASP-NHI4:2025", "OWASP-ASI02", "OWASP-ASI03"),
    needs=("agents", "parts", "connections"),
    given=(Factor.EXPOSURE,),
)
def agent_without_sign_in(agent: Workload, inventory: Inventory) -> Hit | None:
    """Open without sign-in, as the source says; what it reaches is knowledge, tools, or an identity that it acts as."""
    if agent.role != "agent" or agent.open_to is None or agent.enabled is False:
        return None
    inside = [hop for hop in inventory.edges_from(agent.id, *INSIDE) if hop.target.kind != "egress"]
    if not inside:
        return None
    data = surest(path for path in known(inventory.paths_from(agent.id)) if touched(path))
    first = min(inside, key=_order)
    return Hit(
        because=f"{agent.type} {agent.name} answers {agent.open_to} without sign-in, and "
        f"{_does(inside)}{f', and so {listed(touched(data))} data' if data else ''}.",
        path=data.hops if data else (first,),
        facts={"Open to": agent.open_to, **{f"Reaches {n}": hop.sentence for n, hop in enumerate(inside[:10], 1)}},
        domains=tuple(sorted(touched(data))) if data else (),
    )


def _order(hop: Hop) -> tuple[int, str]:
    return INSIDE.index(hop.relation), hop.target.name


def _does(inside: list[Hop]) -> str:
    words = {"uses_data": "knows from", "runs_as": "acts as", "calls": "calls"}
    found = [(verb, {hop.target.name for hop in inside if hop.relation == each}) for each, verb in words.items()]
    return " and ".join(f"{verb} {_some(sorted(names))}" for verb, names in found if names)


def _some(names: list[str]) -> str:
    return listed(names) if len(names) <= 3 else f"{', '.join(names[:3])} and {len(names) - 3} more"
