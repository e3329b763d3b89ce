"""How does sv0 itself reach each of a tenant's systems, and since when has it heard nothing?"""

from __future__ import annotations

from collections.abc import Iterator
from urllib.parse import urlsplit

from connectors.coverage import latest
from connectors.inventory.subjects import OwnConnection
from connectors.models import Connection
from connectors.registry import source
from tenants.models import Tenant


def own_connections(tenant: Tenant) -> Iterator[OwnConnection]:
    """Every connection of the tenant, by name."""
    for connection in Connection.objects.of(tenant).order_by("name"):
        last = latest(connection)
        yield OwnConnection(
            id=f"connection/{connection.pk}",
            connection=connection.pk,
            name=connection.name,
            system=connection.kind,
            every_hours=connection.every_hours,
            paused=connection.state == Connection.State.PAUSED,
            created_at=connection.created_at,
            silent_since=last.finished_at if last else None,
            hosts=_hosts(connection),
        )


def _hosts(connection: Connection) -> tuple[str, ...]:
    own = urlsplit(str(connection.settings.get("address") or "")).hostname
    return (*source(connection.kind).hosts, *([own] if own else []))
