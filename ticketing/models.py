"""Which ticket systems may sv0 write to, and with whose credentials?"""

from __future__ import annotations

from typing import ClassVar

from django.db import models
from django.utils import timezone

from tenants.models import TenantModel


class TicketSystem(TenantModel):
    """A customer's Jira site or ServiceNow instance for tickets, with a credential of its own: what a connection reads
    with can write nothing. Secrets are sealed ciphertext, by setting name; see connectors.secrets."""

    not_exported: ClassVar[tuple[str, ...]] = ("sealed",)

    kind = models.CharField(max_length=16)  # of ticketing.system.KINDS
    name = models.CharField(max_length=120)
    settings = models.JSONField(default=dict)
    sealed = models.JSONField(default=dict, editable=False)
    trouble = models.TextField(null=True)  # why the latest call didn't succeed, for the customer
    reached_at = models.DateTimeField(null=True)  # when one last did
    created_at = models.DateTimeField(default=timezone.now, editable=False)

    class Meta:
        db_table = "ticket_systems"
        constraints = [models.UniqueConstraint(fields=["tenant", "name"], name="ticket_system_name")]
        indexes = [models.Index(fields=["tenant", "name"], name="ticket_system_by_name")]

    def __str__(self) -> str:
        return self.name
