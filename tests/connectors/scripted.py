"""A source that yields what a test tells it to, and the estate that most tests tell."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping
from datetime import UTC, datetime
from typing import Any

from connectors.inventory.records import (
    Access,
    Alert,
    EdgeRecord,
    Identity,
    Link,
    ObjectRecord,
    Permission,
    Record,
    Ref,
    Relation,
    Removed,
    Resource,
    ScopeEnded,
    ScopeStarted,
    ScopeState,
    Workload,
)
from connectors.source import Check, Keep, Pull, RequiredPermission, Setting, forget

Script = Callable[[Pull], Iterator[Record]]
CREATED = datetime(2024, 3, 1, 8, 30, tzinfo=UTC)


class Scripted:
    """Plays `script`."""

    kind = "scripted"
    label = "Scripted"
    groups = ("account", "accounts")
    blind_spots: tuple[str, ...] = ()
    settings: tuple[Setting, ...] = ()
    permissions: tuple[RequiredPermission, ...] = tuple(
        RequiredPermission(f"{kind}:List", f"reads {kind}", (kind,)) for kind in ("iam", "lambda")
    )
    hosts: tuple[str, ...] = ()
    consent = None
    script: Script

    def check(self, *, settings: Mapping[str, Any], keep: Keep = forget) -> list[Check]:
        return []

    def pull(self, pull: Pull) -> Iterator[Record]:
        yield from self.script(pull)


source = Scripted()


def evaluated(*, tenant: Any, scan: Any) -> dict[str, int]:
    """Stands for findings' evaluation."""
    return {"opened": 0}


def scope(
    name: str,
    *records: ObjectRecord | EdgeRecord | Alert | Removed,
    state: ScopeState = ScopeState.COMPLETE,
    listed_by: str | None = None,
    bookmark: str | None = None,
    increment: bool = False,
) -> list[Record]:
    """The records, between the scope's start and its end."""
    account = name.partition(":")[0]
    told = {"label": f"IAM in {account}", "group": account, "group_label": account, "kind": "iam"}
    started = ScopeStarted(scope=name, within=listed_by, increment=increment, **told)
    return [started, *records, ScopeEnded(scope=name, state=state, bookmark=bookmark)]


def play(*scopes: list[Record]) -> Script:
    """The scopes one after the other, without those that a scan before this attempt completed."""

    def script(pull: Pull) -> Iterator[Record]:
        for records in scopes:
            if records[0].scope not in pull.done:
                yield from records

    return script


def role(name: str, *, within: str = "prod:iam", **fields: Any) -> Identity:
    account = within.partition(":")[0]
    values: dict[str, Any] = {
        "id": f"arn:{account}:role/{name}",
        "provider_id": f"AROA{name}",
        "name": name,
        "type": "IAM role",
    }
    values |= {"system": "aws", "scope": within, "account_id": account, "account_name": account, "created_at": CREATED}
    return Identity(**(values | fields))


def function(name: str, *, within: str = "prod:iam", **fields: Any) -> Workload:
    account = within.partition(":")[0]
    values = {"id": f"arn:{account}:function/{name}", "provider_id": name, "name": name, "type": "Lambda function"}
    values |= {"system": "aws", "scope": within, "account_id": account, "account_name": account, "role": "function"}
    return Workload(**(values | fields))


def bucket(name: str, *, within: str = "prod:iam", **fields: Any) -> Resource:
    account = within.partition(":")[0]
    values = {"id": f"arn:{account}:bucket/{name}", "provider_id": name, "name": name, "type": "S3 bucket"}
    values |= {"system": "aws", "scope": within, "account_id": account, "account_name": account}
    return Resource(**(values | fields))


def ref(record: ObjectRecord) -> Ref:
    kinds = {Workload: "workload", Identity: "identity", Resource: "resource"}
    return Ref(kind=kinds.get(type(record), "owner"), id=record.id, name=record.name)


def link(relation: Relation, source: ObjectRecord, target: ObjectRecord, **fields: Any) -> Link:
    return Link(relation=relation, source=ref(source), target=ref(target), **{"scope": source.scope, **fields})


def alert(title: str, subject: ObjectRecord, **fields: Any) -> Alert:
    said: dict[str, Any] = {
        "id": title,
        "subject": ref(subject),
        "title": title,
        "severity": "high",
        "scope": subject.scope,
    }
    return Alert(**(said | fields))


def may(source: ObjectRecord, access: Access, target: ObjectRecord, **fields: Any) -> Permission:
    said = {"actions": ("s3:GetObject",), "via": "policy export", "scope": source.scope, **fields}
    return Permission(source=ref(source), target=ref(target), access=access, **said)
