"""What does a running emulator hold? Asked of moto one thing at a time, to judge by it what a scan found."""

from collections.abc import Callable, Iterator
from typing import Any

from moto.ec2.models import ec2_backends

from tests.emulators.aws.estate import Place
from tests.emulators.aws.server import AwsEmulator
from tests.emulators.aws.trust import iam_of

Facts = dict[str, Any]
Found = Iterator[tuple[str, str, Facts]]  # kind, name, facts


def census(aws: AwsEmulator) -> dict[Place, Facts]:
    """Return every identity and workload of the estate by its place.

    Facts have the "id" (an ARN, or EC2's and AWS's own ids), "created" for identities, "role" for workloads: the ARN of
    the role it acts with, None for an instance without one.
    """
    found: dict[Place, Facts] = {}
    for account_id, name in aws.estate.ground_truth.accounts.items():
        for kind, thing, facts in identities(account_id):
            found[f"{name}/{kind}/{thing}"] = facts
        for region in aws.estate.regions:
            for list_workloads in WORKLOADS:
                for kind, thing, facts in list_workloads(Asking(aws, account_id, region)):
                    found[f"{name}/{kind}/{thing}"] = facts
    return found


class Asking:
    """Asks one account in one region."""

    def __init__(self, aws: AwsEmulator, account_id: str, region: str) -> None:
        self._console, self._account_id, self._region = aws.console, account_id, region

    def __getitem__(self, service: str) -> Any:
        return self._console.client(service, self._account_id, self._region)

    def has_machines(self) -> bool:
        """Say whether anything of EC2 was ever asked for here; asking would make moto furnish the region first."""
        return dict.__contains__(ec2_backends[self._account_id], self._region)  # its own one knows every region

    def role_of_profile(self, arn: str) -> str:
        profile = self["iam"].get_instance_profile(InstanceProfileName=arn.rpartition("/")[2])
        return str(profile["InstanceProfile"]["Roles"][0]["Arn"])

    def role_named(self, name_or_arn: str) -> str:
        is_arn = name_or_arn.startswith("arn:")
        return name_or_arn if is_arn else f"arn:aws:iam::{self._account_id}:role/{name_or_arn}"


def identities(account_id: str) -> Found:
    iam = iam_of(account_id)
    for role in iam.roles.values():
        yield "role", role.name, {"id": role.id, "arn": role.arn, "created": role.create_date.isoformat()}
    for user in iam.users.values():
        keys = [(key.access_key_id, key.create_date.isoformat()) for key in user.access_keys]
        yield "user", user.name, {"id": user.id, "arn": user.arn, "created": user.create_date.isoformat(), "keys": keys}


def functions(ask: Asking) -> Found:
    for function in ask["lambda"].list_functions()["Functions"]:
        facts = {"id": function["FunctionArn"], "role": function["Role"], "modified": function["LastModified"]}
        yield "function", function["FunctionName"], facts


def container_services(ask: Asking) -> Found:
    for cluster in ask["ecs"].list_clusters()["clusterArns"]:
        arns = ask["ecs"].list_services(cluster=cluster, maxResults=100)["serviceArns"]
        for service in ask["ecs"].describe_services(cluster=cluster, services=arns)["services"] if arns else []:
            task = ask["ecs"].describe_task_definition(taskDefinition=service["taskDefinition"])["taskDefinition"]
            yield "ecs-service", service["serviceName"], {"id": service["serviceArn"], "role": task["taskRoleArn"]}


def tasks(ask: Asking) -> Found:
    for cluster in ask["ecs"].list_clusters()["clusterArns"]:
        arns = ask["ecs"].list_tasks(cluster=cluster)["taskArns"]
        for task in ask["ecs"].describe_tasks(cluster=cluster, tasks=arns)["tasks"] if arns else []:
            told = ask["ecs"].describe_task_definition(taskDefinition=task["taskDefinitionArn"])["taskDefinition"]
            yield "ecs-task", told["family"], {"id": task["taskArn"], "role": told["taskRoleArn"]}


def instances(ask: Asking) -> Found:
    if not ask.has_machines():
        return
    for reservation in ask["ec2"].describe_instances()["Reservations"]:
        for instance in reservation["Instances"]:
            name = next(tag["Value"] for tag in instance["Tags"] if tag["Key"] == "Name")
            profile = instance.get("IamInstanceProfile")
            role = ask.role_of_profile(profile["Arn"]) if profile else None
            yield "instance", name, {"id": instance["InstanceId"], "role": role, "created": str(instance["LaunchTime"])}


def state_machines(ask: Asking) -> Found:
    for machine in ask["stepfunctions"].list_state_machines()["stateMachines"]:
        told = ask["stepfunctions"].describe_state_machine(stateMachineArn=machine["stateMachineArn"])
        yield "state-machine", machine["name"], {"id": machine["stateMachineArn"], "role": told["roleArn"]}


def rules(ask: Asking) -> Found:
    for rule in ask["events"].list_rules()["Rules"]:
        target = ask["events"].list_targets_by_rule(Rule=rule["Name"])["Targets"][0]
        yield "rule", rule["Name"], {"id": rule["Arn"], "role": target.get("RoleArn")}


def schedules(ask: Asking) -> Found:
    for schedule in ask["scheduler"].list_schedules()["Schedules"]:
        told = ask["scheduler"].get_schedule(Name=schedule["Name"])
        yield "schedule", schedule["Name"], {"id": told["Arn"], "role": told["Target"]["RoleArn"]}


def glue_jobs(ask: Asking) -> Found:
    for job in ask["glue"].get_jobs()["Jobs"]:
        yield "glue-job", job["Name"], {"id": job["Name"], "role": ask.role_named(job["Role"])}


def build_projects(ask: Asking) -> Found:
    names = ask["codebuild"].list_projects()["projects"]
    for project in ask["codebuild"].batch_get_projects(names=names)["projects"] if names else []:
        yield "build-project", project["name"], {"id": project["arn"], "role": project["serviceRole"]}


def agents(ask: Asking) -> Found:
    for summary in ask["bedrock-agent"].list_agents()["agentSummaries"]:
        agent = ask["bedrock-agent"].get_agent(agentId=summary["agentId"])["agent"]
        yield "agent", agent["agentName"], {"id": agent["agentArn"], "role": agent["agentResourceRoleArn"]}


WORKLOADS: tuple[Callable[[Asking], Found], ...] = (
    functions,
    container_services,
    tasks,
    instances,
    state_machines,
    rules,
    schedules,
    glue_jobs,
    build_projects,
    agents,
)
