"""A workload that reads sensitive data and may send it out of the organization."""

from __future__ import annotations

from connectors.inventory.read import Inventory
from connectors.inventory.records import Workload
from findings.evaluator import (
    A_BAND,
    Factor,
    Family,
    Hit,
    Severity,
    Weight,
    acting,
    evaluator,
    fixes,
    listed,
    touched,
)
from findings.evaluators.automation_with_egress.ways import INTERNET, by_another, by_itself

ANYWHERE = (Weight("any host", -A_BAND, "no destination is named: its network leads anywhere"),)


@evaluator(
    Workload,
    family=Family.EGRESS,
    title="Automation that can carry sensitive data out",
    severity=Severity.HIGH,
    why="What reads sensitive data and sends to somewhere outside needs one wrong line, or one prompt, to leak it; "
    "nobody is asked each time, and it runs on when its author has left.",
    fix=fixes(__file__),
    maps_to=("OWASP-NHI5:2025", "OWASP-ASI02", "OWASP-ASI03"),
    needs=(
        "iam",
        "lambda",
        "network",
        "rbac",
        "workloads",
        "app-roles",
        "parts",
        "outbound",
        "roles",
        "automation",
        "agents",
        "flows",
        "webhooks",
        "business_rules",
    ),
    given=(Factor.REACH, Factor.EXPOSURE),
)
def automation_with_egress(workload: Workload, inventory: Inventory) -> Hit | None:
    """By what answers at the address that it sends to, or by itself. Doubtful steps and the tenant's own hosts don't
    count; what is merely called is told of by itself."""
    ways = None if workload.enabled is False else by_another(workload, inventory) or by_itself(workload, inventory)
    if ways is None:
        return None
    data, out = ways
    hops = (*data.hops, *(out.hops if out else ()))
    places = [hop for hop in hops if hop.relation == "egress"]
    domains, end = touched(data), data.hops[-1].target.name
    acts = f" as {acting(data)}" if acting(data) else ""
    names = {hop.target.name for hop in places}
    return Hit(
        because=f"{workload.type} {workload.name} can reach {listed(domains)} data in {end}{acts} and send to "
        f"{listed('the internet' if name == INTERNET else name for name in names)}.",
        path=hops,
        raised=ANYWHERE if names == {INTERNET} else (),
        facts={
            "Reads": data.line,
            "Sends": (out or data).line,
            **{f"How it is known, {place.target.name}": place.via for place in places if place.via},
        },
        domains=tuple(sorted(domains)),
    )
