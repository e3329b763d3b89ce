"""What does a grant's resource pattern point at: the account, a resource, a role, or a set of them?

Pure. A concrete ARN is its own target, whether or not it was read; a pattern is a set, whose members are linked later.
"""

from __future__ import annotations

import re
from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field, replace

from connectors.inventory.records import Access
from connectors.sources.aws import arn as arns
from connectors.sources.aws import catalogue
from connectors.sources.aws.pattern import covers, is_pattern, overlaps
from connectors.sources.aws.policy import widened

SECRET_SUFFIX = re.compile(r"-[A-Za-z0-9]{6}$")  # Secrets Manager appends it to every secret's ARN


@dataclass(frozen=True, slots=True)
class Home:
    """The account whose policies are read. `names`: ARN → name of its resources that were read."""

    account: str
    name: str
    partition: str
    names: Mapping[str, str] = field(default_factory=dict)
    buckets_known: bool = False  # whether `names` holds every bucket of the account


@dataclass(frozen=True, slots=True)
class Target:
    """`kind` is that of a Ref. `pattern` is set for a set; `summary` for a whole service, which takes one edge only."""

    kind: str
    id: str
    name: str
    type: str
    pattern: str | None = None
    summary: bool = False
    foreign: bool = False  # certainly or possibly another account's: its own policy must allow too


@dataclass(frozen=True, slots=True)
class DataKind:
    """A kind of resource that holds content. `everything` is the pattern of all of them in an account."""

    type: str
    arn_service: str
    everything: str


DATA = {
    "s3": DataKind("S3 bucket", "s3", "arn:{partition}:s3:::*"),
    "secretsmanager": DataKind(
        "Secrets Manager secret", "secretsmanager", "arn:{partition}:secretsmanager:*:{account}:secret:*"
    ),
    "dynamodb": DataKind("DynamoDB table", "dynamodb", "arn:{partition}:dynamodb:*:{account}:table/*"),
    "kms": DataKind("KMS key", "kms", "arn:{partition}:kms:*:{account}:key/*"),
    "ssm": DataKind("SSM parameter", "ssm", "arn:{partition}:ssm:*:{account}:parameter/*"),
    "rds": DataKind("RDS database", "rds", "arn:{partition}:rds:*:{account}:*"),
    "rds-data": DataKind("RDS database", "rds", "arn:{partition}:rds:*:{account}:*"),
    "rds-db": DataKind("RDS database", "rds-db", "arn:{partition}:rds:*:{account}:*"),
}


def account_id(account: str) -> str:
    return f"aws:account:{account}"


def of(action: str, resource: str, home: Home, *, sweeping: bool) -> Iterator[tuple[Target, Access, str]]:
    """Every (target, access, action) that one action pattern on one resource pattern gives."""
    if resource == "*" and (sweeping or action in {"*", "*:*"}):
        yield Target("resource", account_id(home.account), home.name, "AWS account"), Access.ADMIN, action
        return
    plain = widened(resource)
    arn = arns.parse(plain)
    for spelled in catalogue.by_service(action, only=arn.service if arn else "*"):
        for target, access in _of_service(spelled.lower(), plain, home):
            yield _as_spelled(target, plain, resource), access, spelled


def _as_spelled(target: Target, plain: str, resource: str) -> Target:
    """A set under the pattern as the policy spells it: with its variables, which say that it is the caller's own."""
    if target.pattern != plain or plain == resource:
        return target
    name = target.name.replace(plain.split(":", 5)[-1], resource.split("/", 1)[-1])
    return replace(target, id=target.id.replace(plain, resource), name=name, pattern=resource)


def _of_service(action: str, resource: str, home: Home) -> Iterator[tuple[Target, Access]]:
    service = action.split(":", 1)[0]
    if overlaps(action, catalogue.ASSUME_ROLE):
        yield role_of(resource, home), Access.ASSUME
    elif service == "iam":
        yield from _of_iam(action, resource, home)
    elif service in DATA and (catalogue.content(action) or catalogue.changes_permissions(action)):
        yield from _of_data(action, resource, home, DATA[service])
    else:
        yield service_of(service, home), catalogue.level(action)


def role_of(resource: str, home: Home) -> Target:
    """The role or set of roles that a statement on assuming names."""
    return _principal(f"arn:{home.partition}:iam::*:role/*" if resource == "*" else resource, home)


def _of_iam(action: str, resource: str, home: Home) -> Iterator[tuple[Target, Access]]:
    roles = f"arn:{home.partition}:iam::{home.account}:role/*"
    passes = overlaps(action, catalogue.PASS_ROLE) and overlaps(resource, roles)
    changes = any(
        overlaps(action, each) for each in catalogue.permission_changing()["iam"] if each != catalogue.PASS_ROLE
    )
    arn = arns.parse(resource)
    names_principals = arn is not None and arn.resource.startswith(("role/", "user/"))
    if names_principals and (passes or changes):
        yield _principal(resource, home), Access.ADMIN if changes or covers(resource, roles) else Access.WRITE
        return
    if passes:
        yield _principal(roles, home), Access.ADMIN
    if changes or not passes:
        yield service_of("iam", home), catalogue.level(action)


def _of_data(action: str, resource: str, home: Home, kind: DataKind) -> Iterator[tuple[Target, Access]]:
    everything = kind.everything.format(partition=home.partition, account=home.account)
    arn = arns.parse(everything if resource == "*" else resource)
    if arn is None or not overlaps(arn.service, kind.arn_service if resource != "*" else arn.service):
        return  # an action on another service's ARN: the statement gives nothing
    target = _data_target(_container(arn), kind, everything, home)
    accesses = [*catalogue.content(action), *([Access.ADMIN] if catalogue.changes_permissions(action) else [])]
    yield from ((target, access) for access in accesses)


def _container(arn: arns.Arn) -> str:
    """The resource that holds what the ARN names: an object's bucket, an index's table."""
    text = str(arn)
    if arn.service == "s3" and not arn.resource.startswith(("accesspoint", "job", "storage-lens")):
        return text.split("/", 1)[0]
    if arn.service == "dynamodb":
        return "/".join(text.split("/", 2)[:2])
    return text


def _data_target(container: str, kind: DataKind, everything: str, home: Home) -> Target:
    if container == everything:
        return _set(everything, f"Every {kind.type} in {home.name}", f"Every {kind.type}", home)
    if is_pattern(container):
        shown = container.split(":", 5)[-1]
        return _set(container, f"{kind.type}s matching {shown}", f"{kind.type}s by pattern", home)
    name = home.names.get(container) or _spoken(container)
    return Target("resource", container, name, kind.type, foreign=_foreign(container, home))


def _foreign(concrete: str, home: Home) -> bool:
    arn = arns.parse(concrete)
    if arn is not None and arn.account:
        return arn.account != home.account
    return home.buckets_known and concrete not in home.names


def _spoken(concrete: str) -> str:
    """A resource's name as far as its ARN tells: secrets without the suffix AWS adds, keys by their first digits."""
    arn = arns.parse(concrete)
    if arn is None or not arn.resource:
        return concrete
    if arn.service == "secretsmanager":
        return SECRET_SUFFIX.sub("", arn.resource.removeprefix("secret:"))
    if arn.service == "kms":
        return f"KMS key {arns.short_name(concrete)[:8]}…"
    return arn.resource if arn.service == "s3" else arns.short_name(concrete)


def _principal(resource: str, home: Home) -> Target:
    """The role or user an ARN names, or the set of those a pattern names."""
    if not is_pattern(resource):
        return Target("identity", resource, arns.short_name(resource), "IAM role")
    own = f"arn:{home.partition}:iam::{home.account}:role/*"
    if resource == own:
        return _set(own, f"Every IAM role in {home.name}", "Every IAM role", home)
    if resource == f"arn:{home.partition}:iam::*:role/*":
        return _set(resource, "Every IAM role in any account", "Every IAM role", home)
    noun = "IAM users" if ":user/" in resource else "IAM roles"
    shown = f"{noun} matching {resource.split(':', 5)[-1]}"
    arn = arns.parse(resource)
    if arn is not None and is_pattern(arn.account):
        shown += " in any account"
    return _set(resource, shown, f"{noun} by pattern", home)


def _set(pattern: str, name: str, type: str, home: Home) -> Target:  # noqa: A002 - records' word
    return Target("resource", f"aws:{home.account}:set:{pattern}", name, type, pattern=pattern)


def service_of(service: str, home: Home) -> Target:
    """The stand-in for all of a service in the account, where a single resource would say too little."""
    return Target(
        "resource", f"aws:{home.account}:service:{service}", f"{service} in {home.name}", "AWS service", summary=True
    )


def metadata_of(home: Home) -> Target:
    """The stand-in for services of which an identity may only list and describe things."""
    return Target(
        "resource", f"aws:{home.account}:metadata", f"Descriptions in {home.name}", "AWS service descriptions"
    )
