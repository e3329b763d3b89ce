"""Which Glue jobs and CodeBuild projects run, as which role, and where can they send what they read?"""

from __future__ import annotations

import re
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from typing import Any

from botocore.exceptions import ClientError

from connectors.inventory.records import Record, Ref, Workload
from connectors.sources.aws import edges, variables
from connectors.sources.aws.place import Place, Tags
from connectors.sources.aws.tags import pairs, tags_of

Row = Mapping[str, Any]
JDBC = re.compile(r"jdbc:[\w:]*(@|//|@//)(?P<host>[\w.-]+)")
OWN = (".amazonaws.com", ".amazonaws.com.cn", ".internal", ".local")  # where databases of one's own live


def glue_jobs(place: Place) -> Iterator[Record]:
    tags = tags_of(place, "glue:job")
    connections = dict(_connections(place))
    for page in place.pages("glue", "GetJobs", by="NextToken", MaxResults=100):
        for row in page["Jobs"]:
            arn = f"arn:{place.partition}:glue:{place.region}:{place.account.id}:job/{row['Name']}"
            yield from _glue_job(place, row, arn, tags.get(arn, ()), connections)


@dataclass(frozen=True, slots=True)
class Connection:
    """A Glue connection: the network that a job is put into with it, and the database it leads to."""

    subnet: str | None
    groups: tuple[str, ...]
    host: str | None


def _connections(place: Place) -> Iterator[tuple[str, Connection]]:
    """By name. Passwords are asked to be left out, and of the properties only the host of a database is kept."""
    try:
        for page in place.pages("glue", "GetConnections", by="NextToken", HidePassword=True, MaxResults=100):
            for row in page["ConnectionList"]:
                network = row.get("PhysicalConnectionRequirements") or {}
                found = JDBC.match(row.get("ConnectionProperties", {}).get("JDBC_CONNECTION_URL", ""))
                groups = tuple(network.get("SecurityGroupIdList", ()))
                yield row["Name"], Connection(network.get("SubnetId"), groups, found["host"] if found else None)
    except ClientError as error:
        place.tolerate(error)


def _glue_job(place: Place, row: Row, arn: str, tags: Tags, connected: Mapping[str, Connection]) -> Iterator[Record]:
    connections = row.get("Connections", {}).get("Connections", ())
    found = Workload(
        id=arn,
        provider_id=arn,
        name=row["Name"],
        type="Glue job",
        role="pipeline",
        created_at=row.get("CreatedOn"),
        modified_at=row.get("LastModifiedOn"),
        tags=tags,
        facts=(
            ("Kind", row.get("Command", {}).get("Name") or "unknown"),
            *((("Connections", ", ".join(connections)),) if connections else ()),
        ),
        **place.of(),
    )
    yield found
    source = edges.ref(found)
    yield from edges.runs_as_named(place, source, row["Role"], via="role of the job")
    yield from _leaving(place, source, connections, connected)
    yield from place.referenced.owners(tags, source, scope=place.scope.key)


def _leaving(place: Place, source: Ref, names: Sequence[str], connected: Mapping[str, Connection]) -> Iterator[Record]:
    known = [connected[name] for name in names if name in connected]
    inside = [each for each in known if each.subnet]
    for host in dict.fromkeys(each.host for each in known if each.host and not each.host.endswith(OWN)):
        yield from edges.talks_to(place, source, [f"//{host}"], evidence="A connection of the job leads to {host}.")
    if inside:
        subnets = [each.subnet for each in inside if each.subnet]
        groups = [group for each in inside for group in each.groups]
        yield from edges.leaves(place, source, subnets=subnets, groups=groups, public=False)
    elif len(known) < len(names):
        evidence = f"The network of a connection of {source.name} was not read."
        yield from edges.may_leave(place, source, evidence=evidence)
    else:
        evidence = f"{source.name} has no connection to a VPC, so nothing stands between it and the internet."
        yield from edges.leaves_freely(place, source, evidence=evidence)


def build_projects(place: Place) -> Iterator[Record]:
    for page in place.pages("codebuild", "ListProjects", by="nextToken"):
        names = page["projects"]
        for start in range(0, len(names), 100):
            for row in place.ask("codebuild", "BatchGetProjects", names=names[start : start + 100])["projects"]:
                yield from _build_project(place, row)


def _build_project(place: Place, row: Row) -> Iterator[Record]:
    tags = pairs(row.get("tags", ()))
    network = row.get("vpcConfig") or {}
    vpc = network.get("vpcId")
    names = [each["name"] for each in row.get("environment", {}).get("environmentVariables", ())]
    found = Workload(
        id=row["arn"],
        provider_id=row["arn"],
        name=row["name"],
        type="CodeBuild project",
        role="pipeline",
        created_at=row.get("created"),
        modified_at=row.get("lastModified"),
        tags=tags,
        facts=(
            ("Source", row["source"]["type"]),
            ("Network", f"in {vpc}" if vpc else "not attached to a VPC"),
            *variables.facts(names),
        ),
        **place.of(),
    )
    yield found
    source = edges.ref(found)
    if row.get("serviceRole"):
        yield from edges.runs_as_named(place, source, row["serviceRole"], via="role of the builds")
    if vpc:
        groups = network.get("securityGroupIds", ())
        yield from edges.leaves(place, source, subnets=network.get("subnets", ()), groups=groups, public=False)
    else:
        evidence = f"Builds of {found.name} are not attached to a VPC, so nothing stands between them and the internet."
        yield from edges.leaves_freely(place, source, evidence=evidence)
    yield from place.referenced.owners(tags, source, scope=place.scope.key)
