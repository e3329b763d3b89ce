"""Which Bedrock agents act, as which role, with which tools and which knowledge?

Their instructions and prompts come in the same answers, and are dropped here.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass
from typing import Any

from botocore.exceptions import ClientError

from connectors.inventory.records import Link, Record, Ref, Relation, Resource, Workload
from connectors.sources.aws import arn as arns
from connectors.sources.aws import edges, targets
from connectors.sources.aws.place import Place, Tags
from connectors.sources.aws.tags import tags_of

BEDROCK = "bedrock-agent"
GONE = ["ResourceNotFoundException"]
Row = Mapping[str, Any]


@dataclass(frozen=True, slots=True)
class Tool:
    """An action group: it calls a function, hands back to whoever called the agent, or is one that AWS brings along."""

    name: str
    enabled: bool
    function: str | None
    returns: bool
    built_in: str | None  # "AMAZON.CodeInterpreter", "ANTHROPIC.Computer" …

    @property
    def spoken(self) -> str:
        how = self.built_in or ("done by whoever asks" if self.returns else "by a function" if self.function else "")
        off = "" if self.enabled else ", switched off"
        return f"{self.name} ({how}{off})" if how else self.name


def agents(place: Place) -> Iterator[Record]:
    """Knowledge bases first: agents are shown with their names."""
    tags = tags_of(place, "bedrock:knowledge-base", "bedrock:agent")
    bases: dict[str, Ref] = {}
    for base in _details(place, "KnowledgeBase", "knowledgeBaseSummaries"):
        bases[base["knowledgeBaseId"]] = Ref(kind="resource", id=base["knowledgeBaseArn"], name=base["name"])
        yield from _knowledge_base(place, base, tags.get(base["knowledgeBaseArn"], ()))
    for agent in _details(place, "Agent", "agentSummaries"):
        yield from _agent(place, agent, bases, tags.get(agent["agentArn"], ()))


def _details(place: Place, kind: str, summaries: str) -> Iterator[Row]:
    """Every agent or knowledge base in full; one that is deleted meanwhile is left out."""
    member = kind[0].lower() + kind[1:]
    for page in place.pages(BEDROCK, f"List{kind}s", by="nextToken", maxResults=100):
        for row in page[summaries]:
            found = place.optional(BEDROCK, f"Get{kind}", absent=GONE, **{f"{member}Id": row[f"{member}Id"]})
            if found:
                yield found[member]


def _agent(place: Place, row: Row, bases: Mapping[str, Ref], tags: Tags) -> Iterator[Record]:
    versions = _versions(place, row["agentId"])
    tools = [each for version in versions for each in _tools(place, row["agentId"], version)]
    found = Workload(
        id=row["agentArn"],
        provider_id=row["agentId"],
        name=row["agentName"],
        type="Bedrock agent",
        role="agent",
        enabled=row["agentStatus"] not in {"DELETING", "FAILED"},
        created_at=row.get("createdAt"),
        modified_at=row.get("updatedAt"),
        tags=tags,
        facts=tuple(_facts(row, tools)),
        **place.of(),
    )
    yield found
    source = edges.ref(found)
    yield from edges.runs_as(place, source, {"agent's role": row["agentResourceRoleArn"]})
    yield from place.referenced.owners(tags, source, scope=place.scope.key)
    functions = [tool.function for tool in tools if tool.function and tool.enabled]
    custom = row.get("customOrchestration", {}).get("executor", {}).get("lambda")
    yield from edges.calls(place, source, [*functions, *([custom] if custom else [])], via="tool of the agent")
    known = {each for version in versions for each in _knowledge(place, row["agentId"], version)}
    named = {bases[each].id: bases[each].name for each in sorted(known) if each in bases}
    yield from edges.uses(place, source, named, via="knowledge base of the agent")


def _facts(row: Row, tools: Iterable[Tool]) -> Iterator[tuple[str, str]]:
    if row.get("foundationModel"):
        yield "Model", row["foundationModel"].rsplit("/", 1)[-1]
    yield "Guardrail", "yes" if row.get("guardrailConfiguration") else "none"
    if row.get("agentCollaboration", "DISABLED") != "DISABLED":
        yield "Collaboration", row["agentCollaboration"].lower()
    spoken = sorted({tool.spoken for tool in tools})
    if spoken:
        yield "Tools", ", ".join(spoken)


def _versions(place: Place, agent: str) -> list[str]:
    """The draft, and the versions that an alias puts to use."""
    found = {"DRAFT"}
    for row in _listed(place, "ListAgentAliases", "agentAliasSummaries", agentId=agent):
        found.update(each["agentVersion"] for each in row.get("routingConfiguration", ()) if "agentVersion" in each)
    return sorted(found)


def _tools(place: Place, agent: str, version: str) -> Iterator[Tool]:
    """The agent's action groups. Their schemas come along, and are dropped here."""
    of = {"agentId": agent, "agentVersion": version}
    for row in _listed(place, "ListAgentActionGroups", "actionGroupSummaries", **of):
        found = place.optional(BEDROCK, "GetAgentActionGroup", absent=GONE, actionGroupId=row["actionGroupId"], **of)
        if found:
            group = found["agentActionGroup"]
            executor = group.get("actionGroupExecutor", {})
            yield Tool(
                name=group["actionGroupName"],
                enabled=group["actionGroupState"] == "ENABLED",
                function=executor.get("lambda"),
                returns=executor.get("customControl") == "RETURN_CONTROL",
                built_in=group.get("parentActionSignature"),
            )


def _knowledge(place: Place, agent: str, version: str) -> Iterator[str]:
    of = {"agentId": agent, "agentVersion": version}
    for row in _listed(place, "ListAgentKnowledgeBases", "agentKnowledgeBaseSummaries", **of):
        yield row["knowledgeBaseId"]


def _knowledge_base(place: Place, row: Row, tags: Tags) -> Iterator[Record]:
    type_ = "Bedrock knowledge base"
    yield Resource(
        id=row["knowledgeBaseArn"],
        provider_id=row["knowledgeBaseId"],
        name=row["name"],
        type=type_,
        created_at=row.get("createdAt"),
        tags=tags,
        **place.of(),
    )
    base = Ref(kind="resource", id=row["knowledgeBaseArn"], name=row["name"])
    account = Ref(kind="resource", id=targets.account_id(place.account.id), name=place.account.name)
    yield Link(relation=Relation.CONTAINS, source=account, target=base, scope=place.scope.key)
    for bucket in dict.fromkeys(_buckets(place, row["knowledgeBaseId"])):
        held_in = Ref(kind="resource", id=bucket, name=arns.short_name(bucket))
        yield Link(relation=Relation.CONTAINS, source=base, target=held_in, scope=place.scope.key, via="data source")


def _buckets(place: Place, base: str) -> Iterator[str]:
    """The buckets whose content a knowledge base answers from."""
    for row in _listed(place, "ListDataSources", "dataSourceSummaries", knowledgeBaseId=base):
        named = {"knowledgeBaseId": base, "dataSourceId": row["dataSourceId"]}
        found = place.optional(BEDROCK, "GetDataSource", absent=GONE, **named)
        configured = found["dataSource"]["dataSourceConfiguration"] if found else {}
        if "bucketArn" in configured.get("s3Configuration", {}):
            yield configured["s3Configuration"]["bucketArn"]


def _listed(place: Place, operation: str, key: str, **request: Any) -> Iterator[Row]:
    """A listing about one agent or base; nothing where the region doesn't know the operation yet, or it is refused."""
    try:
        for page in place.pages(BEDROCK, operation, by="nextToken", maxResults=100, **request):
            yield from page[key]
    except ClientError as error:
        place.tolerate(error, absent=GONE)
