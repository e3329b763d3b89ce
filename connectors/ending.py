"""What stops when a tenant is deactivated, and what goes with it besides its records when it is erased?

Named by settings.TENANT_WORK: accounts, which deactivates and erases, may not know connectors.
"""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any

from bson import ObjectId

from connectors.models import Scan
from connectors.secrets import KEY_VAULT
from connectors.tasks import cancel_scan
from tenants.audit import Actor
from tenants.models import Tenant


def stop(*, tenant: Tenant, actor: Actor) -> None:
    """Cancel what is queued, and ask what is running to stop."""
    for scan in Scan.objects.of(tenant).filter(live=True).select_related("tenant", "connection"):
        cancel_scan(scan=scan, actor=actor)


def is_busy(tenant: Tenant) -> bool:
    """Whether a worker may still be writing."""
    return Scan.objects.of(tenant).filter(live=True).exists()


def task_arguments(tenant: Tenant) -> Iterator[str]:
    """Ids by which tasks in the queue name the tenant's records: those of its scans."""
    yield from map(str, Scan.objects.of(tenant).values_list("pk", flat=True))


def traces(tenant_key: ObjectId) -> list[tuple[str, dict[str, Any]]]:
    """Collections and filters of what isn't a record of the tenant's: its data key.

    Without the key nothing opens the tenant's sealed credentials, wherever copies of them lie.
    """
    return [(KEY_VAULT, {"keyAltNames": str(tenant_key)})]
