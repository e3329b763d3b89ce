"""Where does what a tenant has lie?

Its records are found generically: every model with a foreign key to the tenant. Besides them it leaves traces: in
sessions, in what WorkOS told, in the cache, in the job queue and in the admin's own log.
"""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from typing import Any

from bson import ObjectId
from django.apps import apps
from django.contrib.admin.models import LogEntry
from django.contrib.contenttypes.models import ContentType
from django.db import connection as database
from django.db import models
from django_q.models import OrmQ, Schedule, Task
from pymongo.collection import Collection

from accounts.provisioning.work import work
from tenants.models import AuditEvent, Tenant

Document = dict[str, Any]


@dataclass(frozen=True, slots=True)
class Holding:
    """What a filter finds in a collection."""

    collection: str
    which: Document

    @property
    def documents(self) -> Collection[Document]:
        """The collection itself."""
        found: Collection[Document] = database.database[self.collection]  # type: ignore[attr-defined]
        return found

    def count(self) -> int:
        """How many there are."""
        return self.documents.count_documents(self.which)

    def delete(self) -> None:
        """All of them; may be run again."""
        self.documents.delete_many(self.which)


def models_of_tenants() -> list[type[models.Model]]:
    """Every model whose records belong to a tenant, the audit log last."""
    found = [model for model in apps.get_models() if any(_leads_to_tenant(field) for field in model._meta.local_fields)]
    return sorted(found, key=lambda model: (model is AuditEvent, model._meta.db_table))


def _leads_to_tenant(field: models.Field[Any, Any]) -> bool:
    return isinstance(field, models.ForeignKey) and field.related_model is Tenant


def records(tenant_key: ObjectId) -> list[Holding]:
    """The tenant's records, a holding for each collection."""
    return [Holding(model._meta.db_table, {"tenant_id": tenant_key}) for model in models_of_tenants()]


def traces(tenant: Tenant) -> list[Holding]:
    """What names the tenant without being its record. Asked while the records are still there."""
    named = {str(tenant.pk), *work().task_arguments(tenant)}
    queued = [row.pk for row in OrmQ.objects.all() if _about(row.task, named)]
    return [
        *(Holding(name, which) for name, which in work().traces(tenant.pk)),
        *_at_workos(tenant.workos_organization_id),
        Holding("cache", {"_id": {"$regex": str(tenant.pk)}}),
        Holding(OrmQ._meta.db_table, {"_id": {"$in": queued}}),
        Holding(Schedule._meta.db_table, {"args": {"$regex": str(tenant.pk)}}),
        Holding(Task._meta.db_table, {"_id": {"$in": list(_finished_tasks(named))}}),
        Holding(LogEntry._meta.db_table, {"_id": {"$in": list(_log_entries(tenant))}}),
    ]


def _at_workos(organization_id: str | None) -> list[Holding]:
    if not organization_id:
        return []
    bound = {"organization_id": organization_id}
    told = {"$or": [{"data.organization_id": organization_id}, {"object_id": organization_id}]}
    return [Holding("sessions", bound), Holding("session_grants", bound), Holding("organization_events", told)]


def _finished_tasks(named: set[str]) -> Iterator[Any]:
    for row in Task.objects.all().iterator():
        if _about({"args": row.args, "kwargs": row.kwargs}, named):
            yield row.pk


def _about(task: Document, named: set[str]) -> bool:
    values = (*(task.get("args") or ()), *(task.get("kwargs") or {}).values())
    return any(isinstance(value, str) and value in named for value in values)


def _log_entries(tenant: Tenant) -> Iterator[Any]:
    """The admin's own log of changes to the tenant and its records: it names them."""
    own = ContentType.objects.get_for_model(Tenant)
    yield from LogEntry.objects.filter(content_type=own, object_id=str(tenant.pk)).values_list("pk", flat=True)
    gone = _deleted_records(tenant)
    for model in models_of_tenants():
        kind = ContentType.objects.get_for_model(model)
        for entry in LogEntry.objects.filter(content_type=kind).iterator():
            record = {"_id": ObjectId(entry.object_id), "tenant_id": tenant.pk}
            if entry.object_id in gone or Holding(model._meta.db_table, record).count():
                yield entry.pk


def _deleted_records(tenant: Tenant) -> set[str | None]:
    """Ids of members and connections that were deleted before: only the audit log still says whose they were."""
    deleted = AuditEvent.objects.of(tenant).filter(action__in=["membership:deleted", "connection:deleted"])
    return set(deleted.values_list("subject_id", flat=True))
