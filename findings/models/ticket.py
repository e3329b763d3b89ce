"""Which tickets follow which findings, and what is still to be delivered?"""

from __future__ import annotations

from typing import Any

from django.db import models
from django.db.models import Q
from django_mongodb_backend.fields import ObjectIdField

from findings.models.finding import Finding
from tenants.models import TenantModel


class Ticket(TenantModel):
    """A ticket of a finding: wished for, then followed both ways until `live` ends. Its key is that of the wish.

    `category` is where the ticket stood when it was read last, `told` what the finding asked of it then: who differs
    from their former word has moved. Whoever works on a row moves `due_at` first; a crash leaves it due again.
    """

    finding = models.ForeignKey(Finding, on_delete=models.CASCADE, related_name="+", db_index=False)
    finding_id: Any
    system_id = ObjectIdField()  # stays when the system is deleted: nobody follows the ticket then
    system_name = models.CharField(max_length=120)
    # True until nobody follows it any more, absent afterwards: the unique partial index allows one of each system.
    live = models.BooleanField(null=True, default=True)
    wish = models.CharField(max_length=8, null=True)  # create, link; None once it is granted
    remote_id = models.CharField(max_length=64, null=True)
    number = models.CharField(max_length=64, null=True)
    title = models.TextField(null=True)
    url = models.TextField(null=True)
    status = models.CharField(max_length=120, null=True)
    category = models.CharField(max_length=8, null=True)
    told = models.CharField(max_length=8, null=True)
    requested_by = models.CharField(max_length=254)
    requested_at = models.DateTimeField()
    read_at = models.DateTimeField(null=True)
    due_at = models.DateTimeField(null=True)
    attempts = models.PositiveSmallIntegerField(default=0)  # that failed since one last succeeded
    trouble = models.TextField(null=True)
    log = models.JSONField(default=list)  # the latest deliveries: {"at", "what", "ok"}

    class Meta:
        db_table = "tickets"
        constraints = [
            models.UniqueConstraint(
                fields=["tenant", "finding", "system_id"], condition=Q(live=True), name="one_live_ticket_per_system"
            )
        ]
        indexes = [
            models.Index(fields=["tenant", "finding", "requested_at"], name="ticket_of_finding"),
            models.Index(fields=["tenant", "due_at"], name="ticket_due"),
        ]

    def __str__(self) -> str:
        return self.number or f"wished for in {self.system_name}"
