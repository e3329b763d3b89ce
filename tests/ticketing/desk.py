"""A tenant's Jira site and ServiceNow instance for tickets, as the emulators serve them."""

from __future__ import annotations

from connectors import secrets
from tenants.models import Tenant
from tests.emulators.jira import small_estate as jira_estate
from tests.emulators.servicenow import small_estate as servicenow_estate
from tests.emulators.servicenow.world import World
from ticketing.models import TicketSystem

JIRA = {
    "address": f"https://{jira_estate.ESTATE.host}",
    "email": jira_estate.ESTATE.email,
    "project": "SEC",
    "issue_type": "Task",
}
JIRA_TOKEN = jira_estate.ESTATE.api_token
SERVICENOW = {
    "address": servicenow_estate.ADDRESS,
    "user_name": servicenow_estate.USER,
    "close_code": "Solution provided",
}
SERVICENOW_PASSWORD = servicenow_estate.PASSWORD


def make_system(tenant: Tenant, kind: str = "jira", name: str = "Jira") -> TicketSystem:
    """One that is let in."""
    settings, secret = (JIRA, {"api_token": JIRA_TOKEN}) if kind == "jira" else (SERVICENOW, {"password": "x"})
    if kind == "servicenow":
        secret = {"password": SERVICENOW_PASSWORD}
    made: TicketSystem = TicketSystem.objects.create(
        tenant=tenant, kind=kind, name=name, settings=settings, sealed=secrets.seal(tenant, secret)
    )
    return made


def writable(world: World) -> World:
    """The instance with a user who may write incidents."""
    world.writers.add(world.id_of("sys_user", user_name=servicenow_estate.USER))
    return world
