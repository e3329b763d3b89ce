"""An inventory in memory: what a test puts in is what the engine and the rules read, and nothing is worked out."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import replace
from datetime import datetime, timedelta
from typing import Any

from bson import ObjectId

from connectors.inventory.graph import Hop, Path
from connectors.inventory.models import Coverage, Node
from connectors.inventory.read import Inventory
from connectors.inventory.records import (
    Access,
    Alert,
    Credential,
    Grade,
    Identity,
    ObjectRecord,
    Owner,
    Ref,
    Resource,
    Usage,
    Workload,
)
from connectors.inventory.subjects import DataDomain, OwnConnection
from connectors.models import Connection, Scan
from findings.evaluator import Hit, Rule, Severity, Subject
from findings.weighing import weighed
from tenants.models import Tenant
from tests.factories import NOW

ACCOUNT, IAM, LAMBDA = "111111111111", "aws:111111111111:iam", "aws:111111111111:lambda:eu-west-1"
PLACE: dict[str, Any] = {"system": "aws", "account_id": ACCOUNT, "account_name": "billing-prod"}
KINDS = {Workload: "workload", Identity: "identity", Resource: "resource", Owner: "owner"}


def ago(days: float) -> datetime:
    return NOW - timedelta(days=days)


def role(name: str = "Billing-Admin", **fields: Any) -> Identity:
    """A role made 400 days ago and used yesterday."""
    values = {
        "id": f"arn:aws:iam::{ACCOUNT}:role/{name}",
        "provider_id": f"AROA{name.upper()}",
        "type": "IAM role",
        "scope": IAM,
        "created_at": ago(400),
        "usage": Usage.USED,
        "last_used_at": ago(1),
        **PLACE,
        **fields,
    }
    return Identity(name=name, **values)


def user(name: str = "deployer", *keys: Credential, **fields: Any) -> Identity:
    arn = f"arn:aws:iam::{ACCOUNT}:user/{name}"
    return role(name, **{"id": arn, "provider_id": f"AIDA{name}", "type": "IAM user", "credentials": keys, **fields})


def key(number: str = "AKIA1", **fields: Any) -> Credential:
    """A live access key, made and used ten days ago."""
    values = {"created_at": ago(10), "last_used_at": ago(10), "usage": Usage.USED, "enabled": True, **fields}
    return Credential(kind="access key", id=number, **values)


def function(name: str = "billing-export", **fields: Any) -> Workload:
    arn = f"arn:aws:lambda:eu-west-1:{ACCOUNT}:function:{name}"
    values: dict[str, Any] = {
        "id": arn,
        "provider_id": arn,
        "type": "Lambda function",
        "scope": LAMBDA,
        "role": "function",
        **PLACE,
        **fields,
    }
    return Workload(name=name, **values)


def resource(name: str = "customer-data", **fields: Any) -> Resource:
    arn = f"arn:aws:s3:::{name}"
    values = {"id": arn, "provider_id": arn, "type": "S3 bucket", "scope": "aws:111111111111:s3", **PLACE, **fields}
    return Resource(name=name, **values)


def account(name: str = "billing-prod", number: str = ACCOUNT) -> Resource:
    key = f"aws:account:{number}"
    return resource(name, id=key, provider_id=key, type="AWS account", scope=IAM)


def owner(name: str = "Bob", **fields: Any) -> Owner:
    """A person who is still there, unless said otherwise."""
    address = f"mailto:{name.lower()}@acme-media.example"
    values = {"id": address, "provider_id": address, "type": "person", "scope": IAM, "active": True, **PLACE, **fields}
    return Owner(name=name, **values)


def host(name: str = "collect.example.net") -> Resource:
    """A destination outside."""
    return resource(name, id=name, type="egress")


def sends(source: ObjectRecord, destination: Resource, **fields: Any) -> Hop:
    """A way out."""
    found = hop("egress", source, destination, via=f"It sends to {destination.name}.", **fields)
    return replace(found, target=Ref(kind="egress", id=destination.name, name=destination.name))


def hop(relation: str, source: ObjectRecord, target: ObjectRecord, **fields: Any) -> Hop:
    """A granted edge, first seen ten days ago and seen by the latest scan."""
    values = {
        "grade": Grade.GRANTED,
        "scope": IAM,
        "first_seen": ago(10),
        "last_seen": NOW,
        "scan": "0" * 24,
        "target_account": target.account_name,
        **fields,
    }
    return Hop(
        relation=relation,
        source=_ref(source),
        target=_ref(target),
        source_type=source.type,
        target_type=target.type,
        **values,
    )


def may(source: ObjectRecord, target: ObjectRecord, *actions: str, **fields: Any) -> Hop:
    """A permission, to read unless said otherwise."""
    return hop("permission", source, target, actions=actions, **{"access": Access.READ, **fields})


def administers(source: ObjectRecord, **fields: Any) -> Hop:
    """Everything in the account."""
    return may(source, account(), "*", **{"access": Access.ADMIN, "via": "policy AdministratorAccess", **fields})


def _ref(record: ObjectRecord) -> Ref:
    return Ref(kind=KINDS[type(record)], id=record.id, name=record.name)


def severity(rule: Rule, subject: Subject, estate: Estate) -> Severity | None:
    """How bad the rule's finding about the subject is; None where it finds nothing."""
    hit = rule(subject, estate)
    return weighed(rule, subject, hit, estate).severity if isinstance(hit, Hit) else None


class Estate(Inventory):
    """`paths` are what `paths_from` answers, by their first source; `unread` scopes and `blind` kinds weren't read."""

    def __init__(self, *objects: ObjectRecord, tenant: Any = None, now: datetime = NOW) -> None:
        self.tenant = tenant
        self.now = now
        self.place = None
        self.objects = {record.id: record for record in objects}
        self.hops: list[Hop] = []
        self.paths: dict[str, list[Path]] = {}
        self.called: dict[str, list[Path]] = {}  # as `paths`, by way of calls
        self.owned: dict[str, list[Owner]] = {}
        self.unread: set[str] = set()
        self.since: dict[str, datetime] = {}  # key of an object or a scope → since when it is known
        self.words: dict[str, datetime] = {}  # key → when a person last said who answers for it
        self.reported: list[Alert] = []
        self.ours: list[OwnConnection] = []
        self.blind: set[str] = set()

    def put(self, *objects: ObjectRecord) -> Estate:
        self.objects |= {record.id: record for record in objects}
        return self

    def link(self, *hops: Hop) -> Estate:
        """Edges that are no path to anything worth reaching."""
        self.hops += [hop for hop in hops if hop not in self.hops]
        return self

    def path(self, *hops: Hop) -> Estate:
        """Edges that lead to something worth reaching: from the first source, and from each after it."""
        self.link(*hops)
        for start, first in enumerate(hops):
            self.paths.setdefault(first.source.id, []).append(Path(hops[start:]))
        return self

    def by_calls(self, *hops: Hop) -> Estate:
        """Edges that lead to something worth reaching, by way of what is called."""
        self.link(*hops)
        self.called.setdefault(hops[0].source.id, []).append(Path(hops))
        return self

    def workloads(self, _after: Any = None) -> Iterator[Workload]:
        return (record for record in list(self.objects.values()) if isinstance(record, Workload))

    def identities(self, _after: Any = None) -> Iterator[Identity]:
        return (record for record in list(self.objects.values()) if isinstance(record, Identity))

    def resources(self, _after: Any = None) -> Iterator[Resource]:
        return (record for record in list(self.objects.values()) if isinstance(record, Resource))

    def get(self, key: str) -> ObjectRecord | None:
        return self.objects.get(key)

    def edges_from(self, key: str, *relations: str) -> list[Hop]:
        return [hop for hop in self.hops if hop.source.id == key and (not relations or hop.relation in relations)]

    def edges_to(self, key: str, *relations: str) -> list[Hop]:
        return [hop for hop in self.hops if hop.target.id == key and (not relations or hop.relation in relations)]

    def owners(self, key: str) -> list[Owner]:
        return self.owned.get(key, [])

    def paths_from(self, key: str) -> list[Path]:
        return self.paths.get(key, [])

    def domains(self) -> Iterator[DataDomain]:
        held = {domain.name for each in self.resources() for domain in each.domains}
        return (DataDomain(id=f"domain/{name}", name=name) for name in sorted(held))

    def reaching(self, domain: str) -> set[str]:
        return {
            key for key, paths in self.paths.items() if any(domain in path.hops[-1].target_domains for path in paths)
        }

    def connections(self) -> Iterator[OwnConnection]:
        return iter(self.ours)

    def first_seen(self, key: str) -> datetime | None:
        return self.since.get(key, ago(400) if key in self.objects else None)

    def known_since(self, scope: str) -> datetime | None:
        return self.since.get(scope, ago(400))

    def acknowledged(self, key: str) -> datetime | None:
        return self.words.get(key)

    def alerts_about(self, key: str) -> list[Alert]:
        return [alert for alert in self.reported if alert.subject.id == key]

    def paths_by_calls(self, key: str) -> list[Path]:
        return [*self.paths.get(key, []), *self.called.get(key, [])]

    @property
    def own_hosts(self) -> frozenset[str]:
        return frozenset(host for each in self.ours for host in each.hosts)

    def complete(self, scopes: tuple[str, ...]) -> bool:
        return not self.unread & {*scopes}

    def gaps(self, account_id: str | None, kinds: tuple[str, ...]) -> list[str]:
        return sorted(self.blind & {*kinds})


def keep(tenant: Tenant, connection: Connection, *objects: ObjectRecord) -> None:
    """The objects as nodes of the database, as far as the engine asks there: which connection reads them."""
    for record in objects:
        Node.objects.create(
            tenant=tenant,
            connection=connection,
            kind=KINDS[type(record)],
            key=record.id,
            provider_id=record.provider_id,
            name=record.name,
            type=record.type,
            system=record.system,
            scope=record.scope,
            hash="",
            first_seen=NOW,
            last_seen=NOW,
            seen_scan=ObjectId(),
            changed_at=NOW,
        )


def cover(connection: Connection, scan: Scan, *scopes: str, state: str = "complete", at: datetime = NOW) -> None:
    """Coverage rows of a scan, as far as findings read them."""
    for scope in scopes:
        Coverage.objects.create(
            tenant=connection.tenant,
            connection=connection,
            scan=scan.pk,
            scope=scope,
            label=scope,
            group=ACCOUNT,
            group_label="billing-prod",
            kind="iam",
            state=state,
            started_at=at,
            ended_at=at + timedelta(minutes=1),
        )
