"""What does sv0 keep of WorkOS: how sessions are renewed, who was let go or removed, and which events came?"""

from __future__ import annotations

from django.db import models
from django.utils import timezone

from accounts.models import User
from tenants.models import TenantModel


class Grant(models.Model):
    """What WorkOS granted to one of its sessions, until when. Kept apart from the browser's session, which requests
    at the same time overwrite: a refresh token that works once must not come back."""

    session_id = models.CharField(max_length=64, unique=True)
    user = models.ForeignKey(User, on_delete=models.CASCADE, related_name="+")
    organization_id = models.CharField(max_length=64, null=True)
    claims = models.JSONField(default=dict)
    refresh_token = models.TextField()  # sealed
    expires_at = models.DateTimeField()

    class Meta:
        db_table = "session_grants"
        indexes = [
            models.Index(fields=["session_id"], name="grant_by_session"),
            models.Index(fields=["organization_id"], name="grant_by_organization"),
        ]

    def __str__(self) -> str:
        return self.session_id


class Departure(TenantModel):
    """An address that the tenant's directory deactivated or deleted: not to be let in, whatever else vouches for it."""

    email = models.EmailField()
    directory_id = models.CharField(max_length=64)
    at = models.DateTimeField()

    class Meta:
        db_table = "departures"
        constraints = [models.UniqueConstraint(fields=["tenant", "email"], name="one_departure_per_address")]

    def __str__(self) -> str:
        return self.email


class Removal(TenantModel):
    """A member removed here, whose membership at WorkOS must end too. Not admitted until it has.

    `done_at` is WorkOS' time of the deactivation, None until then: older news of the membership are outdated.
    `trouble` says what the deactivation waits for.
    """

    user = models.ForeignKey(User, on_delete=models.CASCADE, related_name="+", db_index=False)
    removed_at = models.DateTimeField(default=timezone.now)
    done_at = models.DateTimeField(null=True)
    trouble = models.TextField(null=True)

    class Meta:
        db_table = "removals"
        constraints = [models.UniqueConstraint(fields=["tenant", "user"], name="one_removal_per_person")]
        indexes = [
            models.Index(fields=["tenant", "user"], name="removal_by_person"),
            models.Index(fields=["tenant", "done_at"], name="removal_by_time"),
        ]

    def __str__(self) -> str:
        return str(self.user)


class Event(models.Model):
    """One thing that happened at WorkOS, as it said so. `applied_at` is None until sv0 has acted on it."""

    event_id = models.CharField(max_length=64, unique=True)
    name = models.CharField(max_length=64)
    object_id = models.CharField(max_length=64, null=True, db_index=True)
    object_updated_at = models.DateTimeField()
    happened_at = models.DateTimeField()
    data = models.JSONField(default=dict)
    received_at = models.DateTimeField(default=timezone.now)
    applied_at = models.DateTimeField(null=True, db_index=True)

    class Meta:
        db_table = "organization_events"
        indexes = [models.Index(fields=["event_id"], name="event_by_id")]

    def __str__(self) -> str:
        return f"{self.name} {self.event_id}"


class Position(models.Model):
    """How far WorkOS' events were read: the id of the last one. There is one record."""

    name = models.CharField(max_length=16, unique=True)
    last_event_id = models.CharField(max_length=64)

    class Meta:
        db_table = "event_positions"

    def __str__(self) -> str:
        return self.last_event_id
