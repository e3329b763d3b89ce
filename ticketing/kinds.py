"""Which vendors' ticket systems are there, and how is one of a tenant's opened?"""

from __future__ import annotations

from collections.abc import Callable

from connectors import secrets
from ticketing import jira, servicenow
from ticketing.jira import Jira
from ticketing.models import TicketSystem
from ticketing.servicenow import ServiceNow
from ticketing.system import Kind, Settings, System, Unreached

KINDS: dict[str, Kind] = {"jira": jira.KIND, "servicenow": servicenow.KIND}
_SYSTEMS: dict[str, Callable[[Settings], System]] = {"jira": Jira, "servicenow": ServiceNow}


def opened(system: TicketSystem) -> System:
    """Ready to be asked; nothing is sent yet. Unreached where the stored credentials don't open."""
    try:
        settings = secrets.opened(system)
    except secrets.Unreadable as error:
        raise Unreached(str(error)) from error
    return _SYSTEMS[system.kind](settings)
