"""How does an estate get what AWS hosts: AgentCore runtimes and gateways, SageMaker notebooks and endpoints?"""

from __future__ import annotations

from typing import Any

from tests.emulators.aws.builders.organization import Account
from tests.emulators.aws.builders.workloads import MODIFIED

IMAGE = "123456789012.dkr.ecr.eu-west-1.amazonaws.com/agent:1"


def runtime(account: Account, name: str, role_arn: str, *, vpc: tuple[str, str] | None = None) -> str:
    """Create an AgentCore runtime, in a subnet and security group or else in the public network; return its ARN."""
    account.console.on(MODIFIED)
    network: dict[str, Any] = {"networkMode": "PUBLIC"}
    if vpc:
        inside = {"subnets": [vpc[0]], "securityGroups": [vpc[1]]}
        network = {"networkMode": "VPC", "networkModeConfig": inside}
    made = account.console.client("bedrock-agentcore-control", account.id, account.region).create_agent_runtime(
        agentRuntimeName=name,
        agentRuntimeArtifact={"containerConfiguration": {"containerUri": IMAGE}},
        roleArn=role_arn,
        networkConfiguration=network,
        environmentVariables={"SERVICE_ENDPOINT": f"CANARY-{name}"},
    )
    return str(made["agentRuntimeArn"])


def gateway(account: Account, name: str, role_arn: str, *, function_arn: str, server: str, authorizer: str) -> str:
    """Create an AgentCore gateway with a function and an MCP server behind it; return its ARN."""
    account.console.on(MODIFIED)
    core = account.console.client("bedrock-agentcore-control", account.id, account.region)
    made = core.create_gateway(name=name, roleArn=role_arn, protocolType="MCP", authorizerType=authorizer)
    tools = {"lambdaArn": function_arn, "toolSchema": {"inlinePayload": [{"name": "t", "description": "CANARY-tool"}]}}
    for target, where in {"answers": {"lambda": tools}, "partner": {"mcpServer": {"endpoint": server}}}.items():
        core.create_gateway_target(gatewayIdentifier=made["gatewayId"], name=target, targetConfiguration={"mcp": where})
    return str(made["gatewayArn"])


def notebook(account: Account, name: str, role_arn: str, *, vpc: tuple[str, str], direct: str) -> str:
    """Create a SageMaker notebook in a subnet; `direct` is Enabled or Disabled. Return its ARN."""
    account.console.on(MODIFIED)
    made = account.console.client("sagemaker", account.id, account.region).create_notebook_instance(
        NotebookInstanceName=name,
        InstanceType="ml.t3.medium",
        RoleArn=role_arn,
        SubnetId=vpc[0],
        SecurityGroupIds=[vpc[1]],
        DirectInternetAccess=direct,
    )
    return str(made["NotebookInstanceArn"])


def endpoint(account: Account, name: str, role_arn: str) -> str:
    """Create a SageMaker endpoint with one model that is neither isolated nor in a VPC; return its ARN."""
    account.console.on(MODIFIED)
    models = account.console.client("sagemaker", account.id, account.region)
    container = {"Image": IMAGE, "Environment": {"TOKEN": f"CANARY-{name}"}}
    models.create_model(ModelName=name, ExecutionRoleArn=role_arn, PrimaryContainer=container)
    variant = {"VariantName": "all", "ModelName": name, "InitialInstanceCount": 1, "InstanceType": "ml.t2.medium"}
    models.create_endpoint_config(EndpointConfigName=name, ProductionVariants=[variant])
    return str(models.create_endpoint(EndpointName=name, EndpointConfigName=name)["EndpointArn"])
