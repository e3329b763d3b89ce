"""How far has an evaluation of all rules come, and as of when did one look at everything?"""

from __future__ import annotations

from django.db import models
from django_mongodb_backend.fields import ArrayField, ObjectIdField

from tenants.models import TenantModel


class EvaluationRun(TenantModel):
    """One run of the rules after one scan. One that has not finished goes on behind `kind`, `name`, `row`."""

    scan = ObjectIdField()
    began_at = models.DateTimeField()  # as of when it looks at the inventory
    finished_at = models.DateTimeField(null=True)
    whole = models.BooleanField()  # every rule looked at everything
    basis = models.CharField(max_length=64)  # what the rules went by; see findings.due
    kind = models.CharField(max_length=16, null=True)  # of the objects that are being judged; None before the first
    name = models.TextField(null=True)  # of the last one that is done with
    row = ObjectIdField(null=True)
    settled = ArrayField(models.CharField(max_length=64), default=list)  # the rules that are done with altogether
    failed = models.JSONField(default=dict)  # rule → [what it raised, at which subject]
    moves = models.JSONField(default=dict)  # how many findings made which move so far

    class Meta:
        db_table = "evaluations"
        indexes = [
            models.Index(fields=["tenant", "finished_at", "-began_at"], name="evaluation_latest"),
            models.Index(fields=["tenant", "scan"], name="evaluation_of_scan"),
        ]

    def __str__(self) -> str:
        return f"{self.began_at:%Y-%m-%d %H:%M}"
