"""How does each rule go over a tenant, and what does the tenant say about rules?"""

from __future__ import annotations

from django.db import models

from tenants.models import TenantModel


class RuleState(TenantModel):
    """How one rule last went over a tenant's inventory: in which `version`, and if it failed, how."""

    rule = models.CharField(max_length=64)
    version = models.PositiveSmallIntegerField()
    evaluated_at = models.DateTimeField(null=True)  # when it last looked at everything that it had to
    failed_at = models.DateTimeField(null=True)
    error = models.TextField(null=True)
    subject = models.TextField(null=True)  # at which it failed

    class Meta:
        db_table = "rule_states"
        constraints = [models.UniqueConstraint(fields=["tenant", "rule"], name="one_state_per_rule")]
        indexes = [models.Index(fields=["tenant", "rule", "id"], name="rule_state_list")]

    def __str__(self) -> str:
        return f"{self.rule}, version {self.version}"


class RuleSetting(TenantModel):
    """What a tenant says about one rule. `thresholds` is name → number, where it differs from the rule's own."""

    rule = models.CharField(max_length=64)
    off = models.BooleanField(default=False)
    thresholds = models.JSONField(default=dict)
    reason = models.TextField(null=True)
    changed_by = models.CharField(max_length=254)
    changed_at = models.DateTimeField()

    class Meta:
        db_table = "rule_settings"
        constraints = [models.UniqueConstraint(fields=["tenant", "rule"], name="one_setting_per_rule")]

    def __str__(self) -> str:
        return f"{self.rule} {'off' if self.off else 'on'}"


class Approval(TenantModel):
    """That a tenant has approved of the AI of this name; * and ? in it stand for anything and for one character."""

    name = models.TextField()
    reason = models.TextField()
    by = models.CharField(max_length=254)
    at = models.DateTimeField()
    until = models.DateTimeField(null=True)
    withdrawn_at = models.DateTimeField(null=True)
    withdrawn_by = models.CharField(max_length=254, null=True)

    class Meta:
        db_table = "approvals"
        indexes = [models.Index(fields=["tenant", "withdrawn_at", "-at"], name="approval_list")]

    def __str__(self) -> str:
        return self.name

    @property
    def signed(self) -> str:
        """The reason, and whose it is."""
        return f"{self.by}: {self.reason}"


class Exemption(TenantModel):
    """That whatever a rule finds at one subject is a false positive, until somebody ends that or it reaches further.

    The subject is known by what its provider calls it and never gives to another. `decided_on` is the fingerprint of
    the finding on which it was decided.
    """

    rule = models.CharField(max_length=64)
    system = models.CharField(max_length=32)
    account_id = models.CharField(max_length=64, null=True)
    subject_provider_id = models.TextField()
    subject_name = models.TextField()
    reason = models.TextField()
    by = models.CharField(max_length=254)
    at = models.DateTimeField()
    decided_on = models.JSONField(default=dict)
    ended_at = models.DateTimeField(null=True)
    ended_by = models.CharField(max_length=254, null=True)

    class Meta:
        db_table = "exemptions"
        indexes = [
            models.Index(fields=["tenant", "subject_provider_id", "ended_at"], name="exemption_of_subject"),
            models.Index(fields=["tenant", "rule", "ended_at", "-at"], name="exemption_of_rule"),
        ]

    def __str__(self) -> str:
        return f"{self.rule} at {self.subject_name}"


class Policy(TenantModel):
    """What a tenant says about its AI and its acceptances as a whole.

    Only where it keeps a list of approved AI can something be missing from it. Accepting a finding of the severity
    `approval_from` or a higher one takes a second person (None: never); `warn_days` before its end an acceptance is
    marked.
    """

    keeps_approved_list = models.BooleanField(default=False)
    approval_from = models.CharField(max_length=8, null=True)
    warn_days = models.PositiveSmallIntegerField(default=14)
    changed_by = models.CharField(max_length=254)
    changed_at = models.DateTimeField()

    class Meta:
        db_table = "finding_policies"
        constraints = [models.UniqueConstraint(fields=["tenant"], name="one_policy_per_tenant")]

    def __str__(self) -> str:
        return "keeps a list of approved AI" if self.keeps_approved_list else "keeps no list of approved AI"
