"""How does a test get a member, a connection, a scan or a finding with only the fields that matter to it?"""

from __future__ import annotations

from datetime import UTC, datetime, timedelta
from typing import Any

from bson import ObjectId

from accounts.models import Membership, User
from accounts.roles import Role
from connectors.models import Connection, Scan
from findings import tally
from findings.facets import traits
from findings.models import Finding
from tenants.models import Tenant

NOW = datetime(2026, 11, 24, 12, 0, tzinfo=UTC)


def make_user(name: str, *, domain: str = "acme-media.example", **fields: Any) -> User:
    """A user as provisioning makes them."""
    return User.objects.create_user(f"{name}@{domain}", name=name.capitalize(), **fields)


def make_member(tenant: Tenant, name: str, *, role: Role) -> User:
    """A new user with a role in the tenant."""
    user = make_user(name, domain=f"{tenant.slug}.example")
    Membership.objects.create(tenant=tenant, user=user, role=role)
    return user


def make_connection(tenant: Tenant, **fields: Any) -> Connection:
    """An AWS connection."""
    settings = {"role_arn": "arn:aws:iam::111111111111:role/sv0-hub", "external_id": "acme-external-id"}
    values = {"kind": "aws", "name": "AWS", "settings": settings, **fields}
    return Connection.objects.create(tenant=tenant, **values)


def make_scan(connection: Connection, **fields: Any) -> Scan:
    """A complete scan."""
    values = {
        "connection_name": connection.name,
        "state": Scan.State.COMPLETE,
        "live": None,
        "trigger": "person",
        "requested_by": "Alice",
        "queued_at": NOW - timedelta(hours=2),
        "started_at": NOW - timedelta(hours=2),
        "finished_at": NOW - timedelta(hours=2) + timedelta(minutes=4),
        **fields,
    }
    return Scan.objects.create(tenant=connection.tenant, connection=connection, **values)


def make_finding(tenant: Tenant, **fields: Any) -> Finding:
    """An open, high finding of a role in billing-prod."""
    role = "arn:aws:iam::111111111111:role/Billing-Admin"
    values = {
        "key": ObjectId().__str__(),
        "rule": "administrative_workload",
        "title": "Workload with administrative authority",
        "severity": "high",
        "severity_rank": 3,
        "because": "Lambda function billing-export runs as Billing-Admin, which administers billing-prod.",
        "path_line": "Lambda billing-export → role Billing-Admin → billing-prod",
        "connection_id": ObjectId(),
        "subject_key": role,
        "subject_name": "Billing-Admin",
        "subject_kind": "identity",
        "subject_type": "IAM role",
        "subject_provider_id": "AROAEXAMPLE",
        "system": "aws",
        "account_id": "111111111111",
        "account_name": "billing-prod",
        "observation": "present",
        "observed_at": NOW,
        "first_seen": NOW - timedelta(days=3),
        "last_seen": NOW,
        "last_scan": ObjectId(),
        "status": "open",
        **fields,
    }
    finding = Finding(tenant=tenant, **values)
    row = tally.fields(finding)
    finding.traits = traits(row)
    finding.save()
    tally.update(tenant, [(None, row)])
    return finding
