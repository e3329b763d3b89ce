"""What is in the inventory of a large client: hundreds of accounts, people who own things, and one much too busy role?

For measuring pages: plausible names and tags to search for, facets of very different sizes, and edges enough that an
object's page has something to say. `benchmarks.estate` has the graph that paths are measured on.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator
from datetime import UTC, datetime
from typing import Any

from connectors.inventory.records import (
    Access,
    Credential,
    Domain,
    EdgeRecord,
    Identity,
    Link,
    ObjectRecord,
    Owner,
    Permission,
    Ref,
    Relation,
    Resource,
    Usage,
    Workload,
)
from connectors.inventory.shape import edge_document

ACCOUNTS, TEAMS = 400, 40
REGIONS = (
    "eu-west-1",
    "eu-central-1",
    "us-east-1",
    "us-east-2",
    "us-west-2",
    "ap-southeast-2",
    "sa-east-1",
    "me-south-1",
)
THINGS = ("billing", "export", "invoice", "ledger", "catalogue", "playout", "rights", "royalty", "ingest", "subtitle")
DOMAINS = ("customer", "hr", "finance", "secrets", "source code", "mail")
HUB_EDGES = 100_000
KINDS = "ppppppiiiwwwwrrrrrro"  # of twenty objects: service principals, IAM roles, workloads, resources, an owner
THEN = datetime(2024, 3, 1, tzinfo=UTC)
SEEN = datetime(2026, 11, 1, tzinfo=UTC)


def thing(number: int) -> ObjectRecord:
    """One object. The same number is always the same object."""
    make: dict[str, Callable[[int], ObjectRecord]] = {
        "p": _principal,
        "i": _role,
        "w": _function,
        "r": _bucket,
        "o": _owner,
    }
    return make[KINDS[number % len(KINDS)]](number)


def edges(number: int, size: int) -> Iterator[EdgeRecord]:
    """Those that leave this object, or say who owns it."""
    record, kind = thing(number), KINDS[number % len(KINDS)]
    if kind == "w":
        yield _link(Relation.RUNS_AS, record, thing(number - 4 - number % 3), "execution role")
    if kind == "i":
        for step in (7, 9):
            yield _may(record, thing(min(number + step, number // 20 * 20 + 18)))
    if kind in "piw" and number % 5:
        yield _link(Relation.OWNS, thing(number * 7919 % (size // 20) * 20 + 19), record, "tag owner")


def hub_edges(size: int) -> Iterator[EdgeRecord]:
    """What the much too busy role may read: a tenth of everything, HUB_EDGES at most."""
    hub = thing(6)
    for number in range(min(HUB_EDGES, size // 10)):
        yield _may(hub, thing((number // 6 + 1) * 20 + 13 + number % 6))


def documents(found: Iterator[EdgeRecord]) -> Iterator[dict[str, Any]]:
    """Edges as they are stored, but for their stamps."""
    return (edge_document(edge) for edge in found)


def _name(number: int) -> str:
    first, second = THINGS[number % 10], THINGS[number // 10 % 10]
    return f"{first}-{second}-{('prod', 'stage', 'dev')[number // 7 % 3]}-{number:07}"


def _placed(number: int, service: str, type_: str) -> dict[str, Any]:
    at = number * number % ACCOUNTS  # some accounts are large, some small
    account, region = f"{111_111_111_111 + at * 7}", REGIONS[min(number % 13, number % 8)]
    path = f"{type_.rpartition(' ')[2].lower()}/{_name(number)}"
    key = f"arn:aws:{service}:{'' if service == 'iam' else region}:{account}:{path}"
    common = {"id": key, "provider_id": key, "name": _name(number), "type": type_, "system": "aws"}
    named = {"account_id": account, "account_name": f"{THINGS[at % 10]}-{at:03}", "scope": f"aws:{account}:{service}"}
    return common | named | {"region": None if service == "iam" else region, "created_at": THEN, "tags": _tags(number)}


def _tags(number: int) -> tuple[tuple[str, str], ...]:
    return (("env", ("prod", "stage", "dev")[number // 7 % 3]), ("team", f"team-{number % TEAMS:02}"))


def _principal(number: int) -> Identity:
    key = f"{number * 2654435761 % 2**32:08x}-5f0e-4c1d-9b3a-{number * 7919 % 2**48:012x}"
    secret = Credential(kind="client secret", id=f"{key}/1", created_at=THEN, expires_at=SEEN, usage=Usage.USED)
    return Identity(
        id=key,
        provider_id=key,
        name=f"sp-{_name(number)}",
        type="service principal",
        system="entra",
        scope=f"directory:{number // 10_000}",
        account_id="acme",
        account_name="Acme Media",
        created_at=THEN,
        enabled=True,
        usage=Usage.USED,
        last_used_at=SEEN,
        tags=_tags(number),
        credentials=(secret,),
        facts=(("publisher", "Acme Media"), ("audience", "AzureADMyOrg")),
    )


def _role(number: int) -> Identity:
    return Identity(usage=Usage.NEVER, **_placed(number, "iam", "IAM role"))


def _function(number: int) -> Workload:
    return Workload(role="function", last_active_at=SEEN, **_placed(number, "lambda", "Lambda function"))


def _bucket(number: int) -> Resource:
    held = (Domain(name=DOMAINS[number % 6], because="its name says so"),) if number % 11 == 0 else ()
    return Resource(domains=held, **_placed(number, "s3", "S3 bucket"))


def _owner(number: int) -> Owner:
    mail = f"{THINGS[number // 20 % 10]}.{number // 20}@acme-media.example"
    key, active = f"owner:{mail}", None if number % 3 else number // 20 % 4 > 0
    told: dict[str, Any] = {"name": mail.partition("@")[0], "type": "person", "system": "entra", "scope": "directory:0"}
    return Owner(id=key, provider_id=key, email=mail, active=active, **told)


def _ref(record: ObjectRecord) -> Ref:
    kinds = {Workload: "workload", Identity: "identity", Resource: "resource", Owner: "owner"}
    return Ref(kind=kinds[type(record)], id=record.id, name=record.name)


def _link(relation: Relation, source: ObjectRecord, target: ObjectRecord, via: str) -> Link:
    return Link(relation=relation, source=_ref(source), target=_ref(target), scope=target.scope, via=via)


def _may(source: ObjectRecord, target: ObjectRecord) -> Permission:
    return Permission(
        source=_ref(source),
        target=_ref(target),
        access=Access.READ,
        actions=("s3:GetObject", "s3:ListBucket"),
        scope=source.scope,
        via=f"policy {source.name}",
    )
