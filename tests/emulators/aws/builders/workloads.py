"""How does an estate get the workloads that act with its roles?"""

import io
import json
import zipfile
from collections.abc import Mapping, Sequence
from functools import cache

from tests.emulators.aws.builders.organization import Account, tag_list, token

MODIFIED = "2025-08-20"


@cache
def code() -> bytes:
    """Return the one deployment package that every function has."""
    package = io.BytesIO()
    with zipfile.ZipFile(package, "w") as archive:
        archive.writestr(zipfile.ZipInfo("main.py"), "def handler(event, context): ...\n")
    return package.getvalue()


def function(
    account: Account,
    name: str,
    role_arn: str,
    *,
    region: str | None = None,
    runtime: str = "python3.12",
    description: str = "",
    tags: Mapping[str, str] | None = None,
    secrets: Mapping[str, str] | None = None,
    url_auth: str | None = None,
    vpc: tuple[str, str] | None = None,
    modified: str = MODIFIED,
) -> str:
    """Create a Lambda function and return its ARN. `secrets` become environment variables, `vpc` is (subnet, group)."""
    account.console.on(modified)
    functions = account.console.client("lambda", account.id, region or account.region)
    arn: str = functions.create_function(
        FunctionName=name,
        Runtime=runtime,
        Role=role_arn,
        Handler="main.handler",
        Code={"ZipFile": code()},
        Description=description,
        Environment={"Variables": dict(secrets or {})},
        Tags=dict(tags or {}),
        VpcConfig={"SubnetIds": [vpc[0]], "SecurityGroupIds": [vpc[1]]} if vpc else {},
    )["FunctionArn"]
    if url_auth:
        functions.create_function_url_config(FunctionName=name, AuthType=url_auth)
    return arn


def let_anybody_call(account: Account, name: str) -> None:
    """Give a function an address that asks nobody who he is, with the policy that the console adds for that."""
    functions = account.console.client("lambda", account.id, account.region)
    functions.create_function_url_config(FunctionName=name, AuthType="NONE")
    functions.add_permission(
        FunctionName=name,
        StatementId="FunctionURLAllowPublicAccess",
        Action="lambda:InvokeFunctionUrl",
        Principal="*",
        FunctionUrlAuthType="NONE",
    )


def network(account: Account, *, region: str | None = None) -> tuple[str, str]:
    """Return a subnet and a security group of the account's default VPC."""
    ec2 = account.console.client("ec2", account.id, region or account.region)
    subnet: str = ec2.describe_subnets()["Subnets"][0]["SubnetId"]
    security_group: str = ec2.describe_security_groups()["SecurityGroups"][0]["GroupId"]
    return subnet, security_group


def container_service(
    account: Account,
    name: str,
    task_role_arn: str,
    *,
    execution_role_arn: str,
    cluster: str = "main",
    region: str | None = None,
    image: str = "registry.acme-media.example/app:2025.8",
    tags: Mapping[str, str] | None = None,
) -> str:
    """Create an ECS service with a task definition of its own and return the service's ARN."""
    account.console.on(MODIFIED)
    ecs = account.console.client("ecs", account.id, region or account.region)
    ecs_tags = [{"key": key, "value": value} for key, value in (tags or {}).items()]
    if not any(arn.endswith(f"/{cluster}") for arn in ecs.list_clusters()["clusterArns"]):
        ecs.create_cluster(clusterName=cluster)
    task = task_definition(account, name, task_role_arn, execution_role_arn, image=image, region=region)
    service = ecs.create_service(
        cluster=cluster, serviceName=name, taskDefinition=task, desiredCount=1, launchType="FARGATE", tags=ecs_tags
    )
    return str(service["service"]["serviceArn"])


def task(account: Account, family: str, task_role_arn: str, *, execution_role_arn: str, cluster: str = "main") -> str:
    """Run an ECS task that no service keeps, in a cluster that exists, and return the task's ARN."""
    definition = task_definition(account, family, task_role_arn, execution_role_arn)
    subnet, security_group = network(account)
    ecs = account.console.client("ecs", account.id, account.region)
    inside = {"awsvpcConfiguration": {"subnets": [subnet], "securityGroups": [security_group]}}
    ran = ecs.run_task(
        cluster=cluster,
        taskDefinition=definition,
        launchType="FARGATE",
        networkConfiguration=inside,
        group=f"family:{family}",
    )
    return str(ran["tasks"][0]["taskArn"])


def task_definition(
    account: Account,
    family: str,
    task_role_arn: str,
    execution_role_arn: str,
    *,
    image: str = "registry.acme-media.example/job:2025.8",
    region: str | None = None,
) -> str:
    """Register an ECS task definition and return its ARN."""
    account.console.on(MODIFIED)
    ecs = account.console.client("ecs", account.id, region or account.region)
    made = ecs.register_task_definition(
        family=family,
        taskRoleArn=task_role_arn,
        executionRoleArn=execution_role_arn,
        networkMode="awsvpc",
        requiresCompatibilities=["FARGATE"],
        cpu="256",
        memory="512",
        containerDefinitions=[
            {
                "name": family,
                "image": image,
                "cpu": 256,
                "memory": 512,
                "environment": [{"name": "TOKEN", "value": f"CANARY-{family}"}],
            }
        ],
    )
    return str(made["taskDefinition"]["taskDefinitionArn"])


def instance(
    account: Account,
    name: str,
    role_name: str | None,
    *,
    profile: str | None = None,
    tags: Mapping[str, str] | None = None,
    region: str | None = None,
) -> str:
    """Start an EC2 instance, with a role through an instance profile unless that is None, and return its id."""
    account.console.on(MODIFIED)
    wanted = {}
    if role_name is not None:
        profile = profile or f"{role_name}-profile"
        iam = account.console.client("iam", account.id)
        if not any(p["InstanceProfileName"] == profile for p in iam.list_instance_profiles()["InstanceProfiles"]):
            iam.create_instance_profile(InstanceProfileName=profile)
            iam.add_role_to_instance_profile(InstanceProfileName=profile, RoleName=role_name)
        wanted = {"IamInstanceProfile": {"Name": profile}}
    ec2 = account.console.client("ec2", account.id, region or account.region)
    started = ec2.run_instances(
        ImageId="ami-12c6146b",
        MinCount=1,
        MaxCount=1,
        ClientToken=token(name),
        TagSpecifications=[{"ResourceType": "instance", "Tags": tag_list({"Name": name, **(tags or {})})}],
        **wanted,
    )
    return str(started["Instances"][0]["InstanceId"])


def state_machine(
    account: Account,
    name: str,
    role_arn: str,
    *,
    resources: Sequence[str] = (),
    region: str | None = None,
    tags: Mapping[str, str] | None = None,
) -> str:
    """Create a Step Functions state machine whose tasks call resources one after the other, and return its ARN."""
    account.console.on(MODIFIED)
    steps = [{"Type": "Task", "Resource": arn} for arn in resources] or [{"Type": "Pass"}]
    states = {
        f"Step{i}": {**step, **({"End": True} if i == len(steps) - 1 else {"Next": f"Step{i + 1}"})}
        for i, step in enumerate(steps)
    }
    machines = account.console.client("stepfunctions", account.id, region or account.region)
    made = machines.create_state_machine(
        name=name,
        roleArn=role_arn,
        definition=json.dumps({"StartAt": "Step0", "States": states}),
        tags=[{"key": key, "value": value} for key, value in (tags or {}).items()],
    )
    return str(made["stateMachineArn"])


def rule(
    account: Account,
    name: str,
    target_arn: str,
    *,
    role_arn: str | None = None,
    expression: str = "rate(1 hour)",
    description: str = "",
    region: str | None = None,
) -> str:
    """Create an EventBridge rule with one target, invoked with a role if one is given, and return its ARN."""
    account.console.on(MODIFIED)
    events = account.console.client("events", account.id, region or account.region)
    arn: str = events.put_rule(Name=name, ScheduleExpression=expression, Description=description)["RuleArn"]
    target = {"Id": "target", "Arn": target_arn, "Input": json.dumps({"note": f"CANARY-{name}"})}
    events.put_targets(Rule=name, Targets=[target | ({"RoleArn": role_arn} if role_arn else {})])
    return arn


def schedule(
    account: Account,
    name: str,
    target_arn: str,
    role_arn: str,
    *,
    expression: str = "cron(15 2 * * ? *)",
    region: str | None = None,
) -> str:
    """Create a schedule of EventBridge Scheduler and return its ARN."""
    account.console.on(MODIFIED)
    scheduler = account.console.client("scheduler", account.id, region or account.region)
    made = scheduler.create_schedule(
        Name=name,
        ClientToken=token(name),
        ScheduleExpression=expression,
        FlexibleTimeWindow={"Mode": "OFF"},
        Target={"Arn": target_arn, "RoleArn": role_arn, "Input": json.dumps({"note": f"CANARY-{name}"})},
    )
    return str(made["ScheduleArn"])


def glue_job(
    account: Account,
    name: str,
    role: str,
    *,
    region: str | None = None,
    tags: Mapping[str, str] | None = None,
) -> str:
    """Create a Glue job, whose role AWS lets one write as a name or as an ARN, and return its name."""
    account.console.on(MODIFIED)
    account.console.client("glue", account.id, region or account.region).create_job(
        Name=name,
        Role=role,
        Command={"Name": "glueetl", "ScriptLocation": f"s3://acme-glue-scripts/{name}.py"},
        DefaultArguments={"--password": f"CANARY-{name}"},
        Tags=dict(tags or {}),
    )
    return name


def build_project(
    account: Account,
    name: str,
    role_arn: str,
    *,
    repository: str | None = None,
    region: str | None = None,
    tags: Mapping[str, str] | None = None,
) -> str:
    """Create a CodeBuild project and return its name."""
    account.console.on(MODIFIED)
    account.console.client("codebuild", account.id, region or account.region).create_project(
        name=name,
        source={"type": "GITHUB", "location": repository or f"https://github.com/acme-media/{name}"},
        artifacts={"type": "NO_ARTIFACTS"},
        environment={
            "type": "LINUX_CONTAINER",
            "image": "aws/codebuild/standard:7.0",
            "computeType": "BUILD_GENERAL1_SMALL",
            "environmentVariables": [{"name": "TOKEN", "value": f"CANARY-{name}", "type": "PLAINTEXT"}],
        },
        serviceRole=role_arn,
        tags=[{"key": key, "value": value} for key, value in (tags or {}).items()],
    )
    return name
