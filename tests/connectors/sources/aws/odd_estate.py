"""An organization of odd things: strange names, every kind of trust, workloads that call and talk to others."""

from __future__ import annotations

import json
from dataclasses import replace

from tests.emulators.aws import small_estate
from tests.emulators.aws.builders import data, hosted, identities, workloads
from tests.emulators.aws.builders.organization import Account, found
from tests.emulators.aws.console import Console
from tests.emulators.aws.policies import allow, by, by_account, by_github, by_service, deny, document

MANAGEMENT, SHOP, LAB = "100000000001", "200000000002", "300000000003"
STRANGER = "555555555501"
REGION = "eu-west-1"
SHOP_NAME = "<script>alert(1)</script> חנות"
LONG = "long-" + "x" * 9_995
HOOK = "https://hooks.partner.example/v1/events?token=CANARY-hook"


def build(console: Console) -> None:
    organization = found(console, ESTATE, "acme-management", region=REGION)
    shop = organization.account(SHOP, SHOP_NAME, under=organization.unit("Sales & Co"), region=REGION)
    experiments = organization.unit("Lab")
    lab = organization.account(LAB, "lab", under=experiments, region=REGION)
    organization.guardrail("no-data", document(deny("s3:*")), targets=[experiments])
    organization.guardrail("keep-the-logs", document(deny("cloudtrail:StopLogging")), targets=[LAB])
    for member in (shop, lab):
        organization.let_reader_in(member)
    _trusts(shop)
    _people(shop)
    _workloads(shop)
    _data(shop)
    identities.role(lab, "reader", trust=by_service("lambda"), grants=[allow("s3:GetObject", "sqs:SendMessage")])
    identities.role(lab, "boss", trust=by_service("lambda"), managed=["AdministratorAccess"])
    workloads.function(
        lab, "probe", identities.role(lab, "probe", trust=by_service("lambda"), managed=["PowerUserAccess"])
    )


def _trusts(account: Account) -> None:
    identities.role(account, "deploy", trust=by_github(account.id, "repo:acme-media/shop:*"))
    identities.role(account, "from-lab", trust=by(f"arn:aws:iam::{LAB}:role/probe"), grants=[allow("sts:AssumeRole")])
    identities.role(account, "partner", trust=by(f"arn:aws:iam::{STRANGER}:role/sync", external_id="their-value"))
    identities.role(account, "any-of-lab", trust=by_account(LAB))
    identities.role(account, "public", trust=by("*"))


def _people(account: Account) -> None:
    identities.group(account, "analysts", grants=[allow("s3:GetObject", on="arn:aws:s3:::payroll-*/*")])
    identities.user(account, "reporting", groups=["analysts"], tags={"Team": "Finance Platform"})
    identities.access_key(account, "reporting", age=10, used=None)


def _workloads(account: Account) -> None:
    worker = identities.role(account, "worker", trust=by_service("lambda", "states"), path="/app/")
    function = workloads.function(account, "charge", worker, secrets={"KEY": "CANARY-env"})
    workloads.function(account, "webhook", worker, url_auth="NONE")
    account.console.client("lambda", account.id, REGION).add_permission(
        FunctionName="webhook",
        StatementId="anyone",
        Principal="*",
        Action="lambda:InvokeFunctionUrl",
        FunctionUrlAuthType="NONE",
    )
    network = _network(account)
    workloads.function(account, "inside", worker, vpc=network, secrets={"PARTNER_API_URL": "CANARY-url"})
    _hosted(account, function, network)
    workloads.function(account, LONG, worker)
    workloads.function(account, "rtl-\u202egpj.exe <b>", worker)
    _queue(account, function)
    _state_machine(account, worker, function)
    _api_destination(account)
    workloads.glue_job(account, "nightly", "worker")
    instance = identities.role(account, "machine", trust=by_service("ec2"), path="/app/")
    assert instance
    workloads.instance(account, "box \u202e<i>", "machine", profile="differently-named")


def _hosted(account: Account, function: str, network: tuple[str, str]) -> None:
    """What AWS runs for its customers, each with a role: agents, tools for agents, notebooks, models."""
    role = identities.role(account, "hosted", trust=by_service("bedrock-agentcore", "sagemaker"))
    hosted.runtime(account, "concierge", role)
    hosted.runtime(account, "clerk", role, vpc=network)
    server = "https://mcp.partner.example/mcp?key=CANARY-mcp"
    hosted.gateway(account, "tools", role, function_arn=function, server=server, authorizer="NONE")
    hosted.notebook(account, "explore", role, vpc=network, direct="Disabled")
    hosted.notebook(account, "explore-freely", role, vpc=network, direct="Enabled")
    hosted.endpoint(account, "scores", role)


def _network(account: Account) -> tuple[str, str]:
    """A subnet that a NAT gateway leads out of, and a group that lets everything out."""
    subnet, group = workloads.network(account)
    ec2 = account.console.client("ec2", account.id, REGION)
    address = ec2.allocate_address(Domain="vpc")["AllocationId"]
    nat = ec2.create_nat_gateway(SubnetId=subnet, AllocationId=address)["NatGateway"]["NatGatewayId"]
    table = ec2.create_route_table(VpcId=ec2.describe_vpcs()["Vpcs"][0]["VpcId"])["RouteTable"]["RouteTableId"]
    ec2.create_route(RouteTableId=table, DestinationCidrBlock="0.0.0.0/0", NatGatewayId=nat)
    ec2.associate_route_table(RouteTableId=table, SubnetId=subnet)
    _glue_connection(account, subnet, group)
    return subnet, group


def _glue_connection(account: Account, subnet: str, group: str) -> None:
    properties = {
        "JDBC_CONNECTION_URL": "jdbc:mysql://db.partner.example:3306/CANARY-db",
        "PASSWORD": "CANARY-password",
    }
    account.console.client("glue", account.id, REGION).create_connection(
        ConnectionInput={
            "Name": "partner",
            "ConnectionType": "JDBC",
            "ConnectionProperties": properties,
            "PhysicalConnectionRequirements": {"SubnetId": subnet, "SecurityGroupIdList": [group]},
        }
    )
    account.console.client("glue", account.id, REGION).create_job(
        Name="export", Role="worker", Command={"Name": "glueetl"}, Connections={"Connections": ["partner"]}
    )


def _queue(account: Account, function: str) -> None:
    queue = account.console.client("sqs", account.id, REGION).create_queue(QueueName="orders")["QueueUrl"]
    assert queue
    account.console.client("lambda", account.id, REGION).create_event_source_mapping(
        FunctionName=function, EventSourceArn=f"arn:aws:sqs:{REGION}:{account.id}:orders"
    )


def _state_machine(account: Account, role: str, function: str) -> None:
    call = {
        "Type": "Task",
        "Resource": "arn:aws:states:::http:invoke",
        "Parameters": {"ApiEndpoint": HOOK},
        "Next": "B",
    }
    invoke = {
        "Type": "Task",
        "Resource": "arn:aws:states:::lambda:invoke",
        "Parameters": {"FunctionName": f"{function}:live", "Payload": {"note": "CANARY-payload"}},
        "End": True,
    }
    inner = {"StartAt": "A", "States": {"A": call, "B": invoke}}
    outer = {"StartAt": "Map", "States": {"Map": {"Type": "Map", "ItemProcessor": inner, "End": True}}}
    account.console.client("stepfunctions", account.id, REGION).create_state_machine(
        name="refund", definition=json.dumps({"Comment": "CANARY-comment", **outer}), roleArn=role
    )


def _api_destination(account: Account) -> None:
    events = account.console.client("events", account.id, REGION)
    key = {"ApiKeyAuthParameters": {"ApiKeyName": "x", "ApiKeyValue": "CANARY-key"}}
    connection = events.create_connection(Name="partner", AuthorizationType="API_KEY", AuthParameters=key)
    made = events.create_api_destination(
        Name="partner", ConnectionArn=connection["ConnectionArn"], InvocationEndpoint=HOOK, HttpMethod="POST"
    )
    sender = identities.role(account, "sender", trust=by_service("events"))
    workloads.rule(account, "tell-partner", made["ApiDestinationArn"], role_arn=sender)


def _data(account: Account) -> None:
    data.bucket(account, "payroll-2026", domain=None)
    shared = data.bucket(account, "shared-reports")
    lets = [
        {**allow("s3:GetObject", on=f"{shared}/*"), "Principal": {"AWS": [STRANGER, f"arn:aws:iam::{LAB}:role/probe"]}},
        {**deny("s3:*"), "Principal": "*", "Condition": {"Bool": {"aws:SecureTransport": "false"}}},
    ]
    account.console.client("s3", account.id, REGION).put_bucket_policy(Bucket="shared-reports", Policy=document(*lets))
    data.bucket(account, "assets")
    data.secret(account, "db/password")


ESTATE = replace(
    small_estate.ESTATE, build=build, regions=(REGION,), ground_truth=replace(small_estate.GROUND_TRUTH, accounts={})
)
