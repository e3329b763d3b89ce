"""What do people write about a finding?"""

from __future__ import annotations

from django.db import models

from findings.models.finding import Finding
from tenants.models import TenantModel


class Comment(TenantModel):
    """What somebody wrote about a finding, in Markdown; the name is kept as it was.

    `mentions` is [name in small letters, as the text has it; id of a user] each; `earlier` what it said before, oldest
    first: {"body", "mentions", "at"}. `revision` grows with each change: the guard against overwriting.
    """

    finding = models.ForeignKey(Finding, on_delete=models.CASCADE, related_name="+", db_index=False)
    author_id = models.UUIDField(null=True)
    author = models.CharField(max_length=254)
    body = models.TextField()
    mentions = models.JSONField(default=list)
    at = models.DateTimeField()
    edited_at = models.DateTimeField(null=True)
    revision = models.PositiveSmallIntegerField(default=1)
    earlier = models.JSONField(default=list)

    class Meta:
        db_table = "comments"
        indexes = [models.Index(fields=["tenant", "finding", "at"], name="comment_thread")]

    def __str__(self) -> str:
        return f"{self.author}, {self.at:%Y-%m-%d %H:%M}"
