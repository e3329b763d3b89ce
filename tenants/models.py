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


def folded(text: str) -> str:
    """The text as searches compare it: without its case."""
    return text.casefold()


class FoldedField(models.CharField[str, str]):
    """A copy of another field for searching, kept in step when the record is saved."""

    def __init__(self, *, of: str, **options: Any) -> None:
        self.of = of
        super().__init__(**{"max_length": 254, "editable": False, "default": "", **options})

    def deconstruct(self) -> Any:
        """With the field that it copies."""
        name, path, args, options = super().deconstruct()
        return name, path, args, {**options, "of": self.of}

    def pre_save(self, record: models.Model, _add: bool) -> str:  # noqa: FBT001
        """The other field's value, folded."""
        value = folded(getattr(record, self.of) or "")
        setattr(record, self.attname, value)
        return value


class Region(models.TextChoices):
    """Where a client's data must stay."""

    EU = "eu", "European Union"
    US = "us", "United States"
    UK = "uk", "United Kingdom"
    CH = "ch", "Switzerland"
    CA = "ca", "Canada"
    AU = "au", "Australia"


class Tenant(models.Model):
    """A client. Everything but tenants and users belongs to one.

    While `deactivated_at` is set nobody enters and nothing is scanned. `erasing_at` is when its erasure was asked for:
    from then on there is no way back.
    """

    slug = models.CharField(max_length=40, unique=True, validators=[SLUG], help_text="In every address: /t/<slug>/.")
    name = models.CharField(max_length=120)
    name_folded = FoldedField(of="name")
    region = models.CharField(
        max_length=8,
        choices=Region,
        default=Region.EU,
        help_text="Where the client's data must stay. This installation keeps it where its own database is.",
    )
    time_zone = models.CharField(
        max_length=64, default="UTC", validators=[known_time_zone], help_text="For dates and reports: Europe/Madrid."
    )
    workos_organization_id = models.CharField(
        "WorkOS organization", max_length=64, null=True, blank=True, unique=True, help_text="org_…"
    )
    notify_support_access = models.BooleanField(
        "tell managers of support access",
        default=True,
        help_text="Managers get a mail when internal staff begins to act as somebody here.",
    )
    created_at = models.DateTimeField(default=timezone.now, editable=False)
    deactivated_at = models.DateTimeField(null=True, editable=False)
    deactivation_reason = models.TextField(null=True, editable=False)
    erasing_at = models.DateTimeField(null=True, editable=False)

    class Meta:
        db_table = "tenants"
        ordering = ["name"]
        # MongoDB doesn't use a unique constraint's partial index for plain look-ups, and one is made at every request.
        indexes = [
            models.Index(fields=["slug"], name="tenant_by_slug"),
            models.Index(fields=["workos_organization_id"], name="tenant_by_organization"),
            models.Index(fields=["name_folded", "id"], name="tenant_by_name"),
            models.Index(fields=["region", "name_folded"], name="tenant_by_region"),
            models.Index(fields=["deactivated_at", "name_folded"], name="tenant_by_deactivation"),
        ]

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
    not_exported: ClassVar[tuple[str, ...]] = ()  # fields that give access to something

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
            models.Index(fields=["tenant", "number"], name="audit_chain"),
            models.Index(fields=["tenant", "subject_kind", "subject_id", "number"], name="audit_subject"),
            models.Index(fields=["tenant", "action", "at"], name="audit_action"),
        ]

    def __str__(self) -> str:
        return f"{self.number} {self.action}"


class Export(TenantModel):
    """A copy of all that a tenant has, which left sv0 as a file: what was in it, and the last audit event it holds."""

    name = models.CharField(max_length=120)
    sha256 = models.CharField(max_length=64)
    size = models.BigIntegerField()  # bytes
    counts = models.JSONField(default=dict)  # records by collection
    chain_head = models.CharField(max_length=64)
    made_by = models.CharField(max_length=254)
    made_at = models.DateTimeField(default=timezone.now)

    class Meta:
        db_table = "exports"
        constraints = [models.UniqueConstraint(fields=["tenant", "name"], name="export_name")]
        indexes = [models.Index(fields=["tenant", "name"], name="export_by_name")]

    def __str__(self) -> str:
        return self.name


class DeletionCertificate(models.Model):
    """That a tenant was erased, by whom, when, and what of it there was. Belongs to no tenant: it outlives its own.

    `signature` and `completed_at` are None while the erasure goes on. `counts` has, by collection, the records before
    and after. `trouble` says what the erasure waits for.
    """

    tenant_key = models.CharField(max_length=24, unique=True)
    tenant_name = models.CharField(max_length=120)
    tenant_slug = models.CharField(max_length=40)
    region = models.CharField(max_length=8)
    tenant_created_at = models.DateTimeField()
    deactivated_at = models.DateTimeField()
    reason = models.TextField()
    requested_by = models.CharField(max_length=254)
    requested_at = models.DateTimeField(default=timezone.now)
    organization_id = models.CharField(max_length=64, null=True)  # at WorkOS
    organization = models.CharField(max_length=16, default="none")  # none, kept, to be deleted, deleted
    export_name = models.CharField(max_length=120)
    export_sha256 = models.CharField(max_length=64)
    audit_events = models.BigIntegerField()
    audit_head = models.CharField(max_length=64)
    counts = models.JSONField(default=dict)
    trouble = models.TextField(null=True)
    completed_at = models.DateTimeField(null=True, db_index=True)
    signature = models.CharField(max_length=64, null=True)

    class Meta:
        db_table = "deletion_certificates"
        ordering = ["-id"]
        indexes = [models.Index(fields=["tenant_key"], name="certificate_by_tenant")]

    def __str__(self) -> str:
        return f"{self.tenant_name} ({self.tenant_slug})"
