"""What else is there of a tenant, that accounts may not know?"""

from __future__ import annotations

from collections.abc import Iterator
from importlib import import_module
from typing import Any, Protocol, cast

from bson import ObjectId
from django.conf import settings

from tenants.audit import Actor
from tenants.models import Tenant


class Work(Protocol):
    """The module that settings.TENANT_WORK names."""

    def stop(self, *, tenant: Tenant, actor: Actor) -> None:
        """Stop what runs for the tenant."""

    def is_busy(self, tenant: Tenant) -> bool:
        """Whether something still writes for the tenant."""

    def task_arguments(self, tenant: Tenant) -> Iterator[str]:
        """Ids by which tasks in the queue name the tenant's records."""

    def traces(self, tenant_key: ObjectId) -> list[tuple[str, dict[str, Any]]]:
        """Collections and filters of what isn't a record of the tenant's and must go with it."""


def work() -> Work:
    """The configured module."""
    return cast(Work, import_module(settings.TENANT_WORK))
