"""What does the source read, which permission does each read need, and why?

The one list. `asking.py` makes no call that isn't here; the two custom roles to deploy, "Test connection", the
requirements packet, SETUP.md and the contract test come from it.

Agents are content to Azure: reading them takes a data action, which no Reader has, and which Azure doesn't let a custom
role carry on a management group. So there are two roles: one for all of the tenant, one for subscriptions with agents.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

from connectors.source import RequiredPermission

SUBSCRIPTIONS, ACCOUNTS, AGENTS = KINDS = ("subscriptions", "accounts", "agents")
READER, AGENT_READER = "sv0 AI metadata reader", "sv0 AI agent reader"


@dataclass(frozen=True, slots=True)
class Call:
    """One listing: of Resource Manager, {id} being the address of what is asked about; with `data`, of a project."""

    path: str
    version: str
    needs: str
    why: str
    kinds: tuple[str, ...]
    data: bool = False


COGNITIVE = "Microsoft.CognitiveServices/accounts"
STABLE = "2025-09-01"

# fmt: off
LIST_SUBSCRIPTIONS = Call("/subscriptions", "2022-12-01", "Microsoft.Resources/subscriptions/read",
                          "finds the subscriptions to read", KINDS)
LIST_ACCOUNTS = Call(f"{{id}}/providers/{COGNITIVE}", STABLE, f"{COGNITIVE}/read",
                     "finds AI accounts, whether they take keys, and how far they are open; never a key",
                     (ACCOUNTS, AGENTS))
LIST_PROJECTS = Call("{id}/projects", STABLE, f"{COGNITIVE}/projects/read", "finds projects, in which agents are",
                     (ACCOUNTS, AGENTS))
LIST_DEPLOYMENTS = Call("{id}/deployments", STABLE, f"{COGNITIVE}/deployments/read", "names the models in use",
                        (ACCOUNTS,))
LIST_SHARED = Call("{id}/connections", STABLE, f"{COGNITIVE}/connections/read",
                   "tells what all projects of an account are connected to; never a credential", (ACCOUNTS,))
LIST_CONNECTIONS = Call("{id}/connections", STABLE, f"{COGNITIVE}/projects/connections/read",
                        "tells to which data and tools a project is connected, and how it signs in there; never a"
                        " credential", (ACCOUNTS,))
LIST_STORES = Call("{id}/capabilityHosts", STABLE, f"{COGNITIVE}/projects/capabilityHosts/read",
                   "tells where a project's agents keep conversations and files; never what is in them", (AGENTS,))
LIST_AGENTS = Call("agents", "v1", f"{COGNITIVE}/AIServices/agents/read",
                   "finds agents, as whom they run and which tools they may call; their instructions are not kept",
                   (AGENTS,), data=True)
LIST_ASSISTANTS = Call("assistants", "v1", f"{COGNITIVE}/AIServices/agents/read",
                       "finds agents, as whom they run and which tools they may call; their instructions are not kept",
                       (AGENTS,), data=True)
# fmt: on

CALLS = (
    *(LIST_SUBSCRIPTIONS, LIST_ACCOUNTS, LIST_PROJECTS, LIST_DEPLOYMENTS, LIST_SHARED, LIST_CONNECTIONS),
    *(LIST_STORES, LIST_AGENTS, LIST_ASSISTANTS),
)
PERMISSIONS = tuple(
    {each.needs: RequiredPermission(name=each.needs, why=each.why, scope_kinds=each.kinds) for each in CALLS}.values()
)


def custom_roles(management_group: str, subscriptions: list[str]) -> list[dict[str, Any]]:
    """The roles to assign to sv0's application: one to be defined at a management group, one at subscriptions (ids)."""
    reads = sorted({each.needs for each in CALLS if not each.data})
    agents = sorted({each.needs for each in CALLS if each.data})
    return [
        _role(READER, "Lets sv0 read which AI accounts, projects, models and connections there are.", management_group)
        | {"Actions": reads},
        _role(AGENT_READER, "Lets sv0 read which agents there are, and which tools they may call.", *subscriptions)
        | {"DataActions": agents},
    ]


def _role(name: str, description: str, *scopes: str) -> dict[str, Any]:
    kinds: dict[str, list[str]] = {"Actions": [], "NotActions": [], "DataActions": [], "NotDataActions": []}
    return {"Name": name, "IsCustom": True, "Description": description, **kinds, "AssignableScopes": list(scopes)}
