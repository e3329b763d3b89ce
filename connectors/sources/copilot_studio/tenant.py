"""Which environments has a tenant, does it show us all of them, and which data policies hold?"""

from __future__ import annotations

from collections.abc import Callable, Iterable, Iterator

from connectors.inventory.records import ScopeState
from connectors.scope import Meter, Scope, Trouble
from connectors.source import ErrorKind
from connectors.sources.copilot_studio import environments
from connectors.sources.copilot_studio.doors import Door
from connectors.sources.copilot_studio.environments import Environment
from connectors.sources.copilot_studio.permissions import ENVIRONMENTS, MANAGEMENT, ORGANIZATION, POLICIES
from connectors.sources.copilot_studio.policies import Policy, policy
from connectors.sources.copilot_studio.trouble import noted

NOT_ALL = "Power Platform doesn't show the tenant's default environment, so not all are shown to sv0's application."


def listed(bap: Door, meter: Meter) -> Iterator[Environment]:
    """All that the tenant lists, each once."""
    yield from environments.once(environments.listed(row) for page in bap.pages(ENVIRONMENTS, meter) for row in page)


def doubt(found: Iterable[Environment], tenant: str, scope: Scope) -> None:
    """Whoever may not list them all is shown some, or none, without a word. Every tenant has a default environment."""
    if not scope.troubles and f"default-{tenant}" not in {each.id for each in found}:
        scope.note(Trouble(ScopeState.DENIED, NOT_ALL, ErrorKind.CONFIG, (MANAGEMENT,)))


def named(addresses: Iterable[str], door: Callable[[str, str], Door], scope: Scope) -> list[Environment]:
    """Those that the connection names; one that doesn't let us in is noted."""
    found = []
    for each in addresses:
        with noted(scope, ORGANIZATION):
            answer = door(each, each).get(ORGANIZATION, scope.meter)
            found.append(environments.told_by_itself(each, answer))
    return found


def policies(bap: Door, meter: Meter) -> Iterator[Policy]:
    """All data policies of the tenant."""
    for page in bap.pages(POLICIES, meter):
        yield from map(policy, page)
