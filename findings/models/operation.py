"""What was done to many findings at once, what became of each, and what was each before?"""

from __future__ import annotations

from django.db import models
from django_mongodb_backend.fields import ObjectIdField

from tenants.models import TenantModel


class Operation(TenantModel):
    """One verb on the findings that its members name: a draft is looked at only, what is done can be undone a while.

    `verb` is a lifecycle.Verb or findings.operation.ASSIGN. The counts are of members, by what became of them. Of one
    that is `single` the finding's own event tells: it is kept only to be undone.
    """

    class State(models.TextChoices):
        """How far it has come."""

        DRAFT = "draft"
        RUNNING = "running"
        DONE = "done"
        UNDOING = "undoing"
        UNDONE = "undone"

    verb = models.CharField(max_length=16)
    terms = models.JSONField(default=dict)  # reason, until (ISO 8601), owner [name, e-mail], assignee (a user's id)
    query = models.TextField(null=True)  # the filter whose findings it is about; None: somebody picked them
    matching = models.PositiveIntegerField()  # how many there were to be about: of a filter, more than it takes
    state = models.CharField(max_length=8, choices=State, default=State.DRAFT)
    single = models.BooleanField(default=False)
    actor = models.JSONField()  # tenants.audit.Actor, who drafted or did it
    by = models.CharField(max_length=254)
    undone_by = models.JSONField(null=True)  # the Actor
    drafted_at = models.DateTimeField()
    started_at = models.DateTimeField(null=True)
    finished_at = models.DateTimeField(null=True)
    undone_at = models.DateTimeField(null=True)
    beat_at = models.DateTimeField(null=True)  # when its last batch was written, or waits for a worker since

    total = models.PositiveIntegerField()
    done = models.PositiveIntegerField(default=0)
    refused = models.PositiveIntegerField(default=0)
    overtaken = models.PositiveIntegerField(default=0)
    restored = models.PositiveIntegerField(default=0)
    kept = models.PositiveIntegerField(default=0)

    class Meta:
        db_table = "operations"
        indexes = [
            models.Index(fields=["tenant", "state", "beat_at"], name="operation_state"),
            models.Index(fields=["tenant", "-drafted_at"], name="operation_latest"),
        ]

    def __str__(self) -> str:
        return f"{self.verb}: {self.total:,}"

    @property
    def is_live(self) -> bool:
        """Whether a worker has it, or should."""
        return self.state in {self.State.RUNNING, self.State.UNDOING}

    @property
    def settled(self) -> int:
        """How many members something has become of, of those that something is to become of now."""
        if self.state in {self.State.UNDOING, self.State.UNDONE}:
            return self.restored + self.kept
        return self.done + self.refused + self.overtaken

    @property
    def expected(self) -> int:
        """How many members something is to become of now."""
        return self.done if self.state in {self.State.UNDOING, self.State.UNDONE} else self.total


class OperationMember(TenantModel):
    """One finding in one operation. `before` and `after` hold the fields that it changed as MongoDB's extended JSON."""

    class Outcome(models.TextChoices):
        """What became of it."""

        WAITING = "waiting"
        DONE = "done"
        REFUSED = "refused"  # the verb made no sense, or was not allowed
        OVERTAKEN = "overtaken"  # somebody else was first
        RESTORED = "restored"  # it was done, and undone
        KEPT = "kept"  # it was done, and somebody has changed it since

    operation = ObjectIdField()
    finding = ObjectIdField()
    name = models.TextField()  # the finding's, for people
    seen = models.PositiveIntegerField()  # the version that whoever asked for it saw
    outcome = models.CharField(max_length=9, choices=Outcome, default=Outcome.WAITING)
    why = models.TextField(null=True)  # of refused, overtaken and kept, for people
    action = models.CharField(max_length=64, null=True)  # of the audit vocabulary; None where an event says it
    status = models.CharField(max_length=16, null=True)  # the finding's, once it was done
    at = models.DateTimeField(null=True)
    made = models.PositiveIntegerField(null=True)  # the version that it made
    before = models.TextField(null=True)
    after = models.TextField(null=True)
    restored_at = models.DateTimeField(null=True)
    restored_status = models.CharField(max_length=16, null=True)
    remade = models.PositiveIntegerField(null=True)  # the version that undoing it made

    class Meta:
        db_table = "operation_members"
        indexes = [
            models.Index(fields=["tenant", "operation", "outcome", "id"], name="operation_members"),
            models.Index(fields=["tenant", "finding", "made"], name="operations_of_finding"),
            models.Index(fields=["tenant", "action", "at"], name="operation_moves"),
        ]

    def __str__(self) -> str:
        return self.name
