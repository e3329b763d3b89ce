"""Whose data is it, and what was done to it?"""

from __future__ import annotations

from typing import Any, ClassVar, Self
from zoneinfo import available_timezones

from django.core.exceptions import ImproperlyConfigured, ValidationError
from django.core.validators import RegexValidator
from django.db import models
from django.utils import timezone

SLUG = RegexValidator(r"^[a-z0-9]([a-z0-9-]{0,38}[a-z0-9])?$", "Use 1–40 small letters, digits and inner hyphens.")


def known_time_zone(name: str) -> None:
    """Refuse a name that the tz database doesn't have: pages of such a tenant couldn't tell the time."""
    if name not in available_timezones():
        raise ValidationError("There is no time zone of this name. Write it as Europe/Madrid.")


class Tenant(models.Model):
    """A client. Everything but tenants and users belongs to one."""

    slug = models.CharField(max_length=40, unique=True, validators=[SLUG], help_text="In every address: /t/<slug>/.")
    name = models.CharField(max_length=120)
    time_zone = models.CharField(
        max_length=64, default="UTC", validators=[known_time_zone], help_text="For dates and reports: Europe/Madrid."
    )
    workos_organization_id = models.CharField(
        "WorkOS organization", max_length=64, null=True, blank=True, unique=True, help_text="org_…"
    )
    created_at = models.DateTimeField(default=timezone.now, editable=False)

    class Meta:
        db_table = "tenants"
        ordering = ["name"]

    def __str__(self) -> str:
        return self.name


class NoTenant(ImproperlyConfigured):
    """A query on tenants' data that names no tenant."""


class TenantQuerySet(models.QuerySet[Any]):
    """Runs only once it was narrowed to a tenant, or cross-tenant work was spelled out."""

    _narrowed = False

    def of(self, tenant: Tenant) -> Self:
        """The records of one tenant."""
        return self.filter(tenant=tenant)

    def across_tenants(self) -> Self:
        """Every tenant's records: for the admin, commands and jobs only (tests/architecture sees to it)."""
        return self._permitted()

    def _permitted(self) -> Self:
        chained: Self = self._clone()
        chained._narrowed = True
        return chained

    def _filter_or_exclude(self, negate: bool, args: Any, kwargs: dict[str, Any]) -> Self:  # noqa: FBT001
        chained: Self = super()._filter_or_exclude(negate, args, kwargs)  # type: ignore[misc]
        if not negate and ("tenant" in kwargs or "tenant_id" in kwargs):
            chained._narrowed = True
        return chained

    def _clone(self) -> Self:
        clone: Self = super()._clone()  # type: ignore[misc]
        clone._narrowed = self._narrowed
        return clone

    def _refuse_unless_narrowed(self) -> None:
        if not self._narrowed:
            raise NoTenant(f"{self.model.__name__} was asked without a tenant: start with .of(tenant).")

    def _fetch_all(self) -> None:
        self._refuse_unless_narrowed()
        super()._fetch_all()

    def iterator(self, *args: Any, **kwargs: Any) -> Any:
        self._refuse_unless_narrowed()
        return super().iterator(*args, **kwargs)

    def count(self) -> int:
        self._refuse_unless_narrowed()
        return super().count()

    def exists(self) -> bool:
        self._refuse_unless_narrowed()
        return super().exists()

    def aggregate(self, *args: Any, **kwargs: Any) -> dict[str, Any]:
        self._refuse_unless_narrowed()
        return super().aggregate(*args, **kwargs)

    def update(self, **kwargs: Any) -> int:
        self._refuse_unless_narrowed()
        return super().update(**kwargs)

    def delete(self) -> tuple[int, dict[str, int]]:
        self._refuse_unless_narrowed()
        return super().delete()


class TenantModel(models.Model):
    """The base of every record but Tenant and User. Unique constraints and indexes begin with the tenant."""

    tenant = models.ForeignKey(Tenant, on_delete=models.PROTECT, related_name="+", db_index=False)
    tenant_id: Any

    objects: ClassVar[TenantQuerySet] = TenantQuerySet.as_manager()  # type: ignore[assignment]

    class Meta:
        abstract = True


class AuditEvent(TenantModel):
    """One thing that was done, by whom, to what. Append-only, hash-chained per tenant; written by tenants.audit alone.

    `tenant` is None for what concerns no tenant, such as a sign-in; those events are a chain of their own.
    """

    tenant = models.ForeignKey(  # type: ignore[assignment]
        Tenant, null=True, on_delete=models.PROTECT, related_name="+", db_index=False
    )
    number = models.BigIntegerField()
    action = models.CharField(max_length=64)
    actor_id = models.CharField(max_length=64, null=True)
    actor = models.CharField(max_length=254)
    acting_as_id = models.CharField(max_length=64, null=True)
    acting_as = models.CharField(max_length=254, null=True)
    via = models.CharField(max_length=16)
    subject_kind = models.CharField(max_length=32, null=True)
    subject_id = models.CharField(max_length=64, null=True)
    subject = models.TextField(null=True)
    request_id = models.CharField(max_length=64, null=True)
    ip = models.CharField(max_length=45, null=True)
    detail = models.JSONField(default=dict)
    at = models.DateTimeField()
    previous_hash = models.CharField(max_length=64)
    hash = models.CharField(max_length=64)

    class Meta:
        db_table = "audit_events"
        constraints = [models.UniqueConstraint(fields=["tenant", "number"], name="audit_number")]
        indexes = [
            models.Index(fields=["tenant", "subject_kind", "subject_id", "number"], name="audit_subject"),
            models.Index(fields=["tenant", "action", "at"], name="audit_action"),
        ]

    def __str__(self) -> str:
        return f"{self.number} {self.action}"
