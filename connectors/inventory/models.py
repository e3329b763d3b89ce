"""What is in the inventory, what changed in it, and what was it proven to be complete for?

Written by `write.py` alone, in bulk, through the collections; read through `read.py` and `graph.py`.
"""

from __future__ import annotations

from bson import ObjectId
from django.db import models
from django_mongodb_backend.fields import ArrayField, ObjectIdField

from connectors.inventory.records import ScopeState
from tenants.models import TenantModel


class Node(TenantModel):
    """A workload, identity, resource or owner. `key` is the record's id (an ARN …), `data` the record as JSON.

    `gone_at` is set by a sweep that proved the absence, and unset when the object is seen again. `first_seen` never
    moves. `search` holds the small-letter texts by which it is found, and its traits (inventory.shape), which narrow a
    list; `traits` holds them all in one text, by which an index sorts out what doesn't fit without reading the object.
    """

    connection = models.ForeignKey("connectors.Connection", on_delete=models.CASCADE, related_name="+", db_index=False)
    connection_id: ObjectId
    kind = models.CharField(max_length=16)
    key = models.TextField()
    provider_id = models.TextField()
    name = models.TextField()
    type = models.CharField(max_length=64)
    system = models.CharField(max_length=32)
    account_id = models.CharField(max_length=64, null=True)
    account_name = models.TextField(null=True)
    region = models.CharField(max_length=32, null=True)
    scope = models.TextField()
    domains = ArrayField(models.CharField(max_length=32), default=list)
    search = ArrayField(models.TextField(), default=list)
    traits = models.TextField(default="")
    data = models.JSONField(default=dict)
    hash = models.CharField(max_length=64)
    first_seen = models.DateTimeField()
    last_seen = models.DateTimeField()
    seen_scan = ObjectIdField()
    gone_at = models.DateTimeField(null=True)
    changed_at = models.DateTimeField()  # when something other than its being seen was last written

    class Meta:
        db_table = "inventory_nodes"
        # The key before the connection: the same index finds an object whoever connected it (documents.by_key).
        constraints = [models.UniqueConstraint(fields=["tenant", "key", "connection"], name="node_key")]
        indexes = [
            models.Index(fields=["tenant", "kind", "gone_at", "name", "id", "traits"], name="node_list"),
            models.Index(fields=["tenant", "search", "name", "id", "traits", "gone_at"], name="node_search"),
            # Without seen_scan, which every scan writes anew: the sweep reads its scope once, a rescan moves no index.
            models.Index(fields=["tenant", "connection", "scope"], name="node_sweep"),
            # What holds data of a domain, among these addresses or anywhere. Only resources do.
            models.Index(
                fields=["tenant", "domains", "gone_at", "key"], condition=models.Q(kind="resource"), name="node_domain"
            ),
        ]

    def __str__(self) -> str:
        return self.name


class Edge(TenantModel):
    """A link, permission or egress between two nodes, with both names, so that no page shows a bare id.

    `relation` is the link's relation, "permission" or "egress"; `key` tells edges between the same two apart.
    """

    connection = models.ForeignKey("connectors.Connection", on_delete=models.CASCADE, related_name="+", db_index=False)
    connection_id: ObjectId
    key = models.CharField(max_length=64)
    relation = models.CharField(max_length=16)
    source = models.TextField()
    source_kind = models.CharField(max_length=16)
    source_name = models.TextField()
    target = models.TextField()
    target_kind = models.CharField(max_length=16)
    target_name = models.TextField()
    access = models.CharField(max_length=8, null=True)
    actions = ArrayField(models.TextField(), default=list)
    grade = models.CharField(max_length=16)
    via = models.TextField(null=True)
    conditions = ArrayField(models.TextField(), default=list)
    scope = models.TextField()
    hash = models.CharField(max_length=64)
    first_seen = models.DateTimeField()
    last_seen = models.DateTimeField()
    seen_scan = ObjectIdField()
    gone_at = models.DateTimeField(null=True)
    changed_at = models.DateTimeField()  # when something other than its being seen was last written

    class Meta:
        db_table = "inventory_edges"
        constraints = [models.UniqueConstraint(fields=["tenant", "connection", "key"], name="edge_key")]
        indexes = [
            models.Index(fields=["tenant", "source", "gone_at", "relation", "target"], name="edge_forward"),
            models.Index(fields=["tenant", "target", "gone_at", "relation", "source"], name="edge_backward"),
            models.Index(fields=["tenant", "connection", "scope"], name="edge_sweep"),
        ]

    def __str__(self) -> str:
        return f"{self.source_name} {self.relation} {self.target_name}"


class Change(TenantModel):
    """One field of one node or edge that differs from the scan before, or its appearing or going (field "exists")."""

    connection = models.ForeignKey("connectors.Connection", on_delete=models.CASCADE, related_name="+", db_index=False)
    connection_id: ObjectId
    scan = ObjectIdField()  # which saw it; for a data domain that a person decided about, the DomainVerdict
    key = models.TextField(null=True)  # of the node or edge itself
    subject = models.TextField()  # key of the node; of an edge: of its source, or of its target when that holds it
    subject_name = models.TextField()  # of an edge: the edge in words
    subject_kind = models.CharField(max_length=16)  # workload, identity, resource, owner, edge
    field = models.CharField(max_length=64)
    before = models.JSONField(null=True)
    after = models.JSONField(null=True)
    at = models.DateTimeField()

    class Meta:
        db_table = "inventory_changes"
        indexes = [
            models.Index(fields=["tenant", "subject", "-at"], name="change_subject"),
            models.Index(fields=["tenant", "scan"], name="change_scan"),
            models.Index(fields=["tenant", "at"], name="change_time"),
        ]

    def __str__(self) -> str:
        return f"{self.subject_name}: {self.field}"


class Coverage(TenantModel):
    """Whether one scope was read completely in one scan; if not, why.

    `state` is a records.ScopeState, running, or gone: not there to be read any more, as the scope `within` shows, which
    lists it and was read completely without it.
    """

    GONE = "gone"

    connection = models.ForeignKey("connectors.Connection", on_delete=models.CASCADE, related_name="+", db_index=False)
    connection_id: ObjectId
    scan = ObjectIdField()
    scope = models.TextField()
    label = models.TextField()
    group = models.CharField(max_length=128)
    group_label = models.TextField()
    kind = models.CharField(max_length=32)
    within = models.TextField(null=True)
    state = models.CharField(max_length=16, default="running")
    missing = ArrayField(models.CharField(max_length=128), default=list)
    error = models.TextField(null=True)
    error_kind = models.CharField(max_length=16, null=True)
    retries = models.PositiveIntegerField(default=0)
    waited = models.FloatField(default=0.0)  # seconds, for the system's slowing down
    bookmark = models.TextField(null=True)  # where an increment begins; see records.ScopeEnded
    objects_read = models.PositiveIntegerField(default=0)
    started_at = models.DateTimeField()
    ended_at = models.DateTimeField(null=True)

    class Meta:
        db_table = "coverage"
        constraints = [models.UniqueConstraint(fields=["tenant", "scan", "scope"], name="coverage_scope")]
        indexes = [
            models.Index(fields=["tenant", "connection", "scope", "-started_at"], name="coverage_history"),
            models.Index(fields=["tenant", "scan"], name="coverage_scan"),
        ]

    def __str__(self) -> str:
        return f"{self.label}: {self.state}"


PROOF = (ScopeState.COMPLETE, Coverage.GONE)  # what was not seen in such a scope isn't there


class Telling(TenantModel):
    """In which scan a scope last told of an object, edge or alert that another scope told of, too.

    It is gone only when each of them was read completely without it. What one scope alone tells of has no row here.
    """

    connection = models.ForeignKey("connectors.Connection", on_delete=models.CASCADE, related_name="+", db_index=False)
    connection_id: ObjectId
    key = models.TextField()
    scope = models.TextField()
    scan = ObjectIdField()

    class Meta:
        db_table = "inventory_tellings"
        indexes = [
            models.Index(fields=["tenant", "connection", "key"], name="telling_key"),
            models.Index(fields=["tenant", "connection", "scope"], name="telling_scope"),
        ]

    def __str__(self) -> str:
        return f"{self.key} in {self.scope}"


class ReportedAlert(TenantModel):
    """What a source itself reports about an object, whose key is `subject`. `data` is a records.Alert as JSON."""

    connection = models.ForeignKey("connectors.Connection", on_delete=models.CASCADE, related_name="+", db_index=False)
    connection_id: ObjectId
    key = models.TextField()
    subject = models.TextField()
    scope = models.TextField()
    data = models.JSONField(default=dict)
    hash = models.CharField(max_length=64)
    first_seen = models.DateTimeField()
    last_seen = models.DateTimeField()
    seen_scan = ObjectIdField()
    gone_at = models.DateTimeField(null=True)
    changed_at = models.DateTimeField()  # when something other than its being seen was last written

    class Meta:
        db_table = "inventory_alerts"
        constraints = [models.UniqueConstraint(fields=["tenant", "key", "connection"], name="alert_key")]
        indexes = [
            models.Index(fields=["tenant", "gone_at", "subject"], name="alert_subject"),
            models.Index(fields=["tenant", "connection", "scope"], name="alert_sweep"),
        ]

    def __str__(self) -> str:
        return self.key


class DomainVerdict(TenantModel):
    """A person's word that a data domain is held or isn't: by one object (`key`), or by all whose name matches.

    `applied_to` counts the objects that it changed when it was last applied; None until then.
    """

    domain = models.CharField(max_length=32)
    holds = models.BooleanField()
    key = models.TextField(null=True)
    name = models.TextField()  # of the object, or the pattern with * and ?
    reason = models.TextField()
    author = models.CharField(max_length=254)
    at = models.DateTimeField()
    applied_to = models.PositiveIntegerField(null=True)

    class Meta:
        db_table = "domain_verdicts"
        indexes = [models.Index(fields=["tenant", "at"], name="verdict_by_time")]

    def __str__(self) -> str:
        return f"{self.name} {'holds' if self.holds else 'does not hold'} {self.domain}"


class Tally(TenantModel):
    """How many objects have which combination of facets, as counted when a scan ended. One counting is in parts.

    `rows`: [kind, type, system, account id, account name, region, domains, how many are there, how many are gone].
    """

    at = models.DateTimeField()
    part = models.PositiveIntegerField()  # counted down: part 0 is written last
    rows = models.JSONField(default=list)
    whole = models.BooleanField()  # whether no combination was left out

    class Meta:
        db_table = "inventory_tallies"
        indexes = [models.Index(fields=["tenant", "-at", "part"], name="tally_latest")]

    def __str__(self) -> str:
        return f"{self.at:%Y-%m-%d %H:%M}, part {self.part}"


class Attestation(TenantModel):
    """A person's word that somebody answers for an object, until a date. `standing` until withdrawn or replaced."""

    key = models.TextField()  # of the node
    name = models.TextField()
    owner_key = models.TextField()  # of the owner's node; "mailto:…" where no source knows them
    owner_name = models.TextField()
    owner_email = models.TextField(null=True)
    note = models.TextField(null=True)
    author_id = models.UUIDField(null=True)
    author = models.CharField(max_length=254)
    at = models.DateTimeField()
    until = models.DateTimeField()
    # True while it holds, absent afterwards: the unique partial index allows one per object.
    standing = models.BooleanField(null=True, default=True)
    ended_at = models.DateTimeField(null=True)
    ended_by = models.CharField(max_length=254, null=True)

    class Meta:
        db_table = "attestations"
        constraints = [
            models.UniqueConstraint(
                fields=["tenant", "key"], condition=models.Q(standing=True), name="one_standing_attestation"
            )
        ]
        indexes = [models.Index(fields=["tenant", "key", "-at"], name="attestation_history")]

    def __str__(self) -> str:
        return f"{self.owner_name} answers for {self.name}"


class Responsibility(TenantModel):
    """Who answers for one live workload or identity, brought up to date when a scan ends and when somebody attests.

    `state` is an answering.State; `until` is when the attestation lapses. `sensitive`: it reaches a resource with a
    data domain, or administrative authority.
    """

    key = models.TextField()
    node = ObjectIdField()
    kind = models.CharField(max_length=16)
    name = models.TextField()
    type = models.CharField(max_length=64)
    account = models.TextField(null=True)
    owners = ArrayField(models.TextField(), default=list)  # their keys
    owner_names = ArrayField(models.TextField(), default=list)
    via = models.TextField(null=True)
    state = models.CharField(max_length=16)
    until = models.DateTimeField(null=True)
    sensitive = models.BooleanField()
    counted = ObjectIdField()  # by which pass over the inventory

    class Meta:
        db_table = "responsibilities"
        indexes = [
            models.Index(fields=["tenant", "state", "-sensitive", "name", "id", "until"], name="responsibility_state"),
            models.Index(fields=["tenant", "owners", "-sensitive", "name", "id", "kind"], name="responsibility_owner"),
            models.Index(fields=["tenant", "key"], name="responsibility_key"),
        ]

    def __str__(self) -> str:
        return f"{self.name}: {self.state}"


class OwnerLoad(TenantModel):
    """How much one owner answers for: workloads and identities, and how many of both with sensitive reach."""

    key = models.TextField()
    name = models.TextField()
    email = models.TextField(null=True)
    active = models.BooleanField(null=True)
    node = ObjectIdField(null=True)
    workloads = models.PositiveIntegerField(default=0)
    identities = models.PositiveIntegerField(default=0)
    sensitive = models.PositiveIntegerField(default=0)
    counted = ObjectIdField()

    class Meta:
        db_table = "owner_loads"
        indexes = [
            models.Index(fields=["tenant", "-sensitive", "name", "id"], name="owner_load_list"),
            models.Index(fields=["tenant", "key"], name="owner_load_key"),
        ]

    def __str__(self) -> str:
        return self.name


class Correlation(TenantModel):
    """Two records of two systems that seem to be one actor, why, and what a person said of it.

    `left` and `right` are keys, left before right. `evidence` is [{"kind", "value", "told"}] as last found; none is
    found any more where it is empty. `decision` is "confirmed", "split" or None.
    """

    left = models.TextField()
    left_name = models.TextField()
    left_system = models.CharField(max_length=32)
    right = models.TextField()
    right_name = models.TextField()
    right_system = models.CharField(max_length=32)
    kind = models.CharField(max_length=16)  # identity, owner
    evidence = models.JSONField(default=list)
    confidence = models.CharField(max_length=16)  # certain, probable, ambiguous
    decision = models.CharField(max_length=16, null=True)
    decided_by = models.CharField(max_length=254, null=True)
    decided_at = models.DateTimeField(null=True)
    reason = models.TextField(null=True)
    found_at = models.DateTimeField()

    class Meta:
        db_table = "correlations"
        constraints = [models.UniqueConstraint(fields=["tenant", "left", "right"], name="one_correlation_per_pair")]
        indexes = [
            models.Index(fields=["tenant", "left", "right"], name="correlation_left"),
            models.Index(fields=["tenant", "right", "left"], name="correlation_right"),
        ]

    def __str__(self) -> str:
        return f"{self.left_name} = {self.right_name}"
