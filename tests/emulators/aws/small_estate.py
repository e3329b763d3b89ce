"""What is the smallest organization that has both outcomes of every rule? Three accounts, one of them closed."""

from tests.emulators.aws.builders import data, identities, workloads
from tests.emulators.aws.builders.agents import agent, knowledge_base
from tests.emulators.aws.builders.organization import Account, Organization, found
from tests.emulators.aws.console import Console
from tests.emulators.aws.estate import Estate, GroundTruth
from tests.emulators.aws.policies import allow, by, by_account, by_service, by_sso

MANAGEMENT, ORDERS, ANALYTICS, RETIRED = "100000000001", "100000000011", "100000000012", "100000000013"
PLATFORM, STRANGER = "900000000001", "555555555501"
REGION = "eu-west-1"
ALICE = "alice@acme-media.example"


def build(console: Console) -> None:
    organization = found(console, ESTATE, "acme-management", region=REGION)
    workloads_unit = organization.unit("Workloads")
    production = organization.unit("Production", under=workloads_unit)
    orders = organization.account(ORDERS, "orders", under=production, region=REGION)
    analytics = organization.account(ANALYTICS, "analytics", under=workloads_unit, region=REGION)
    retired = organization.account(RETIRED, "retired", under=workloads_unit, region=REGION)
    for member in (orders, analytics, retired):
        organization.let_reader_in(member)
    organization.suspend(retired)
    build_orders(orders)
    build_doors(orders, organization)
    build_escalations(orders)
    build_people(orders)
    identities.permission_set(
        organization.management, "Administrator", accounts=[ORDERS], group="platform-team", user=ALICE
    )
    build_analytics(analytics)


def build_orders(account: Account) -> None:
    """Functions and services that do their work, one of them as administrator."""
    customers = data.bucket(account, "acme-orders-export", domain="customer")
    orders = data.table(account, "orders", domain="customer")
    data.bucket(account, "acme-orders-assets")
    api = identities.role(
        account,
        "order-api",
        trust=by_service("lambda"),
        grants=[allow("dynamodb:Query", "dynamodb:PutItem", on=orders)],
    )
    secrets = {"API_TOKEN": "CANARY-order-api"}
    url = workloads.function(account, "order-api", api, tags={"owner": "alice@acme-media.example"}, secrets=secrets)
    read_exports = [allow("s3:GetObject", "s3:ListBucket", on=[customers, f"{customers}/*"])]
    export = identities.role(
        account, "nightly-export", trust=by_service("lambda"), grants=read_exports, never_used=["s3"]
    )
    workloads.function(account, "nightly-export", export)
    archive = identities.role(account, "archive-export", trust=by_service("lambda"), grants=read_exports, used=None)
    workloads.function(account, "archive-export", archive)
    office = identities.role(
        account, "back-office-task", trust=by_service("ecs-tasks"), managed=["AdministratorAccess"]
    )
    execution = identities.role(
        account, "task-execution", trust=by_service("ecs-tasks"), managed=["AmazonECSTaskExecutionRolePolicy"]
    )
    workloads.container_service(account, "back-office", office, execution_role_arn=execution)
    reindex = identities.role(
        account, "reindex-task", trust=by_service("ecs-tasks"), grants=[allow("dynamodb:ListTables")]
    )
    workloads.task(account, "reindex", reindex, execution_role_arn=execution)
    caller = identities.role(
        account, "timer", trust=by_service("scheduler", "events"), grants=[allow("lambda:InvokeFunction", on=url)]
    )
    workloads.schedule(account, "order-api-warmup", url, caller)
    workloads.rule(account, "order-api-hourly", url, role_arn=caller)


def build_doors(account: Account, organization: Organization) -> None:
    """Roles that others may become: strangers, anybody, or exactly those who should."""
    read = [allow("s3:ListAllMyBuckets")]
    organization_id = account.console.organizations[account.id]
    org_only = {"StringEquals": {"aws:PrincipalOrgID": organization_id}}
    doors = {
        "partner-sync": by_account(STRANGER),
        "public-status": by("*"),
        "partner-billing": by_account(STRANGER, external_id="b1f0-acme-billing"),
        "org-wide-read": by("*", when=org_only),
        "analytics-read": by_account(ANALYTICS),
    }
    for name, trust in doors.items():
        identities.role(account, name, trust=trust, grants=read)


def build_escalations(account: Account) -> None:
    """Roles that can make themselves stronger, and roles that only look so."""
    remediation = identities.role(account, "auto-remediation", trust=by_service("lambda"), grants=[allow("*", on="*")])
    workloads.function(account, "auto-remediation", remediation)
    deploy = allow("lambda:CreateFunction", "lambda:InvokeFunction")
    deployer = identities.role(
        account, "deployer", trust=by_service("codebuild"), grants=[allow("iam:PassRole"), deploy]
    )
    workloads.build_project(account, "deploy-orders", deployer)
    to_containers = {"StringEquals": {"iam:PassedToService": "ecs-tasks.amazonaws.com"}}
    guarded = identities.role(
        account,
        "guarded-deployer",
        trust=by_service("codebuild"),
        grants=[allow("iam:PassRole", when=to_containers), deploy],
    )
    workloads.build_project(account, "deploy-guarded", guarded)
    pass_api = allow("iam:PassRole", on=account.role_arn("order-api"))
    narrow = identities.role(account, "narrow-deployer", trust=by_service("codebuild"), grants=[pass_api, deploy])
    workloads.build_project(account, "deploy-narrow", narrow)
    identities.role(
        account, "policy-editor", trust=by_account(ANALYTICS), grants=[allow("iam:PutRolePolicy", "iam:ListRoles")]
    )
    limit = identities.policy(account, "storage-only", grants=[allow("s3:List*")])
    bounded = identities.role(
        account, "bounded", trust=by_service("lambda"), managed=["AdministratorAccess"], boundary=limit
    )
    workloads.function(account, "bounded", bounded)


def build_people(account: Account) -> None:
    """Users, their keys, and roles that nobody uses any more, or that nobody is meant to."""
    read = [allow("s3:ListAllMyBuckets")]
    identities.user(account, "ci-bot", grants=read, tags={"owner": "bob@acme-media.example"})
    identities.access_key(account, "ci-bot", age=800, used=1)
    identities.user(account, "alice-laptop", grants=read)
    identities.access_key(account, "alice-laptop", age=400, used=None)
    identities.user(account, "mallory", grants=read)
    identities.access_key(account, "mallory", age=700, used=300)
    identities.user(account, "fresh-bot", grants=read)
    identities.access_key(account, "fresh-bot", age=20, used=1)
    identities.user(account, "locked-bot", grants=read)
    identities.access_key(account, "locked-bot", age=900, used=500, active="Inactive")
    lambdas = by_service("lambda")
    identities.role(account, "old-migration", trust=lambdas, grants=read, used=200)
    identities.role(account, "fresh", trust=lambdas, grants=read, created=days_ago(account, 5), used=None)
    identities.role(
        account, "AWSServiceRoleForECS", trust=by_service("ecs"), path="/aws-service-role/ecs.amazonaws.com/",
        grants=[allow("ec2:DescribeSubnets")], created="2023-01-10", used=None,
    )  # fmt: skip
    identities.role(
        account, "AWSReservedSSO_Administrator_5d0c3f8a1b2e4c6d", trust=by_sso(account.id), used=150,
        path="/aws-reserved/sso.amazonaws.com/eu-west-1/", managed=["AdministratorAccess"], created="2023-01-10",
    )  # fmt: skip


def build_analytics(account: Account) -> None:
    """Reports over personnel data, made by a job that reads it and by an assistant that answers about it."""
    staff = data.bucket(account, "acme-people-data", domain="hr")
    data.secret(account, "warehouse/password")
    read_staff = [allow("s3:GetObject", "s3:ListBucket", on=[staff, f"{staff}/*"])]
    etl = identities.role(account, "hr-report", trust=by_service("glue"), grants=read_staff)
    workloads.glue_job(account, "hr-report", "hr-report")
    identities.role(account, "hr-pipeline", trust=by_service("states"), grants=[allow("glue:StartJobRun")])
    workloads.state_machine(account, "hr-pipeline", account.role_arn("hr-pipeline"))
    identities.role(account, "notebook", trust=by_service("ec2"), managed=["CloudWatchAgentServerPolicy"])
    workloads.instance(account, "notebook", "notebook", profile="notebook-machines")
    assistant = identities.role(account, "people-assistant", trust=by_service("bedrock"), grants=read_staff)
    answers = workloads.function(account, "people-answers", etl_reader(account))
    base = knowledge_base(account, "people", etl, bucket="acme-people-data")
    owned = {"owner": "alice@acme-media.example"}
    agent(account, "people-assistant", assistant, tools={"answers": answers}, knowledge_base_ids=[base], tags=owned)


def etl_reader(account: Account) -> str:
    return identities.role(
        account, "people-answers", trust=by_service("lambda"), managed=["AWSLambdaBasicExecutionRole"]
    )


def days_ago(account: Account, days: int) -> str:
    return account.console.days_ago(days).date().isoformat()


GROUND_TRUTH = GroundTruth(
    accounts={MANAGEMENT: "acme-management", ORDERS: "orders", ANALYTICS: "analytics", RETIRED: "retired"},
    runs_as={
        "orders/function/order-api": "orders/role/order-api",
        "orders/function/nightly-export": "orders/role/nightly-export",
        "orders/function/archive-export": "orders/role/archive-export",
        "orders/function/auto-remediation": "orders/role/auto-remediation",
        "orders/function/bounded": "orders/role/bounded",
        "orders/ecs-service/back-office": "orders/role/back-office-task",
        "orders/ecs-task/reindex": "orders/role/reindex-task",
        "orders/schedule/order-api-warmup": "orders/role/timer",
        "orders/rule/order-api-hourly": "orders/role/timer",
        "orders/build-project/deploy-orders": "orders/role/deployer",
        "orders/build-project/deploy-guarded": "orders/role/guarded-deployer",
        "orders/build-project/deploy-narrow": "orders/role/narrow-deployer",
        "analytics/glue-job/hr-report": "analytics/role/hr-report",
        "analytics/state-machine/hr-pipeline": "analytics/role/hr-pipeline",
        "analytics/instance/notebook": "analytics/role/notebook",
        "analytics/agent/people-assistant": "analytics/role/people-assistant",
        "analytics/function/people-answers": "analytics/role/people-answers",
    },
    administrators=frozenset(
        {
            "orders/role/back-office-task",
            "orders/role/auto-remediation",
            "orders/role/AWSReservedSSO_Administrator_5d0c3f8a1b2e4c6d",
            "orders/role/OrganizationAccountAccessRole",
            "analytics/role/OrganizationAccountAccessRole",
        }
    ),
    findings={
        "dormant_identity": frozenset(
            {
                "orders/role/old-migration",
                "orders/role/archive-export",
                "orders/user/mallory",
                "orders/user/alice-laptop",
            }
        ),
        "long_lived_access_key": frozenset({"orders/user/ci-bot", "orders/user/alice-laptop", "orders/user/mallory"}),
        "administrative_workload": frozenset({"orders/ecs-service/back-office", "orders/function/auto-remediation"}),
        "role_assumable_from_outside": frozenset({"orders/role/partner-sync", "orders/role/public-status"}),
        "privilege_escalation_path": frozenset({"orders/role/deployer", "orders/role/policy-editor"}),
        "unused_sensitive_access": frozenset({"orders/function/archive-export"}),
    },
    near_misses={
        # Too young; made by AWS for itself; for people, through Identity Center; can't act, its key is inactive.
        "dormant_identity": frozenset(
            {
                "orders/role/fresh",
                "orders/role/AWSServiceRoleForECS",
                "orders/role/AWSReservedSSO_Administrator_5d0c3f8a1b2e4c6d",
                "orders/user/locked-bot",
            }
        ),
        # Twenty days old; inactive.
        "long_lived_access_key": frozenset({"orders/user/fresh-bot", "orders/user/locked-bot"}),
        # Its boundary leaves it listing buckets.
        "administrative_workload": frozenset({"orders/function/bounded"}),
        # ExternalId; the organization only; an account of the organization; sv0's own, with ExternalId.
        "role_assumable_from_outside": frozenset(
            {
                "orders/role/partner-billing",
                "orders/role/org-wide-read",
                "orders/role/analytics-read",
                "orders/role/sv0-reader",
                "acme-management/role/sv0-hub",
            }
        ),
        # PassRole to containers only, to a role no stronger, from an administrator already; AssumeRole on readers only.
        "privilege_escalation_path": frozenset(
            {
                "orders/role/guarded-deployer",
                "orders/role/narrow-deployer",
                "orders/role/auto-remediation",
                "acme-management/role/sv0-hub",
            }
        ),
        # They use what they reach.
        "unused_sensitive_access": frozenset({"orders/function/order-api", "analytics/glue-job/hr-report"}),
    },
    told_by_last_accessed={"unused_sensitive_access": frozenset({"orders/function/nightly-export"})},
    unreadable={RETIRED: "suspended"},
)

ESTATE = Estate(
    management_account=MANAGEMENT,
    hub_role_arn=f"arn:aws:iam::{MANAGEMENT}:role/sv0-hub",
    external_id="4f1c9a52-acme-small",
    access_key_id="AKIASV0PLATFORM00001",
    secret_access_key="small/estate/secret/key/nobody/else/uses",
    platform_account=PLATFORM,
    regions=("eu-west-1", "us-east-1"),
    build=build,
    ground_truth=GROUND_TRUTH,
)
