"""Which EC2 instances act with a role?"""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from typing import Any

from connectors.inventory.records import Grade, Link, Record, Ref, Relation, Workload
from connectors.sources.aws import arn as arns
from connectors.sources.aws import edges
from connectors.sources.aws.place import Place
from connectors.sources.aws.tags import pairs

GONE = {"terminated", "shutting-down"}


def instances(place: Place) -> Iterator[Record]:
    for page in place.pages("ec2", "DescribeInstances", by="NextToken", MaxResults=1000):
        for row in (row for reservation in page["Reservations"] for row in reservation["Instances"]):
            if "IamInstanceProfile" in row and row["State"]["Name"] not in GONE:
                yield from _instance(place, row)


def _instance(place: Place, row: Mapping[str, Any]) -> Iterator[Record]:
    tags = pairs(row.get("Tags", ()))
    arn = f"arn:{place.partition}:ec2:{place.region}:{place.account.id}:instance/{row['InstanceId']}"
    found = Workload(
        id=arn,
        provider_id=row["InstanceId"],
        name=dict(tags).get("Name") or row["InstanceId"],
        type="EC2 instance",
        role="service",
        enabled=row["State"]["Name"] == "running",
        created_at=row.get("LaunchTime"),
        tags=tags,
        facts=tuple(_facts(row)),
        **place.of(),
    )
    yield found
    source = edges.ref(found)
    yield _profile(place, source, row["IamInstanceProfile"]["Arn"])
    if row.get("SubnetId"):
        groups = [each["GroupId"] for each in row.get("SecurityGroups", ())]
        public = bool(row.get("PublicIpAddress"))
        yield from edges.leaves(place, source, subnets=[row["SubnetId"]], groups=groups, public=public)
    yield from place.referenced.owners(tags, source, scope=place.scope.key)


def _profile(place: Place, source: Ref, profile: str) -> Link:
    """To the role the profile stands for, which only IAM's list tells; without it, to the profile, graded unknown."""
    role = place.known.roles_by_profile.get(profile)
    if role is None:
        place.unresolved()
    return Link(
        relation=Relation.RUNS_AS,
        source=source,
        target=Ref(kind="identity", id=role or profile, name=arns.short_name(role or profile)),
        scope=place.scope.key,
        grade=Grade.GRANTED if role else Grade.UNKNOWN,
        via=f"instance profile {arns.short_name(profile)}",
    )


def _facts(row: Mapping[str, Any]) -> Iterator[tuple[str, str]]:
    if row.get("VpcId"):
        yield "Network", f"in {row['VpcId']}"
    yield "Public address", "yes" if row.get("PublicIpAddress") else "no"
    if row.get("MetadataOptions", {}).get("HttpTokens"):
        yield "Metadata service tokens", row["MetadataOptions"]["HttpTokens"]
