"""Which Glue jobs and CodeBuild projects run, and as which role?"""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from typing import Any

from connectors.inventory.records import Record, Workload
from connectors.sources.aws import edges
from connectors.sources.aws.place import Place, Tags
from connectors.sources.aws.tags import pairs, tags_of

Row = Mapping[str, Any]


def glue_jobs(place: Place) -> Iterator[Record]:
    tags = tags_of(place, "glue:job")
    for page in place.pages("glue", "GetJobs", by="NextToken", MaxResults=100):
        for row in page["Jobs"]:
            arn = f"arn:{place.partition}:glue:{place.region}:{place.account.id}:job/{row['Name']}"
            yield from _glue_job(place, row, arn, tags.get(arn, ()))


def _glue_job(place: Place, row: Row, arn: str, tags: Tags) -> Iterator[Record]:
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
    yield from place.referenced.owners(tags, source, scope=place.scope.key)


def build_projects(place: Place) -> Iterator[Record]:
    for page in place.pages("codebuild", "ListProjects", by="nextToken"):
        names = page["projects"]
        for start in range(0, len(names), 100):
            for row in place.ask("codebuild", "BatchGetProjects", names=names[start : start + 100])["projects"]:
                yield from _build_project(place, row)


def _build_project(place: Place, row: Row) -> Iterator[Record]:
    tags = pairs(row.get("tags", ()))
    vpc = row.get("vpcConfig", {}).get("vpcId")
    found = Workload(
        id=row["arn"],
        provider_id=row["arn"],
        name=row["name"],
        type="CodeBuild project",
        role="pipeline",
        created_at=row.get("created"),
        modified_at=row.get("lastModified"),
        tags=tags,
        facts=(("Source", row["source"]["type"]), ("Network", f"in {vpc}" if vpc else "not attached to a VPC")),
        **place.of(),
    )
    yield found
    source = edges.ref(found)
    if row.get("serviceRole"):
        yield from edges.runs_as_named(place, source, row["serviceRole"], via="role of the builds")
    yield from place.referenced.owners(tags, source, scope=place.scope.key)
