"""What was found, what does the engine observe of it, and what did people decide?"""

from __future__ import annotations

from django.db import models
from django_mongodb_backend.fields import ArrayField, ObjectIdField

from tenants.models import TenantModel


class Finding(TenantModel):
    """One problem of one subject. `observation` is the engine's axis, `decision` the people's; `status` is of both.

    `key` is the structural identity (findings.lifecycle.identity). `status` is stored so that lists and counts can use
    an index; only `lifecycle.status` computes it. `version` grows with every write: the guard against overwriting.
    """

    key = models.CharField(max_length=64)
    rule = models.CharField(max_length=64)
    rule_version = models.PositiveSmallIntegerField(default=1)
    title = models.CharField(max_length=200)
    severity = models.CharField(max_length=8)
    severity_rank = models.PositiveSmallIntegerField()  # 4 critical … 0 info, for sorting
    score = models.PositiveSmallIntegerField(default=0)  # 0 … 100
    severity_sum = models.JSONField(default=list)  # [{"name", "points", "because"}], of which the score is the sum
    because = models.TextField()
    path = models.JSONField(default=list)  # hops; see findings.evidence
    path_line = models.TextField()  # "Lambda billing-export → role Billing-Admin → customer-data (S3) → internet"
    facts = models.JSONField(default=dict)  # label → value, what the rule looked at
    fingerprint = models.JSONField(default=dict)  # permissions, domains, owners, egress: what a decision is made on

    former = models.JSONField(null=True)  # the evidence before its latest telling change; see findings.drift

    connection_id = ObjectIdField()
    subject_key = models.TextField()
    subject_name = models.TextField()
    subject_kind = models.CharField(max_length=16)
    subject_type = models.CharField(max_length=64)
    subject_provider_id = models.TextField()
    system = models.CharField(max_length=32)
    account_id = models.CharField(max_length=64, null=True)
    account_name = models.TextField(null=True)
    domains = ArrayField(models.CharField(max_length=32), default=list)
    scopes = ArrayField(models.TextField(), default=list)  # coverage scopes whose completeness proves its absence
    search = ArrayField(models.TextField(), default=list)
    traits = models.TextField(default="")  # all its facets' values; see findings.facets

    observation = models.CharField(max_length=16)
    observed_at = models.DateTimeField()
    first_seen = models.DateTimeField()
    last_seen = models.DateTimeField()
    last_scan = ObjectIdField()

    decision = models.CharField(max_length=16, default="none")
    decided_by = models.CharField(max_length=254, null=True)
    decided_at = models.DateTimeField(null=True)
    reason = models.TextField(null=True)
    accepted_until = models.DateTimeField(null=True)
    decided_on = models.JSONField(null=True)  # the fingerprint at the decision
    risk_owner = models.CharField(max_length=254, null=True)  # who carries the accepted risk
    risk_owner_email = models.CharField(max_length=254, null=True)
    approved_by = models.CharField(max_length=254, null=True)  # of an acceptance that needed a second person
    warned_at = models.DateTimeField(null=True)  # that its acceptance ends soon
    proposal = models.JSONField(null=True)  # to accept it; see findings.proposal
    acceptance = models.CharField(max_length=20, default="none")  # what that asks of somebody; see lifecycle.Acceptance
    exemption_id = ObjectIdField(null=True)  # the false positive of wider scope that it falls under
    returned = models.CharField(max_length=16, null=True)  # why it is open again: reopened, regressed, lapsed, widened
    returned_diff = models.JSONField(null=True)  # what changed since the decision

    status = models.CharField(max_length=16)
    assignee_id = models.UUIDField(null=True)
    assignee = models.CharField(max_length=254, null=True)
    assignee_initials = models.CharField(max_length=2, null=True)
    comment_count = models.PositiveIntegerField(default=0)
    version = models.PositiveIntegerField(default=1)

    class Meta:
        db_table = "findings"
        constraints = [models.UniqueConstraint(fields=["tenant", "key"], name="finding_key")]
        # MongoDB doesn't use a unique constraint's partial index for plain look-ups: those need their own.
        indexes = [
            models.Index(fields=["tenant", "key"], name="finding_by_key"),
            # The list's, each in its order; the traits behind it tell what else fits without reading a finding.
            models.Index(
                fields=["tenant", "status", "-severity_rank", "-first_seen", "-id", "traits"], name="finding_queue"
            ),
            models.Index(
                fields=["tenant", "status", "-first_seen", "-severity_rank", "-id", "traits"], name="finding_newest"
            ),
            models.Index(fields=["tenant", "-severity_rank", "-first_seen", "-id"], name="finding_all"),  # staff's list
            *(
                models.Index(
                    fields=["tenant", field, "-severity_rank", "-first_seen", "-id", "traits"], name=f"finding_{name}"
                )
                for name, field in (
                    ("account", "account_id"),
                    ("domain", "domains"),
                    ("assignee", "assignee_id"),
                    ("acceptance", "acceptance"),
                )
            ),
            models.Index(
                fields=["tenant", "rule", "-severity_rank", "-first_seen", "-id", "traits"], name="finding_of_rule"
            ),
            models.Index(fields=["tenant", "subject_key"], name="finding_subject"),
            models.Index(fields=["tenant", "rule", "observation"], name="finding_rule"),
            models.Index(fields=["tenant", "decision", "accepted_until"], name="finding_until"),
            models.Index(fields=["tenant", "exemption_id"], name="finding_exemption"),
            models.Index(fields=["tenant", "search"], name="finding_search"),
        ]

    def __str__(self) -> str:
        return self.title

    @property
    def sum_is_cut(self) -> bool:
        """Whether the parts of the severity add up to more or less than the scale has."""
        return sum(int(part["points"]) for part in self.severity_sum) != self.score


class Tally(TenantModel):
    """How many findings have these values of the narrow facets and this one of a wide one; see findings.tally.

    `facet` and `value` are "" where a row counts whatever the wide facets hold, `narrow` where whatever the narrow do.
    """

    facet = models.CharField(max_length=16)
    value = models.TextField()
    narrow = models.TextField()
    n = models.IntegerField()
    label = models.TextField(null=True)  # what the value is called

    class Meta:
        db_table = "finding_tallies"
        indexes = [models.Index(fields=["tenant", "facet", "narrow", "value", "n"], name="finding_tally")]

    def __str__(self) -> str:
        return f"{self.facet} {self.value}: {self.n}"
