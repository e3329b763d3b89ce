"""What does AWS answer where moto answers "not implemented", or not as AWS does?

- iam:GetAccountAuthorizationDetails: moto leaves out the policies' names and lists AWS's whole catalogue; here
  AWSManagedPolicy means the attached ones, and the answer is in a fixed order, so that pages don't overlap.
- iam:Generate- and GetServiceLastAccessedDetails: every service a principal's policies grant was used when the
  principal last was, but for those the estate declares never used.
- account:ListRegions, ec2:DescribeRegions: the estate's regions. AWS has seventeen that nobody can disable; fewer here
  keep a scan of "all enabled regions" short.
- lambda:ListFunctionUrlConfigs: what moto stores and only hands out one by one.
- sso-admin: an instance in the region only that has permission sets, and their accounts; moto has one everywhere.
- tag:GetResources: Bedrock agents' tags too, which moto keeps and leaves out.
- bedrock-agent: action groups, knowledge bases, data sources of the estate; no aliases, versions, collaborators, flows.
"""

import datetime
import json
import uuid
from collections.abc import Callable, Iterable, Mapping
from dataclasses import dataclass, field
from typing import Any
from urllib.parse import quote

from moto.awslambda.exceptions import UnknownFunctionException
from moto.awslambda.models import lambda_backends
from moto.bedrockagent.models import bedrockagent_backends
from moto.iam.models import IAMBackend, ManagedPolicy, Role, User
from moto.iam.responses import IamResponse
from moto.ssoadmin.models import ssoadmin_backends

from tests.emulators.aws.addresses import url_host
from tests.emulators.aws.call import Call
from tests.emulators.aws.paging import page
from tests.emulators.aws.trust import iam_of, listed
from tests.emulators.aws.wire import Reply, answer, parse, refuse

# What "*" stands for in a principal's list of services; AWS names some four hundred.
EVERY_SERVICE = ("dynamodb", "ec2", "iam", "kms", "lambda", "rds", "s3", "secretsmanager", "sts")
EMPTY_LISTS = {
    "ListAgentAliases": "agentAliasSummaries",
    "ListAgentVersions": "agentVersionSummaries",
    "ListAgentCollaborators": "agentCollaboratorSummaries",
    "ListFlows": "flowSummaries",
}


@dataclass
class Supplement:
    """What the estate says beyond moto's state.

    `action_groups` and `knowledge_bases` are keyed by agent id, `data_sources` by knowledge base id; their rows are
    AgentActionGroup, AgentKnowledgeBase and DataSource of the bedrock-agent API. `never_used` holds, by the ARN of a
    principal, the service namespaces it may use and never did.
    """

    regions: tuple[str, ...] = ()
    action_groups: dict[str, list[dict[str, Any]]] = field(default_factory=dict)
    knowledge_bases: dict[str, list[dict[str, Any]]] = field(default_factory=dict)
    data_sources: dict[str, list[dict[str, Any]]] = field(default_factory=dict)
    never_used: dict[str, frozenset[str]] = field(default_factory=dict)
    last_accessed_jobs: dict[str, str] = field(default_factory=dict)

    def answer(self, call: Call, cap: int | None) -> Reply | None:
        """Return the answer to a call that moto gets wrong, None for every other call."""
        if call.iam_action == "iam:GetAccountAuthorizationDetails":
            transformers = IamResponse.RESPONSE_KEY_PATH_TO_TRANSFORMER
            return page(call, authorization_details(call), cap, transformers)
        if call.service == "bedrock" and call.operation in EMPTY_LISTS:
            return answer(call, {EMPTY_LISTS[call.operation]: []})
        write = WRITERS.get(call.iam_action)
        if write is None:
            return None
        try:
            return answer(call, write(self, call))
        except LookupError:
            return refuse(call, "not found", "The resource you requested does not exist.")


def with_agents(call: Call, reply: Reply) -> Reply:
    """Return the last page of moto's answer to GetResources with the agents' tags added; any other answer as it is."""
    if call.iam_action != "tag:GetResources" or reply.status != 200:
        return reply
    told = parse(call, reply)
    if told.get("PaginationToken"):
        return reply
    bedrock = bedrockagent_backends[call.account][call.region]
    for agent in bedrock.agents.values():
        tags = bedrock.list_tags_for_resource(agent.agent_arn)
        rows = [{"Key": key, "Value": value} for key, value in tags.items()]
        told["ResourceTagMappingList"].append({"ResourceARN": agent.agent_arn, "Tags": rows})
    return answer(call, told)


def authorization_details(call: Call) -> dict[str, Any]:
    """Return the account's users, groups, roles and policies of the kinds the call filters for (all without one)."""
    iam = iam_of(call.account)
    wanted = set(call.params.get("Filter") or ("User", "Group", "Role", "LocalManagedPolicy", "AWSManagedPolicy"))
    policies = sorted(iam.managed_policies.values(), key=lambda policy: policy.arn)
    return {
        "UserDetailList": by_arn(iam.users) if "User" in wanted else [],
        "GroupDetailList": by_arn(iam.groups) if "Group" in wanted else [],
        "RoleDetailList": by_arn(iam.roles) if "Role" in wanted else [],
        "Policies": [policy_detail(policy) for policy in policies if is_wanted(policy, wanted)],
    }


def by_arn(principals: Mapping[str, Any]) -> list[Any]:
    return sorted(principals.values(), key=lambda principal: principal.arn)


def is_wanted(policy: ManagedPolicy, wanted: set[str]) -> bool:
    if policy.arn.startswith("arn:aws:iam::aws:"):
        return "AWSManagedPolicy" in wanted and policy.attachment_count > 0
    return "LocalManagedPolicy" in wanted


def policy_detail(policy: ManagedPolicy) -> dict[str, Any]:
    return {
        "PolicyName": policy.name,
        "PolicyId": policy.id,
        "Arn": policy.arn,
        "Path": policy.path,
        "DefaultVersionId": policy.default_version_id,
        "AttachmentCount": policy.attachment_count,
        "PermissionsBoundaryUsageCount": 0,
        "IsAttachable": True,
        "CreateDate": policy.create_date,
        "UpdateDate": policy.update_date,
        "PolicyVersionList": [
            {
                "Document": quote(version.document),
                "VersionId": version.version_id,
                "IsDefaultVersion": version.is_default,
                "CreateDate": version.create_date,
            }
            for version in policy.versions
        ],
    }


def start_last_accessed(supplement: Supplement, call: Call) -> dict[str, Any]:
    arn = call.params["Arn"]
    job = str(uuid.uuid5(uuid.NAMESPACE_URL, arn))
    supplement.last_accessed_jobs[job] = arn
    return {"JobId": job}


def read_last_accessed(supplement: Supplement, call: Call) -> dict[str, Any]:
    arn = supplement.last_accessed_jobs[call.params["JobId"]]
    principal = principal_named(iam_of(call.account), arn)
    used = last_used_of(principal)
    never = supplement.never_used.get(arn, frozenset())
    rows = []
    for namespace in sorted(services_granted_to(principal)):
        row = {"ServiceName": namespace, "ServiceNamespace": namespace, "TotalAuthenticatedEntities": 0}
        if used is not None and namespace not in never:
            row |= {"LastAuthenticated": used, "LastAuthenticatedEntity": arn, "TotalAuthenticatedEntities": 1}
        rows.append(row)
    finished = datetime.datetime.now(datetime.UTC)
    return {
        "JobStatus": "COMPLETED",
        "JobType": "SERVICE_LEVEL",
        "JobCreationDate": finished,
        "JobCompletionDate": finished,
        "ServicesLastAccessed": rows,
        "IsTruncated": False,
    }


def principal_named(iam: IAMBackend, arn: str) -> Role | User:
    principals: Iterable[Role | User] = [*iam.roles.values(), *iam.users.values()]
    return {principal.arn: principal for principal in principals}[arn]


def last_used_of(principal: Role | User) -> datetime.datetime | None:
    if isinstance(principal, Role):
        return principal.last_used
    return max((key.last_used.timestamp for key in principal.access_keys if key.last_used), default=None)


def services_granted_to(principal: Role | User) -> set[str]:
    versions = [version for policy in principal.managed_policies.values() for version in policy.versions]
    documents = [*principal.policies.values(), *(version.document for version in versions if version.is_default)]
    services: set[str] = set()
    for document in documents:
        for statement in listed(json.loads(document)["Statement"]):
            for action in listed(statement.get("Action", [])) if statement["Effect"] == "Allow" else []:
                services |= set(EVERY_SERVICE) if action == "*" else {action.partition(":")[0]}
    return services


def list_regions(supplement: Supplement, _call: Call) -> dict[str, Any]:
    return {"Regions": [{"RegionName": name, "RegionOptStatus": "ENABLED_BY_DEFAULT"} for name in supplement.regions]}


def describe_regions(supplement: Supplement, _call: Call) -> dict[str, Any]:
    regions = [
        {"RegionName": name, "Endpoint": f"ec2.{name}.amazonaws.com", "OptInStatus": "opt-in-not-required"}
        for name in supplement.regions
    ]
    return {"Regions": regions}


def list_function_urls(_supplement: Supplement, call: Call) -> dict[str, Any]:
    try:
        function = lambda_backends[call.account][call.region].get_function(call.params["FunctionName"])
    except UnknownFunctionException as unknown:
        raise LookupError from unknown
    if not function.url_config:
        return {"FunctionUrlConfigs": []}
    address = f"https://{url_host(call.account, call.region, call.params['FunctionName'])}/"
    return {"FunctionUrlConfigs": [function.url_config.to_dict() | {"FunctionUrl": address}]}


def list_sso_instances(_supplement: Supplement, call: Call) -> dict[str, Any]:
    sso = ssoadmin_backends[call.account][call.region]
    return {"Instances": [instance.to_json() for instance in sso.instances] if sso.permission_sets else []}


def list_accounts_of_permission_set(_supplement: Supplement, call: Call) -> dict[str, Any]:
    assigned = ssoadmin_backends[call.account][call.region].account_assignments
    wanted = call.params["PermissionSetArn"]
    accounts = {each.target_id for each in assigned if each.permission_set_arn == wanted}
    return {"AccountIds": sorted(accounts)}


def list_action_groups(supplement: Supplement, call: Call) -> dict[str, Any]:
    return {"actionGroupSummaries": supplement.action_groups[call.params["agentId"]]}


def get_action_group(supplement: Supplement, call: Call) -> dict[str, Any]:
    groups = supplement.action_groups[call.params["agentId"]]
    return {"agentActionGroup": row_named("actionGroupId", call, groups)}


def list_agent_knowledge_bases(supplement: Supplement, call: Call) -> dict[str, Any]:
    return {"agentKnowledgeBaseSummaries": supplement.knowledge_bases[call.params["agentId"]]}


def list_data_sources(supplement: Supplement, call: Call) -> dict[str, Any]:
    return {"dataSourceSummaries": supplement.data_sources[call.params["knowledgeBaseId"]]}


def get_data_source(supplement: Supplement, call: Call) -> dict[str, Any]:
    sources = supplement.data_sources[call.params["knowledgeBaseId"]]
    return {"dataSource": row_named("dataSourceId", call, sources)}


def row_named(key: str, call: Call, rows: list[dict[str, Any]]) -> dict[str, Any]:
    return {row[key]: row for row in rows}[call.params[key]]


WRITERS: dict[str, Callable[[Supplement, Call], dict[str, Any]]] = {
    "account:ListRegions": list_regions,
    "bedrock:GetAgentActionGroup": get_action_group,
    "bedrock:GetDataSource": get_data_source,
    "bedrock:ListAgentActionGroups": list_action_groups,
    "bedrock:ListAgentKnowledgeBases": list_agent_knowledge_bases,
    "bedrock:ListDataSources": list_data_sources,
    "ec2:DescribeRegions": describe_regions,
    "iam:GenerateServiceLastAccessedDetails": start_last_accessed,
    "iam:GetServiceLastAccessedDetails": read_last_accessed,
    "lambda:ListFunctionUrlConfigs": list_function_urls,
    "sso:ListAccountsForProvisionedPermissionSet": list_accounts_of_permission_set,
    "sso:ListInstances": list_sso_instances,
}
