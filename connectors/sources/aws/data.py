"""Which buckets, secrets, tables, databases and keys hold data?

Only what describes them is read: never an object, a value, an item or a row.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping
from datetime import datetime
from typing import Any

from connectors.inventory.records import Link, Record, Ref, Relation, Resource
from connectors.sources.aws import doors, targets
from connectors.sources.aws.pattern import covers
from connectors.sources.aws.place import Place, Tags
from connectors.sources.aws.policy import widened
from connectors.sources.aws.tags import pairs, tags_of
from connectors.sources.aws.targets import Target

BLOCKS = ("BlockPublicAcls", "IgnorePublicAcls", "BlockPublicPolicy", "RestrictPublicBuckets")


def buckets(place: Place) -> Iterator[Record]:
    for page in place.pages("s3", "ListBuckets", by="ContinuationToken", MaxBuckets=1000):
        for row in page["Buckets"]:
            yield from _bucket(place, row)
    place.known.buckets_complete = True


def _bucket(place: Place, row: Mapping[str, Any]) -> Iterator[Record]:
    name, region = row["Name"], row.get("BucketRegion")
    found = place.optional(
        "s3", "GetBucketTagging", Bucket=name, region=region, absent=["NoSuchTagSet", "NoSuchBucket"]
    )
    block = _block(place, name, region)
    arn = f"arn:{place.partition}:s3:::{name}"
    yield from _resource(
        place,
        arn=arn,
        name=name,
        type="S3 bucket",
        region=region,
        created_at=row.get("CreationDate"),
        tags=pairs(found["TagSet"] if found else ()),
        public=_public(place, name, region, block),
    )
    missing = ["NoSuchBucketPolicy", "NoSuchBucket"]
    found = place.optional("s3", "GetBucketPolicy", Bucket=name, region=region, absent=missing)
    target = Target("resource", arn, name, "S3 bucket")
    closed = bool(block.get("RestrictPublicBuckets"))
    policy = found["Policy"] if found else None
    yield from doors.to_data(place, target, policy, policy="policy of the bucket", closed=closed)


def _block(place: Place, name: str, region: str | None) -> Mapping[str, bool]:
    missing = ["NoSuchPublicAccessBlockConfiguration", "NoSuchBucket"]
    found = place.optional("s3", "GetPublicAccessBlock", Bucket=name, region=region, absent=missing)
    return found["PublicAccessBlockConfiguration"] if found else {}


def _public(place: Place, name: str, region: str | None, block: Mapping[str, bool]) -> bool | None:
    """AWS's own verdict on the bucket's policy; False only where a block rules out lists of rights as well."""
    if all(block.get(each) for each in BLOCKS):
        return False
    missing = ["NoSuchBucketPolicy", "NoSuchBucket"]
    found = place.optional("s3", "GetBucketPolicyStatus", Bucket=name, region=region, absent=missing)
    public = bool(found and found["PolicyStatus"]["IsPublic"])
    return True if public and not block.get("RestrictPublicBuckets") else None


def secrets(place: Place) -> Iterator[Record]:
    for page in place.pages("secretsmanager", "ListSecrets", by="NextToken", MaxResults=100):
        for row in page["SecretList"]:
            yield from _resource(
                place,
                arn=row["ARN"],
                name=row["Name"],
                type="Secrets Manager secret",
                created_at=row.get("CreatedDate"),
                tags=pairs(row.get("Tags", ())),
            )
            arn, missing = row["ARN"], ["ResourceNotFoundException", "InvalidRequestException"]
            found = place.optional("secretsmanager", "GetResourcePolicy", SecretId=arn, absent=missing)
            policy = found.get("ResourcePolicy") if found else None
            target = Target("resource", arn, row["Name"], "Secrets Manager secret")
            yield from doors.to_data(place, target, policy, policy="policy of the secret")


def tables(place: Place) -> Iterator[Record]:
    tags = tags_of(place, "dynamodb:table")
    paged = place.pages("dynamodb", "ListTables", by="ExclusiveStartTableName", then="LastEvaluatedTableName")
    for page in paged:
        for name in page["TableNames"]:
            arn = f"arn:{place.partition}:dynamodb:{place.region}:{place.account.id}:table/{name}"
            yield from _resource(place, arn=arn, name=name, type="DynamoDB table", tags=tags.get(arn, ()))


def databases(place: Place) -> Iterator[Record]:
    for page in place.pages("rds", "DescribeDBInstances", by="Marker", MaxRecords=100):
        for row in page["DBInstances"]:
            yield from _resource(
                place,
                arn=row["DBInstanceArn"],
                name=row["DBInstanceIdentifier"],
                type="RDS database",
                created_at=row.get("InstanceCreateTime"),
                tags=pairs(row.get("TagList", ())),
                public=row.get("PubliclyAccessible"),
            )
    for page in place.pages("rds", "DescribeDBClusters", by="Marker", MaxRecords=100):
        for row in page["DBClusters"]:
            yield from _resource(
                place,
                arn=row["DBClusterArn"],
                name=row["DBClusterIdentifier"],
                type="RDS cluster",
                created_at=row.get("ClusterCreateTime"),
                tags=pairs(row.get("TagList", ())),
            )


def keys(place: Place) -> Iterator[Record]:
    """The customer's own keys; those that AWS manages protect nothing a permission of ours could open."""
    names = {
        row["TargetKeyId"]: row["AliasName"].removeprefix("alias/")
        for page in place.pages("kms", "ListAliases", by="Marker", then="NextMarker", Limit=100)
        for row in page["Aliases"]
        if "TargetKeyId" in row
    }
    tags = tags_of(place, "kms:key")
    for page in place.pages("kms", "ListKeys", by="Marker", then="NextMarker", Limit=1000):
        for row in page["Keys"]:
            found = place.optional("kms", "DescribeKey", KeyId=row["KeyArn"], absent=["NotFoundException"])
            key = found["KeyMetadata"] if found else {}
            if key.get("KeyManager") == "CUSTOMER":
                name = names.get(row["KeyId"], f"KMS key {row['KeyId'][:8]}…")
                yield from _key(place, row["KeyArn"], name, key, tags.get(row["KeyArn"], ()))


def _key(place: Place, arn: str, name: str, key: Mapping[str, Any], tags: Tags) -> Iterator[Record]:
    created = key.get("CreationDate")
    yield from _resource(place, arn=arn, name=name, type="KMS key", created_at=created, tags=tags)
    absent = ["NotFoundException", "KMSInvalidStateException"]
    found = place.optional("kms", "GetKeyPolicy", KeyId=arn, PolicyName="default", absent=absent)
    policy = found["Policy"] if found else None
    yield from doors.to_data(place, Target("resource", arn, name, "KMS key"), policy, policy="policy of the key")


def _resource(
    place: Place,
    *,
    arn: str,
    name: str,
    type: str,  # noqa: A002 - records' word
    tags: Tags,
    region: str | None = None,
    created_at: datetime | None = None,
    public: bool | None = None,
) -> Iterator[Record]:
    found = Resource(
        id=arn,
        provider_id=arn,
        name=name,
        type=type,
        created_at=created_at,
        tags=tags,
        public=public,
        **{**place.of(), "region": region or (place.region if place.regional else None)},
    )
    place.known.resources[arn] = found
    yield found
    ref = Ref(kind="resource", id=arn, name=name)
    account = Ref(kind="resource", id=targets.account_id(place.account.id), name=place.account.name)
    yield Link(relation=Relation.CONTAINS, source=account, target=ref, scope=place.scope.key)
    yield from place.referenced.owners(tags, ref, scope=place.scope.key)


def members(place: Place) -> Iterable[Link]:
    """What each set that the account's policies name contains, of what was read in the account."""
    for pattern, target in sorted(place.known.sets.items()):
        for arn, resource in place.known.resources.items():
            if covers(widened(pattern), arn):
                yield Link(
                    relation=Relation.CONTAINS,
                    source=Ref(kind="resource", id=target.id, name=target.name),
                    target=Ref(kind="resource", id=arn, name=resource.name),
                    scope=place.scope.key,
                )
