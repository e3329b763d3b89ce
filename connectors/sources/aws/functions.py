"""Which Lambda functions run, as which role, started by what?"""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from datetime import datetime
from typing import Any
from urllib.parse import urlsplit

from connectors.inventory.records import Grade, Link, Record, Ref, Relation, Resource, Workload
from connectors.sources.aws import arn as arns
from connectors.sources.aws import doors, edges, variables
from connectors.sources.aws.place import Place, Tags
from connectors.sources.aws.tags import tags_of

POLICY = "policy of the function"
SOURCES = {"kinesis": "Kinesis stream", "kafka": "Kafka cluster", "mq": "MQ broker"}


@dataclass(frozen=True, slots=True)
class Url:
    """A function's own address on the internet. `open`: no AWS credentials are asked for."""

    host: str
    open: bool


def functions(place: Place) -> Iterator[Record]:
    tags = tags_of(place, "lambda:function")
    for page in place.pages("lambda", "ListFunctions", by="Marker", then="NextMarker", MaxItems=50):
        for row in page["Functions"]:
            yield from _function(place, row, tags.get(row["FunctionArn"], ()))


def _function(place: Place, row: Mapping[str, Any], tags: Tags) -> Iterator[Record]:
    network = row.get("VpcConfig") or {}
    attached = bool(network.get("SubnetIds"))
    policy = _policy(place, row["FunctionName"])
    url = _url(place, row["FunctionName"], policy)
    found = Workload(
        id=row["FunctionArn"],
        provider_id=row["FunctionArn"],
        name=row["FunctionName"],
        type="Lambda function",
        role="function",
        modified_at=_moment(row.get("LastModified")),
        tags=tags,
        open_to=f"anyone who knows {url.host}" if url and url.open else None,
        facts=tuple(_facts(row, network.get("VpcId") if attached else None, url)),
        **place.of(),
    )
    yield found
    source = edges.ref(found)
    yield from edges.runs_as(place, source, {"execution role": row["Role"]})
    if attached:
        # A function's interfaces never get a public address: an internet gateway is of no use to it.
        yield from edges.leaves(
            place, source, subnets=network["SubnetIds"], groups=network.get("SecurityGroupIds", ()), public=False
        )
    else:
        evidence = f"{found.name} is not attached to a VPC, so nothing stands between it and the internet."
        yield from edges.leaves_freely(place, source, evidence=evidence)
    yield from place.referenced.owners(tags, source, scope=place.scope.key)
    yield from doors.to_function(place, source, policy, policy=POLICY)
    yield from _from_url(place, source, url)


def _policy(place: Place, name: str) -> str | None:
    found = place.optional("lambda", "GetPolicy", FunctionName=name, absent=["ResourceNotFoundException"])
    return found["Policy"] if found else None


def _url(place: Place, name: str, policy: str | None) -> Url | None:
    """The function's address. Nobody outside comes in by it whom the policy doesn't let in, so it isn't asked for."""
    if not doors.opens_url(policy, policy=POLICY):
        return None
    for page in place.pages("lambda", "ListFunctionUrlConfigs", by="Marker", then="NextMarker", FunctionName=name):
        for row in page["FunctionUrlConfigs"]:
            return Url(host=str(urlsplit(row["FunctionUrl"]).hostname), open=row["AuthType"] == "NONE")
    return None


def _from_url(place: Place, function: Ref, url: Url | None) -> Iterator[Record]:
    """Who sends to the function's address calls it: what another system sends out arrives here."""
    if url is not None:
        yield Link(
            relation=Relation.CALLS,
            source=Ref(kind="egress", id=url.host, name=url.host),
            target=function,
            scope=place.scope.key,
            grade=Grade.GRANTED if url.open else Grade.CONDITIONAL,
            via="function URL",
            conditions=() if url.open else ("signed with AWS credentials",),
        )


def _facts(row: Mapping[str, Any], vpc: str | None, url: Url | None) -> Iterator[tuple[str, str]]:
    if row.get("Runtime"):
        yield "Runtime", row["Runtime"]
    if row.get("PackageType"):
        yield "Package", row["PackageType"]
    yield "Network", f"in {vpc}" if vpc else "not attached to a VPC"
    if url is not None:
        yield "Function URL", f"{url.host}, {'open to anyone' if url.open else 'for AWS credentials only'}"
    yield from variables.facts(row.get("Environment", {}).get("Variables", {}))


def _moment(text: str | None) -> datetime | None:
    """Lambda's "2026-01-02T03:04:05.000+0000"."""
    return datetime.fromisoformat(text) if text else None


def event_sources(place: Place) -> Iterator[Record]:
    """Queues, streams and tables that functions read from."""
    told: set[str] = set()
    linked: set[tuple[str, str]] = set()
    for page in place.pages("lambda", "ListEventSourceMappings", by="Marker", then="NextMarker", MaxItems=100):
        for row in page["EventSourceMappings"]:
            function, source = arns.function_arn(row.get("FunctionArn", "")), row.get("EventSourceArn")
            if not function or not source or (function, source) in linked:
                continue
            linked.add((function, source))
            yield from _event_source(place, function, _held_by(source), told)


def _event_source(place: Place, function: str, source: str, told: set[str]) -> Iterator[Record]:
    arn = arns.parse(source)
    name = arns.short_name(source)
    if arn and arn.service in SOURCES and arn.account == place.account.id and source not in told:
        told.add(source)
        yield Resource(id=source, provider_id=source, name=name, type=SOURCES[arn.service], **place.of())
    reader = Ref(kind="workload", id=function, name=arns.short_name(function))
    yield from edges.uses(place, reader, {source: name}, via="event source")


def _held_by(source: str) -> str:
    """A table's stream is the table."""
    return source.split("/stream/", 1)[0] if ":dynamodb:" in source else source
