"""How does a test put records, and the coverage of a scan, into the inventory without scanning?"""

from __future__ import annotations

from datetime import timedelta
from typing import Any

from connectors.inventory.models import Coverage, Edge, Node
from connectors.inventory.records import (
    Access,
    EdgeRecord,
    Identity,
    Link,
    ObjectRecord,
    Permission,
    Ref,
    Relation,
    Resource,
    Workload,
)
from connectors.inventory.shape import edge_document, node_document
from connectors.models import Connection, Scan
from tests.factories import NOW

ACCOUNT = "111111111111"
SCOPE = f"aws:{ACCOUNT}:iam"


def stamps(connection: Connection, scan: Scan) -> dict[str, Any]:
    return {
        "tenant": connection.tenant,
        "connection": connection,
        "hash": "",
        "first_seen": NOW - timedelta(days=30),
        "last_seen": NOW,
        "seen_scan": scan.pk,
        "changed_at": NOW - timedelta(days=30),
    }


def store(scan: Scan, *records: ObjectRecord | EdgeRecord, **fields: Any) -> None:
    """As the scan's writer would have left them; `fields` overrides, such as gone_at."""
    stamp = stamps(scan.connection, scan) | fields
    for record in records:
        if isinstance(record, ObjectRecord):
            Node.objects.create(**(node_document(record) | stamp))
        else:
            Edge.objects.create(**(edge_document(record) | {"scope": record.scope} | stamp))


def place(name: str, type_: str, service: str, **fields: Any) -> dict[str, Any]:
    """The fields that all objects share."""
    address = fields.pop("id", f"arn:aws:{service}:{ACCOUNT}:{name}")
    common = {"id": address, "provider_id": address, "name": name, "type": type_, "system": "aws", "scope": SCOPE}
    return common | {"account_id": ACCOUNT, "account_name": "billing-prod"} | fields


def function(name: str, **fields: Any) -> Workload:
    return Workload(role="function", **place(name, "Lambda function", "lambda", **{"region": "eu-west-1", **fields}))


def role(name: str, **fields: Any) -> Identity:
    return Identity(**place(name, "IAM role", "iam", **fields))


def bucket(name: str, **fields: Any) -> Resource:
    return Resource(**place(name, "S3 bucket", "s3", **{"region": "eu-west-1", **fields}))


def ref(record: ObjectRecord) -> Ref:
    kinds = {Workload: "workload", Identity: "identity", Resource: "resource"}
    return Ref(kind=kinds.get(type(record), "owner"), id=record.id, name=record.name)


def link(relation: Relation, source: ObjectRecord, target: ObjectRecord, **fields: Any) -> Link:
    return Link(relation=relation, source=ref(source), target=ref(target), scope=SCOPE, **fields)


def permission(source: ObjectRecord, target: ObjectRecord, *actions: str, **fields: Any) -> Permission:
    granted = {"access": Access.READ, "via": "policy export", **fields}
    return Permission(source=ref(source), target=ref(target), actions=actions, scope=SCOPE, **granted)


def covered(scan: Scan, account: str, **states: str) -> None:
    """Coverage of one account by kind: covered(scan, "billing-prod", iam="complete", glue="denied")."""
    for kind, state in states.items():
        trouble = state not in {"complete", "running", "skipped"}
        Coverage.objects.create(
            tenant=scan.tenant,
            connection=scan.connection,
            scan=scan.pk,
            scope=f"aws:{account}:{kind}",
            label=f"{kind} in {account}",
            group=account,
            group_label=account,
            kind=kind,
            state=state,
            missing=[f"{kind}:List"] if trouble else [],
            error=f"AWS refused to list {kind}." if trouble else None,
            objects_read=10,
            started_at=NOW,
        )
