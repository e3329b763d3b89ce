"""What does the graph of a large client look like: accounts full of functions, roles and buckets, and a few hubs?

Accounts of 500 objects and some 2,500 edges. In each, an administrator's role over the account and what it contains,
and roles with wildcard sets; above them one deployer that every account's Deploy role trusts, and thousands of
pipelines of another system that may become it through a federated provider: the estate is within reach of each.
"""

from __future__ import annotations

import random
from collections.abc import Iterator
from dataclasses import dataclass, field
from typing import Any

from connectors.inventory.records import (
    Access,
    Domain,
    EdgeRecord,
    Egress,
    Grade,
    Identity,
    Link,
    ObjectRecord,
    Permission,
    Ref,
    Relation,
    Resource,
    Workload,
)

PER_ACCOUNT, EDGES_PER_ACCOUNT = 500, 2500
FUNCTIONS, ROLES, SETS, OWNERS = 150, 138, 20, 8
DOMAINS = ("customer", "hr", "finance", "secrets", "source code")
SENSITIVE_EVERY = 20  # of the resources of an account, one in so many holds data of a domain
PIPELINES_EVERY = 8  # of the functions of an account, one in so many is a pipeline of another system
ACTIONS = (("s3:GetObject",), ("s3:GetObject", "s3:ListBucket"), ("s3:*",), ("dynamodb:Query", "dynamodb:Scan"))
TOOLING = "000000000000"


def ref(record: ObjectRecord) -> Ref:
    """The record as edges name it."""
    kind = {Workload: "workload", Identity: "identity", Resource: "resource"}[type(record)]
    return Ref(kind=kind, id=record.id, name=record.name)


def placed(account: str, name: str, type_: str, **more: Any) -> dict[str, Any]:
    """The fields that all objects share."""
    key = more.pop("id", f"arn:aws:{type_.split(maxsplit=1)[0].lower()}:eu-west-1:{account}:{name}")
    common = {"id": key, "provider_id": key, "name": name, "type": type_, "system": "aws", "scope": f"aws:{account}"}
    return common | {"account_id": account, "account_name": f"account-{account[-4:]}"} | more


@dataclass(slots=True)
class Account:
    """One account's objects, and the edges among them that were drawn so far."""

    number: str
    chance: random.Random
    functions: list[Workload] = field(default_factory=list)
    roles: list[Identity] = field(default_factory=list)
    sets: list[Resource] = field(default_factory=list)
    resources: list[Resource] = field(default_factory=list)

    def __post_init__(self) -> None:
        at = self.number
        self.functions = [Workload(role="function", **self._function(n)) for n in range(FUNCTIONS)]
        names = ("Admin", "Deploy", "ReadOnly", *(f"app-{n}" for n in range(ROLES - 3)))
        self.roles = [Identity(**placed(at, name, "IAM role", id=f"arn:aws:iam::{at}:role/{name}")) for name in names]
        self.sets = [
            Resource(pattern=f"arn:aws:s3:::{n}-*", **placed(at, f"set-{n}", "S3 buckets")) for n in range(SETS)
        ]
        count = PER_ACCOUNT - FUNCTIONS - ROLES - SETS - 2
        self.resources = [self._resource(n) for n in range(count)]

    @property
    def itself(self) -> Resource:
        """The account as a resource."""
        return Resource(
            **placed(self.number, f"account-{self.number[-4:]}", "AWS account", id=f"aws:account:{self.number}")
        )

    @property
    def principal(self) -> Identity:
        """Every identity of the account, as trust policies name them."""
        return Identity(
            **placed(self.number, "any identity", "AWS account principal", id=f"arn:aws:iam::{self.number}:root")
        )

    def _function(self, n: int) -> dict[str, Any]:
        if n % PIPELINES_EVERY:
            return placed(self.number, f"fn-{n}", "Lambda function")
        key = f"github:acme/{self.number}-{n}"
        return placed("acme", f"acme/{self.number[-4:]}-{n}", "GitHub workflow", id=key) | {"system": "github"}

    def _resource(self, n: int) -> Resource:
        held = (Domain(name=DOMAINS[n // SENSITIVE_EVERY % len(DOMAINS)], because="its tag says so"),)
        return Resource(
            domains=held if n % SENSITIVE_EVERY == 0 else (), **placed(self.number, f"data-{n}", "S3 bucket")
        )

    def objects(self) -> Iterator[ObjectRecord]:
        """All of them."""
        for group in (self.functions, self.roles, self.sets, self.resources, [self.itself], [self.principal]):
            yield from group

    def link(self, relation: Relation, source: ObjectRecord, target: ObjectRecord, **more: Any) -> Link:
        """An edge of this account."""
        return Link(relation=relation, source=ref(source), target=ref(target), scope=f"aws:{self.number}", **more)

    def may(self, source: ObjectRecord, access: Access, target: ObjectRecord, **more: Any) -> Permission:
        """A permission in this account, conditional now and then."""
        guarded = self.chance.random() < 0.1
        doubt = {"grade": Grade.CONDITIONAL, "conditions": ("aws:SourceVpce",)} if guarded else {}
        said = {"actions": self.chance.choice(ACTIONS), "via": f"policy {source.name}", "scope": f"aws:{self.number}"}
        return Permission(source=ref(source), target=ref(target), access=access, **(said | doubt | more))

    def edges(self) -> Iterator[EdgeRecord]:
        """Those among its own objects, up to EDGES_PER_ACCOUNT."""
        chance, (admin, _, reader, *apps) = self.chance, self.roles
        yield from (self.link(Relation.CONTAINS, self.itself, each) for each in self.resources)
        yield self.may(admin, Access.ADMIN, self.itself, actions=("*",), grade=Grade.GRANTED)
        yield from (self.may(reader, Access.READ, each) for each in self.sets)
        for each in self.sets:
            yield from (self.link(Relation.CONTAINS, each, found) for found in chance.sample(self.resources, 30))
        for function in self.functions:
            if function.system == "aws":  # a few roles are shared by many
                role = chance.choice(apps[:5]) if chance.random() < 0.4 else chance.choice(apps)
                yield self.link(Relation.RUNS_AS, function, role, via="execution role")
            if chance.random() < 0.3:
                yield Egress(
                    source=ref(function), destination="internet", scope=f"aws:{self.number}", evidence="no VPC"
                )
            if chance.random() < 0.15:
                yield self.link(Relation.CALLS, function, chance.choice(self.functions))
        for role in apps:
            yield self.link(Relation.CAN_ASSUME, self.principal, role, via=f"trust policy of {role.name}")
            yield from (self.may(role, Access.READ, each) for each in chance.sample(self.sets, 3))
            yield from (self.may(role, Access.WRITE, each) for each in chance.sample(self.resources, 4))
        for role in chance.sample(apps, 4):
            yield self.may(role, Access.ASSUME, chance.choice([admin, *apps[:5]]))
        yield self.link(Relation.CAN_ASSUME, self.principal, admin, via="trust policy of Admin")


class Hub:
    """The deployer above all accounts, and who becomes it."""

    def __init__(self) -> None:
        self.deployer = Identity(
            **placed(TOOLING, "org-deployer", "IAM role", id=f"arn:aws:iam::{TOOLING}:role/org-deployer")
        )
        provider = f"arn:aws:iam::{TOOLING}:oidc-provider/token.actions.githubusercontent.com"
        self.provider = Identity(**placed(TOOLING, "token.actions.githubusercontent.com", "OIDC provider", id=provider))

    def edges_of(self, account: Account) -> Iterator[EdgeRecord]:
        """Both halves of the way down, and the account's pipelines' way up."""
        deploy = account.roles[1]
        yield account.link(Relation.CAN_ASSUME, self.deployer, deploy, via="trust policy of Deploy")
        yield account.may(self.deployer, Access.ASSUME, deploy, grade=Grade.GRANTED, conditions=())
        yield account.may(deploy, Access.ADMIN, account.itself, actions=("*",), grade=Grade.GRANTED, conditions=())
        for pipeline in account.functions[::PIPELINES_EVERY]:
            subject = Identity(
                **placed("acme", pipeline.name, "GitHub subject", id=f"{pipeline.id}:sub") | {"system": "github"}
            )
            yield account.link(Relation.RUNS_AS, pipeline, subject)
            claims = (f"sub = repo:{pipeline.name}:ref:refs/heads/main",)
            yield account.link(Relation.CAN_ASSUME, subject, self.provider, conditions=claims)

    def own_edges(self) -> Iterator[EdgeRecord]:
        """Whom the deployer trusts."""
        asks = "token.actions.githubusercontent.com:sub = repo:acme/*"
        yield Link(
            relation=Relation.CAN_ASSUME, source=ref(self.provider), target=ref(self.deployer), scope="aws:tooling",
            grade=Grade.CONDITIONAL, via="trust policy of org-deployer", conditions=(asks,),
        )  # fmt: skip


def estate(nodes: int, edges: int) -> Iterator[ObjectRecord | EdgeRecord]:
    """About so many of both. The same each time."""
    accounts = max(nodes // PER_ACCOUNT, 1)
    per_account = edges // accounts
    hub = Hub()
    yield from (hub.deployer, hub.provider)
    yield from hub.own_edges()
    for number in range(1, accounts + 1):
        account = Account(f"{number:012}", random.Random(number))
        yield from account.objects()
        made = [*account.edges(), *hub.edges_of(account)]
        yield from made
        for pipeline in account.functions[::PIPELINES_EVERY]:
            yield Identity(
                **placed("acme", pipeline.name, "GitHub subject", id=f"{pipeline.id}:sub") | {"system": "github"}
            )
        for extra in range(per_account - len(made)):
            role = account.roles[3 + extra % (ROLES - 3)]
            yield account.may(role, Access.READ, account.chance.choice(account.resources), via=f"inline policy {extra}")
