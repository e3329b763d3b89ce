"""A workload that reaches what matters by changing roles from account to account."""

from __future__ import annotations

from connectors.inventory.read import Inventory
from connectors.inventory.records import Workload
from findings.evaluator import (
    AccessPath,
    Family,
    Hit,
    Severity,
    administers,
    crosses,
    evaluator,
    fixes,
    is_our_own,
    known,
    power,
    surest,
    touched,
)

ROLES = 2  # changes of role that make a chain


@evaluator(
    Workload,
    family=Family.CROSS_SYSTEM,
    title="Role chain across accounts",
    severity=Severity.MEDIUM,
    why="No account shows the whole: each trust looks harmless, and the first link has the authority of the last.",
    fix=fixes(__file__),
    maps_to=("OWASP-NHI5:2025", "OWASP-ASI03"),
    needs=("iam", "organization"),
)
def role_chain_across_accounts(workload: Workload, inventory: Inventory) -> Hit | None:
    """At least two changes of role, in at least two accounts, within one system; between systems another rule tells."""
    if not is_our_own(workload):
        return None
    chains = [path for path in known(inventory.paths_from(workload.id)) if _is_chain(path)]
    path = surest(each for each in chains if administers(each.hops[-1])) or surest(chains)
    if path is None:
        return None
    domains = {domain for each in chains for domain in touched(each)}
    roles = [hop.target.name for hop in path.hops if hop.target.kind == "identity"]
    return Hit(
        because=f"{workload.type} {workload.name} becomes {', then '.join(roles)}, and so {power(path, domains)}.",
        path=path.hops,
        facts={"Roles": " → ".join(roles), "Accounts": ", ".join(_accounts(path))},
        domains=tuple(sorted(domains)),
    )


def _is_chain(path: AccessPath) -> bool:
    matters = administers(path.hops[-1]) or bool(touched(path))
    changes = sum(hop.relation == "can_assume" for hop in path.hops)
    return matters and changes >= ROLES and len(_accounts(path)) > 1 and crosses(path) is None


def _accounts(path: AccessPath) -> list[str]:
    roles = (hop for hop in path.hops if hop.target.kind == "identity")
    return list(dict.fromkeys(hop.target_account for hop in roles if hop.target_account))
