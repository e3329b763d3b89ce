"""Which calls does the source make, which permission does each need, and why?

The one list: `session.py` refuses a call that isn't here, "Test connection" probes from it, the requirements packet
explains it, and the two IAM policies to deploy are derived from it.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Any

from connectors.source import RequiredPermission


@dataclass(frozen=True, slots=True)
class Call:
    """One API operation. `probe` is what "Test connection" sends; None: it needs an object that may not exist.

    A probe may name an object that isn't there: AWS checks the permission first, so "not found" proves the permission.
    """

    service: str  # botocore's name
    operation: str
    action: str  # IAM's name
    why: str
    kinds: tuple[str, ...]
    hub: bool = False  # made by the role in the management account, not in each member
    probe: Mapping[str, Any] | None = field(default_factory=dict)


WHERE = "arn:{partition}:states:{region}:{account}:stateMachine:sv0-probe"
NO_AGENT = {"agentId": "SV0PROBE00"}
NO_CENTER = "arn:{partition}:sso:::instance/ssoins-0000000000000000"
NO_SET = {
    "InstanceArn": NO_CENTER,
    "PermissionSetArn": "arn:{partition}:sso:::permissionSet/ssoins-0000000000000000/ps-0000000000000000",
}
NO_GATEWAY = {"gatewayIdentifier": "sv0probe-0000000000"}
NO_BASE = {"knowledgeBaseId": "SV0PROBE00"}

# fmt: off
ORGANIZATION = (
    Call("organizations", "DescribeOrganization", "organizations:DescribeOrganization",
         "names the organization, so that outside accounts are told apart", ("organization",), hub=True),
    Call("organizations", "ListAccounts", "organizations:ListAccounts",
         "finds every account to read", ("organization",), hub=True),
    Call("organizations", "ListRoots", "organizations:ListRoots",
         "shows where each account stands in the organization", ("organization",), hub=True),
    Call("organizations", "ListOrganizationalUnitsForParent", "organizations:ListOrganizationalUnitsForParent",
         "shows where each account stands in the organization", ("organization",), hub=True,
         probe={"ParentId": "r-sv00"}),
    Call("organizations", "ListAccountsForParent", "organizations:ListAccountsForParent",
         "shows where each account stands in the organization", ("organization",), hub=True,
         probe={"ParentId": "r-sv00"}),
    Call("organizations", "ListPolicies", "organizations:ListPolicies",
         "finds the service control policies, which take rights away", ("guardrails",), hub=True,
         probe={"Filter": "SERVICE_CONTROL_POLICY"}),
    Call("organizations", "DescribePolicy", "organizations:DescribePolicy",
         "reads what a service control policy forbids", ("guardrails",), hub=True, probe={"PolicyId": "p-sv0probe00"}),
    Call("organizations", "ListTargetsForPolicy", "organizations:ListTargetsForPolicy",
         "tells which accounts a service control policy limits", ("guardrails",), hub=True,
         probe={"PolicyId": "p-sv0probe00"}),
    Call("sso-admin", "ListInstances", "sso:ListInstances", "finds Identity Center", ("identity-center",), hub=True),
    Call("sso-admin", "ListPermissionSets", "sso:ListPermissionSets", "finds permission sets", ("identity-center",),
         hub=True, probe={"InstanceArn": NO_CENTER}),
    Call("sso-admin", "DescribePermissionSet", "sso:DescribePermissionSet", "names a permission set",
         ("identity-center",), hub=True, probe=NO_SET),
    Call("sso-admin", "ListAccountsForProvisionedPermissionSet", "sso:ListAccountsForProvisionedPermissionSet",
         "tells in which accounts a permission set is used", ("identity-center",), hub=True, probe=NO_SET),
    Call("sso-admin", "ListAccountAssignments", "sso:ListAccountAssignments",
         "tells which people and groups sign in with it", ("identity-center",), hub=True,
         probe={**NO_SET, "AccountId": "{account}"}),
    Call("identitystore", "DescribeUser", "identitystore:DescribeUser", "names these people", ("identity-center",),
         hub=True, probe={"IdentityStoreId": "d-0000000000", "UserId": "00000000-0000-0000-0000-000000000000"}),
    Call("identitystore", "DescribeGroup", "identitystore:DescribeGroup", "names these groups", ("identity-center",),
         hub=True, probe={"IdentityStoreId": "d-0000000000", "GroupId": "00000000-0000-0000-0000-000000000000"}),
    Call("sts", "AssumeRole", "sts:AssumeRole",
         "becomes the read-only role in each member account", ("account",), hub=True, probe=None),
)
ACCOUNT = (
    Call("sts", "GetCallerIdentity", "sts:GetCallerIdentity",
         "proves that the role belongs to the account it was asked for", ("account",)),
    Call("ec2", "DescribeRegions", "ec2:DescribeRegions", "finds the regions that are switched on", ("account",)),
)
IAM = (
    Call("iam", "GetAccountAuthorizationDetails", "iam:GetAccountAuthorizationDetails",
         "reads roles, users, groups and the policies that say what they may do", ("iam",)),
    Call("iam", "ListAccessKeys", "iam:ListAccessKeys", "finds long-lived keys and their age", ("iam",)),
    Call("iam", "GetAccessKeyLastUsed", "iam:GetAccessKeyLastUsed",
         "tells which keys nobody uses", ("iam",), probe=None),
    Call("iam", "GenerateServiceLastAccessedDetails", "iam:GenerateServiceLastAccessedDetails",
         "has AWS work out which granted services nobody uses", ("usage",),
         probe={"Arn": "arn:{partition}:iam::{account}:role/sv0-probe"}),
    Call("iam", "GetServiceLastAccessedDetails", "iam:GetServiceLastAccessedDetails",
         "tells which granted services nobody uses", ("usage",),
         probe={"JobId": "00000000-0000-0000-0000-000000000000"}),
)
DATA = (
    Call("s3", "ListBuckets", "s3:ListAllMyBuckets", "names the buckets; never what is in them", ("data",)),
    Call("s3", "GetBucketTagging", "s3:GetBucketTagging",
         "classifies buckets by their tags", ("data",), probe={"Bucket": "sv0-probe-{account}"}),
    Call("s3", "GetBucketPolicyStatus", "s3:GetBucketPolicyStatus",
         "tells whether a bucket is public", ("data",), probe={"Bucket": "sv0-probe-{account}"}),
    Call("s3", "GetPublicAccessBlock", "s3:GetBucketPublicAccessBlock",
         "tells whether a bucket can be public", ("data",), probe={"Bucket": "sv0-probe-{account}"}),
    Call("s3", "GetBucketPolicy", "s3:GetBucketPolicy",
         "tells who else, and who outside, a bucket lets in", ("data",), probe={"Bucket": "sv0-probe-{account}"}),
    Call("secretsmanager", "ListSecrets", "secretsmanager:ListSecrets",
         "names the secrets; never their values", ("data",)),
    Call("secretsmanager", "GetResourcePolicy", "secretsmanager:GetResourcePolicy",
         "tells who else, and who outside, a secret lets in", ("data",), probe={"SecretId": "sv0-probe"}),
    Call("dynamodb", "ListTables", "dynamodb:ListTables", "names the tables; never their items", ("data",)),
    Call("rds", "DescribeDBInstances", "rds:DescribeDBInstances", "names the databases", ("data",)),
    Call("rds", "DescribeDBClusters", "rds:DescribeDBClusters", "names the database clusters", ("data",)),
    Call("kms", "ListKeys", "kms:ListKeys", "finds the encryption keys", ("data",)),
    Call("kms", "ListAliases", "kms:ListAliases", "shows keys by the name people gave them", ("data",)),
    Call("kms", "DescribeKey", "kms:DescribeKey", "tells your keys from those AWS owns", ("data",),
         probe={"KeyId": "arn:{partition}:kms:{region}:{account}:key/00000000-0000-0000-0000-000000000000"}),
    Call("kms", "GetKeyPolicy", "kms:GetKeyPolicy",
         "tells who else, and who outside, a key lets decrypt", ("data",),
         probe={"KeyId": "arn:{partition}:kms:{region}:{account}:key/00000000-0000-0000-0000-000000000000",
                "PolicyName": "default"}),
    Call("sqs", "ListQueues", "sqs:ListQueues", "names the queues; never their messages", ("data",)),
    Call("sqs", "GetQueueAttributes", "sqs:GetQueueAttributes",
         "tells who else, and who outside, a queue lets in", ("data",),
         probe={"QueueUrl": "https://sqs.{region}.amazonaws.com/{account}/sv0-probe"}),
    Call("sns", "ListTopics", "sns:ListTopics", "names the topics; never their messages", ("data",)),
    Call("sns", "GetTopicAttributes", "sns:GetTopicAttributes",
         "tells who else, and who outside, a topic lets in", ("data",),
         probe={"TopicArn": "arn:{partition}:sns:{region}:{account}:sv0-probe"}),
    Call("resourcegroupstaggingapi", "GetResources", "tag:GetResources",
         "reads tags, which name owners and data domains, in one sweep",
         ("data", "lambda", "stepfunctions", "eventbridge", "glue", "bedrock", "agentcore", "sagemaker")),
)
NETWORK = (
    Call("ec2", "DescribeSubnets", "ec2:DescribeSubnets", "finds the networks that things run in", ("network",)),
    Call("ec2", "DescribeRouteTables", "ec2:DescribeRouteTables", "tells which networks lead to the internet",
         ("network",)),
    Call("ec2", "DescribeNatGateways", "ec2:DescribeNatGateways", "tells which networks lead to the internet",
         ("network",)),
    Call("ec2", "DescribeNetworkAcls", "ec2:DescribeNetworkAcls", "tells what a network doesn't let out",
         ("network",)),
    Call("ec2", "DescribeSecurityGroups", "ec2:DescribeSecurityGroups", "tells what is let out to the internet",
         ("network",)),
)
COMPUTE = (
    Call("lambda", "ListFunctions", "lambda:ListFunctions", "finds functions and the roles they run as", ("lambda",)),
    Call("lambda", "GetPolicy", "lambda:GetPolicy", "tells who else, and who outside, may start a function",
         ("lambda",), probe={"FunctionName": "sv0-probe"}),
    Call("lambda", "ListFunctionUrlConfigs", "lambda:ListFunctionUrlConfigs",
         "tells which functions anyone on the internet can start", ("lambda",), probe={"FunctionName": "sv0-probe"}),
    Call("lambda", "ListEventSourceMappings", "lambda:ListEventSourceMappings",
         "shows which queue, stream or table a function reads from", ("lambda",)),
    Call("ecs", "ListClusters", "ecs:ListClusters", "finds container services and tasks", ("ecs",)),
    Call("ecs", "ListServices", "ecs:ListServices", "finds container services", ("ecs",),
         probe={"cluster": "sv0-probe"}),
    Call("ecs", "DescribeServices", "ecs:DescribeServices", "tells which task definition a service runs", ("ecs",),
         probe={"cluster": "sv0-probe", "services": ["sv0-probe"]}),
    Call("ecs", "ListTasks", "ecs:ListTasks", "finds tasks that no service runs", ("ecs",),
         probe={"cluster": "sv0-probe"}),
    Call("ecs", "DescribeTasks", "ecs:DescribeTasks", "tells which task definition a task runs", ("ecs",),
         probe={"cluster": "sv0-probe", "tasks": ["00000000000000000000000000000000"]}),
    Call("ecs", "DescribeTaskDefinition", "ecs:DescribeTaskDefinition",
         "names the roles of a task and the secrets it is given", ("ecs",), probe={"taskDefinition": "sv0-probe"}),
    Call("ec2", "DescribeInstances", "ec2:DescribeInstances", "finds machines that act with a role", ("ec2",)),
)
AUTOMATION = (
    Call("stepfunctions", "ListStateMachines", "states:ListStateMachines", "finds state machines", ("stepfunctions",)),
    Call("stepfunctions", "DescribeStateMachine", "states:DescribeStateMachine",
         "names a state machine's role and what it calls; its text is not kept", ("stepfunctions",),
         probe={"stateMachineArn": WHERE}),
    Call("events", "ListEventBuses", "events:ListEventBuses", "finds event buses", ("eventbridge",)),
    Call("events", "ListRules", "events:ListRules", "finds rules that start something", ("eventbridge",)),
    Call("events", "ListTargetsByRule", "events:ListTargetsByRule", "tells what a rule starts and as whom",
         ("eventbridge",), probe={"Rule": "sv0-probe"}),
    Call("events", "ListApiDestinations", "events:ListApiDestinations",
         "tells which outside hosts events are sent to", ("eventbridge",)),
    Call("scheduler", "ListSchedules", "scheduler:ListSchedules", "finds schedules", ("eventbridge",)),
    Call("scheduler", "GetSchedule", "scheduler:GetSchedule", "tells what a schedule starts and as whom",
         ("eventbridge",), probe={"Name": "sv0-probe"}),
    Call("glue", "GetJobs", "glue:GetJobs", "finds data jobs and the roles they run as", ("glue",)),
    Call("glue", "GetConnections", "glue:GetConnections",
         "tells which network a data job is in and which host it reaches; passwords are left out", ("glue",),
         probe={"HidePassword": True}),
    Call("codebuild", "ListProjects", "codebuild:ListProjects", "finds build projects", ("codebuild",)),
    Call("codebuild", "BatchGetProjects", "codebuild:BatchGetProjects", "names the roles that builds run as",
         ("codebuild",), probe={"names": ["sv0-probe"]}),
)
AGENTS = (
    Call("bedrock-agent", "ListAgents", "bedrock:ListAgents", "finds AI agents", ("bedrock",)),
    Call("bedrock-agent", "GetAgent", "bedrock:GetAgent",
         "names an agent's role and model; its instruction is not kept", ("bedrock",), probe=NO_AGENT),
    Call("bedrock-agent", "ListAgentAliases", "bedrock:ListAgentAliases",
         "tells which versions of an agent are in use", ("bedrock",), probe=NO_AGENT),
    Call("bedrock-agent", "ListAgentActionGroups", "bedrock:ListAgentActionGroups", "finds an agent's tools",
         ("bedrock",), probe={**NO_AGENT, "agentVersion": "DRAFT"}),
    Call("bedrock-agent", "GetAgentActionGroup", "bedrock:GetAgentActionGroup",
         "tells which function a tool calls", ("bedrock",),
         probe={**NO_AGENT, "agentVersion": "DRAFT", "actionGroupId": "SV0PROBE00"}),
    Call("bedrock-agent", "ListAgentKnowledgeBases", "bedrock:ListAgentKnowledgeBases",
         "tells which knowledge an agent is given", ("bedrock",), probe={**NO_AGENT, "agentVersion": "DRAFT"}),
    Call("bedrock-agent", "ListKnowledgeBases", "bedrock:ListKnowledgeBases", "finds knowledge bases", ("bedrock",)),
    Call("bedrock-agent", "GetKnowledgeBase", "bedrock:GetKnowledgeBase", "names a knowledge base", ("bedrock",),
         probe=NO_BASE),
    Call("bedrock-agent", "ListDataSources", "bedrock:ListDataSources", "finds where its knowledge comes from",
         ("bedrock",), probe=NO_BASE),
    Call("bedrock-agent", "GetDataSource", "bedrock:GetDataSource", "names the bucket its knowledge comes from",
         ("bedrock",), probe={**NO_BASE, "dataSourceId": "SV0PROBE00"}),
)
CORE = (
    Call("bedrock-agentcore-control", "ListAgentRuntimes", "bedrock-agentcore:ListAgentRuntimes",
         "finds agents that AgentCore hosts", ("agentcore",)),
    Call("bedrock-agentcore-control", "GetAgentRuntime", "bedrock-agentcore:GetAgentRuntime",
         "names the role and network of such an agent", ("agentcore",),
         probe={"agentRuntimeId": "sv0probe-0000000000"}),
    Call("bedrock-agentcore-control", "ListGateways", "bedrock-agentcore:ListGateways",
         "finds gateways that hand tools to agents", ("agentcore",)),
    Call("bedrock-agentcore-control", "GetGateway", "bedrock-agentcore:GetGateway",
         "names a gateway's role and whom it lets in", ("agentcore",), probe=NO_GATEWAY),
    Call("bedrock-agentcore-control", "ListGatewayTargets", "bedrock-agentcore:ListGatewayTargets",
         "finds the tools behind a gateway", ("agentcore",), probe=NO_GATEWAY),
    Call("bedrock-agentcore-control", "GetGatewayTarget", "bedrock-agentcore:GetGatewayTarget",
         "tells which function or host a tool calls", ("agentcore",), probe={**NO_GATEWAY, "targetId": "SV0PROBE00"}),
)
SAGEMAKER = (
    Call("sagemaker", "ListNotebookInstances", "sagemaker:ListNotebookInstances", "finds notebooks", ("sagemaker",)),
    Call("sagemaker", "DescribeNotebookInstance", "sagemaker:DescribeNotebookInstance",
         "names a notebook's role and network", ("sagemaker",), probe={"NotebookInstanceName": "sv0-probe"}),
    Call("sagemaker", "ListEndpoints", "sagemaker:ListEndpoints", "finds models that answer", ("sagemaker",)),
    Call("sagemaker", "DescribeEndpoint", "sagemaker:DescribeEndpoint", "tells what an endpoint is made of",
         ("sagemaker",), probe={"EndpointName": "sv0-probe"}),
    Call("sagemaker", "DescribeEndpointConfig", "sagemaker:DescribeEndpointConfig", "names an endpoint's models",
         ("sagemaker",), probe={"EndpointConfigName": "sv0-probe"}),
    Call("sagemaker", "DescribeModel", "sagemaker:DescribeModel", "names a model's role and network",
         ("sagemaker",), probe={"ModelName": "sv0-probe"}),
)
# fmt: on

CALLS = (*ORGANIZATION, *ACCOUNT, *IAM, *DATA, *NETWORK, *COMPUTE, *AUTOMATION, *AGENTS, *CORE, *SAGEMAKER)
BY_OPERATION = {(call.service, call.operation): call for call in CALLS}
PERMISSIONS = tuple(RequiredPermission(name=call.action, why=call.why, scope_kinds=call.kinds) for call in CALLS)
# Read-only policies that customers attach beside ours often include content: these stay refused whatever is attached.
NEVER = (
    "athena:GetQueryResults", "bedrock:InvokeAgent", "bedrock:InvokeModel*", "bedrock:Retrieve*",
    "dynamodb:BatchGetItem", "dynamodb:GetItem", "dynamodb:Query", "dynamodb:Scan", "ec2:DescribeInstanceAttribute",
    "ec2:GetConsoleOutput", "ec2:GetPasswordData", "ecr:GetAuthorizationToken", "kms:Decrypt", "lambda:GetFunction",
    "lambda:InvokeFunction", "logs:FilterLogEvents", "logs:GetLogEvents", "rds-data:*", "s3:GetObject*",
    "secretsmanager:BatchGetSecretValue", "secretsmanager:GetSecretValue", "ssm:GetDocument", "ssm:GetParameter*",
)  # fmt: skip


def member_policy() -> dict[str, Any]:
    """The IAM policy of the role in every account, the management account's included."""
    allowed = sorted({call.action for call in CALLS if not call.hub})
    return _policy(
        {"Sid": "Sv0Metadata", "Effect": "Allow", "Action": allowed, "Resource": "*"},
        {"Sid": "Sv0NeverContent", "Effect": "Deny", "Action": list(NEVER), "Resource": "*"},
    )


def hub_policy(*, member_role_name: str, partition: str = "aws") -> dict[str, Any]:
    """What the role in the management account needs besides the member policy."""
    allowed = sorted({call.action for call in CALLS if call.hub} - {"sts:AssumeRole"})
    member = f"arn:{partition}:iam::*:role/{member_role_name}"
    return _policy(
        {"Sid": "Sv0Organization", "Effect": "Allow", "Action": allowed, "Resource": "*"},
        {"Sid": "Sv0Assume", "Effect": "Allow", "Action": "sts:AssumeRole", "Resource": member},
    )


def _policy(*statements: dict[str, Any]) -> dict[str, Any]:
    return {"Version": "2012-10-17", "Statement": list(statements)}
