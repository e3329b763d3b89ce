"""How does an estate get its Bedrock agents, the tools they call and the knowledge they read?"""

from collections.abc import Mapping, Sequence
from typing import Any

from tests.emulators.aws.builders.organization import Account, token
from tests.emulators.aws.builders.workloads import MODIFIED

MODEL = "anthropic.claude-sonnet-4-20250514-v1:0"
MODIFIED_AT = f"{MODIFIED}T09:00:00+00:00"


def agent(
    account: Account,
    name: str,
    role_arn: str,
    *,
    tools: Mapping[str, str] | None = None,
    knowledge_base_ids: Sequence[str] = (),
    description: str = "",
    region: str | None = None,
    tags: Mapping[str, str] | None = None,
) -> str:
    """Create an agent and return its ARN. `tools` are Lambda ARNs by the name of their action group."""
    console = account.console
    console.on(MODIFIED)
    made = console.client("bedrock-agent", account.id, region or account.region).create_agent(
        agentName=name,
        clientToken=token(name),
        agentResourceRoleArn=role_arn,
        foundationModel=MODEL,
        description=description,
        instruction=f"CANARY-{name}: help the editors, politely.",
        tags=dict(tags or {}),
    )["agent"]
    agent_id: str = made["agentId"]
    console.supplement.action_groups[agent_id] = [
        action_group(agent_id, number, tool, function_arn)
        for number, (tool, function_arn) in enumerate((tools or {}).items())
    ]
    console.supplement.knowledge_bases[agent_id] = [
        {"knowledgeBaseId": known, "knowledgeBaseState": "ENABLED", "updatedAt": MODIFIED_AT}
        for known in knowledge_base_ids
    ]
    return str(made["agentArn"])


def action_group(agent_id: str, number: int, name: str, function_arn: str) -> dict[str, Any]:
    return {
        "agentId": agent_id,
        "agentVersion": "DRAFT",
        "actionGroupId": f"ACTIONGRP{number}",
        "actionGroupName": name,
        "actionGroupState": "ENABLED",
        "actionGroupExecutor": {"lambda": function_arn},
        "createdAt": MODIFIED_AT,
        "updatedAt": MODIFIED_AT,
    }


def knowledge_base(account: Account, name: str, role_arn: str, *, bucket: str, region: str | None = None) -> str:
    """Create a knowledge base filled from a bucket and return its id."""
    console = account.console
    console.on(MODIFIED)
    place = f"{region or account.region}:{account.id}"
    made = console.client("bedrock-agent", account.id, region or account.region).create_knowledge_base(
        name=name,
        clientToken=token(name),
        roleArn=role_arn,
        knowledgeBaseConfiguration={"type": "VECTOR", "vectorKnowledgeBaseConfiguration": {"embeddingModelArn": MODEL}},
        storageConfiguration={
            "type": "OPENSEARCH_SERVERLESS",
            "opensearchServerlessConfiguration": {
                "collectionArn": f"arn:aws:aoss:{place}:collection/{name}",
                "vectorIndexName": "index",
                "fieldMapping": {"vectorField": "vector", "textField": "text", "metadataField": "metadata"},
            },
        },
    )["knowledgeBase"]
    knowledge_base_id: str = made["knowledgeBaseId"]
    console.supplement.data_sources[knowledge_base_id] = [
        {
            "knowledgeBaseId": knowledge_base_id,
            "dataSourceId": "DATASOURC0",
            "name": bucket,
            "status": "AVAILABLE",
            "dataSourceConfiguration": {"type": "S3", "s3Configuration": {"bucketArn": f"arn:aws:s3:::{bucket}"}},
            "createdAt": MODIFIED_AT,
            "updatedAt": MODIFIED_AT,
        }
    ]
    return knowledge_base_id
