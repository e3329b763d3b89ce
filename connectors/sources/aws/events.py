"""Which EventBridge rules and schedules start something, as which role, and where do they send events?"""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from typing import Any

from connectors.inventory.records import Record, Workload
from connectors.sources.aws import arn as arns
from connectors.sources.aws import edges
from connectors.sources.aws.place import Place, Tags
from connectors.sources.aws.tags import tags_of

Row = Mapping[str, Any]


def rules(place: Place) -> Iterator[Record]:
    tags = tags_of(place, "events:rule")
    destinations = dict(_destinations(place))
    for page in place.pages("events", "ListEventBuses", by="NextToken", Limit=100):
        for bus in page["EventBuses"]:
            for rows in place.pages("events", "ListRules", by="NextToken", EventBusName=bus["Name"], Limit=100):
                for row in rows["Rules"]:
                    yield from _rule(place, row, bus["Name"], destinations, tags.get(row["Arn"], ()))


def _destinations(place: Place) -> Iterator[tuple[str, str]]:
    """ARN of an API destination → the address that events are sent to."""
    for page in place.pages("events", "ListApiDestinations", by="NextToken", Limit=100):
        yield from ((row["ApiDestinationArn"], row["InvocationEndpoint"]) for row in page["ApiDestinations"])


def _rule(place: Place, row: Row, bus: str, destinations: Mapping[str, str], tags: Tags) -> Iterator[Record]:
    targets = list(_targets(place, row["Name"], bus))
    found = Workload(
        id=row["Arn"],
        provider_id=row["Arn"],
        name=row["Name"],
        type="EventBridge rule",
        role="automation",
        enabled=row["State"] != "DISABLED",
        tags=tags,
        facts=tuple(_facts(row, bus, [target["Arn"] for target in targets])),
        **place.of(),
    )
    yield found
    source = edges.ref(found)
    for role in dict.fromkeys(target["RoleArn"] for target in targets if target.get("RoleArn")):
        yield from edges.runs_as(place, source, {"role of a target": role})
    yield from edges.calls(place, source, [target["Arn"] for target in targets], via="target of the rule")
    sent = [destinations[target["Arn"]] for target in targets if target["Arn"] in destinations]
    yield from edges.talks_to(place, source, sent, evidence="An API destination of the rule sends events to {host}.")
    yield from place.referenced.owners(tags, source, scope=place.scope.key)


def _targets(place: Place, rule: str, bus: str) -> Iterator[Row]:
    for page in place.pages("events", "ListTargetsByRule", by="NextToken", Rule=rule, EventBusName=bus, Limit=100):
        yield from page["Targets"]


def _facts(row: Row, bus: str, targets: list[str]) -> Iterator[tuple[str, str]]:
    if row.get("ScheduleExpression"):
        yield "Runs", row["ScheduleExpression"]
    if bus != "default":
        yield "Event bus", bus
    if row.get("ManagedBy"):
        yield "Managed by", row["ManagedBy"]
    if targets:
        yield "Targets", ", ".join(sorted({_spoken(arn) for arn in targets}))


def schedules(place: Place) -> Iterator[Record]:
    for page in place.pages("scheduler", "ListSchedules", by="NextToken", MaxResults=100):
        for row in page["Schedules"]:
            named = {"Name": row["Name"], "GroupName": row["GroupName"]}
            found = place.optional("scheduler", "GetSchedule", absent=["ResourceNotFoundException"], **named)
            if found:
                yield from _schedule(place, found)


def _schedule(place: Place, row: Row) -> Iterator[Record]:
    target = row["Target"]
    found = Workload(
        id=row["Arn"],
        provider_id=row["Arn"],
        name=row["Name"],
        type="EventBridge schedule",
        role="automation",
        enabled=row["State"] == "ENABLED",
        created_at=row.get("CreationDate"),
        modified_at=row.get("LastModificationDate"),
        facts=(("Runs", row["ScheduleExpression"]), ("Target", _spoken(target["Arn"]))),
        **place.of(),
    )
    yield found
    source = edges.ref(found)
    yield from edges.runs_as(place, source, {"role of the target": target["RoleArn"]})
    yield from edges.calls(place, source, [target["Arn"]], via="target of the schedule")


def _spoken(arn: str) -> str:
    """ "lambda export": the service and the name of what an ARN means."""
    parsed = arns.parse(arn)
    return f"{parsed.service} {arns.short_name(arn)}" if parsed else arn
