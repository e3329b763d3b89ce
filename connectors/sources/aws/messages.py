"""Which queues and topics carry messages, and whom do their own policies let send or read?"""

from __future__ import annotations

from collections.abc import Iterator

from connectors.inventory.records import Link, Record, Ref, Relation, Resource
from connectors.sources.aws import arn as arns
from connectors.sources.aws import doors, targets
from connectors.sources.aws.place import Place, Tags
from connectors.sources.aws.tags import tags_of
from connectors.sources.aws.targets import Target


def queues(place: Place) -> Iterator[Record]:
    tags = tags_of(place, "sqs")
    for page in place.pages("sqs", "ListQueues", by="NextToken", MaxResults=1000):
        for url in page.get("QueueUrls", ()):
            found = place.optional(
                "sqs",
                "GetQueueAttributes",
                QueueUrl=url,
                AttributeNames=["QueueArn", "Policy"],
                absent=["AWS.SimpleQueueService.NonExistentQueue", "QueueDoesNotExist"],
            )
            if found:
                attributes = found["Attributes"]
                arn = attributes["QueueArn"]
                yield from _told(place, arn, "SQS queue", attributes.get("Policy"), tags.get(arn, ()))


def topics(place: Place) -> Iterator[Record]:
    tags = tags_of(place, "sns")
    for page in place.pages("sns", "ListTopics", by="NextToken"):
        for row in page["Topics"]:
            arn = row["TopicArn"]
            found = place.optional("sns", "GetTopicAttributes", TopicArn=arn, absent=["NotFound", "NotFoundException"])
            policy = found["Attributes"].get("Policy") if found else None
            yield from _told(place, arn, "SNS topic", policy, tags.get(arn, ()))


def _told(place: Place, arn: str, type: str, policy: str | None, tags: Tags) -> Iterator[Record]:  # noqa: A002
    name = arns.short_name(arn)
    yield Resource(id=arn, provider_id=arn, name=name, type=type, tags=tags, **place.of())
    ref = Ref(kind="resource", id=arn, name=name)
    account = Ref(kind="resource", id=targets.account_id(place.account.id), name=place.account.name)
    yield Link(relation=Relation.CONTAINS, source=account, target=ref, scope=place.scope.key)
    yield from place.referenced.owners(tags, ref, scope=place.scope.key)
    words = "access policy of the queue" if type == "SQS queue" else "access policy of the topic"
    yield from doors.to_data(place, Target("resource", arn, name, type), policy, policy=words)
