"""Is the emulated AWS as strict as AWS, and as patient with pages?"""

import json
import subprocess
import sys
import urllib.request
from typing import Any

import boto3
import pytest
from botocore.exceptions import ClientError

from tests.emulators.aws import AwsEmulator, small_estate
from tests.emulators.aws.builders import data, identities
from tests.emulators.aws.builders.organization import Account
from tests.emulators.aws.policies import allow, by_service
from tests.emulators.aws.visit import assume, client, reader_of

ESTATE = small_estate.ESTATE


def code_of(refused: pytest.ExceptionInfo[ClientError]) -> str:
    return str(refused.value.response["Error"]["Code"])


# ── Trust ───────────────────────────────────────────────────────────────────────────────────────────────────────────


def test_roles_are_assumed_in_a_chain_and_tell_who_they_are(aws, reader):
    assert client(aws, "sts", reader).get_caller_identity()["Arn"] == (
        f"arn:aws:sts::{small_estate.ORDERS}:assumed-role/sv0-reader/sv0"
    )


@pytest.mark.parametrize("external_id", [None, "another-external-id"])
def test_a_wrong_external_id_is_refused(aws, external_id):
    with pytest.raises(ClientError) as refused:
        assume(client(aws, "sts"), ESTATE.hub_role_arn, external_id)
    assert code_of(refused) == "AccessDenied"
    assert refused.value.response["ResponseMetadata"]["HTTPStatusCode"] == 403
    assert ESTATE.hub_role_arn in refused.value.response["Error"]["Message"]


@pytest.mark.parametrize(
    "role_arn",
    [
        f"arn:aws:iam::{small_estate.ORDERS}:role/nowhere",
        f"arn:aws:iam::{small_estate.ORDERS}:role/order-api",
        f"arn:aws:iam::{small_estate.ORDERS}:role/analytics-read",
        f"arn:aws:iam::{small_estate.ORDERS}:role/org-wide-read",
        "not an arn at all, but long",
    ],
    ids=["missing", "trusts a service", "trusts another account", "trusts the organization", "no arn"],
)
def test_a_role_that_does_not_trust_the_caller_is_refused(aws, role_arn):
    with pytest.raises(ClientError) as refused:
        assume(client(aws, "sts"), role_arn, ESTATE.external_id)
    assert code_of(refused) == "AccessDenied"


def test_the_organizations_own_accounts_pass_the_organization_condition(aws, hub):
    assert assume(client(aws, "sts", hub), f"arn:aws:iam::{small_estate.ORDERS}:role/org-wide-read", None)


def test_a_public_role_lets_anybody_in(aws):
    assert assume(client(aws, "sts"), f"arn:aws:iam::{small_estate.ORDERS}:role/public-status", None)


def test_a_suspended_accounts_role_is_listed_as_suspended(aws, hub):
    pages = client(aws, "organizations", hub).get_paginator("list_accounts").paginate()
    states = {account["Name"]: account["State"] for page in pages for account in page["Accounts"]}
    assert states == {"acme-management": "ACTIVE", "orders": "ACTIVE", "analytics": "ACTIVE", "retired": "SUSPENDED"}


@pytest.mark.parametrize(
    ("changed", "code"),
    [
        ({"aws_access_key_id": "AKIANOBODYHASTHISKEY"}, "InvalidClientTokenId"),
        ({"aws_secret_access_key": "wrong"}, "SignatureDoesNotMatch"),
    ],
)
def test_a_wrong_key_or_secret_is_refused(aws, changed, code):
    sts = boto3.client("sts", endpoint_url=aws.url, **{**aws.credentials, **changed})
    with pytest.raises(ClientError) as refused:
        sts.get_caller_identity()
    assert code_of(refused) == code


def test_a_session_nobody_gave_out_is_refused_everywhere(aws):
    made_up = {"AccessKeyId": "ASIAMADEUP0000000000", "SecretAccessKey": "x", "SessionToken": "x"}
    with pytest.raises(ClientError) as refused:
        client(aws, "lambda", made_up).list_functions()
    assert code_of(refused) == "UnrecognizedClientException"


# ── Pages ───────────────────────────────────────────────────────────────────────────────────────────────────────────


def test_authorization_details_come_in_pages_that_add_up(aws, reader):
    pages = list(client(aws, "iam", reader).get_paginator("get_account_authorization_details").paginate())
    kinds = ("UserDetailList", "GroupDetailList", "RoleDetailList", "Policies")
    assert all(sum(len(page[kind]) for kind in kinds) == 3 for page in pages[:-1])
    roles = [role["RoleName"] for page in pages for role in page["RoleDetailList"]]
    assert len(roles) == len(set(roles))
    assert {"order-api", "deployer", "sv0-reader", "OrganizationAccountAccessRole"} <= set(roles)
    assert {user["UserName"] for page in pages for user in page["UserDetailList"]} == {
        "alice-laptop", "ci-bot", "fresh-bot", "locked-bot", "mallory",
    }  # fmt: skip
    policies = {policy["PolicyName"] for page in pages for policy in page["Policies"]}
    assert policies == {"AdministratorAccess", "AmazonECSTaskExecutionRolePolicy", "storage-only"}


def test_a_page_is_never_longer_than_asked_for(aws, reader):
    page = client(aws, "iam", reader).get_account_authorization_details(Filter=["Role"], MaxItems=2)
    assert len(page["RoleDetailList"]) == 2
    assert page["IsTruncated"]
    assert page["UserDetailList"] == page["Policies"] == []


def test_a_marker_nobody_gave_out_is_refused(aws, reader):
    with pytest.raises(ClientError) as refused:
        client(aws, "iam", reader).get_account_authorization_details(Marker="nonsense")
    assert code_of(refused) == "ValidationError"


@pytest.mark.parametrize(
    ("service", "operation", "key"),
    [
        ("lambda", "list_functions", "Functions"),
        ("codebuild", "list_projects", "projects"),
        ("ec2", "describe_subnets", "Subnets"),
        ("kms", "list_keys", "Keys"),
        ("ecs", "list_clusters", "clusterArns"),
    ],
)
def test_lists_that_moto_answers_whole_come_in_pages(aws, reader, service, operation, key):
    orders = Account(aws.console, small_estate.ORDERS, "orders", small_estate.REGION)
    if service == "kms" and not aws.console.client("kms", orders.id, orders.region).list_keys()["Keys"]:
        for number in range(4):
            data.encryption_key(orders, f"key-{number}")
    whole = getattr(aws.console.client(service, orders.id, orders.region), operation)()[key]
    pages = [page[key] for page in client(aws, service, reader).get_paginator(operation).paginate()]
    assert [item for page in pages for item in page] == whole
    assert [len(page) for page in pages[:-1]] == [3] * (len(whole) // 3 - (len(whole) % 3 == 0))


def test_motos_own_pages_obey_the_cap(aws, hub):
    pages = client(aws, "organizations", hub).get_paginator("list_accounts").paginate()
    assert [len(page["Accounts"]) for page in pages] == [3, 1]


# ── Dates ───────────────────────────────────────────────────────────────────────────────────────────────────────────


def test_pasts_are_as_the_estate_gave_them(aws, reader):
    iam = client(aws, "iam", reader)
    pages = iam.get_paginator("get_account_authorization_details").paginate(Filter=["Role"])
    roles = {role["RoleName"]: role for page in pages for role in page["RoleDetailList"]}
    assert roles["archive-export"]["RoleLastUsed"] == {}
    assert roles["archive-export"]["CreateDate"].isoformat()[:10] == "2024-03-01"
    old = (aws.console.today - roles["old-migration"]["RoleLastUsed"]["LastUsedDate"]).days
    assert old == 200
    assert roles["old-migration"]["RoleLastUsed"]["Region"] == small_estate.REGION
    before = roles["sv0-reader"]["RoleLastUsed"]["LastUsedDate"]
    assert before == aws.console.today


def test_keys_say_when_they_were_used(aws, reader):
    iam = client(aws, "iam", reader)

    def last_used(user: str) -> dict[str, Any]:
        key = iam.list_access_keys(UserName=user)["AccessKeyMetadata"][0]["AccessKeyId"]
        return dict(iam.get_access_key_last_used(AccessKeyId=key)["AccessKeyLastUsed"])

    assert last_used("alice-laptop") == {"ServiceName": "N/A", "Region": "N/A"}
    assert (aws.console.today - last_used("mallory")["LastUsedDate"]).days == 300


def test_last_accessed_services_tell_granted_from_used(aws, reader):
    iam = client(aws, "iam", reader)

    def used(role: str) -> dict[str, bool]:
        arn = f"arn:aws:iam::{small_estate.ORDERS}:role/{role}"
        job = iam.generate_service_last_accessed_details(Arn=arn)["JobId"]
        rows = iam.get_service_last_accessed_details(JobId=job)["ServicesLastAccessed"]
        return {row["ServiceNamespace"]: "LastAuthenticated" in row for row in rows}

    assert used("nightly-export") == {"s3": False}
    assert used("order-api") == {"dynamodb": True}


# ── What moto lacks ─────────────────────────────────────────────────────────────────────────────────────────────────


def test_agents_tell_their_tools_and_their_knowledge(aws):
    session = reader_of(aws, small_estate.ANALYTICS)
    bedrock = client(aws, "bedrock-agent", session)
    agent_id = bedrock.list_agents()["agentSummaries"][0]["agentId"]
    version = {"agentId": agent_id, "agentVersion": "DRAFT"}
    group = bedrock.list_agent_action_groups(**version)["actionGroupSummaries"][0]
    tool = bedrock.get_agent_action_group(**version, actionGroupId=group["actionGroupId"])["agentActionGroup"]
    assert tool["actionGroupExecutor"]["lambda"].endswith(":function:people-answers")
    base = bedrock.list_agent_knowledge_bases(**version)["agentKnowledgeBaseSummaries"][0]["knowledgeBaseId"]
    source = bedrock.list_data_sources(knowledgeBaseId=base)["dataSourceSummaries"][0]
    read = bedrock.get_data_source(knowledgeBaseId=base, dataSourceId=source["dataSourceId"])["dataSource"]
    assert read["dataSourceConfiguration"]["s3Configuration"]["bucketArn"] == "arn:aws:s3:::acme-people-data"
    with pytest.raises(bedrock.exceptions.ResourceNotFoundException):
        bedrock.list_agent_action_groups(agentId="SV0PROBE00", agentVersion="DRAFT")


def test_agents_tags_are_told_with_the_others(aws):
    session = reader_of(aws, small_estate.ANALYTICS)
    pages = client(aws, "resourcegroupstaggingapi", session).get_paginator("get_resources").paginate()
    tagged = {row["ResourceARN"]: row["Tags"] for page in pages for row in page["ResourceTagMappingList"]}
    agents = [tags for arn, tags in tagged.items() if ":agent/people-assistant" in arn]
    assert agents == [[{"Key": "owner", "Value": "alice@acme-media.example"}]]
    assert "arn:aws:s3:::acme-people-data" in tagged


def test_regions_and_function_urls_are_told(aws, reader):
    regions = client(aws, "account", reader).list_regions()["Regions"]
    assert [region["RegionName"] for region in regions] == ["eu-west-1", "us-east-1"]
    named = client(aws, "ec2", reader).describe_regions()["Regions"]
    assert [region["RegionName"] for region in named] == ["eu-west-1", "us-east-1"]
    assert client(aws, "lambda", reader).list_function_url_configs(FunctionName="order-api")["FunctionUrlConfigs"] == []


def test_the_log_knows_what_was_called_where(aws, reader):
    aws.log.clear()
    client(aws, "s3", reader).list_buckets()
    client(aws, "stepfunctions", reader).list_state_machines()
    assert aws.log.iam_actions() == {"s3:ListAllMyBuckets", "states:ListStateMachines"}
    assert {entry.account for entry in aws.log.entries} == {small_estate.ORDERS}
    assert {entry.region for entry in aws.log.entries} == {small_estate.REGION}


def test_tests_can_change_the_estate_between_two_scans(aws, reader):
    orders = Account(aws.console, small_estate.ORDERS, "orders", small_estate.REGION)
    arn = identities.role(orders, "newcomer", trust=by_service("lambda"), grants=[allow("s3:ListAllMyBuckets")])
    iam = client(aws, "iam", reader)
    assert iam.get_role(RoleName="newcomer")["Role"]["Arn"] == arn
    aws.console.client("iam", orders.id).delete_role_policy(RoleName="newcomer", PolicyName="inline")
    aws.console.client("iam", orders.id).delete_role(RoleName="newcomer")
    with pytest.raises(iam.exceptions.NoSuchEntityException):
        iam.get_role(RoleName="newcomer")


def test_one_process_holds_one_emulator(aws):
    with pytest.raises(RuntimeError, match="room for one"), AwsEmulator(ESTATE):
        pass


# ── The command ─────────────────────────────────────────────────────────────────────────────────────────────────────


def test_the_command_says_when_it_is_ready_and_stops_when_told():
    command = [sys.executable, "-m", "tests.emulators.aws", "--estate", "small"]
    with subprocess.Popen(command, stdout=subprocess.PIPE, text=True) as server:
        assert server.stdout is not None
        ready = server.stdout.readline()
        assert ready.startswith("ready http://127.0.0.1:")
        with urllib.request.urlopen(f"{ready.split()[1]}/_emulator/log") as answer:
            assert json.loads(answer.read()) == []
        server.terminate()
        assert server.wait(timeout=30) == 0
