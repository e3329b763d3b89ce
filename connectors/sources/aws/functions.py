"""Which Lambda functions run, as which role, started by what?"""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from datetime import datetime
from typing import Any

from connectors.inventory.records import Egress, Record, Ref, Resource, Workload
from connectors.sources.aws import arn as arns
from connectors.sources.aws import edges
from connectors.sources.aws.place import Place, Tags
from connectors.sources.aws.tags import tags_of

SOURCES = {"sqs": "SQS queue", "kinesis": "Kinesis stream", "kafka": "Kafka cluster", "mq": "MQ broker"}


def functions(place: Place) -> Iterator[Record]:
    tags = tags_of(place, "lambda:function")
    for page in place.pages("lambda", "ListFunctions", by="Marker", then="NextMarker", MaxItems=50):
        for row in page["Functions"]:
            yield from _function(place, row, tags.get(row["FunctionArn"], ()))


def _function(place: Place, row: Mapping[str, Any], tags: Tags) -> Iterator[Record]:
    vpc = row.get("VpcConfig", {}).get("VpcId")
    attached = bool(row.get("VpcConfig", {}).get("SubnetIds"))
    found = Workload(
        id=row["FunctionArn"],
        provider_id=row["FunctionArn"],
        name=row["FunctionName"],
        type="Lambda function",
        role="function",
        modified_at=_moment(row.get("LastModified")),
        tags=tags,
        facts=tuple(_facts(row, vpc if attached else None)),
        **place.of(),
    )
    yield found
    source = edges.ref(found)
    yield from edges.runs_as(place, source, {"execution role": row["Role"]})
    if not attached:
        evidence = f"{found.name} is not attached to a VPC, so nothing stands between it and the internet."
        yield Egress(source=source, destination="internet", scope=place.scope.key, evidence=evidence)
    yield from place.referenced.owners(tags, source, scope=place.scope.key)


def _facts(row: Mapping[str, Any], vpc: str | None) -> Iterator[tuple[str, str]]:
    if row.get("Runtime"):
        yield "Runtime", row["Runtime"]
    if row.get("PackageType"):
        yield "Package", row["PackageType"]
    yield "Network", f"in {vpc}" if vpc else "not attached to a VPC"
    # Only how many: values are secrets often enough, and names tell which.
    yield "Environment variables", str(len(row.get("Environment", {}).get("Variables", {})))


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
