"""What is connected, and how did each run of reading it go?"""

from __future__ import annotations

from typing import ClassVar

from bson import ObjectId
from django.db import models
from django.db.models import Q
from django.utils import timezone

from connectors.inventory import models as inventory  # noqa: F401  (registers the inventory's models with this app)
from tenants.models import TenantModel


class Connection(TenantModel):
    """One system of a tenant that sv0 reads. Secrets are sealed ciphertext, by setting name; see connectors.secrets."""

    class State(models.TextChoices):
        ACTIVE = "active"
        PAUSED = "paused"

    not_exported: ClassVar[tuple[str, ...]] = ("sealed",)

    kind = models.CharField(max_length=32)
    name = models.CharField(max_length=120)
    settings = models.JSONField(default=dict)
    sealed = models.JSONField(default=dict, editable=False)
    state = models.CharField(max_length=16, choices=State, default=State.ACTIVE)
    every_hours = models.PositiveSmallIntegerField(default=24, help_text="0 = only when asked.")
    next_scan_at = models.DateTimeField(null=True, blank=True)
    checks = models.JSONField(default=list, editable=False)  # the rows of the last "Test connection"
    checked_at = models.DateTimeField(null=True, editable=False)
    created_at = models.DateTimeField(default=timezone.now, editable=False)

    class Meta:
        db_table = "connections"
        constraints = [models.UniqueConstraint(fields=["tenant", "name"], name="connection_name")]
        indexes = [models.Index(fields=["tenant", "kind"], name="connection_kind")]

    def __str__(self) -> str:
        return self.name


class Scan(TenantModel):
    """One run: pull, write, sweep, evaluate. Claimed by a conditional update; alive as long as its lease is renewed."""

    class State(models.TextChoices):
        QUEUED = "queued"
        RUNNING = "running"
        EVALUATING = "evaluating"
        COMPLETE = "complete"
        PARTIAL = "partial"
        FAILED = "failed"
        TIMED_OUT = "timed_out", "timed out"
        CANCELLED = "cancelled"

    LIVE = (State.QUEUED, State.RUNNING, State.EVALUATING)

    connection = models.ForeignKey(Connection, on_delete=models.CASCADE, related_name="+", db_index=False)
    connection_id: ObjectId
    connection_name = models.CharField(max_length=120)
    state = models.CharField(max_length=16, choices=State, default=State.QUEUED)
    # True while queued, running or evaluating, absent afterwards: the unique partial index allows one live scan.
    live = models.BooleanField(null=True, default=True)
    trigger = models.CharField(max_length=16)  # schedule, person
    requested_by = models.CharField(max_length=254)
    queued_at = models.DateTimeField(default=timezone.now)
    started_at = models.DateTimeField(null=True)
    finished_at = models.DateTimeField(null=True)
    worker = models.CharField(max_length=64, null=True)
    lease_until = models.DateTimeField(null=True)
    attempts = models.PositiveSmallIntegerField(default=0)
    cancel_requested_by = models.CharField(max_length=254, null=True)
    counts = models.JSONField(default=dict)  # objects, edges, new, changed, gone, opened, resolved …
    error = models.TextField(null=True)  # a sentence for the customer
    error_kind = models.CharField(max_length=16, null=True)

    class Meta:
        db_table = "scans"
        constraints = [
            models.UniqueConstraint(
                fields=["tenant", "connection"], condition=Q(live=True), name="one_live_scan_per_connection"
            )
        ]
        indexes = [
            models.Index(fields=["tenant", "connection", "-queued_at"], name="scan_history"),
            models.Index(fields=["tenant", "-queued_at"], name="scan_recent"),
        ]

    def __str__(self) -> str:
        return f"{self.connection_name}, {self.queued_at:%Y-%m-%d %H:%M}"

    @property
    def is_live(self) -> bool:
        """Whether it is still queued, running or evaluating."""
        return self.state in self.LIVE
