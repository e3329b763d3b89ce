"""Which ECS services and tasks run, as which roles, given which secrets, and where can they send what they read?"""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from typing import Any

from connectors.inventory.records import Record, Workload
from connectors.sources.aws import arn as arns
from connectors.sources.aws import edges, variables
from connectors.sources.aws.place import Place
from connectors.sources.aws.tags import pairs

Row = Mapping[str, Any]
MACHINE = "It talks through the network of the machine that it runs on, whichever that is."


class Definitions:
    """Task definitions, each asked for once in a scope: many services share one."""

    def __init__(self, place: Place) -> None:
        self._place = place
        self._known: dict[str, Row] = {}

    def get(self, arn: str) -> Row:
        if arn not in self._known:
            answer = self._place.ask("ecs", "DescribeTaskDefinition", taskDefinition=arn)
            self._known[arn] = answer["taskDefinition"]
        return self._known[arn]


def containers(place: Place) -> Iterator[Record]:
    definitions = Definitions(place)
    told: set[str] = set()
    for page in place.pages("ecs", "ListClusters", by="nextToken", maxResults=100):
        for cluster in page["clusterArns"]:
            for service in _services(place, cluster):
                yield from _service(place, service, definitions.get(service["taskDefinition"]))
            for task in _loose_tasks(place, cluster):
                definition = definitions.get(task["taskDefinitionArn"])
                yield from _family(place, task, definition, told)


def _services(place: Place, cluster: str) -> Iterator[Row]:
    for page in place.pages("ecs", "ListServices", by="nextToken", cluster=cluster, maxResults=100):
        for some in _slices(page["serviceArns"], 10):
            answer = place.ask("ecs", "DescribeServices", cluster=cluster, services=some, include=["TAGS"])
            # A service being deleted may have no definition any more.
            yield from (row for row in answer["services"] if row.get("taskDefinition"))


def _loose_tasks(place: Place, cluster: str) -> Iterator[Row]:
    """Running tasks that no service started."""
    for page in place.pages("ecs", "ListTasks", by="nextToken", cluster=cluster, maxResults=100):
        for some in _slices(page["taskArns"], 100):
            answer = place.ask("ecs", "DescribeTasks", cluster=cluster, tasks=some)
            yield from (row for row in answer["tasks"] if not row.get("group", "").startswith("service:"))


def _slices(items: list[str], size: int) -> Iterator[list[str]]:
    yield from (items[start : start + size] for start in range(0, len(items), size))


def _service(place: Place, row: Row, definition: Row) -> Iterator[Record]:
    found = Workload(
        id=row["serviceArn"],
        provider_id=row["serviceArn"],
        name=row["serviceName"],
        type="ECS service",
        role="service",
        enabled=row["status"] == "ACTIVE" and row["desiredCount"] > 0,
        created_at=row.get("createdAt"),
        tags=pairs(row.get("tags", ())),
        facts=(("Launch type", row.get("launchType") or "capacity providers"), *_facts(definition)),
        **place.of(),
    )
    yield from _running(place, found, definition)
    network = row.get("networkConfiguration", {}).get("awsvpcConfiguration")
    if network:
        groups = network.get("securityGroups") or None  # none named: the VPC's default one
        public = network.get("assignPublicIp") == "ENABLED"
        yield from edges.leaves(place, edges.ref(found), subnets=network["subnets"], groups=groups, public=public)
    else:
        yield from edges.may_leave(place, edges.ref(found), evidence=MACHINE)


def _family(place: Place, task: Row, definition: Row, told: set[str]) -> Iterator[Record]:
    """A task that no service runs, under its definition's family: single tasks come and go under new ids."""
    arn = definition["taskDefinitionArn"].rsplit(":", 1)[0]
    if arn in told:
        return
    told.add(arn)
    found = Workload(
        id=arn,
        provider_id=arn,
        name=definition["family"],
        type="ECS task",
        role="service",
        enabled=True,
        facts=tuple(_facts(definition)),
        **place.of(),
    )
    yield from _running(place, found, definition)
    details = [each for attached in task.get("attachments", ()) for each in attached.get("details", ())]
    subnets = [each["value"] for each in details if each.get("name") == "subnetId"]
    if subnets:
        yield from edges.leaves(place, edges.ref(found), subnets=subnets, groups=None, public=None)
    else:
        yield from edges.may_leave(place, edges.ref(found), evidence=MACHINE)


def _facts(definition: Row) -> Iterator[tuple[str, str]]:
    yield "Task definition", arns.short_name(definition["taskDefinitionArn"].rsplit(":", 1)[0])
    images = sorted({row["image"] for row in definition["containerDefinitions"] if row.get("image")})
    if images:
        yield "Images", ", ".join(images)
    containers = definition["containerDefinitions"]
    yield from variables.facts({each["name"] for row in containers for each in row.get("environment", ())})
    if not definition.get("taskRoleArn"):
        yield "Task role", "none: on a machine of yours it acts with the machine's role"


def _running(place: Place, found: Workload, definition: Row) -> Iterator[Record]:
    yield found
    source = edges.ref(found)
    roles = {"task role": definition.get("taskRoleArn"), "execution role": definition.get("executionRoleArn")}
    yield from edges.runs_as(place, source, roles)
    yield from edges.uses(place, source, dict(_secrets(definition)), via="secret of a container")
    yield from place.referenced.owners(found.tags, source, scope=place.scope.key)


def _secrets(definition: Row) -> Iterator[tuple[str, str]]:
    """ARN → name of the secrets a container is given; the ARN may carry a field and a version behind it."""
    for container in definition["containerDefinitions"]:
        for row in container.get("secrets", ()):
            if ":secretsmanager:" in row["valueFrom"]:
                arn = ":".join(row["valueFrom"].split(":")[:7])
                yield arn, row["name"]
